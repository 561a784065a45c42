"""A record that waits for an approval is not changed by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from guanxi.automation.approvals.models import ApprovalProcess, ApprovalRequest
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.rules import Errors, hold_records
from guanxi.platform.tenancy.context import remembered, require_workspace_id

FREE = frozenset({"owner", "team", "tags"})  # whose it is and how it is filed promises nothing
_MOST_KEPT = 500
_kept: dict[int, tuple[int, frozenset[str]]] = {}


@hold_records
def what_waits(obj: Object, changed: Mapping[int, Collection[str]]) -> dict[int, Errors]:
    """Of records that are to change those on which somebody is to decide, with what to do about it."""
    asked = {record_id: names for record_id, some in changed.items() if (names := set(some) - FREE)}
    if not asked or obj.name not in objects_with_processes():
        return {}
    if any(one.name == "submit" for one in obj.verbs):
        return {}  # a document has a state of its own that says so
    waiting = ApprovalRequest.objects.filter(object=obj.name, record_id__in=list(asked), state="open")
    said = _("It waits for approval. Withdraw it to change it.")
    return {
        record_id: {name: [FieldError("held", said)] for name in asked[record_id]}
        for record_id in waiting.values_list("record_id", flat=True)
    }


def objects_with_processes() -> frozenset[str]:
    """The objects for which somebody has made a process, also one that is switched off.

    Kept under the version of the workspace's objects, which each change of a process renews."""
    workspace_id, version = require_workspace_id(), remembered().get("objects_version")
    if version == 0:
        return frozenset()
    known = _kept.get(workspace_id)
    if version is not None and known is not None and known[0] == version:
        return known[1]
    found = frozenset(ApprovalProcess.objects.values_list("object", flat=True))
    if version is not None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[workspace_id] = (version, found)
    return found
