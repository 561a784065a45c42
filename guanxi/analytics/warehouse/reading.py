"""The one door to the warehouse: a connection whose tables are what an actor may see, and nothing else.

    db = connect(actor, "deal", "company")
  db.execute("SELECT c.industry, sum(d.amount) FROM deal d JOIN company c ON c.id = d.company_id GROUP BY 1")

Every object is a view under its name (quote it: `"order"` is a word of SQL), with the fields that the actor
sees, and of its records those that the actor sees and that are in use. Names of columns: the fields', links
with `_id`; an amount is in the workspace's currency. Moments are UTC. `member` and `team` are there as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from guanxi.analytics.warehouse.engine import cursor, lay_down, literal, name_of
from guanxi.analytics.warehouse.rights import (
    allowed_rows,
    hidden_by_name,
    reaches_any,
    ruling_columns,
    seen_columns,
)
from guanxi.analytics.warehouse.shape import WHOSE, Carry, Column, carry_of, columns_of
from guanxi.analytics.warehouse.store import Beside, Store, Table
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters.names import NAMES
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.transactions import reading

if TYPE_CHECKING:
    import duckdb

    from guanxi.analytics.warehouse.engine import Engine


def connect(by: Actor, *names: str, as_of: datetime | None = None) -> duckdb.DuckDBPyConnection:
    """A connection with a view of each of these objects (none named: of all), as the actor sees them.

    as_of  the records as they were at that moment, of those that the actor sees now

    An object that the actor may not see at all has no view. Raises KeyError for what is no object. Close it,
    or let it go.
    """
    db = cursor()
    store = Store(by.workspace_id).held()
    objects = [registry.get(name) for name in names] if names else registry.objects()
    for obj in objects:
        if by.may("see", obj.name):
            show(db, obj, by, store, as_of=as_of)
    show_people(db, by)
    return db


def show(
    db: Engine,
    obj: Object,
    by: Actor,
    store: Store,
    *,
    as_of: datetime | None = None,
    access: str = "see",
    beside: bool = False,
) -> None:
    """Make the view of one object, with the rows of an access ("see" or "export").

    beside  with the columns that parts carry of their wholes: those that `shown_beside` tells

    Raises Refused where the actor may see none of it.
    """
    if not by.may("see", obj.name):
        raise Refused(f"{obj.name}.see")
    if beside and as_of is None and (found := _carried(obj, by, store)) is not None:
        _show_beside(db, obj, by, store, *found)
        return
    columns = columns_of(obj)
    table = store.manifest().tables.get(obj.name, Table())
    rule = allowed_rows(obj, by, store, db, access)
    listed = ", ".join(name_of(one.name) for one in seen_columns(obj, by))
    present = store.versions_sql(table, columns, present=True)
    if as_of is None:
        rows = f"({present}) r WHERE {rule}"
    else:
        moment = literal(as_of)
        rows = (
            f"({store.versions_sql(table, columns)}) v WHERE valid_from <= {moment}"
            f" AND (valid_to IS NULL OR valid_to > {moment})"
            f" AND id IN (SELECT r.id FROM ({present}) r WHERE {rule})"
        )
    db.execute(
        f"CREATE OR REPLACE TEMP VIEW {name_of(obj.name)} AS"
        f" SELECT {listed} FROM {rows} AND NOT archived AND NOT trashed"
    )


def ways_to(name: str, by: Actor) -> dict[str, str]:
    """Objects whose records lead to one of this object, by the first such link that the actor sees."""
    found = {}
    for one in registry.objects():
        if not one.group or one.name == name or not by.may("see", one.name):
            continue
        seen = {column.field for column in seen_columns(one, by)}
        links = (field.name for field in one.linking.get(name, ()) if field.type == "link")
        if link := next((each for each in links if each in seen), ""):
            found[one.name] = link
    return found


def linked_sql(name: str, ways: Mapping[str, str]) -> str:
    """`about` ("deal:17", as records say what they are about) → `linked`, the id of the record of this object
    that it is or leads to; over the views of the object and of `ways`."""
    parts = [f"SELECT '{name}:' || id AS about, id AS linked FROM {name_of(name)}"]
    parts += [
        f"SELECT '{one}:' || id, {link}_id FROM {name_of(one)} WHERE {link}_id IS NOT NULL"
        for one, link in ways.items()
    ]
    return " UNION ALL ".join(parts)


def shown_beside(obj: Object, by: Actor, store: Store) -> frozenset[str]:
    """The columns of their wholes that parts are shown with, as far as the actor sees them."""
    found = _carried(obj, by, store)
    return frozenset(found[1]) if found is not None else frozenset()


def _carried(obj: Object, by: Actor, store: Store) -> tuple[Beside, dict[str, Column]] | None:
    """What the files have of the wholes, and what of that the actor sees; None where nothing is carried."""
    carry = carry_of(obj)
    if carry is None or not by.may("see", carry.whole) or not reaches_any(obj, by):
        return None
    if hidden_by_name(obj, by):
        return None  # more than the rule of the whole has to be asked
    found = store.beside_sql(store.manifest().tables.get(obj.name, Table()), columns_of(obj), carry)
    whole = registry.get(carry.whole)
    if found is None or ruling_columns(whole) - {one.name for one in found.columns.values()}:
        return None  # the files are from before something that the rule of the whole asks
    seen = {one.name for one in seen_columns(whole, by)}
    return found, {name: one for name, one in found.columns.items() if one.name in seen}


def _show_beside(
    db: Engine, obj: Object, by: Actor, store: Store, found: Beside, shown: dict[str, Column]
) -> None:
    """The view of a part with columns of its whole; empty ones where that is not in use.

    Most rows have them, and the rule of the whole is asked of these columns: who sees the whole sees its
    parts. The few whose whole changed since are joined with it as it is now.
    """
    carry = carry_of(obj)
    assert carry is not None
    whole = registry.get(carry.whole)
    rule = allowed_rows(whole, by, store, db, pairs=found.pairs)
    listed = [one.name for one in seen_columns(obj, by)]
    rows = _plain_rows(found, carry, listed, shown, rule)
    if found.rest:
        rows += f" UNION ALL {_looked_up(found, listed, shown, obj, by, store, db)}"
    db.execute(f"CREATE OR REPLACE TEMP VIEW {name_of(obj.name)} AS {rows}")


def _plain_rows(
    found: Beside, carry: Carry, listed: Sequence[str], shown: Mapping[str, Column], rule: str
) -> str:
    """While the rule of the whole is asked, its columns have their own names, and the part's have others."""
    inner = [f"{name_of(carry.key)} AS id"]
    inner += [f"{name_of(name)} AS {name_of(one.name)}" for name, one in found.columns.items()]
    inner += [f"{name_of(found.whose)} AS {WHOSE}"] if found.whose else []
    inner += [f"{name_of(one)} AS {name_of(f'own__{one}')}" for one in listed]
    outer = [f"{name_of(f'own__{one}')} AS {name_of(one)}" for one in listed]
    outer += [f"{name_of(one.name)} AS {name_of(name)}" for name, one in shown.items()]
    return (
        f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM ({found.plain})) r"
        f" WHERE {rule} AND NOT own__archived AND NOT own__trashed"
    )


def _looked_up(
    found: Beside,
    listed: Sequence[str],
    shown: Mapping[str, Column],
    obj: Object,
    by: Actor,
    store: Store,
    db: Engine,
) -> str:
    """The other rows, joined with their wholes by the rule of each."""
    whole = registry.get(obj.whole)
    table = store.manifest().tables.get(whole.name, Table())
    present = store.versions_sql(table, columns_of(whole), present=True)
    key = name_of(found.key)
    rows = (
        f"SELECT * FROM ({found.rest}) r"
        f" WHERE {allowed_rows(obj, by, store, db)} AND NOT archived AND NOT trashed"
    )
    wholes = (
        f"SELECT * FROM ({present}) r WHERE {allowed_rows(whole, by, store, db)}"
        f" AND NOT archived AND NOT trashed AND id IN (SELECT {key} FROM ({found.rest}))"
    )
    outer = [f"l.{name_of(one)}" for one in listed]
    outer += [f"w.{name_of(one.name)} AS {name_of(name)}" for name, one in shown.items()]
    return f"SELECT {', '.join(outer)} FROM ({rows}) l LEFT JOIN ({wholes}) w ON w.id = l.{key}"


def show_history(db: Engine, obj: Object, by: Actor, store: Store, name: str) -> None:
    """All states of the records that the actor sees now, with `valid_from` and `valid_to`, under a name.

    What a record was first is what it was before that, too: it may have come in later than it happened.
    Raises Refused where the actor may see none of it.
    """
    if not by.may("see", obj.name):
        raise Refused(f"{obj.name}.see")
    columns = columns_of(obj)
    table = store.manifest().tables.get(obj.name, Table())
    rule = allowed_rows(obj, by, store, db)
    listed = ", ".join(
        name_of(one.name) for one in seen_columns(obj, by) if one.name not in ("valid_from", "valid_to")
    )
    first = "row_number() OVER (PARTITION BY id ORDER BY valid_from) = 1"
    db.execute(
        f"CREATE OR REPLACE TEMP VIEW {name_of(name)} AS SELECT {listed},"
        f" CASE WHEN {first} THEN TIMESTAMP '1000-01-01' ELSE valid_from END AS valid_from, valid_to"
        f" FROM ({store.versions_sql(table, columns)}) v WHERE id IN"
        f" (SELECT r.id FROM ({store.versions_sql(table, columns, present=True)}) r WHERE {rule})"
    )


def show_people(db: Engine, by: Actor) -> None:
    """`member (id, name)` and `team (id, name, parent_id, path, level_1 …)`: all read their names.

    `level_2` of a team is the team that stands over it on the second level of the tree, or itself.
    """
    with reading():
        members = fetch(f"SELECT named.id, named.name FROM {NAMES['member']}", (by.workspace_id,))
        teams = fetch(
            "SELECT t.id, t.name, t.parent_id, t.path FROM identity_team t WHERE t.workspace_id = %s",
            (by.workspace_id,),
        )
    lay_down(db, "member", {"id": "BIGINT", "name": "VARCHAR"}, members)
    above = {row[0]: row[2] for row in teams}
    kinds = {"id": "BIGINT", "name": "VARCHAR", "parent_id": "BIGINT", "path": "VARCHAR"}
    kinds |= {f"level_{one + 1}": "BIGINT" for one in range(TEAM_LEVELS)}
    lay_down(db, "team", kinds, [(*row, *_levels(row[0], above)) for row in teams])


def fed_at(workspace_id: int) -> float:
    """When something was last taken in, as a Unix time; 0 for never."""
    return Store(workspace_id).manifest().fed_at


TEAM_LEVELS = 3


def _levels(team: int, above: dict[int, int | None]) -> list[int | None]:
    way: list[int] = []
    here: int | None = team
    while here is not None and here not in way:
        way.insert(0, here)
        here = above.get(here)
    return [way[one] if one < len(way) else way[-1] for one in range(TEAM_LEVELS)]
