"""The outline on which a workspace draws its maps: a file of its own, for ready ones are not ours to ship."""
