"""The files of a workspace, and the manifest that names those which are current.

A folder for each workspace: Parquet files, which never change once they have their name, and `manifest.json`,
which is replaced as a whole. Who reads opens what one manifest names; who writes puts new files beside them
and then replaces it. So any number of processes read while one writes, nobody waits, nobody reads half of
something, and a writer that is killed leaves files that nobody names.

An object has a base (the rows of now, and those of the past) and deltas: rows of records that were heard of
since. A delta holds all rows of its records, the newest delta of a record is what counts, and it stands in
place of what the base has. Compaction folds deltas into the base.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from queue import Full, Queue
from typing import Any

import msgspec
from django.conf import settings

from guanxi.analytics.warehouse.engine import cursor, literal, name_of
from guanxi.analytics.warehouse.shape import Column

MANIFEST = "manifest.json"
MOST_DELTAS = 12
SMALL = 200_000  # rows: a base of so many is written anew while facts wait
KEPT_FOR = 3600.0  # seconds that files stay which no manifest names any more: somebody may be reading them
_UNTIL = Column("valid_to", "TIMESTAMP")
_GONE = Column("gone_", "BOOLEAN")
_OWN = (Column("seq_", "BIGINT"), _GONE)
AHEAD = 2  # pieces that wait for being written


class Part(msgspec.Struct, frozen=True):
    """One file: its name, how many rows it has and which columns."""

    file: str
    rows: int
    columns: dict[str, str]


class Table(msgspec.Struct, frozen=True):
    """The files of one object."""

    now: Part | None = None
    past: Part | None = None
    deltas: tuple[Part, ...] = ()


class Manifest(msgspec.Struct, frozen=True):
    """What is current. `sequence` grows with all that is written; `built_at`: when all was made anew."""

    sequence: int = 0
    fed_at: float = 0.0
    built_at: float = 0.0
    tables: dict[str, Table] = msgspec.field(default_factory=dict)


@dataclass(slots=True)
class Store:
    """The warehouse of one workspace on disk."""

    workspace_id: int
    folder: Path = field(init=False)
    _held: Manifest | None = None

    def __post_init__(self) -> None:
        self.folder = Path(settings.WAREHOUSE_DIR) / str(self.workspace_id)

    def held(self) -> Store:
        """The same for one reader, at one moment: all tables are of the manifest that is current now."""
        one = Store(self.workspace_id)
        one._held = self.manifest()
        return one

    def manifest(self) -> Manifest:
        """What is current; an empty one where nothing was written yet."""
        if self._held is not None:
            return self._held
        try:
            return msgspec.json.decode((self.folder / MANIFEST).read_bytes(), type=Manifest)
        except FileNotFoundError:
            return Manifest()

    def append(self, heard: Iterable[tuple[str, Sequence[Column], Iterable[Any]]]) -> int:
        """All rows of some records of some objects, in place of what is known of them; how many rows.

        The rows are tables of Arrow, all text (`records.schema_of`). One with `gone_` says that its record is
        no more. All objects become current at once: nobody reads an order without its lines.
        """
        with self.writing():
            before, changed, written = self.manifest(), {}, 0
            sequence = before.sequence + 1
            for name, columns, rows in heard:
                part = self._write(name, columns, rows, sequence)
                if part.rows:
                    known = before.tables.get(name, Table())
                    changed[name] = msgspec.structs.replace(known, deltas=(*known.deltas, part))
                    written += part.rows
            if changed:
                self._publish(before, sequence, changed)
        return written

    def put_base(self, name: str, columns: Sequence[Column], rows: Iterable[Any], since: int) -> int:
        """The rows of all records in the order of ids, as `append` takes them, in place of everything written
        up to the sequence `since`.
        """
        staged = self._write(name, columns, rows)
        base = self._parted(name, columns, staged) if staged.rows else Table()
        with self.writing():
            before = self.manifest()
            later = tuple(
                one for one in before.tables.get(name, Table()).deltas if _sequence_of(one.file) > since
            )
            made = msgspec.structs.replace(base, deltas=later)
            self._publish(before, before.sequence + 1, {name: made})
        if staged.rows and staged != base.now:
            (self.folder / staged.file).unlink(missing_ok=True)
        return staged.rows

    def lay_base(self, name: str, columns: Sequence[Column], source: str) -> int:
        """Rows of now that some SQL makes, in its order, in place of all that is known; returns how many.

        For more than anybody would hand over row by row: memory is what DuckDB is given.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        now = self._copy(name, 0, columns, source)
        with self.writing():
            before = self.manifest()
            self._publish(before, before.sequence + 1, {name: Table(now=now)})
        return now.rows

    def differing(self, name: str, columns: Sequence[Column], rows: Iterable[Any]) -> Sequence[int]:
        """The ids of records whose present row, given for all of them, is another one in the files."""
        staged = self._write(name, columns, rows)
        table = self.manifest().tables.get(name, Table())
        listed = ", ".join(name_of(one.name) for one in columns)
        known = f"SELECT id, hash(row({listed})) AS said FROM"
        present = f"{known} ({self.versions_sql(table, (*columns, _UNTIL), present=True)})"
        real = f"{known} {self._files([staged])}" if staged.rows else f"{known} ({_nothing(columns)})"
        found = cursor().execute(
            f"SELECT coalesce(p.id, s.id) FROM ({present}) p FULL JOIN ({real}) s ON p.id = s.id"
            " WHERE p.said IS DISTINCT FROM s.said ORDER BY 1"
        )
        ids = [row[0] for row in found.fetchall()]
        if staged.rows:
            (self.folder / staged.file).unlink(missing_ok=True)
        return ids

    def compact(self, name: str, columns: Sequence[Column]) -> None:
        """Fold the deltas of an object into its base. Others may append meanwhile: theirs stay deltas."""
        known = self.manifest().tables.get(name)
        if known is None or not known.deltas:
            return
        base = self._split(name, columns, self.versions_sql(known, columns))
        with self.writing():
            before = self.manifest()
            now = before.tables.get(name)
            if now is None or (now.now, now.past) != (known.now, known.past):
                return  # somebody else was quicker: what we wrote is swept away with the old files
            later = tuple(one for one in now.deltas if one not in known.deltas)
            self._publish(before, before.sequence + 1, {name: msgspec.structs.replace(base, deltas=later)})

    def compact_where_due(self, name: str, columns: Sequence[Column], *, small_only: bool) -> None:
        """Compaction, where the deltas have become many; with `small_only`, only of what takes no time."""
        known = self.manifest().tables.get(name, Table())
        if len(known.deltas) > MOST_DELTAS and not (small_only and _rows(known) > SMALL):
            self.compact(name, columns)

    def versions_sql(self, table: Table, columns: Sequence[Column], *, present: bool = False) -> str:
        """All rows of an object as SQL, or those of now; one that is no more has none."""
        base = [one for one in (table.now, None if present else table.past) if one is not None]
        wanted = [one.name for one in columns]
        only = " WHERE valid_to IS NULL" if present else ""
        if not table.deltas:
            return self._select(base, columns) if base else _nothing(columns)
        listed = ", ".join(map(name_of, wanted))
        deltas = self._select(table.deltas, (*columns, *_OWN))
        newest = (
            f"SELECT {listed} FROM (SELECT * FROM ({deltas})"
            " QUALIFY seq_ = max(seq_) OVER (PARTITION BY id)) WHERE NOT coalesce(gone_, false)"
        )
        newest += " AND valid_to IS NULL" if present else ""
        if not base:
            return newest
        heard = " UNION ALL ".join(f"SELECT id FROM {self._files([one])}" for one in table.deltas)
        older = f"SELECT {listed} FROM ({self._select(base, columns)}{only}) WHERE id NOT IN ({heard})"
        return f"{older} UNION ALL {newest}"

    def sweep(self) -> int:
        """Remove files that no manifest has named for an hour; returns how many."""
        with self.writing():
            tables = self.manifest().tables.values()
            named = {one.file for table in tables for one in parts_of(table)}
            old = [
                path
                for path in self.folder.iterdir()
                if path.suffix in (".parquet", ".json", ".tmp")
                and path.name not in named
                and path.name != MANIFEST
                and path.stat().st_mtime < time.time() - KEPT_FOR
            ]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def note_built(self) -> None:
        """All of it has been made anew."""
        with self.writing():
            before = self.manifest()
            made = msgspec.structs.replace(before, built_at=time.time())
            self._publish(made, before.sequence + 1, {})

    def drop(self) -> None:
        """Forget everything: the manifest names nothing now, the files go when nobody can be reading them.

        The sequence goes on, so that a rebuild that began before knows what came after.
        """
        with self.writing():
            before = self.manifest()
            self._publish(Manifest(), before.sequence + 1, {})

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Alone among those who change the manifest; readers never wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _publish(self, before: Manifest, sequence: int, tables: dict[str, Table]) -> None:
        made = msgspec.structs.replace(
            before, sequence=sequence, fed_at=time.time(), tables={**before.tables, **tables}
        )
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".tmp", delete=False) as aside:
            aside.write(msgspec.json.encode(made))
        self._settle(aside.name, MANIFEST)

    def _settle(self, aside: str, name: str) -> None:
        """A written file under its name, on the disk before anything says that it is there."""
        with open(aside, "rb") as written:
            os.fsync(written.fileno())
        os.replace(aside, self.folder / name)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _write(self, name: str, columns: Sequence[Column], rows: Iterable[Any], sequence: int = 0) -> Part:
        """Rows as a file that nobody knows of yet; text that its type does not have is NULL.

        With a sequence they are a delta's. While one piece is read, DuckDB writes the one before.
        """
        import pyarrow as pa

        given = iter(rows)
        first = next((one for one in given if one.num_rows), None)
        if first is None:
            return Part(file="", rows=0, columns={})
        self.folder.mkdir(parents=True, exist_ok=True)
        typed = [_typed(one) for one in columns]
        if sequence:
            typed += [f"{sequence}::BIGINT AS seq_", _typed(_GONE)]
        written = (*columns, *_OWN) if sequence else columns
        waiting: Queue[Any] = Queue(AHEAD)
        batches = (batch for table in iter(waiting.get, None) for batch in table.to_batches())
        with ThreadPoolExecutor(1) as pool:
            source = pa.RecordBatchReader.from_batches(first.schema, batches)
            part = pool.submit(
                self._copy, name, sequence, written, f"SELECT {', '.join(typed)} FROM given_", source
            )
            try:
                _hand_over(waiting, chain([first], given), part)
            except BaseException:
                _hand_over(waiting, [None], part)
                (self.folder / part.result().file).unlink(missing_ok=True)
                raise
            _hand_over(waiting, [None], part)
            return part.result()

    def _parted(self, name: str, columns: Sequence[Column], staged: Part) -> Table:
        """A file of rows in the order of ids as a base: as it is where nothing in it is past."""
        source = f"SELECT * FROM {self._files([staged])}"
        past = self._copy(name, 0, columns, f"{source} WHERE valid_to IS NOT NULL ORDER BY id, valid_from")
        if not past.rows:
            (self.folder / past.file).unlink()
            return Table(now=staged)
        return Table(now=self._copy(name, 0, columns, f"{source} WHERE valid_to IS NULL"), past=past)

    def _split(self, name: str, columns: Sequence[Column], source: str) -> Table:
        """A base of its own from rows: those of now, and those of the past, each in the order of ids."""
        now = self._copy(name, 0, columns, f"SELECT * FROM ({source}) WHERE valid_to IS NULL ORDER BY id")
        past = self._copy(
            name, 0, columns, f"SELECT * FROM ({source}) WHERE valid_to IS NOT NULL ORDER BY id, valid_from"
        )
        return Table(now=now, past=past if past.rows else None)

    def _copy(
        self, name: str, sequence: int, columns: Sequence[Column], source: str, given: Any = None
    ) -> Part:
        """What some SQL finds as a file; `given` is what it reads as `given_`."""
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".tmp", delete=False) as aside:
            pass
        db = cursor()
        if given is not None:
            db.register("given_", given)
        written = db.execute(f"COPY ({source}) TO {literal(aside.name)} (FORMAT parquet, COMPRESSION zstd)")
        (rows,) = written.fetchone() or (0,)
        final = f"{name}-{sequence}-{os.path.basename(aside.name)[3:-4]}.parquet"
        self._settle(aside.name, final)
        return Part(file=final, rows=int(rows or 0), columns={one.name: one.type for one in columns})

    def _select(self, parts: Sequence[Part], columns: Sequence[Column]) -> str:
        """Columns of some files under the types of today; those that no file has yet are empty."""
        there = {name for one in parts for name in one.columns}
        told = {name: kind for one in parts for name, kind in one.columns.items()}
        listed = ", ".join(_as_today(one, there, told) for one in columns)
        return f"SELECT {listed} FROM {self._files(parts)}"

    def _files(self, parts: Sequence[Part]) -> str:
        paths = ", ".join(literal(str(self.folder / one.file)) for one in parts)
        union = ", union_by_name = true" if len({tuple(one.columns) for one in parts}) > 1 else ""
        return f"read_parquet([{paths}]{union})"


def stores() -> list[Store]:
    """The warehouses that there are."""
    root = Path(settings.WAREHOUSE_DIR)
    if not root.is_dir():
        return []
    return [Store(int(one.name)) for one in sorted(root.iterdir()) if one.name.isdecimal()]


def digest(store: Store, name: str, columns: Sequence[Column]) -> tuple[int, str]:
    """How many rows an object has, and a sum over all of their values in which order plays no part."""
    table = store.manifest().tables.get(name, Table())
    listed = ", ".join(name_of(one.name) for one in columns)
    rows = store.versions_sql(table, columns)
    found = cursor().execute(
        f"SELECT count(*), coalesce(sum(hash(row({listed}))::HUGEINT), 0)::VARCHAR FROM ({rows})"
    )
    count, summed = found.fetchone() or (0, "0")
    return int(count), str(summed)


def _hand_over(waiting: Queue[Any], pieces: Iterable[Any], to: Future[Part]) -> None:
    """Put pieces into the queue, as fast as they are taken out; raises what befell who takes them."""
    for one in pieces:
        while True:
            try:
                waiting.put(one, timeout=1)
                break
            except Full:
                if to.done():
                    to.result()
                    return


def _typed(one: Column) -> str:
    name = name_of(one.name)
    return name if one.type.endswith("[]") else f"TRY_CAST({name} AS {one.type}) AS {name}"


def _as_today(one: Column, there: set[str], told: dict[str, str]) -> str:
    if one.name not in there:
        return f"NULL::{one.type} AS {name_of(one.name)}"
    if told[one.name] == one.type:
        return name_of(one.name)
    return f"TRY_CAST({name_of(one.name)} AS {one.type}) AS {name_of(one.name)}"


def lacks(table: Table, columns: Sequence[Column]) -> bool:
    """Whether the base was written before some of these columns were there."""
    return table.now is not None and any(one.name not in table.now.columns for one in columns)


def _nothing(columns: Sequence[Column]) -> str:
    return f"SELECT {', '.join(f'NULL::{one.type} AS {name_of(one.name)}' for one in columns)} WHERE false"


def _rows(table: Table) -> int:
    return sum(one.rows for one in (table.now, table.past) if one is not None)


def parts_of(table: Table) -> list[Part]:
    """All files of an object."""
    return [one for one in (table.now, table.past, *table.deltas) if one is not None]


def _sequence_of(file: str) -> int:
    return int(file.rsplit("-", 2)[1])
