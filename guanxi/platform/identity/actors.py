"""Who acts. Every verb and every read is handed an Actor; nothing reads "the current user" from the air."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Reach(IntEnum):
    """How far a permission reaches over the rows of an object; each includes those before it."""

    NONE = 0
    OWN = 1
    TEAM = 2
    TEAM_BELOW = 3
    ALL = 4


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do with one object: its verbs, and which rows each kind of access reaches.

    verbs   names like "create", "change", "archive", "export", "merge", "close_deal"; seeing is `see`;
            "*" is every verb, also one that comes later, but for those written with a minus: "-export"
    see     rows that are shown
    edit    rows that verbs may touch (never more than `see`)
    """

    verbs: frozenset[str] = frozenset()
    see: Reach = Reach.NONE
    edit: Reach = Reach.NONE

    def allows(self, verb: str) -> bool:
        """Whether the verb is among the granted ones, wherever they reach."""
        return verb in self.verbs or ("*" in self.verbs and f"-{verb}" not in self.verbs)


NO_GRANT = Grant()


@dataclass(frozen=True, slots=True)
class Actor:
    """A member at work, a token that works for one, or the product itself.

    grants      object name → Grant; "*" holds for objects that are not named
    team_id     own team
    below_ids   own team and every team below it
    above_ids   own team and every team above it: what is shared with those is shared with the actor
    role_id     the member's role
    shares_version  under which it is kept who holds shares; 0: nobody in the workspace does
    cause_id    the fact that led to this (a rule's run), or None
    """

    workspace_id: int
    kind: str  # "member", "token", "import", "system"
    name: str
    member_id: int | None = None
    user_id: int | None = None
    team_id: int | None = None
    below_ids: tuple[int, ...] = ()
    above_ids: tuple[int, ...] = ()
    role_id: int | None = None
    shares_version: int = 0
    language: str = "en"
    timezone: str = "UTC"
    currency: str = "CNY"
    country: str = ""  # of the workspace; "" where the product itself acts
    grants: Mapping[str, Grant] = field(default_factory=dict)
    administers: bool = False  # members, roles, settings of the workspace
    scopes: frozenset[str] | None = None  # of a token: e.g. "contact:read", "deal:write"; None: no limit
    cause_id: int | None = None
    depth: int = 0

    def grant(self, object_name: str) -> Grant:
        """The grant for an object; nothing where neither it nor "*" is granted."""
        return self.grants.get(object_name) or self.grants.get("*") or NO_GRANT

    def may(self, verb: str, object_name: str) -> bool:
        """Whether this verb is granted at all; which rows it reaches is a matter of `reach`."""
        if self.scopes is not None:
            needed = "read" if verb in {"see", "export"} else "write"
            if f"{object_name}:{needed}" not in self.scopes and f"*:{needed}" not in self.scopes:
                return False
        grant = self.grant(object_name)
        if verb == "see":
            return grant.see > Reach.NONE
        return grant.edit > Reach.NONE and grant.allows(verb)

    def reach(self, object_name: str, access: str = "see") -> Reach:
        """How far `see` or `edit` goes over the rows of an object."""
        grant = self.grant(object_name)
        return grant.see if access == "see" else min(grant.see, grant.edit)


def system_actor(workspace_id: int, name: str, *, cause_id: int | None = None, depth: int = 0) -> Actor:
    """The product itself, at work for a named reason ("import", "relay"); sees and edits one workspace."""
    everything = Grant(verbs=frozenset({"*"}), see=Reach.ALL, edit=Reach.ALL)
    return Actor(
        workspace_id=workspace_id,
        kind="system",
        name=name,
        grants={"*": everything},
        administers=True,
        cause_id=cause_id,
        depth=depth,
    )
