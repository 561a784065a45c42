"""What an actor may read of the files: the product's own access rule and field rights, nothing of their own.

The rows that a live list shows are those that `row_rule` lets through. The files have the columns that it
names, so the very same condition is put under every table that is read; parts follow the rule of their whole.
Shares are looked up live: they are rights, and one that was taken back has ended.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from guanxi.analytics.warehouse.engine import answers_here, bound, lay_beside, literal, name_of
from guanxi.analytics.warehouse.shape import WHOSE, Column, column_name, columns_of
from guanxi.analytics.warehouse.store import Store, Table
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import Veiled
from guanxi.platform.metadata.rights import Masked, as_seen
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.sharing.holding import shared_rows
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.transactions import reading

if TYPE_CHECKING:
    from guanxi.analytics.warehouse.engine import Engine

_ALWAYS = ("id", "archived", "trashed", "valid_from", "valid_to")


def seen_fields(obj: Object, by: Actor) -> dict[str, Field]:
    """The fields that the actor sees as they are; a masked one is none of them, nor what follows from it."""
    return {
        one.name: one
        for one in as_seen(obj, by).fields
        if not isinstance(one, Masked) and not isinstance(one, Veiled)
    }


def seen_columns(obj: Object, by: Actor) -> tuple[Column, ...]:
    """The columns that the actor may read."""
    seen = seen_fields(obj, by)
    return tuple(
        one for one in columns_of(obj) if one.field in seen or (not one.field and one.name in _ALWAYS)
    )


def allowed_rows(
    obj: Object, by: Actor, store: Store, db: Engine, access: str = "see", pairs: str = ""
) -> str:
    """The condition on present rows `r`, as SQL without parameters; lays down in `db` what it asks.

    pairs  the table of what the rows' column `whose_` numbers, where they have one (`Beside.pairs`)
    """
    rule = row_rule(obj, by, access=access)
    if obj.part_of and rule.text != _NONE:
        return _with_their_wholes(obj, by, store, db, access)
    if "records_share" in rule.text:
        _lay_down_shares(obj, by, db, access)
        rule = Sql(_SHARED_WITH.sub(r"r.id IN (SELECT s.record_id \1)", rule.text), rule.params)
    if pairs and answers_here(db):
        rule = _asked_of_pairs(rule, pairs, db)
    return bound(_LISTED.sub(_looked_up, rule.text), rule.params)


def _asked_of_pairs(rule: Sql, pairs: str, db: Engine) -> Sql:
    """A rule whose part about owner and team is asked of each pair of them once: a row says which it has.

    What is asked is that part itself, whatever it says.
    """
    found = _SCOPE.search(rule.text)
    if found is None:
        return rule
    before, inside = rule.text[: found.start()].count("%s"), found[0].count("%s")
    asked = bound(found[0], rule.params[before : before + inside])
    told = db.execute(f"SELECT number, coalesce({asked}, false) FROM {pairs} r ORDER BY number").fetchall()
    met = _has_one_of([number for number, seen in told if seen], len(told))
    text = f"{rule.text[: found.start()]}{met}{rule.text[found.end() :]}"
    return Sql(text, (*rule.params[:before], *rule.params[before + inside :]))


def _has_one_of(numbers: Sequence[int], count: int) -> str:
    """That a row's pair is one of these, of so many that there are. A list is asked of each entry of the
    files' dictionaries, a bit of each row, but that is looked up however many there are.
    """
    if len(numbers) <= _MOST_LISTED:
        return f"list_contains([{', '.join(map(str, numbers))}]::INTEGER[], r.{WHOSE})"
    bits = bytearray(b"0" * count)
    for one in numbers:
        bits[one] = ord("1")
    return f"(get_bit('{bits.decode()}'::BIT, r.{WHOSE}) = 1)"


_SCOPE = re.compile(r"\(r\.owner_id = %s OR r\.team_id IN \((?:%s, )*%s\)\)")


def _looked_up(found: re.Match[str]) -> str:
    """`r.team_id IN (…)` as a function of that one column, which means the same, also where it is empty.

    Owners and teams are dictionaries in the files. A function is asked of each entry of these, an IN of each
    row. Very long lists stay what they are.
    """
    column, listed = found.groups()
    return found[0] if listed.count("%s") > _MOST_LISTED else f"list_contains([{listed}], {column})"


# What rules share is asked for row by row in the database, where an index leads to it; here a join does.
_SHARED_WITH = re.compile(r"EXISTS \(SELECT 1 (FROM records_share s WHERE .*?) AND s\.record_id = r\.id\)")
_LISTED = re.compile(r"(?<!\w)(r\.\w+) IN \(((?:%s, )*%s)\)")
_MOST_LISTED = 200


def ruling_columns(obj: Object) -> set[str]:
    """The columns that the condition of `allowed_rows` may ask of a row, beside its id."""
    named = {"workspace_id"} | ({"kind"} if obj.kind else set())
    if obj.part_of:
        links = (one for one in (obj.part_of, obj.seen_with) if one)
        return named | {column_name(obj[one]) for one in links}
    named |= {"owner_id", "team_id"} if obj.owned else set()
    named |= {"pool_id"} if obj.pooled else set()
    return named | ({obj.private_until} if obj.private_until else set())


def reaches_any(obj: Object, by: Actor) -> bool:
    """Whether there are rows at all that the actor may see."""
    return row_rule(obj, by).text != _NONE


def _with_their_wholes(obj: Object, by: Actor, store: Store, db: Engine, access: str) -> str:
    """Parts by the rule of their whole, which is asked once for all of them and not for each.

    Who sees every whole sees every part, but for those whose whole is in the trash: these are few.
    """
    whole = registry.get(obj.whole)
    table = store.manifest().tables.get(whole.name, Table())
    wholes = store.versions_sql(table, columns_of(whole), present=True)
    mine = f"r.workspace_id = {by.workspace_id}" + (f" AND r.kind = {literal(obj.kind)}" if obj.kind else "")
    mine += _and_what_they_are_named_after(obj, by, store, db)
    key = f"r.{name_of(column_name(obj[obj.part_of]))}"
    if row_rule(whole, by, access=access).text == _ALL:
        return mine + _but_for_trashed(key, wholes, db)
    rule = allowed_rows(whole, by, store, db, access)
    return f"{mine} AND {key} IN (SELECT r.id FROM ({wholes}) r WHERE {rule} AND NOT r.trashed)"


def hidden_by_name(obj: Object, by: Actor) -> bool:
    """Whether some parts are hidden for the record that they are named after (`seen_with`)."""
    if not obj.seen_with or by.follows:
        return False
    return row_rule(_named_after(obj), by).text != _ALL


def _named_after(obj: Object) -> Object:
    return registry.get(getattr(obj[obj.seen_with], "to", ""))


def _and_what_they_are_named_after(obj: Object, by: Actor, store: Store, db: Engine) -> str:
    """A condition more on parts that bear a name which the actor may not see."""
    if not hidden_by_name(obj, by):
        return ""
    named = _named_after(obj)
    present = store.versions_sql(
        store.manifest().tables.get(named.name, Table()), columns_of(named), present=True
    )
    key = f"r.{name_of(column_name(obj[obj.seen_with]))}"
    return f" AND {key} IN (SELECT r.id FROM ({present}) r WHERE {allowed_rows(named, by, store, db)})"


def _but_for_trashed(key: str, wholes: str, db: Engine) -> str:
    """A condition more where wholes are in the trash. They are few as a rule, and then nothing is joined."""
    trashed = f"SELECT id FROM ({wholes}) WHERE trashed"
    few = [row[0] for row in db.execute(f"{trashed} ORDER BY id LIMIT {_FEW + 1}").fetchall()]
    if len(few) > _FEW:
        return f" AND {key} NOT IN ({trashed})"
    return f" AND {key} NOT IN ({', '.join(map(literal, few))})" if few else ""


_FEW = 200
_NONE, _ALL = "1 = 0", "r.workspace_id = %s"  # the rules of who sees nothing, and everything


def _lay_down_shares(obj: Object, by: Actor, db: Engine, access: str) -> None:
    """What is shared with the actor at this moment."""
    rule = shared_rows(obj.name, by, access=access, column="s0.record_id")
    found: list[tuple[int, int]] = []
    if rule is not None:
        with reading():
            found = fetch(
                "SELECT s0.record_id, s0.grantee_id FROM records_share s0"
                f" WHERE s0.workspace_id = %s AND s0.object = %s AND {rule.text}",
                (by.workspace_id, obj.name, *rule.params),
            )
    listed = ", ".join(f"({record_id}, {grantee_id})" for record_id, grantee_id in found)
    rows = f"(VALUES {listed})" if found else "(SELECT 0, 0 WHERE false)"
    lay_beside(
        db,
        "records_share",
        _SHARED,
        f"SELECT {by.workspace_id}, {literal(obj.name)}, s.record_id, s.grantee_id, false, NULL::TIMESTAMP"
        f" FROM {rows} AS s(record_id, grantee_id)",
    )


_SHARED = {
    "workspace_id": "BIGINT", "object": "VARCHAR", "record_id": "BIGINT",
    "grantee_id": "BIGINT", "writes": "BOOLEAN", "until": "TIMESTAMP",
}  # fmt: skip
