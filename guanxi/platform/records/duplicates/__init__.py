"""Records that are the same one: found while somebody types and by sweeps, decided by a person."""
