"""Somebody leaves, gets another role or another team: whoever is next in line is asked at once."""

from __future__ import annotations

from guanxi.automation.approvals.actions import refill
from guanxi.automation.approvals.models import ApprovalRequest
from guanxi.automation.workflows.matching import acting
from guanxi.platform.identity.changes import Change
from guanxi.platform.tenancy.context import in_workspace

_MATTERS = {
    "member": ("left", "changed"),
    "role": ("changed", "removed"),
    "team": ("changed", "moved", "removed"),
}
MOST_AT_ONCE = 200  # the rest is seen to by the clock: jobs.py


def refill_lines(change: Change) -> None:
    """Hears of changes of people, in their transaction."""
    if change.verb not in _MATTERS.get(change.object, ()):
        return
    with in_workspace(change.by.workspace_id):
        ids = list(ApprovalRequest.objects.filter(state="open").values_list("pk", flat=True)[:MOST_AT_ONCE])
        for request_id in ids:
            refill(request_id, by=acting(None, "Guanxi"))
