"""Who acts. Every verb and every read is handed an Actor; nothing reads "the current user" from the air."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any


class Reach(IntEnum):
    """How far a permission reaches over the rows of an object, from the narrowest to the widest.

    CHOSEN is the own rows and those of teams that the role names.
    """

    NONE = 0
    OWN = 1
    TEAM = 2
    TEAM_BELOW = 3
    CHOSEN = 4
    ALL = 5


ACCESSES = ("see", "edit", "delete", "export")
BY_NAME_ONLY = frozenset({"reveal"})
_ACCESS_OF = {"reveal": "see", "see": "see", "export": "export", "archive": "delete", "delete": "delete"}


def access_of(verb: str) -> str:
    """By which of the four kinds of access a verb is bounded."""
    return _ACCESS_OF.get(verb, "edit")


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows somebody reaches: all of them, or the own ones and those of some teams."""

    every: bool = False
    own: bool = False
    teams: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return self.every or self.own

    def __and__(self, other: Rows) -> Rows:
        if self.every:
            return other
        if other.every:
            return self
        both = tuple(one for one in self.teams if one in other.teams)
        return Rows(own=self.own and other.own, teams=both)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do with one object: its verbs, and which rows each kind of access reaches.

    verbs   names like "create", "change", "archive", "export", "merge", "close_deal"; seeing is `see`;
            "*" is every verb, also one that comes later, but for those written with a minus: "-export"
    see     rows that are shown
    edit    rows that verbs may touch (never more than `see`)
    delete  rows that may be archived and restored; None: as `edit`
    export  rows that may be taken out as a file; None: as `see`, for who edits at all
    teams   the teams of each access that is CHOSEN
    fields  field → right, where it is less than "edit": one of FIELD_RIGHTS
    """

    verbs: frozenset[str] = frozenset()
    see: Reach = Reach.NONE
    edit: Reach = Reach.NONE
    delete: Reach | None = None
    export: Reach | None = None
    teams: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    def reach(self, access: str) -> Reach:
        """How far one kind of access goes, by what is granted for it alone."""
        if access == "see":
            return self.see
        if access == "delete":
            return self.edit if self.delete is None else self.delete
        if access == "export":
            return (self.see if self.edit else Reach.NONE) if self.export is None else self.export
        return self.edit

    def teams_of(self, access: str) -> tuple[int, ...]:
        """The teams of an access that is CHOSEN."""
        if access == "delete" and self.delete is None:
            access = "edit"
        elif access == "export" and self.export is None:
            access = "see"
        return self.teams.get(access, ())

    def allows(self, verb: str) -> bool:
        """Whether the verb is among the granted ones, wherever they reach.

        To look behind a mask is never granted along with everything else.
        """
        if verb in BY_NAME_ONLY:
            return verb in self.verbs
        return verb in self.verbs or ("*" in self.verbs and f"-{verb}" not in self.verbs)


NO_GRANT = Grant()
_wholes: dict[str, str] = {}
_derived: set[str] = set()
BY_HAND = frozenset({"create", "change", "assign", "archive", "restore", "delete", "import"})
"""What people do to records that they make; the product does it to those that follow from others."""


def declare_part(part: str, *, of: str) -> None:
    """Make known that records of one object are parts of another's: their rights follow from it."""
    _wholes[part] = of


def declare_derived(object_name: str) -> None:
    """Make known that the product makes the object's records: nobody is granted BY_HAND for it."""
    _derived.add(object_name)


def whole_of(object_name: str) -> str:
    """The object whose records this one's belong to, the outermost; the object itself where it is no part."""
    while object_name in _wholes:
        object_name = _wholes[object_name]
    return object_name


FIELD_RIGHTS = ("edit", "see", "masked1", "masked2", "masked3", "hidden")
"""What a role may do with a field, from the most to the least. Of a masked one a part is shown: the grade."""


def is_narrow(grants: Mapping[str, Grant]) -> bool:
    """Whether some rows of an object that is seen are not."""
    return any(one.see < Reach.ALL for one in grants.values()) or "*" not in grants


class Grants(dict[str, Grant]):
    """The grants of one version of a role: object name → Grant.

    limited   whether any field is less than "edit": who has no such role pays nothing for field rights
    narrow    whether there is an object of which not every row is seen
    seen      what is made from the field rights, once for each object (`metadata/rights.py`)
    """

    def __init__(self, grants: Mapping[str, Grant]) -> None:
        super().__init__(grants)
        self.limited = any(one.fields for one in grants.values())
        self.narrow = is_narrow(grants)
        self.seen: dict[Any, Any] = {}


@dataclass(frozen=True, slots=True)
class Actor:
    """A member at work, a token that works for one, or the product itself.

    grants      object name → Grant; "*" holds for objects that are not named
    team_id     own team
    below_ids   own team and every team below it
    led_ids     the teams that the member leads, and every team below them
    above_ids   own team and every team above it: what is shared with those is shared with the actor
    role_id     the member's role
    shares_version  under which it is kept who holds shares; 0: nobody in the workspace does
    cause_id    the fact that led to this (a rule's run), or None
    hand_id     the member who really sits there, where somebody acts for another; None: `member_id` does
    follows     does what follows by itself and shows nobody what it reads: reaches what is somebody's alone
    """

    workspace_id: int
    kind: str  # "member", "token", "import", "system"
    name: str
    member_id: int | None = None
    user_id: int | None = None
    team_id: int | None = None
    below_ids: tuple[int, ...] = ()
    above_ids: tuple[int, ...] = ()
    led_ids: tuple[int, ...] = ()
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
    hand_id: int | None = None
    follows: bool = False

    def grant(self, object_name: str) -> Grant:
        """The grant for an object; nothing where neither it nor "*" is granted. A part's is its whole's."""
        if object_name in _wholes:
            return _grant_of_part(self.grant(_wholes[object_name]), self.grants.get(object_name, NO_GRANT))
        return self.grants.get(object_name) or self.grants.get("*") or NO_GRANT

    def may(self, verb: str, object_name: str) -> bool:
        """Whether this verb is granted at all; which rows it reaches is a matter of `reach`."""
        if not self.in_scope("read" if verb in {"see", "export"} else "write", object_name):
            return False
        if object_name in _derived and verb in BY_HAND and self.kind != "system":
            return False
        grant = self.grant(object_name)
        if verb == "see":
            return grant.see > Reach.NONE
        return grant.reach(access_of(verb)) > Reach.NONE and grant.allows(verb)

    def in_scope(self, access: str, object_name: str) -> bool:
        """Whether a token reaches so far ("read", "write"); whoever uses none always does.

        For what somebody may do by being asked, whatever their role grants: verbs of objects ask `may`.
        """
        if self.scopes is None:
            return True
        return f"{whole_of(object_name)}:{access}" in self.scopes or f"*:{access}" in self.scopes

    def reach(self, object_name: str, access: str = "see") -> Reach:
        """How far an access ("see", "edit", "delete", "export") goes over the rows of an object."""
        grant = self.grant(object_name)
        return min(grant.see, grant.reach(access))

    def rows(self, object_name: str, access: str = "see") -> Rows:
        """The rows of an object that an access reaches: never more than are seen."""
        grant = self.grant(object_name)
        seen = self._rows(grant, "see")
        return seen if access == "see" else seen & self._rows(grant, access)

    def _rows(self, grant: Grant, access: str) -> Rows:
        reach = grant.reach(access)
        if reach in (Reach.NONE, Reach.ALL):
            return Rows(every=reach == Reach.ALL)
        teams: tuple[int, ...] = ()
        if reach == Reach.CHOSEN:
            teams = grant.teams_of(access)
        elif reach == Reach.TEAM_BELOW:
            teams = self.below_ids
        elif reach == Reach.TEAM and self.team_id:
            teams = (self.team_id,)
        if self.led_ids:
            teams = tuple(dict.fromkeys([*teams, *self.led_ids]))
        return Rows(own=True, teams=teams)


def _grant_of_part(whole: Grant, own: Grant) -> Grant:
    """Who may change the whole does with its parts what they like; only fields are a part's own matter."""
    verbs = {"*"} if whole.allows("change") else set()
    for verb in ("export", "import"):
        verbs.add(verb if whole.allows(verb) else f"-{verb}")
    return replace(whole, verbs=frozenset(verbs), delete=None, fields=own.fields)


def system_actor(workspace_id: int, name: str, *, cause_id: int | None = None, depth: int = 0) -> Actor:
    """The product itself; sees and edits one workspace.

    name   who people are told it was: "Guanxi", or a rule, a workflow or a form by its name
    """
    everything = Grant(verbs=frozenset({"*"}), see=Reach.ALL, edit=Reach.ALL)
    return Actor(
        workspace_id=workspace_id,
        kind="system",
        name=name,
        grants={"*": everything},
        administers=True,
        cause_id=cause_id,
        depth=depth,
        follows=True,
    )
