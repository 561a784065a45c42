"""Facts → files, and the rebuild of all of it.

The feed goes by the record, not by what the fact says of it: of each record that facts are about, the present
state is read in the consumer's own transaction, and its past is made from its facts. So it makes no
difference how often or in which order facts are delivered, and everything a record follows from is there,
also what no fact carries. This and the rebuild are the only places that read live tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from guanxi.analytics.warehouse.shape import columns_of
from guanxi.analytics.warehouse.store import Store, digest, lacks
from guanxi.analytics.warehouse.versions import Row, Versions
from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 2_000


def feed(facts: Sequence[Fact]) -> int:
    """Take in the records that these facts are about; returns how many rows were written."""
    heard: dict[str, set[int]] = defaultdict(set)
    for fact in facts:
        heard[fact.object].add(fact.record_id)
        for name, record_id in fact.about:
            heard[name].add(int(record_id))
    return _take_in(heard)


def _take_in(heard: Mapping[str, Collection[int]]) -> int:
    """The rows of these records as they are now, in place of what is known of them."""
    store = Store(require_workspace_id())
    known = {name: registry.get(name) for name in heard if registry.has(name)}
    written = store.append(
        (name, columns_of(obj), _rows_of(obj, heard[name])) for name, obj in known.items() if heard[name]
    )
    for name, obj in known.items():
        store.compact_where_due(name, columns_of(obj), small_only=True)
    return written


def rebuild(names: Collection[str] | None = None) -> dict[str, int]:
    """Make the chosen workspace's warehouse anew from the live tables; rows written, by object.

    Facts may be taken in meanwhile: what they write counts more than what is read here.
    """
    store, written = Store(require_workspace_id()), {}
    wanted = [obj for obj in registry.objects() if names is None or obj.name in names]
    for number, obj in enumerate(wanted):
        report_progress(number, len(wanted), str(obj.plural_label))
        since = store.manifest().sequence
        written[obj.name] = store.put_base(obj.name, columns_of(obj), _all_rows(obj), since)
    if names is None:
        store.note_built()
    return written


def refresh() -> int:
    """Take in what changed without a fact of its record, or one about it; returns how many records.

    A formula, a rhythm, what was received of an order: the present of every record is read once and compared
    with the files, without its past.
    """
    store, found = Store(require_workspace_id()), 0
    for obj in registry.objects():
        columns = [one for one in columns_of(obj) if one.name not in ("valid_from", "valid_to")]
        for ids in in_pieces(store.differing(obj.name, columns, _present_rows(obj)), AT_ONCE):
            found += len(ids)
            with reading():
                _take_in({obj.name: ids})
    return found


def load_rows(obj: Object, rows: Iterable[Row]) -> int:
    """Put rows from outside into an object's table in place of what is there: `{column: text}`, with an id.

    For data that was never recorded here: the history of another system, a big table to look at.
    """
    workspace_id = require_workspace_id()
    store = Store(workspace_id)
    common = {
        "workspace_id": str(workspace_id),
        "kind": obj.kind or None,
        "archived": "false",
        "trashed": "false",
        "valid_from": "1970-01-01",
    }
    since = store.manifest().sequence
    return store.put_base(obj.name, columns_of(obj), ({**common, **row} for row in rows), since)


def tidy(workspace_id: int) -> int:
    """Fold what has grown and remove what nobody reads any more; returns how many files went."""
    store = Store(workspace_id)
    for name, table in store.manifest().tables.items():
        if not registry.has(name):
            continue
        columns = columns_of(registry.get(name))
        if lacks(table, columns):
            rebuild([name])
        store.compact_where_due(name, columns, small_only=False)
    return store.sweep()


def digests() -> dict[str, tuple[int, str]]:
    """By object: how many rows the warehouse has of it, and a sum over their values."""
    store = Store(require_workspace_id())
    known = [registry.get(name) for name in sorted(store.manifest().tables) if registry.has(name)]
    found = {obj.name: digest(store, obj.name, columns_of(obj)) for obj in known}
    return {name: one for name, one in found.items() if one[0]}


def _all_rows(obj: Object) -> Iterator[Row]:
    return _walk(obj, lambda ids: _rows_of(obj, ids))


def _present_rows(obj: Object) -> Iterator[Row]:
    versions = Versions(obj, require_workspace_id())

    def rows(ids: Collection[int]) -> Iterator[Row]:
        found = list(obj.rows().filter(pk__in=ids))
        trashed = _trashed(obj, [one.pk for one in found if one.archived_at is not None])
        return (versions.present(one, trashed=one.pk in trashed) for one in found)

    return _walk(obj, rows)


def _walk(obj: Object, rows_of: Callable[[Collection[int]], Iterable[Row]]) -> Iterator[Row]:
    """Rows of all records, read in pieces: memory is for one of them."""
    last = 0
    while True:
        with reading():
            ids = list(obj.rows().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
            rows = list(rows_of(ids))
        yield from rows
        if len(ids) < AT_ONCE:
            return
        last = ids[-1]


def _rows_of(obj: Object, ids: Collection[int]) -> Iterator[Row]:
    """All rows of some records; one that says `gone_` for each that is no more."""
    workspace_id = require_workspace_id()
    known: dict[int, Any] = {}
    facts: dict[int, list[Fact]] = defaultdict(list)
    wanted = sorted(ids)
    for some in in_pieces(wanted, 500):
        known.update({one.pk: one for one in obj.rows().filter(pk__in=some)})
        told = Fact.objects.filter(object=obj.name, record_id__in=some)
        for fact in told.order_by("record_id", "id").only("record_id", "verb", "at", "changes"):
            facts[fact.record_id].append(fact)
    trashed = _trashed(obj, [pk for pk, one in known.items() if one.archived_at is not None])
    versions = Versions(obj, workspace_id)
    for pk in wanted:
        if pk in known:
            yield from versions.rows(known[pk], facts[pk], trashed=pk in trashed)
        else:
            yield {"id": str(pk), "workspace_id": str(workspace_id), "gone_": "true"}


def in_pieces(ids: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    """A list in pieces of so many."""
    return (ids[start : start + most] for start in range(0, len(ids), most))


def _trashed(obj: Object, ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for some in in_pieces(ids, 500):
        marks = ", ".join(["%s"] * len(some))
        rows = fetch(
            "SELECT record_id FROM records_trashed WHERE workspace_id = %s AND object = %s"
            f" AND record_id IN ({marks})",
            (require_workspace_id(), obj.name, *some),
        )
        found |= {row[0] for row in rows}
    return found
