"""Requests as pages draw them: the line of signers with their words, and what the reader can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.automation.approvals.actions import may_answer
from guanxi.automation.approvals.models import ApprovalRemark, ApprovalRequest, Signature
from guanxi.automation.approvals.words import step_title
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import reached_ids
from guanxi.platform.records.addresses import record_url
from guanxi.web.components import Option

ADDRESS = "/approvals/"
STATES = {
    "open": (gettext_lazy("waiting"), "hourglass", "gamboge"),
    "approved": (gettext_lazy("approved"), "circle-check", "malachite"),
    "rejected": (gettext_lazy("sent back"), "corner-up-left", "cinnabar"),
    "withdrawn": (gettext_lazy("withdrawn"), "undo-2", "ink"),
}
_SIGNS = {
    "open": (gettext_lazy("is asked"), "hourglass", "gamboge"),
    "waiting": (gettext_lazy("is asked later"), "clock", "ink"),
    "approved": (gettext_lazy("has approved"), "check", "malachite"),
    "rejected": (gettext_lazy("has sent it back"), "corner-up-left", "cinnabar"),
    "returned": (gettext_lazy("wants an earlier step again"), "undo-2", "ochre"),
    "lost": (gettext_lazy("may no longer sign"), "ban", "ink"),
}
_QUIET = ("skipped", "void")


@dataclass(frozen=True, slots=True)
class ToldSigner:
    """`kind` says that another signer has added them; `hand` who signed in their place."""

    name: str
    said: str
    icon: str
    tone: str
    words: str = ""
    hand: str = ""
    kind: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ToldStep:
    number: int
    title: str
    current: bool
    signers: Sequence[ToldSigner] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One request."""

    id: int
    url: str
    title: str
    record_url: str
    object: str
    icon: str
    process: str
    state: str
    sign: str
    tone: str
    reasons: Sequence[str]
    asker: str
    at: datetime
    ended: datetime | None
    asked: str  # who is asked now
    stuck: bool
    can: Mapping[str, bool] = field(default_factory=dict)
    steps: Sequence[ToldStep] = ()
    remarks: Sequence[tuple[str, str, datetime]] = ()
    back: Sequence[Option] = ()


def tell(requests: Sequence[ApprovalRequest], *, by: Actor, whole: bool = False) -> list[Told]:
    """Those whose records the reader sees, in the given order; `whole` with every signer and remark."""
    seen = _seen(requests, by)
    shown = [one for one in requests if (one.object, one.record_id) in seen]
    signatures: dict[int, list[Signature]] = {one.pk: [] for one in shown}
    for row in Signature.objects.filter(request__in=shown).order_by("round", "step", "place", "pk"):
        signatures[row.request_id].append(row)
    remarks = list(ApprovalRemark.objects.filter(request__in=shown).order_by("pk")) if whole else []
    ids = {one.asked_by_id for one in shown} | {one.member_id for one in remarks}
    ids |= {key for rows in signatures.values() for one in rows for key in (one.member_id, one.hand_id)}
    names = {key: one.name for key, one in member_names([key for key in ids if key]).items()}
    return [
        _told(
            one, signatures[one.pk], [each for each in remarks if each.request_id == one.pk], names, by, whole
        )
        for one in shown
    ]


def member_options(by: Actor, *, besides: Sequence[int | None] = ()) -> list[Option]:
    """Members who may be added to a line; who is left out can't sign anyway."""
    rows = Member.objects.filter(left_at=None, user__deactivated_at=None).select_related("user")
    return [
        Option(str(one.pk), one.display_name)
        for one in rows.order_by("pk")[:500]
        if one.pk not in (by.member_id, *besides)
    ]


def _seen(requests: Sequence[ApprovalRequest], by: Actor) -> set[tuple[str, int]]:
    by_object: dict[str, list[int]] = {}
    for one in requests:
        if registry.has(one.object):
            by_object.setdefault(one.object, []).append(one.record_id)
    return {
        (name, key) for name, ids in by_object.items() for key in reached_ids(registry.get(name), ids, by)
    }


def _told(
    one: ApprovalRequest,
    rows: Sequence[Signature],
    remarks: Sequence[ApprovalRemark],
    names: Mapping[int, str],
    by: Actor,
    whole: bool,
) -> Told:
    obj = registry.get(one.object)
    label, icon, tone = STATES[one.state]
    open_now = [names.get(row.member_id, "–") for row in rows if row.state == "open"]
    answers = one.state == "open" and may_answer(one, _as_record(one, obj), by=by)
    return Told(
        id=one.pk,
        url=f"{ADDRESS}{one.pk}/",
        title=one.title,
        record_url=record_url(obj, one.record_id),
        object=str(obj.label),
        icon=obj.icon,
        process=one.process.title if one.process_id and one.process else "",
        state=str(label),
        sign=icon,
        tone=tone,
        reasons=one.reasons,
        asker=names.get(one.asked_by_id or 0, ""),
        at=one.asked_at,
        ended=one.ended_at,
        asked=", ".join(open_now),
        stuck=one.stuck_at is not None,
        can={
            "answer": answers,
            "withdraw": one.state == "open" and (by.administers or by.member_id == one.asked_by_id),
            "hand_over": one.state == "open" and by.administers,
            "remark": by.member_id is not None,
        },
        steps=_steps(one, rows, names) if whole else (),
        remarks=[(names.get(each.member_id, "–"), each.text, each.at) for each in remarks],
        back=[
            Option(str(number), f"{number + 1} · {step_title(one.recipe, number)}")
            for number in range(one.step)
        ]
        if whole
        else (),
    )


def _as_record(one: ApprovalRequest, obj: Any) -> Any:
    """As much of the record as is needed to know whose it is."""
    return obj.rows().filter(pk=one.record_id).first()


def _steps(one: ApprovalRequest, rows: Sequence[Signature], names: Mapping[int, str]) -> list[ToldStep]:
    """Every step with who signed in the last round, and what was said in the rounds before."""
    found = []
    for number in range(len(one.recipe.get("steps", ()))):
        here = [
            row
            for row in rows
            if row.step == number
            and row.state not in _QUIET
            and (row.round == one.round or row.state in ("returned", "rejected"))
        ]
        found.append(
            ToldStep(
                number=number + 1,
                title=step_title(one.recipe, number),
                current=one.state == "open" and number == one.step,
                signers=[_signer(row, names) for row in here],
            )
        )
    return found


def _signer(row: Signature, names: Mapping[int, str]) -> ToldSigner:
    said, icon, tone = _SIGNS[row.state]
    added = {"before": _("added before"), "after": _("added after"), "admin": _("as administrator")}
    hand = names.get(row.hand_id or 0, "")
    return ToldSigner(
        name=names.get(row.member_id, "–"),
        said=str(said),
        icon=icon,
        tone=tone,
        words=row.words,
        hand=_("%(name)s stood in") % {"name": hand} if hand else "",
        kind=added.get(row.kind, ""),
        at=row.decided_at or row.opened_at,
    )
