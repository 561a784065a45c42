"""Every place that works across workspaces, so that a new one is seen by whoever reviews it."""

from __future__ import annotations

import ast
from pathlib import Path

from django.conf import settings

# The machinery. A view, a verb or a screen's query never belongs here.
PLACES = {
    "guanxi/automation/migrations/0008_addresses_of_robots.py",  # logs lose what was written before
    "guanxi/collaboration/migrations/0012_work_reports_as_records.py",  # rows of before are carried over
    "guanxi/collaboration/activities/queries.py",  # the clock that looks for due reminders
    "guanxi/config/doctor.py",  # says how each workspace's warehouse is
    "guanxi/platform/events/delivery.py",
    "guanxi/platform/events/management/commands/facts.py",
    "guanxi/platform/events/relay.py",
    "guanxi/platform/events/replaying.py",
    "guanxi/platform/events/sse.py",
    "guanxi/platform/events/status.py",
    "guanxi/platform/identity/queries.py",  # before a workspace is entered: whose member is this user?
    "guanxi/platform/jobs/backend.py",
    "guanxi/platform/jobs/jobs.py",
    "guanxi/platform/jobs/running.py",
    "guanxi/platform/metadata/shipped_roles.py",  # a release brings new rights to the roles that came with it
    "guanxi/platform/records/derived.py",  # a migration fills the districts of rows of before
    "guanxi/platform/records/tallies/keeping.py",  # counts of a table are made anew for all workspaces
    "guanxi/platform/tenancy/sealing.py",  # a migration seals what was written before
    "guanxi/platform/records/transfer/unpacking.py",  # makes a workspace and enters it
}


def test_only_the_machinery_works_across_workspaces():
    root = Path(settings.BASE_DIR)
    found = {}
    for file in (root / "guanxi").rglob("*.py"):
        if "tests" not in file.parts and (calls := calls_in(file)):
            found[str(file.relative_to(root))] = calls
    assert set(found) == PLACES
    for place, calls in found.items():
        for call in calls:
            assert isinstance(call.args[0], ast.Constant), f"{place}:{call.lineno}: say why, in plain words"


def calls_in(file: Path) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "everywhere"
    ]
