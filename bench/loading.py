"""Import speed and memory against a bare bulk load of the same rows into the same table."""

from __future__ import annotations

import csv
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from bench.dataset import Bench, _insert
from bench.measuring import Result
from guanxi.people.contacts.models import Contact
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.keys import new_keys

SLOWEST_SHARE = 10.0  # at least one tenth of the bare speed


def import_speed(bench: Bench, rows: int | None = None) -> Iterator[Result]:
    """`guanxi import` of contacts with links, values and facts; then the bare load. In rows per second."""
    rows = rows or max(bench.contacts // 10, 5_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        with path.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["Name", "Email", "Mobile", "Job title", "City"])
            for at in range(rows):
                writer.writerow(
                    [f"Imported {at}", f"i{at}@import.example", f"137{at:08d}", f"Title {at % 50}", "Berlin"]
                )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        call_command(
            "import", str(path), workspace="bench", object=["contact"], key=["none"], yes=True, verbosity=0
        )
        ours = time.perf_counter() - started
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    bare = _bare(bench, rows)
    ratio = ours / bare
    note = f"{rows / ours:,.0f} rows/s against {rows / bare:,.0f}; memory grew by {grown:.0f} MB"
    name = f"import of {rows:,} contacts ({connection.vendor})"
    yield Result(
        name, bench.contacts, 1000 * ours, 1000 * bare, ratio, SLOWEST_SHARE, ratio <= SLOWEST_SHARE, note
    )


def _bare(bench: Bench, rows: int) -> float:
    """Seconds for the rows alone, by multi-row inserts in one transaction."""
    with in_workspace(bench.workspace_id), transaction.atomic():
        model = Contact.objects.filter(name__startswith="Imported ")[:1].values()[0]
        template = {key: value for key, value in model.items() if key != "id"}
        for name in ("phones", "emails", "addresses", "tags", "custom"):
            template[name] = "[]" if name != "custom" else "{}"
        started = time.perf_counter()
        _insert("people_contact", ({**template, "id": key, "name": f"Bare {key}"} for key in new_keys(rows)))
        return time.perf_counter() - started
