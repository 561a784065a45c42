"""Facts → files, and the rebuild of all of it.

The feed goes by the record, not by what the fact says of it: of each record that facts are about, the present
state is read in the consumer's own transaction, and its past is made from its facts. So it makes no
difference how often or in which order facts are delivered, and everything a record follows from is there,
also what no fact carries. This and the rebuild are the only places that read live tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from guanxi.analytics.warehouse.shape import columns_of
from guanxi.analytics.warehouse.store import Store, digest
from guanxi.analytics.warehouse.versions import Row, Versions
from guanxi.platform.events.models import Fact
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
    store, written = Store(require_workspace_id()), 0
    for name, ids in heard.items():
        if registry.has(name):
            obj = registry.get(name)
            columns = columns_of(obj)
            written += store.append(name, columns, _rows_of(obj, ids))
            store.compact_where_due(name, columns, small_only=True)
    return written


def rebuild(names: Collection[str] | None = None) -> dict[str, int]:
    """Make the chosen workspace's warehouse anew from the live tables; rows written, by object.

    Facts may be taken in meanwhile: what they write counts more than what is read here.
    """
    store, written = Store(require_workspace_id()), {}
    for obj in registry.objects():
        if names is None or obj.name in names:
            since = store.manifest().sequence
            written[obj.name] = store.put_base(obj.name, columns_of(obj), _all_rows(obj), since)
    return written


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
    for name in store.manifest().tables:
        if registry.has(name):
            store.compact_where_due(name, columns_of(registry.get(name)), small_only=False)
    return store.sweep()


def digests() -> dict[str, tuple[int, str]]:
    """By object: how many rows the warehouse has of it, and a sum over their values."""
    store = Store(require_workspace_id())
    known = [registry.get(name) for name in sorted(store.manifest().tables) if registry.has(name)]
    found = {obj.name: digest(store, obj.name, columns_of(obj)) for obj in known}
    return {name: one for name, one in found.items() if one[0]}


def _all_rows(obj: Object) -> Iterator[Row]:
    last = 0
    while True:
        with reading():
            ids = list(obj.rows().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
            rows = list(_rows_of(obj, ids))
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
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
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


def _trashed(obj: Object, ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        marks = ", ".join(["%s"] * len(some))
        rows = fetch(
            "SELECT record_id FROM records_trashed WHERE workspace_id = %s AND object = %s"
            f" AND record_id IN ({marks})",
            (require_workspace_id(), obj.name, *some),
        )
        found |= {row[0] for row in rows}
    return found
