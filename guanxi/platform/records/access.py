"""The one access rule: which rows of an object an actor may see, edit, delete or export, as SQL.

Lists, counts, search, previews, files, exports and the API all fetch through it, so a door
that forgets to ask does not exist: what can't be seen is not found.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import BY_HAND, Actor, Rows, whole_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound, Refused
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import NOWHERE, standing_of, unveiled
from guanxi.platform.metadata.rights import blank
from guanxi.platform.records.sharing.holding import shared_ids, shared_rows
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.trash.asking import is_trashed, not_trashed
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.prepared import Prepared

if TYPE_CHECKING:
    from guanxi.platform.records.models import Record

READS = ("see", "export")

__all__ = ["NotFound", "Refused", "find_record", "reaches", "require", "row_rule", "within_scope"]


def row_rule(obj: Object, actor: Actor, *, access: str = "see", alias: str = "r", pools: bool = True) -> Sql:
    """The condition that rows must meet; `1 = 0` where nothing is granted.

    Always names the workspace, so every index that leads with it serves. `pools` False leaves out what is
    seen only because it stands in a pool of the actor's.
    """
    mine = Sql(f"{alias}.workspace_id = %s", (actor.workspace_id,))
    if obj.kind:
        mine = _join(mine, Sql(f"{alias}.kind = %s", (obj.kind,)))
    rows = _granted(obj, actor, access)
    if not rows:
        return Sql("1 = 0")
    if obj.part_of:
        named = _of_named(obj, actor, alias)
        return _join(mine, _of_wholes(obj, actor, access, alias), *([named] if named else []))
    if obj.private_until and not actor.follows:
        mine = _join(mine, _said(obj, actor, alias))
    standing = standing_of(obj, actor)
    if standing.veiled and access not in READS:
        mine = _join(mine, unveiled(standing.veiled, alias))
    if rows.every or not obj.owned:
        return mine
    scope = _scope(actor, rows, alias)
    if pools and standing.reached and access in READS:
        marks = ", ".join(["%s"] * len(standing.reached))
        pooled = Sql(f"{alias}.pool_id IN ({marks})", standing.reached)
        scope = Sql(f"({scope.text} OR {pooled.text})", (*scope.params, *pooled.params))
    shared = shared_rows(obj.name, actor, access=access, column=f"{alias}.id")
    if shared is not None:
        scope = Sql(f"({scope.text} OR {shared.text})", (*scope.params, *shared.params))
    return _join(mine, scope)


def _of_wholes(obj: Object, actor: Actor, access: str, alias: str) -> Sql:
    """The rows whose whole the actor reaches, by its own rule; one in the trash takes its parts along."""
    whole, other = registry.get(obj.whole), f"{alias}w"
    rule = row_rule(whole, actor, access=_ON_WHOLE.get(access, access), alias=other)
    there = not_trashed(whole, other)
    return Sql(
        f'EXISTS (SELECT 1 FROM "{whole.table}" {other}'
        f" WHERE {other}.id = {alias}.{obj[obj.part_of].column} AND {rule.text} AND {there.text})",
        (*rule.params, *there.params),
    )


def _of_named(obj: Object, actor: Actor, alias: str) -> Sql | None:
    """The parts that are named after a record that the actor sees; None where that is every one."""
    if not obj.seen_with or actor.follows:
        return None
    named, other = registry.get(getattr(obj[obj.seen_with], "to", "")), f"{alias}n"
    if _granted(named, actor, "see").every and not standing_of(named, actor).veiled:
        return None
    rule = row_rule(named, actor, alias=other)
    column = obj[obj.seen_with].column
    return Sql(
        f'EXISTS (SELECT 1 FROM "{named.table}" {other} WHERE {other}.id = {alias}.{column} AND {rule.text})',
        rule.params,
    )


def _is_named_unseen(obj: Object, record: Any, actor: Actor) -> bool:
    """Whether a part bears the name of a record that the actor does not see."""
    if not obj.seen_with or actor.follows:
        return False
    named = registry.get(getattr(obj[obj.seen_with], "to", ""))
    record_id = obj[obj.seen_with].get(record)
    row = _row_of(named.model_class, False).first(workspace_id=record.workspace_id, record_id=record_id)
    return row is None or not reaches(named, row, actor)


def _said(obj: Object, actor: Actor, alias: str) -> Sql:
    """The own rows, and of those of others what they have let go."""
    text = f"({alias}.{obj.private_until} IS NOT NULL OR {alias}.owner_id = %s)"
    return Sql(text, (actor.member_id or -1,))


def _is_kept_back(obj: Object, record: Any, actor: Actor) -> bool:
    """Whether the row is somebody else's alone."""
    if not obj.private_until or actor.follows or getattr(record, obj.private_until) is not None:
        return False
    return actor.member_id is None or record.owner_id != actor.member_id


_ON_WHOLE = {"delete": "edit"}
"""To take a part away is to change its whole."""


def _scope(actor: Actor, rows: Rows, alias: str) -> Sql:
    """The own rows and those of the teams, without what is shared."""
    own = Sql(f"{alias}.owner_id = %s", (actor.member_id or -1,))
    if not rows.teams:
        return own
    marks = ", ".join(["%s"] * len(rows.teams))
    return Sql(f"({own.text} OR {alias}.team_id IN ({marks}))", (*own.params, *rows.teams))


def _granted(obj: Object, actor: Actor, access: str) -> Rows:
    """The rows that the role grants for this access; a token that may not do it reaches none."""
    if not actor.may("see", obj.name):
        return Rows()
    if access != "see" and not actor.in_scope("read" if access in READS else "write", obj.name):
        return Rows()
    return actor.rows(obj.name, access)


_VERB_OF = {"edit": "change", "delete": "archive", "export": "export"}


def counting_rules(obj: Object, actor: Actor) -> list[Sql]:
    """`row_rule` as conditions of which each row meets at most one, each of which one index answers.

    Counting by "my own or my teams'" looks at every row; counting the two apart looks at those that count.
    """
    granted = _granted(obj, actor, "see")
    scoped = obj.owned and granted and not granted.every
    shared = shared_rows(obj.name, actor) if scoped else None
    if not scoped or (not granted.teams and shared is None):
        return [row_rule(obj, actor, pools=False)]
    mine = Sql("r.workspace_id = %s", (actor.workspace_id,))
    if obj.kind:
        mine = _join(mine, Sql("r.kind = %s", (obj.kind,)))
    if obj.private_until and not actor.follows:
        mine = _join(mine, _said(obj, actor, "r"))
    own = Sql("r.owner_id = %s", (actor.member_id or -1,))
    rules, apart = [_join(mine, own)], Sql("1 = 1")
    if granted.teams:
        marks = ", ".join(["%s"] * len(granted.teams))
        apart = Sql(f"(r.team_id IS NULL OR r.team_id NOT IN ({marks}))", granted.teams)
        rules = [_join(mine, Sql(f"r.team_id IN ({marks})", granted.teams)), _join(mine, own, apart)]
    if shared is not None:
        others = Sql("(r.owner_id IS NULL OR r.owner_id <> %s)", own.params)
        rules.append(_join(mine, shared, others, apart))
    return rules


def find_record(obj: Object, record_id: int, *, by: Actor, access: str = "see", lock: bool = False) -> Any:
    """One record as a model instance; to be seen, it is without what the actor's role hides of it.

    Raises NotFound when it can't be seen, Refused when it can be seen but not reached by `access`.
    `lock` holds the row until the end of the transaction.
    """
    if not 0 < record_id < 2**63:
        raise NotFound(f"{obj.name} {record_id}")
    row = _row_of(obj.model_class, lock and connection.features.has_select_for_update)
    found: Record | None = row.first(workspace_id=require_workspace_id(), record_id=record_id)
    if (
        found is None
        or found.object_name != obj.name
        or not reaches(obj, found, by)
        or is_trashed(obj, found)
    ):
        raise NotFound(f"{obj.name} {record_id}")
    if access != "see" and not reaches(obj, found, by, access=access):
        raise Refused(f"{obj.name}.{_VERB_OF[access]}", why=_why_not(obj, found, by, access))
    return blank(found, obj, by) if access == "see" else found


def _why_not(obj: Object, record: Any, by: Actor, access: str) -> str:
    """Why a record that is seen is not reached by this access; "" where the role reaches none.

    Says nothing of what the actor does not know already: neither whose it is, nor who else sees it.
    """
    if obj.part_of:
        obj, record, access = registry.get(obj.whole), _whole_of(obj, record), _ON_WHOLE.get(access, access)
        return "" if record is None else _why_not(obj, record, by, access)
    if not _granted(obj, by, access):
        return ""
    standing = standing_of(obj, by)
    if standing is not NOWHERE and record.pool_id in (*standing.veiled, *standing.reached):
        return _("It stands in a pool. Who claims it may do this.")
    if not within_scope(obj, record, by):
        return _("It is shared with you to be read. Ask whoever shared it for more.")
    return _("Your role lets you see this record, but not do this with it.")


@lru_cache(maxsize=256)
def _row_of(model: type[Record], lock: bool) -> Prepared[Record]:
    """Every page of a record begins with its row, and so does every verb."""

    def make(workspace_id: int, record_id: int) -> QuerySet[Record]:
        rows: QuerySet[Record] = QuerySet(model).filter(workspace_id=workspace_id, pk=record_id)
        return rows.select_for_update(of=("self",)) if lock else rows

    return Prepared(make, ("workspace_id", "record_id"))


def reaches(obj: Object, record: Any, actor: Actor, *, access: str = "see") -> bool:
    """The same rule for one row at hand. A test holds it equal to `row_rule` for every reach."""
    if obj.part_of:
        whole = _whole_of(obj, record)
        if whole is None or _is_named_unseen(obj, record, actor):
            return False
        return reaches(registry.get(obj.whole), whole, actor, access=_ON_WHOLE.get(access, access))
    if _is_kept_back(obj, record, actor):
        return False
    standing = standing_of(obj, actor)
    if standing is not NOWHERE and record.pool_id is not None:
        if access not in READS and record.pool_id in standing.veiled:
            return False
        if access in READS and record.pool_id in standing.reached:
            return record.workspace_id == actor.workspace_id and bool(_granted(obj, actor, access))
    if within_scope(obj, record, actor, access=access):
        return True
    if record.workspace_id != actor.workspace_id or not actor.may("see", obj.name):
        return False
    return bool(actor.rows(obj.name, access)) and bool(shared_ids(obj, (record.pk,), actor, access=access))


def within_scope(obj: Object, record: Any, actor: Actor, *, access: str = "see") -> bool:
    """Whether the scope of the role alone reaches the row, shares aside; costs a query only for a part.

    For rows that were found: what is somebody's alone is not asked for again.
    """
    if obj.part_of:
        whole = _whole_of(obj, record)
        return whole is not None and within_scope(
            registry.get(obj.whole), whole, actor, access=_ON_WHOLE.get(access, access)
        )
    if record.workspace_id != actor.workspace_id or not actor.may("see", obj.name):
        return False
    rows = actor.rows(obj.name, access)
    if rows.every or not (rows and obj.owned):
        return bool(rows)
    if actor.member_id is not None and record.owner_id == actor.member_id:
        return True
    return record.team_id is not None and record.team_id in rows.teams


def _whole_of(obj: Object, record: Any) -> Any:
    """The record of which this one is a part; None where that is in the trash."""
    whole, whole_id = registry.get(obj.whole), obj[obj.part_of].get(record)
    if whole_id is None:
        return None
    found = _row_of(whole.model_class, False).first(workspace_id=record.workspace_id, record_id=whole_id)
    return None if found is None or is_trashed(whole, found) else found


def reached_ids(obj: Object, ids: Collection[int], actor: Actor, *, access: str = "see") -> set[int]:
    """Those of the records that the access reaches, in one statement."""
    if not ids:
        return set()
    rule = row_rule(obj, actor, access=access)
    marks = ", ".join(["%s"] * len(ids))
    sql = f'SELECT r.id FROM "{obj.table}" r WHERE {rule.text} AND r.id IN ({marks})'
    return {row[0] for row in fetch(sql, (*rule.params, *ids))}


def require(actor: Actor, verb: str, obj: Object) -> None:
    """Raises Refused unless the role grants the verb at all.

    What stands in no navigation (stages) is how the firm works, and so are its parts (their checklists): by
    whatever door, only administrators change it. An import may make what its rows name.
    """
    if obj.derived and verb in BY_HAND and actor.kind != "system":
        words = _("%(objects)s follow from other records; nobody types, changes or deletes them.")
        raise Refused(words % {"objects": obj.plural_label})
    if not actor.may(verb, obj.name):
        raise Refused(f"{obj.name}.{verb}")
    if verb in READS or actor.administers or is_work(obj):
        return
    if not (actor.kind == "import" and verb in ("create", "import")):
        raise Refused(f"{obj.name}.{verb}", why=_("Only administrators change how the firm works."))


def as_told(problem: Refused, by: Actor) -> Refused:
    """The same refusal; where the token lacks a scope and not its member's role a right, that is said."""
    name, _sign, verb = problem.needs.replace(":", ".").partition(".")
    if by.scopes is None or not verb:
        return problem
    access, of = "read" if verb in (*READS, "read") else "write", "*"
    if registry.has(name) and is_work(registry.get(name)):
        of = whole_of(name)
    if by.in_scope(access, of):
        return problem
    words = _("This token's scopes do not reach so far: it takes %(scope)s.")
    return Refused(f"{of}:{access}", why=words % {"scope": f"{of}:{access}"})


def is_work(obj: Object) -> bool:
    """Whether its records are people's work and not how the firm works: it stands in the navigation, or is a
    part of what does."""
    whole = registry.get(obj.name).whole if obj.part_of else ""
    return bool(obj.group) or (bool(whole) and is_work(registry.get(whole)))


def _join(*parts: Sql) -> Sql:
    return Sql(
        " AND ".join(part.text for part in parts), tuple(value for part in parts for value in part.params)
    )
