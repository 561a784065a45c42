"""What the verbs submit, approve, reject and withdraw of a noun call, so that there is one way to approve.

    def submit(record, *, by):
        moved = move_state(record, …, to="in_approval")
        return asked(moved, by=by)

    def approve(record, *, by):
        if not answered(record, "approve", by=by):
            return signed                                  # others are to sign still
        return move_state(record, …, to="confirmed")

The line of signers runs the verb once more when nobody is left to be asked: then `answered` says True, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.automation.approvals.actions import (
    ask,
    end_without_record,
    may_answer,
    open_request,
    reject,
    sign,
)
from guanxi.automation.approvals.models import ApprovalRequest
from guanxi.automation.approvals.processes import process_for
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues

_STATE_OF = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}


def asked(record: Any, *, by: Actor, reasons: Sequence[str] = ()) -> Any:
    """Ask for the approval of a record that has just been submitted; returns it as it is then.

    `last_fact_id` stays that of the submission.
    """
    request = ask(record, by=by, reasons=reasons)
    return record if request.state == ApprovalRequest.State.OPEN else anew(record)


@transaction.atomic
def answered(record: Any, verdict: str, *, by: Actor, words: str = "") -> bool:
    """Whether all is decided, so that the record is to follow now; else the actor's answer is taken.

    verdict   "approve" or "reject"
    Raises NotFound and Refused for who is not asked, InvalidValues for a rejection without words.
    """
    if _due(record, verdict):
        return True
    request = open_request(record.object_name, record.pk)
    if request is None:  # submitted before there were requests, or brought by a file
        request = ask(record, by=by, asked_by=getattr(record, "submitted_by_id", None))
        if request.state != ApprovalRequest.State.OPEN:
            return False
    if verdict == "approve":
        sign(request.pk, by=by, words=words)
    else:
        reject(request.pk, by=by, words=words)
    return False


@transaction.atomic
def withdrawn(record: Any, *, by: Actor) -> None:
    """The record is withdrawn by its own verb: nobody is asked any more."""
    if _due(record, "withdraw"):
        return
    request = open_request(record.object_name, record.pk)
    if request is not None:
        end_without_record(request, by=by)


def require_no_process(record: Any) -> None:
    """For verbs that go round an approval; raises InvalidValues where a process applies to the record."""
    process = process_for(registry.get(record.object_name), record)
    if process is not None:
        said = _("“%(process)s” applies: submit it for approval.") % {"process": process.title}
        raise InvalidValues({"status": [FieldError("approval", said)]})


def anew(record: Any) -> Any:
    """The record as it is now, whoever may see it: for a verb that has just been allowed."""
    found = registry.get(record.object_name).rows().get(pk=record.pk)
    found.last_fact_id = None
    return found


def is_asked(record: Any, by: Actor) -> bool:
    """Whether pages offer this member to approve or send back."""
    request = open_request(record.object_name, record.pk)
    if request is None:  # submitted before there were requests
        own = (getattr(record, "submitted_by_id", None), getattr(record, "owner_id", None))
        return by.administers or by.member_id not in own
    return may_answer(request, record, by=by)


def _due(record: Any, verdict: str) -> bool:
    """A request that has ended so and that the record has not followed yet; it has from now on."""
    rows = ApprovalRequest.objects.filter(
        object=record.object_name, record_id=record.pk, state=_STATE_OF[verdict], settled_at=None
    )
    return bool(rows.update(settled_at=timezone.now()))
