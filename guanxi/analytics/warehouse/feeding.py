"""Facts → files, and the rebuild of all of it.

The feed goes by the record, not by what the fact says of it: of each record that facts are about, the present
state is read in the consumer's own transaction, and its past is made from its facts. So it makes no
difference how often or in which order facts are delivered, and everything a record follows from is there,
also what no fact carries. This and the rebuild are the only places that read live tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from guanxi.analytics.warehouse.records import Records, in_pieces, tables_of
from guanxi.analytics.warehouse.shape import carry_of, columns_of
from guanxi.analytics.warehouse.store import Store, digest, lacks
from guanxi.analytics.warehouse.versions import Row
from guanxi.platform.events.models import Fact
from guanxi.platform.jobs.progress import report_progress
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.transactions import reading

AT_ONCE = 2_000  # of those that are taken in anew


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
        (name, columns_of(obj), Records(obj, store.workspace_id).of(heard[name]))
        for name, obj in known.items()
        if heard[name]
    )
    for name, obj in known.items():
        store.compact_where_due(name, columns_of(obj), carry_of(obj), small_only=True)
    return written


def rebuild(names: Collection[str] | None = None) -> dict[str, int]:
    """Make the chosen workspace's warehouse anew from the live tables; rows written, by object.

    Facts may be taken in meanwhile: what they write counts more than what is read here.
    """
    store, written = Store(require_workspace_id()), {}
    wanted = [obj for obj in _wholes_first(registry.objects()) if names is None or obj.name in names]
    for number, obj in enumerate(wanted):
        report_progress(number, len(wanted), str(obj.plural_label))
        since = store.manifest().sequence
        written[obj.name] = store.put_base(obj.name, columns_of(obj), _all(obj), since, carry_of(obj))
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
        for ids in in_pieces(store.differing(obj.name, columns, _all(obj, past=False)), AT_ONCE):
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
    since, columns = store.manifest().sequence, columns_of(obj)
    made = tables_of(columns, ({**common, **row} for row in rows))
    return store.put_base(obj.name, columns, made, since, carry_of(obj))


def tidy(workspace_id: int) -> int:
    """Fold what has grown and remove what nobody reads any more; returns how many files went."""
    store = Store(workspace_id)
    tables = store.manifest().tables
    for obj in _wholes_first(registry.objects()):
        if obj.name not in tables:
            continue
        columns = columns_of(obj)
        if lacks(tables[obj.name], columns):
            rebuild([obj.name])
        store.compact_where_due(obj.name, columns, carry_of(obj), small_only=False)
    return store.sweep()


def digests() -> dict[str, tuple[int, str]]:
    """By object: how many rows the warehouse has of it, and a sum over their values."""
    store = Store(require_workspace_id())
    known = [registry.get(name) for name in sorted(store.manifest().tables) if registry.has(name)]
    found = {obj.name: digest(store, obj.name, columns_of(obj)) for obj in known}
    return {name: one for name, one in found.items() if one[0]}


def _wholes_first(objects: Iterable[Object]) -> list[Object]:
    """Each object behind that of which it is a part: parts carry what their wholes are."""
    return sorted(objects, key=_depth)


def _depth(obj: Object) -> int:
    return 1 + _depth(registry.get(obj.whole)) if obj.part_of and registry.has(obj.whole) else 0


def _all(obj: Object, *, past: bool = True) -> Iterator[Any]:
    """The rows of all records in the order of their ids, read in pieces: memory is for a few of these."""
    records = Records(obj, require_workspace_id())
    last: int | None = 0
    while last is not None:
        with reading():
            rows, last = records.after(last, past=past)
        if rows is not None:
            yield rows
