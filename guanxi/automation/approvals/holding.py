"""A record that waits for an approval is not changed by hand."""

from __future__ import annotations

from django.utils.translation import gettext as _

from guanxi.automation.approvals.models import ApprovalProcess, ApprovalRequest
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.rules import hold_records
from guanxi.platform.tenancy.context import remembered, require_workspace_id

FREE = frozenset({"owner", "team", "tags"})  # whose it is and how it is filed promises nothing
_MOST_KEPT = 500
_kept: dict[int, tuple[int, frozenset[str]]] = {}


@hold_records
def refuse_what_waits(obj: Object, record_id: int, changed: set[str]) -> None:
    """Raises InvalidValues for a change of a record on which somebody is to decide."""
    if not changed - FREE or obj.name not in objects_with_processes():
        return
    if any(one.name == "submit" for one in obj.verbs):
        return  # a document has a state of its own that says so
    if ApprovalRequest.objects.filter(object=obj.name, record_id=record_id, state="open").exists():
        said = _("It waits for approval. Withdraw it to change it.")
        raise InvalidValues({name: [FieldError("held", said)] for name in changed - FREE})


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
