"""How fresh the files of a workspace are, and whether they are whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.analytics.warehouse.engine import cursor, literal
from guanxi.analytics.warehouse.shape import columns_of
from guanxi.analytics.warehouse.store import Part, Store, Table, parts_of, rows_of
from guanxi.platform.events.models import Cursor, Fact
from guanxi.platform.i18n.dates import format_datetime, format_time
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.transactions import reading

CONSUMER = "warehouse"
MOST = 1_000  # facts behind are counted up to so many


@dataclass(frozen=True, slots=True)
class Freshness:
    """`fed_at`: when something was last taken in; `behind`: facts that were stated and not taken in."""

    fed_at: datetime | None
    behind: int

    @property
    def words(self) -> str:
        """“As of 09:41, 3 facts behind”; "" where nothing was ever taken in."""
        if self.fed_at is None:
            return ""
        local = timezone.localtime(self.fed_at)
        when = (
            format_time(self.fed_at) if local.date() == timezone.localdate() else format_datetime(self.fed_at)
        )
        if not self.behind:
            return _("As of %(when)s") % {"when": when}
        said = ngettext(
            "As of %(when)s, %(count)s fact behind", "As of %(when)s, %(count)s facts behind", self.behind
        )
        count = f"{MOST}+" if self.behind >= MOST else str(self.behind)
        return said % {"when": when, "count": count}


def freshness(by: Actor) -> Freshness:
    """Of the actor's workspace; two small queries."""
    fed = Store(by.workspace_id).manifest().fed_at
    return Freshness(datetime.fromtimestamp(fed, UTC) if fed else None, facts_behind())


def fresh_words(by: Actor) -> str:
    """The line that stands on every page of figures."""
    return freshness(by).words


def facts_behind() -> int:
    """How many facts of the chosen workspace the warehouse has not heard yet, MOST at most."""
    with reading():
        at = Cursor.objects.filter(consumer=CONSUMER).values_list("position", flat=True).first()
        waiting = Fact.objects.filter(position__gt=at or 0)[:MOST].count()
        unstamped = Fact.objects.filter(position__isnull=True)[:MOST].count()
    return min(int(waiting + unstamped), MOST)


@dataclass(frozen=True, slots=True)
class Health:
    """The files of a workspace.

    size        bytes of those that are current
    rows        records and past states in them
    built_at    when all of it was last made anew
    wrong       what does not agree: files that are gone or have other rows, objects with other records
    """

    fresh: Freshness
    built_at: datetime | None
    size: int
    files: int
    rows: int
    wrong: tuple[str, ...]


def health(by_workspace: int) -> Health:
    """Looks at every file of the chosen workspace, and counts the records that the files must have."""
    store = Store(by_workspace).held()
    manifest = store.manifest()
    parts = [one for table in manifest.tables.values() for one in parts_of(table)]
    paths = [store.folder / file for one in parts for file in one.files]
    fed, built = manifest.fed_at, manifest.built_at
    behind = facts_behind()
    return Health(
        fresh=Freshness(datetime.fromtimestamp(fed, UTC) if fed else None, behind),
        built_at=datetime.fromtimestamp(built, UTC) if built else None,
        size=sum(path.stat().st_size for path in paths if path.exists()),
        files=len(paths),
        rows=sum(one.rows for table in manifest.tables.values() for one in rows_of(table)),
        wrong=(*_broken(store, parts), *(() if behind else _differing(store))),
    )


def _broken(store: Store, parts: list[Part]) -> list[str]:
    """Files that are gone, can't be read, or have other rows than the manifest says."""
    found = []
    for one in parts:
        paths = ", ".join(literal(str(store.folder / file)) for file in one.files)
        try:
            counted = cursor().execute(f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata([{paths}])")
            (rows,) = counted.fetchone() or (0,)
        except Exception as problem:  # DuckDB has its own for each kind of broken file
            if type(problem).__module__.partition(".")[0] not in ("duckdb", "_duckdb"):
                raise
            found.append(f"{one.file} can't be read")
            continue
        if int(rows or 0) != one.rows:
            found.append(f"{one.file} has {rows} rows instead of {one.rows}")
    return found


def _differing(store: Store) -> list[str]:
    """Objects of which the files have another number of records than the tables."""
    found = []
    for obj in registry.objects():
        table = store.manifest().tables.get(obj.name, Table())
        present = store.versions_sql(table, columns_of(obj), present=True)
        try:
            counted = cursor().execute(f"SELECT count(*) FROM ({present})").fetchone()
        except Exception as problem:
            if type(problem).__module__.partition(".")[0] not in ("duckdb", "_duckdb"):
                raise
            continue  # it was named above
        with reading():
            live = obj.rows().count()
        if counted is not None and int(counted[0]) != live:
            found.append(f"{obj.name} has {counted[0]} records instead of {live}")
    return found
