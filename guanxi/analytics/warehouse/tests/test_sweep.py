"""Files go an hour after their name was lost, however long ago they were written."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from guanxi.analytics.warehouse.engine import cursor
from guanxi.analytics.warehouse.records import tables_of
from guanxi.analytics.warehouse.shape import COMMON
from guanxi.analytics.warehouse.store import KEPT_FOR, Store, parts_of

pytestmark = pytest.mark.one_database
ROW = {"workspace_id": "7", "archived": "false", "trashed": "false", "valid_from": "2026-01-01"}


@pytest.fixture
def store(settings: Any, tmp_path: Any) -> Store:
    settings.WAREHOUSE_DIR = tmp_path
    made = Store(7)
    made.put_base("company", COMMON, rows(1, 2), made.manifest().sequence)
    made.append([("company", COMMON, rows(3))])
    return made


def rows(*ids: int) -> Any:
    return tables_of(COMMON, ({**ROW, "id": str(one)} for one in ids))


def age(store: Store) -> set[str]:
    """All files were written two hours ago."""
    then = time.time() - 2 * KEPT_FOR
    files = [one for one in store.folder.iterdir() if one.suffix == ".parquet"]
    for one in files:
        os.utime(one, (then, then))
    return {one.name for one in files}


def seen(store: Store) -> list[int]:
    sql = store.versions_sql(store.manifest().tables["company"], COMMON, present=True)
    return sorted(row[0] for row in cursor().execute(f"SELECT id FROM ({sql})").fetchall())


def test_who_began_to_read_before_a_compaction_reads_on_after_the_sweep(store: Store) -> None:
    old, reader = age(store), store.held()
    store.compact("company", COMMON)
    assert store.sweep() == 0
    assert seen(reader) == seen(store) == [1, 2, 3]
    age(store)
    assert store.sweep() >= len(old)
    assert not old & {one.name for one in store.folder.iterdir()}
    assert seen(store) == [1, 2, 3]


def test_a_compaction_of_what_has_no_past_leaves_no_file_without_rows(store: Store) -> None:
    before = {one.name for one in store.folder.iterdir()}
    store.compact("company", COMMON)
    table = store.manifest().tables["company"]
    made = {one.name for one in store.folder.glob("*.parquet")} - before
    assert made == {file for one in parts_of(table) for file in one.files}


def test_what_was_forgotten_stays_an_hour_as_well(store: Store) -> None:
    old, reader = age(store), store.held()
    store.drop()
    assert store.sweep() == 0
    assert seen(reader) == [1, 2, 3]
    age(store)
    assert store.sweep() == len(old)


@pytest.mark.parametrize("act", ["rebuild", "compact"])
def test_a_making_of_more_than_an_hour_loses_none_of_its_files(
    store: Store, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept, copy = [], Store._copy

    def slowly(self: Store, *given: Any) -> Any:
        made = copy(self, *given)
        age(self)
        swept.append(Store(7).sweep())
        return made

    with monkeypatch.context() as patched:
        patched.setattr(Store, "_copy", slowly)
        if act == "rebuild":
            store.put_base("company", COMMON, rows(1, 2, 3), store.manifest().sequence)
        else:
            store.compact("company", COMMON)
    assert len(swept) > 1
    assert set(swept) == {0}
    assert seen(store) == [1, 2, 3]
    age(store)
    assert store.sweep() > 0, "and then they go"
    assert seen(store) == [1, 2, 3]
