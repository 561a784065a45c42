"""The files of a workspace, and the manifest that names those which are current.

A folder for each workspace: Parquet files, which never change once they have their name, and `manifest.json`,
which is replaced as a whole. Who reads opens what one manifest names; who writes puts new files beside them
and then replaces it. So any number of processes read while one writes, nobody waits, nobody reads half of
something, and a writer that is killed leaves files that nobody names.

An object has a base (the rows of now, and those of the past) and deltas: rows of records that were heard of
since. A delta holds all rows of its records, the newest delta of a record is what counts, and it stands in
place of what the base has. Compaction folds deltas into the base.

The base of a part (an order's line) has columns of its whole beside its own (`Carry`), as the whole was at
one sequence. Of every whole is known which of its records changed since: those are looked up, the rest is
read as it lies there, so that fifty million lines are not joined with ten million orders for every question.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from pathlib import Path
from queue import Full, Queue
from typing import Any

import msgspec
from django.conf import settings

from guanxi.analytics.warehouse.engine import cursor, literal, name_of
from guanxi.analytics.warehouse.shape import COMMON, PAIR, Carry, Column

MANIFEST = "manifest.json"
_MAKING = ".making"
MOST_DELTAS = 12
SMALL = 200_000  # rows: a base of so many is written anew while facts wait
KEPT_FOR = 3600.0  # seconds that files stay which no manifest names any more: somebody may be reading them
_UNTIL = Column("valid_to", "TIMESTAMP")
_GONE = Column("gone_", "BOOLEAN")
_OWN = (Column("seq_", "BIGINT"), _GONE)
AHEAD = 2  # pieces that wait for being written
PIECE = 1_000_000  # rows that are given what they carry at once, which then is one file
_SEQUENCE = Column("seq_", "BIGINT")
_PAIRS = (*(Column(one, "BIGINT") for one in PAIR), Column("number", "INTEGER"))
MOST_PAIRS = 20_000  # of owner and team, that a question tells apart by their numbers
_OF_WHOLES = tuple(one for one in COMMON if one.name in ("id", "archived", "trashed", "valid_to"))


class Carried(msgspec.Struct, frozen=True):
    """Of which object columns lie beside those of a base, as that was at a sequence.

    apart  how many rows have none, because their whole is not in use
    pairs  which owner and which team the numbers in `Carry.whose` stand for
    """

    whole: str
    sequence: int
    apart: int = 0
    pairs: Part | None = None


class Part(msgspec.Struct, frozen=True):
    """Rows of one kind: in which file, or several one after the other, how many, and which columns."""

    file: str
    rows: int
    columns: dict[str, str]
    more: tuple[str, ...] = ()
    carried: Carried | None = None

    @property
    def files(self) -> tuple[str, ...]:
        return (self.file, *self.more)


class Table(msgspec.Struct, frozen=True):
    """The files of one object.

    told        the ids of records whose deltas were folded into the base, with their sequence, for those
                parts that carry something as it was before
    told_since  from which sequence on all changes are in `told` or in deltas
    """

    now: Part | None = None
    past: Part | None = None
    deltas: tuple[Part, ...] = ()
    told: Part | None = None
    told_since: int = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """The present rows of parts, as SQL, as far as they carry columns of their wholes, and the others.

    plain    rows that have the columns of `carry` beside their own; what these say is so now
    rest     the rows whose whole has to be looked up; "" where there are none
    columns  what is carried, as in `Carry`, as far as the files have it
    whose    the column of `plain` that numbers pairs of owner and team; "" where there is none
    pairs    what the numbers stand for, as a table of SQL: owner_id, team_id, number (0, 1 …)
    """

    plain: str
    rest: str
    key: str
    columns: Mapping[str, Column]
    whose: str = ""
    pairs: str = ""


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

    def put_base(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Any],
        since: int,
        carry: Carry | None = None,
    ) -> int:
        """The rows of all records in the order of ids, as `append` takes them, in place of everything written
        up to the sequence `since`.
        """
        with self._making():
            staged = self._write(name, columns, rows)
            base = self._parted(name, columns, staged) if staged.rows else Table()
            if base.now is not None and carry is not None:
                base = msgspec.structs.replace(base, now=self._carrying(name, columns, base.now, carry))
            with self.writing():
                before = self.manifest()
                later = tuple(
                    one for one in before.tables.get(name, Table()).deltas if _sequence_of(one.file) > since
                )
                made = msgspec.structs.replace(base, deltas=later, told_since=before.sequence + 1)
                self._publish(before, before.sequence + 1, {name: made})
            if staged.rows and staged != base.now:
                (self.folder / staged.file).unlink(missing_ok=True)
            return staged.rows

    def lay_base(self, name: str, columns: Sequence[Column], source: str, carry: Carry | None = None) -> int:
        """Rows of now that some SQL makes, in its order, in place of all that is known; returns how many.

        For more than anybody would hand over row by row: memory is what DuckDB is given.
        """
        with self._making():
            now = self._copy(name, 0, columns, source)
            if carry is not None:
                now = self._carrying(name, columns, now, carry)
            with self.writing():
                before = self.manifest()
                made = Table(now=now, told_since=before.sequence + 1)
                self._publish(before, before.sequence + 1, {name: made})
            return now.rows

    def differing(self, name: str, columns: Sequence[Column], rows: Iterable[Any]) -> Sequence[int]:
        """The ids of records whose present row, given for all of them, is another one in the files."""
        with self._making():
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

    def compact(self, name: str, columns: Sequence[Column], carry: Carry | None = None) -> None:
        """Fold the deltas of an object into its base, and carry what wholes are now. Others may append
        meanwhile: theirs stay deltas.
        """
        with self._making():
            manifest = self.manifest()
            known = manifest.tables.get(name)
            if known is None or not parts_of(known):
                return
            base = self._split(name, columns, self.versions_sql(known, columns))
            if base.now is not None and carry is not None:
                base = msgspec.structs.replace(base, now=self._carrying(name, columns, base.now, carry))
            base = self._telling(name, manifest, known, base)
            with self.writing():
                before = self.manifest()
                now = before.tables.get(name)
                if now is None or (now.now, now.past) != (known.now, known.past):
                    return  # somebody else was quicker: what we wrote is swept away with the old files
                later = tuple(one for one in now.deltas if one not in known.deltas)
                self._publish(
                    before, before.sequence + 1, {name: msgspec.structs.replace(base, deltas=later)}
                )

    def compact_where_due(
        self, name: str, columns: Sequence[Column], carry: Carry | None = None, *, small_only: bool
    ) -> None:
        """Compaction, where the deltas have become many, or what is carried old; with `small_only`, only of
        what takes no time.
        """
        manifest = self.manifest()
        known = manifest.tables.get(name, Table())
        if small_only and _rows(known) > SMALL:
            return
        if len(known.deltas) > MOST_DELTAS or (not small_only and _is_stale(manifest, known, carry)):
            self.compact(name, columns, carry)

    def beside_sql(self, table: Table, columns: Sequence[Column], carry: Carry) -> Beside | None:
        """The present rows of parts with what they carry; None where the files don't have it."""
        now, whole = table.now, self.manifest().tables.get(carry.whole, Table())
        if now is None or not _is_carrying(now, whole, carry):
            return None
        assert now.carried is not None
        there = {name: one for name, one in carry.columns.items() if now.columns.get(name) == one.type}
        listed = ", ".join(name_of(one.name) for one in columns)
        given = (*columns, *(Column(name, one.type) for name, one in there.items()))
        pairs = now.carried.pairs
        numbered = pairs is not None and carry.whose in now.columns and pairs.rows <= MOST_PAIRS
        given += (Column(carry.whose, _PAIRS[-1].type),) if numbered else ()
        base, key, carried = self._select([now], given), name_of(carry.key), name_of(carry.there)
        heard = " UNION ALL ".join(f"SELECT id FROM {self._files([one])}" for one in table.deltas)
        changed = self._changed(whole, now.carried.sequence)
        own = f" AND id NOT IN ({heard})" if heard else ""
        same = f" AND {key} NOT IN ({changed})" if changed else ""
        rest = []
        if now.carried.apart:
            rest.append(f"SELECT {listed} FROM ({base}) WHERE {carried} IS NULL{own}")
        if changed:
            rest.append(
                f"SELECT {listed} FROM ({base}) WHERE {carried} IS NOT NULL AND {key} IN ({changed}){own}"
            )
        if table.deltas:
            only = msgspec.structs.replace(table, now=None, past=None)
            rest.append(self.versions_sql(only, columns, present=True))
        plain = f"SELECT * FROM ({base}) WHERE {carried} IS NOT NULL{own}{same}"
        found = Beside(plain, " UNION ALL ".join(rest), carry.key, there)
        if pairs is None or not numbered:
            return found
        return replace(found, whose=carry.whose, pairs=self._files([pairs]))

    def _changed(self, whole: Table, since: int) -> str:
        """The ids of wholes that changed after a sequence, as SQL; "" where none did."""
        found = [
            f"SELECT id FROM {self._files([one])}" for one in whole.deltas if _sequence_of(one.file) > since
        ]
        if whole.told is not None and _sequence_of(whole.told.file) > since:
            found.append(f"SELECT id FROM {self._files([whole.told])} WHERE seq_ > {since}")
        return " UNION ALL ".join(found)

    def _telling(self, name: str, manifest: Manifest, known: Table, base: Table) -> Table:
        """A base into which the deltas of a table were folded, with what parts must know of these."""
        newest = max((_sequence_of(one.file) for one in known.deltas), default=known.told_since)
        since = min(
            (
                one.now.carried.sequence
                for one in manifest.tables.values()
                if one.now is not None and one.now.carried is not None and one.now.carried.whole == name
            ),
            default=newest,
        )
        since = max(since, known.told_since)
        deltas = [one for one in known.deltas if _sequence_of(one.file) > since]
        kept = [one for one in (known.told,) if one is not None and _sequence_of(one.file) > since]
        if not deltas and not kept:
            return msgspec.structs.replace(base, told_since=since)
        columns = (_OF_WHOLES[0], _SEQUENCE)
        rows = " UNION ALL ".join(f"SELECT id, seq_ FROM {self._files([one])}" for one in (*kept, *deltas))
        last = max(_sequence_of(one.file) for one in (*kept, *deltas))
        told = self._copy(
            name,
            last,
            columns,
            f"SELECT id, max(seq_) AS seq_ FROM ({rows}) WHERE seq_ > {since} GROUP BY id",
        )
        return msgspec.structs.replace(base, told=told, told_since=since)

    def _carrying(self, name: str, columns: Sequence[Column], staged: Part, carry: Carry) -> Part:
        """The rows of a file that nobody knows of yet, each with what it carries of its whole; that file is
        removed.

        Piece by piece, each with the wholes that lie between its least and its greatest key: all at once
        would need memory for every whole.
        """
        if not staged.rows:
            return staged
        manifest = self.manifest()
        whole = manifest.tables.get(carry.whole, Table())
        of_wholes = {one.name: one for one in (*_OF_WHOLES, *carry.columns.values())}
        wholes = self.versions_sql(whole, list(of_wholes.values()), present=True)
        carried = [Column(beside, one.type) for beside, one in carry.columns.items()]
        listed = ", ".join(f"s.{name_of(one.name)}" for one in columns)
        beside = ", ".join(f"w.{name_of(one.name)} AS {name_of(key)}" for key, one in carry.columns.items())
        pairs = self._pairs(name, wholes) if carry.whose else None
        if pairs is not None:
            carried.append(Column(carry.whose, _PAIRS[-1].type))
            beside += f", w.number AS {name_of(carry.whose)}"
            met = " AND ".join(f"p.{one} IS NOT DISTINCT FROM o.{one}" for one in PAIR)
            wholes = f"SELECT o.*, p.number FROM ({wholes}) o LEFT JOIN {self._files([pairs])} p ON {met}"
        pieces = []
        for first, last, least, most in self._ranges(staged, carry.key):
            near = f"id BETWEEN {least} AND {most} AND NOT archived AND NOT trashed"
            pieces.append(
                self._copy(
                    name, 0, [*columns, *carried],
                    f"SELECT {listed}, {beside}"
                    f" FROM (SELECT * FROM {self._files([staged])} WHERE id BETWEEN {first} AND {last}) s"
                    f" LEFT JOIN (SELECT * FROM ({wholes}) WHERE {near}) w"
                    f" ON w.id = s.{name_of(carry.key)} ORDER BY s.id",
                )
            )  # fmt: skip
        made = msgspec.structs.replace(
            pieces[0], more=tuple(one.file for one in pieces[1:]), rows=sum(one.rows for one in pieces)
        )
        counted = cursor().execute(
            f"SELECT count(*) - count({name_of(carry.there)}) FROM {self._files([made])}"
        )
        (apart,) = counted.fetchone() or (0,)
        (self.folder / staged.file).unlink(missing_ok=True)
        return msgspec.structs.replace(
            made,
            carried=Carried(whole=carry.whole, sequence=manifest.sequence, apart=int(apart), pairs=pairs),
        )

    def _pairs(self, name: str, wholes: str) -> Part:
        """Which pairs of owner and team some wholes in use have, each with its number."""
        return self._copy(
            name, 0, _PAIRS,
            f"SELECT *, (row_number() OVER (ORDER BY team_id, owner_id) - 1)::INTEGER AS number"
            f" FROM (SELECT DISTINCT {', '.join(PAIR)} FROM ({wholes}) WHERE NOT archived AND NOT trashed)"
            " ORDER BY number",
        )  # fmt: skip

    def _ranges(self, staged: Part, key: str) -> list[tuple[int, int, int, int]]:
        """Of each piece of a file: its first and last id, its least and greatest key. Where the rows don't
        lie in the order of ids, all of it is one piece.
        """
        read = f"read_parquet({literal(str(self.folder / staged.file))}, file_row_number = true)"
        found = cursor().execute(
            f"SELECT min(id), max(id), coalesce(min({name_of(key)}), 0), coalesce(max({name_of(key)}), 0)"
            f" FROM {read} GROUP BY file_row_number // {PIECE} ORDER BY 1"
        )
        ranges = found.fetchall()
        if any(later[0] <= one[1] for one, later in pairwise(ranges)):
            firsts, lasts, least, most = zip(*ranges, strict=True)
            return [(min(firsts), max(lasts), min(least), max(most))]
        return ranges

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
        """Remove files that no manifest has named for an hour; returns how many. While somebody makes files
        that are to be named, none goes: these and what they are made from may be older.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _MAKING).open("w") as making:
            try:
                fcntl.flock(making, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 0
            with self.writing():
                named = _named(self.manifest())
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

    @contextmanager
    def _making(self) -> Iterator[None]:
        """While files are made that no manifest names yet. Any number may do so at once; a process that is
        killed does it no longer.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _MAKING).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield

    def _publish(self, before: Manifest, sequence: int, tables: dict[str, Table]) -> None:
        made = msgspec.structs.replace(
            before, sequence=sequence, fed_at=time.time(), tables={**before.tables, **tables}
        )
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".tmp", delete=False) as aside:
            aside.write(msgspec.json.encode(made))
        for file in _named(self.manifest()) - _named(made):
            with suppress(FileNotFoundError):
                os.utime(self.folder / file)  # who reads it now has an hour from now
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
        if not past.rows:
            (self.folder / past.file).unlink()
            return Table(now=now)
        return Table(now=now, past=past)

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
        paths = ", ".join(literal(str(self.folder / file)) for one in parts for file in one.files)
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


def rows_of(table: Table) -> list[Part]:
    """The files that hold rows of an object."""
    return [one for one in (table.now, table.past, *table.deltas) if one is not None]


def parts_of(table: Table) -> list[Part]:
    """All files of an object that hold its rows or tell of them."""
    carried = table.now.carried if table.now is not None else None
    pairs = carried.pairs if carried is not None else None
    return [one for one in (table.now, table.past, table.told, pairs, *table.deltas) if one is not None]


def _named(manifest: Manifest) -> set[str]:
    """The files that a manifest names."""
    return {file for table in manifest.tables.values() for one in parts_of(table) for file in one.files}


def _is_carrying(now: Part, whole: Table, carry: Carry) -> bool:
    """Whether what a base carries can be told from what changed since."""
    carried = now.carried
    return (
        carried is not None
        and carried.whole == carry.whole
        and carried.sequence >= whole.told_since
        and now.columns.get(carry.there) == carry.columns[carry.there].type
    )


def _is_stale(manifest: Manifest, table: Table, carry: Carry | None) -> bool:
    """Whether what a base carries is not known to be so, or of many wholes not so any more."""
    if carry is None or table.now is None or not table.now.rows:
        return False
    whole = manifest.tables.get(carry.whole, Table())
    wanted = {*carry.columns, *((carry.whose,) if carry.whose else ())}
    if not _is_carrying(table.now, whole, carry) or wanted - set(table.now.columns):
        return True
    assert table.now.carried is not None
    heard, since = (whole.told, *whole.deltas), table.now.carried.sequence
    changed = sum(one.rows for one in heard if one is not None and _sequence_of(one.file) > since)
    return changed > max(SMALL, _rows(whole) // _OLD_SHARE)


_OLD_SHARE = 20  # one whole of so many changed


def _sequence_of(file: str) -> int:
    return int(file.rsplit("-", 2)[1])
