"""Writes a warehouse until it is killed: python -m tests.faults.killed_writer DATABASE FOLDER ID

It loads the product once; each line that it reads names what a child of it does from then on, without an end:
`append`, `rebuild`, `fold`, `hear` (the facts of the database), `learn` (the model that there is). It answers
with the child's id.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

RECORDS = 2_000


def main(database: str, folder: str, workspace_id: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "guanxi.config.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    connection.settings_dict["NAME"] = database
    settings.WAREHOUSE_DIR = Path(folder)
    acts: dict[str, Callable[[int], None]] = {
        "append": append, "rebuild": rebuild, "fold": fold, "hear": hear, "learn": learn,
    }  # fmt: skip
    child = 0
    for line in sys.stdin:
        if child:
            os.waitpid(child, 0)
        child = os.fork()
        if not child:
            acts[line.strip()](workspace_id)
            os._exit(0)
        print(child, flush=True)


def append(workspace_id: int) -> None:
    """Both objects change together, again and again."""
    from guanxi.analytics.warehouse.store import Store

    for number in count(os.getpid()):
        Store(workspace_id).append((name, *table(name, number)) for name in ("company", "contact"))


def rebuild(workspace_id: int) -> None:
    """The base of one object is written anew from what its files say, while others might append."""
    from guanxi.analytics.warehouse.engine import cursor
    from guanxi.analytics.warehouse.store import Store

    while True:
        store = Store(workspace_id)
        one = store.held()
        columns, _rows = table("company", 0)
        sql = one.versions_sql(one.manifest().tables["company"], columns, present=True)
        (number,) = cursor().execute(f"SELECT max(employees) FROM ({sql})").fetchone() or (0,)
        store.put_base("company", *table("company", number), one.manifest().sequence)


def fold(workspace_id: int) -> None:
    """Appends, and folds what it appended at once."""
    from guanxi.analytics.warehouse.store import Store

    for number in count(os.getpid()):
        store = Store(workspace_id)
        store.append((name, *table(name, number)) for name in ("company", "contact"))
        for name in ("company", "contact"):
            store.compact(name, table(name, 0)[0])


def hear(workspace_id: int) -> None:
    """What a worker does: facts to the files, folding, and the rebuild."""
    from guanxi.analytics.warehouse import feeding, store
    from guanxi.platform.events.delivery import drain_events
    from guanxi.platform.tenancy.context import in_workspace

    store.MOST_DELTAS = 1
    drain_events()
    with in_workspace(workspace_id):
        while True:
            feeding.rebuild(["company", "contact"])


def learn(workspace_id: int) -> None:
    """What the jobs of a learned model do: a version from the past, then what it says of every record."""
    from guanxi.analytics.learning.models import LearnedModel
    from guanxi.analytics.learning.training import train, write_all
    from guanxi.platform.tenancy.context import in_workspace

    with in_workspace(workspace_id):
        while True:
            for key in list(LearnedModel.objects.values_list("pk", flat=True)):
                train(key)
                write_all(key)


def table(name: str, number: int) -> tuple[Any, Iterator[Any]]:
    """Columns and rows of an object in which every record says the same number."""
    from guanxi.analytics.warehouse.records import tables_of
    from guanxi.analytics.warehouse.shape import columns_of
    from guanxi.platform.metadata import registry

    says = "employees" if name == "company" else "rhythm_days"
    columns = columns_of(registry.get(name))
    common = {"archived": "false", "trashed": "false", "valid_from": "2026-01-01", says: str(number)}
    return columns, tables_of(columns, ({"id": str(key + 1), **common} for key in range(RECORDS)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
