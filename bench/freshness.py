"""How fresh the warehouse is while two thousand records change in a second, and what its rebuild costs.

One process changes records through the product, as a job of many does; another one, started for it, is what
a worker does for the warehouse alone: it orders the facts and writes the files. How late a fact is counts
from the moment in which it was stated to that in which the manifest that holds it has been replaced. Other
consumers are left out: what all of them cost together is the family `workflow`.
"""

from __future__ import annotations

import bisect
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bench.making import Bench
from bench.measuring import Result, within
from guanxi.analytics.warehouse.feeding import digests, rebuild
from guanxi.analytics.warehouse.freshness import CONSUMER
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.models import Cursor, Fact
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading

PER_SECOND, SECONDS, AT_ONCE = 2_000, 30, 200
LATE_SECONDS = 10.0
MOST = 20_000  # contacts that are changed, one after the other and again


def measure(bench: Bench) -> Iterator[Result]:
    with in_workspace(bench.workspace_id):
        began, worked = time.perf_counter(), time.process_time()
        _forget_peak()
        rows = sum(rebuild().values())
        took, worked = time.perf_counter() - began, time.process_time() - worked
        yield within(
            "freshness", "the warehouse is made anew, for a million rows", rows=bench.contacts,
            ours=took / rows * 1e6, limit=None, unit="s",
            note=f"{rows:,} rows in {took / 60:.1f} minutes, {worked / 60:.1f} of them processor time of the"
            f" process, {_peak():.0f} MB at most",
        )  # fmt: skip
        begun = timezone.now()
        with _feeder() as told:
            pace = _change()
            _wait_until_fed()
            late = _lateness(begun, told)
        fed = digests()
        rebuild(["contact"])
        same = "then equal to a rebuild" if fed == digests() else "then NOT equal to a rebuild"
        yield within(
            "freshness", "99 of a hundred facts are in the files after", rows=bench.contacts, ours=late,
            limit=LATE_SECONDS, unit="s", note=f"{pace:,.0f} facts a second, {same}",
        )  # fmt: skip


def _forget_peak() -> None:
    """Memory at most counts from here."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """MB that the process had at most."""
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


def _change() -> float:
    """Change records at the pace; how many a second there were."""
    contact = registry.get("contact")
    with transaction.atomic():
        found = Member.objects.select_related("user", "role", "workspace", "team")
        by = actor_for(found.filter(role__administers=True).order_by("pk")[0])
        rows = Contact.objects.filter(archived_at=None).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:MOST])
    began, pieces = time.monotonic(), PER_SECOND * SECONDS // AT_ONCE
    for piece in range(pieces):
        time.sleep(max(began + piece * AT_ONCE / PER_SECOND - time.monotonic(), 0.0))
        at = piece * AT_ONCE % len(ids)
        wishes = [Wish(key, {"department": f"Bench {piece}"}) for key in ids[at : at + AT_ONCE]]
        change_many(contact, wishes, by=by)
    return pieces * AT_ONCE / (time.monotonic() - began)


def _lateness(begun: datetime, told: Path) -> float:
    """Seconds after which 99 of a hundred facts were in the files, by what the feeder has told."""
    done = [(int(position), float(at)) for position, at in map(str.split, told.read_text().splitlines())]
    positions = [position for position, _at in done]
    with reading():
        facts = list(Fact.objects.filter(at__gte=begun).values_list("position", "at"))
    late: list[float] = sorted(
        done[bisect.bisect_left(positions, position)][1] - at.timestamp() for position, at in facts
    )
    return late[int(len(late) * 0.99)]


@contextmanager
def _feeder() -> Iterator[Path]:
    """A process that takes facts in, once it has caught up; the file in which it says what it has done."""
    with tempfile.TemporaryDirectory(prefix="guanxi-bench.") as folder:
        told = Path(folder) / "told"
        with told.open("w") as said:
            feeder = subprocess.Popen([sys.executable, "-m", "bench.feeder"], stdout=said)
        try:
            _wait_until_fed()
            yield told
        finally:
            feeder.terminate()
            feeder.wait(timeout=20)


def _wait_until_fed() -> None:
    while True:
        with reading():
            at = Cursor.objects.filter(consumer=CONSUMER).values_list("position", flat=True).first()
            waiting = Fact.objects.filter(Q(position=None) | Q(position__gt=at or 0)).exists()
        if at is not None and not waiting:
            return
        time.sleep(0.2)
