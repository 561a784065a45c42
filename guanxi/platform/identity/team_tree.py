"""Which teams stand below which, kept in memory for each version of a workspace's tree."""

from __future__ import annotations

from collections import defaultdict

from guanxi.platform.identity.models import Team
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading

_Teams = dict[int, tuple[int, ...]]
_trees: dict[int, tuple[int, _Teams, _Teams, _Teams]] = {}
_TREES_MAX = 1_000


def below_ids(workspace: Workspace, team_id: int | None) -> tuple[int, ...]:
    """A team and every team below it, () without a team.

    `workspace` is freshly read: its `teams_version` tells whether the tree in memory still holds.
    """
    return () if team_id is None else _tree(workspace)[1].get(team_id, (team_id,))


def above_ids(workspace: Workspace, team_id: int | None) -> tuple[int, ...]:
    """A team and every team above it, () without a team; `workspace` as for `below_ids`."""
    return () if team_id is None else _tree(workspace)[2].get(team_id, (team_id,))


def led_ids(workspace: Workspace, member_id: int) -> tuple[int, ...]:
    """The teams that a member leads, with every team below them; `workspace` as for `below_ids`."""
    return _tree(workspace)[3].get(member_id, ())


def _tree(workspace: Workspace) -> tuple[int, _Teams, _Teams, _Teams]:
    known = _trees.get(workspace.pk)
    if known is None or known[0] != workspace.teams_version:
        if len(_trees) >= _TREES_MAX:
            _trees.clear()
        known = _trees[workspace.pk] = (workspace.teams_version, *_read_tree(workspace.pk))
    return known


def _read_tree(workspace_id: int) -> tuple[_Teams, _Teams, _Teams]:
    """Each team with those below it, and with those above it; each head with the teams that they lead."""
    below: dict[int, list[int]] = defaultdict(list)
    above: _Teams = {}
    # Outside a transaction PostgreSQL would show an empty tree, and that would be remembered.
    with reading():
        rows = list(Team.objects.filter(workspace_id=workspace_id).values_list("id", "path", "head_id"))
    for team_id, path, _head in rows:
        above[team_id] = tuple(int(one) for one in path.strip("/").split("/"))
        for one in above[team_id]:
            below[one].append(team_id)
    found = {team_id: tuple(sorted(ids)) for team_id, ids in below.items()}
    led: dict[int, set[int]] = defaultdict(set)
    for team_id, _path, head in rows:
        if head is not None:
            led[head] |= set(found[team_id])
    return found, above, {head: tuple(sorted(ids)) for head, ids in led.items()}
