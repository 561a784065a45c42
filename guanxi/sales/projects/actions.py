"""The verbs of a project and its milestones, and the ways in which a project is opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.batches.many import settle_many
from guanxi.platform.records.merging.following import following
from guanxi.platform.records.writing import create_record
from guanxi.sales.documents import as_kept, locked, move_state, refuse_state
from guanxi.sales.instalments import actions as instalments
from guanxi.sales.instalments.models import CLOSED as NOT_EXPECTED
from guanxi.sales.instalments.models import Instalment
from guanxi.sales.projects.models import OPEN, Milestone, Project, ProjectTemplate
from guanxi.sales.projects.objects import MILESTONE, PROJECT

# Opening


@transaction.atomic
def open_project(
    source: Any,
    *,
    by: Actor,
    template: ProjectTemplate | None = None,
    payments: bool = True,
    **given: Any,
) -> Project:
    """A project of a deal, order or contract, for its customer and worth what it is worth.

    template   its milestones become the project's
    payments   each payment of the order or contract that is still expected becomes a milestone
    given      fields of the project that are to be others: name, owner, starts_on, ends_on …
    Raises InvalidValues for a second project of the same source.
    """
    source = locked(source, by=by)  # two who open it take turns
    name = source.object_name
    if name == "deal" and source.status != "won":
        _refuse("status", _("Win the deal first: a project delivers what was agreed on."))
    there = Project.objects.filter(**{name: source}, archived_at=None).exclude(status="cancelled").first()
    if there is not None:
        _refuse(name, _("This has the project %(number)s already.") % {"number": there.number or there})
    values: dict[str, Any] = {"name": str(source), name: source.pk, "company": source.company_id}
    if name != "deal" and source.deal_id:
        values |= {"deal": source.deal_id, "name": str(source.deal)}
    if name == "order" and source.contract_id:
        values["contract"] = source.contract_id
    amount = source.total if name == "contract" else source.amount
    if amount is not None:
        values["amount"] = Amount(amount, getattr(source, "currency", None) or source.amount_currency)
    values |= {"starts_on": timezone.localdate()} | {one: said for one, said in given.items() if said}
    seen = {one: said for one, said in values.items() if said is not None and _may_link(one, said, by)}
    project: Project = create_record(object="project", values=seen, by=by)
    # Whoever it is opened for, its milestones come with it.
    if template is not None:
        add_milestones(project, template, by=following(by))
    if payments and name != "deal":
        _add_payments(project, source, by=by)
    project.refresh_from_db()
    return project


def project_of(source: Any, *, by: Actor) -> Any:
    """`open_project` for doors that answer with the record that they were asked of."""
    open_project(source, by=by)
    return locked(source, by=by)


def _may_link(field: str, value: Any, by: Actor) -> bool:
    """Whether it is no link, or one to a record that the actor sees."""
    to = getattr(PROJECT[field], "to", "")
    return not registry.has(to) or _sees(to, int(value), by)


def _sees(name: str, record_id: int, by: Actor) -> bool:
    try:
        find_record(registry.get(name), record_id, by=by)
    except (LookupError, Refused):
        return False
    return True


def _add_payments(project: Project, source: Any, *, by: Actor) -> None:
    expected = Instalment.objects.filter(**{source.object_name: source}, archived_at=None)
    taken = set(
        Milestone.objects.filter(archived_at=None, instalment__isnull=False).values_list(
            "instalment", flat=True
        )
    )
    for at, one in enumerate(expected.exclude(status__in=NOT_EXPECTED).order_by("period", "pk"), 1):
        if one.pk in taken or not _sees("instalment", one.pk, by):
            continue
        values = {"project": project.pk, "name": str(one), "due_on": one.due_on, "instalment": one.pk}
        create_record(object="milestone", values=values | {"position": 100 + at}, by=following(by))


@transaction.atomic
def add_milestones(project: Project, template: ProjectTemplate, *, by: Actor) -> list[Milestone]:
    """The template's milestones, by the project's planned start, or from today on where it has none."""
    current = locked(project, by=by)
    if current.status not in ("initiated", "planned", "running"):
        refuse_state(current)
    begins: date = current.starts_on or timezone.localdate()
    there = Milestone.objects.filter(project=current, archived_at=None).count()
    return [
        create_record(
            object="milestone",
            values={
                "project": current.pk, "name": one.name, "position": there + at, "weight": one.weight,
                "due_on": _days_after(begins, one.days), "hours_planned": one.hours_planned,
            },
            by=by,
        )
        for at, one in enumerate(template.steps.filter(archived_at=None).order_by("days", "pk"), 1)
    ]  # fmt: skip


def _days_after(begins: date, days: int) -> date:
    try:
        return begins + timedelta(days=days)
    except OverflowError as problem:
        said = _("The planned start is too far away.")
        raise InvalidValues({"starts_on": [FieldError("range", said)]}) from problem


@transaction.atomic
def use_template(project: Project, *, by: Actor) -> Any:
    """The milestones of the only template there is; whoever has several says which, on the page of it."""
    found = list(ProjectTemplate.objects.filter(archived_at=None)[:2])
    if len(found) != 1:
        _refuse("name", _("Say which template."))
    add_milestones(project, found[0], by=by)
    return locked(project, by=by)


# The way of a project


def plan(project: Project, *, by: Actor) -> Any:
    """Milestones and days are agreed on; raises InvalidValues without them."""

    def complete(current: Project) -> None:
        errors: dict[str, list[FieldError]] = {}
        for name in ("starts_on", "ends_on"):
            if getattr(current, name) is None:
                words = _("%(field)s is needed.") % {"field": PROJECT[name].label}
                errors[name] = [FieldError("required", words)]
        if not _milestones(current).exists():
            errors["status"] = [
                FieldError("required", _("Add a milestone first: nothing could be accepted."))
            ]
        if errors:
            raise InvalidValues(errors)

    return _move(project, "plan", "planned", ("initiated",), "planned", by=by, check=complete)


def start(project: Project, *, by: Actor, started_on: Any = None) -> Any:
    """Work has begun, today unless said otherwise."""
    day = _day("started_on", started_on, by)
    return _move(project, "start", "started", ("planned",), "running", by=by, values={"started_on": day})


def pause(project: Project, *, by: Actor, held_because: Any = None) -> Any:
    """Nobody works on it for now; raises InvalidValues without a reason."""
    values = {"held_because": _said("held_because", held_because, _("Say why it waits."), by)}
    return _move(project, "pause", "paused", ("running",), "on_hold", by=by, values=values)


def resume(project: Project, *, by: Actor) -> Any:
    values = {"held_because": None}
    return _move(project, "resume", "resumed", ("on_hold",), "running", by=by, values=values)


def hand_in(project: Project, *, by: Actor) -> Any:
    """The customer looks at all of it now."""
    return _move(project, "hand_in", "handed_in", ("running",), "acceptance", by=by)


def rework(project: Project, *, by: Actor) -> Any:
    """The customer wants something done before accepting it."""
    return _move(project, "rework", "reworked", ("acceptance",), "running", by=by)


def close(project: Project, *, by: Actor, accepted_by: Any = None, closed_on: Any = None) -> Any:
    """All of it is accepted; raises InvalidValues while a milestone is open, or without a name."""
    values = {
        "accepted_by": _said("accepted_by", accepted_by, _("Say who accepted it."), by),
        "closed_on": _day("closed_on", closed_on, by),
    }

    def done(current: Project) -> None:
        left = _milestones(current).filter(status="open").order_by("due_on", "pk")
        if (first := left.first()) is not None:
            said = _("“%(name)s” is open. Have it accepted, or drop it.")
            _refuse("status", said % {"name": first})

    return _move(project, "close", "closed", ("acceptance",), "closed", by=by, values=values, check=done)


@transaction.atomic
def cancel(project: Project, *, by: Actor, held_because: Any = None) -> Any:
    """It is not delivered; what was open of its milestones is dropped. Payments stay as they are."""
    values = {
        "held_because": _said("held_because", held_because, _("Say why it is given up."), by),
        "closed_on": timezone.localdate(),
    }
    cancelled = _move(project, "cancel", "cancelled", OPEN, "cancelled", by=by, values=values)
    left = _milestones(cancelled).filter(status="open").values_list("pk", flat=True)
    settle_many(MILESTONE, {key: {"status": "dropped"} for key in left}, by=by)
    return cancelled


# The way of a milestone


@transaction.atomic
def accept(
    milestone: Milestone,
    *,
    by: Actor,
    accepted_by: Any = None,
    accepted_on: Any = None,
    accepted_note: Any = None,
) -> Any:
    """The customer has accepted it: who, when, and what was said. The payment on it is due from then on.

    Raises InvalidValues without a name, for a day to come, and where it is not open.
    """
    day = _day("accepted_on", accepted_on, by)
    values = {
        "accepted_by": _said("accepted_by", accepted_by, _("Say who accepted it."), by),
        "accepted_on": day,
        "accepted_note": _cleaned("accepted_note", accepted_note, by),
    }
    done = _move(
        milestone, "accept", "accepted", ("open",), "accepted", by=by, values=values, check=_require_going
    )
    payment = done.instalment
    if payment is not None and payment.archived_at is None and payment.status not in NOT_EXPECTED:
        # It follows by itself, whoever looks after the money.
        today = timezone.localdate()
        if payment.due_on > today:
            _note_due(done, payment.due_on, today)
        instalments.make_due(payment, by=following(by), due_on=min(today, payment.due_on))
    return done


def drop(milestone: Milestone, *, by: Actor) -> Any:
    """It is not asked for any more, and counts in no progress."""
    return _move(milestone, "drop", "dropped", ("open",), "dropped", by=by, check=_require_going)


@transaction.atomic
def reopen(milestone: Milestone, *, by: Actor) -> Any:
    """It was not accepted after all: a payment that it made due is due again when it was to be before.

    What has come in of it stays, and so does a day that somebody has given it since.
    """
    values = {"accepted_by": None, "accepted_note": None}
    again = _move(
        milestone, "reopen", "reopened", ("accepted", "dropped"), "open", by=by, values=values,
        check=_require_going,
    )  # fmt: skip
    payment, before, since = again.instalment, again.was_due_on, again.made_due_on
    _note_due(again, None, None)
    if payment is None or before is None or payment.archived_at or payment.status in NOT_EXPECTED:
        return again
    if payment.due_on == since:
        instalments.put_off(payment, by=following(by), due_on=before)
    return again


def _note_due(milestone: Milestone, before: date | None, since: date | None) -> None:
    """When its payment was to come, and when it is since the milestone was accepted."""
    milestone.was_due_on, milestone.made_due_on = before, since
    Milestone.objects.filter(pk=milestone.pk).update(was_due_on=before, made_due_on=since)


# The steps


def _move(
    record: Any,
    verb: str,
    stated: str,
    of: tuple[str, ...],
    to: str,
    *,
    by: Actor,
    values: Mapping[str, Any] | None = None,
    check: Any = None,
) -> Any:
    require(by, verb, registry.get(record.object_name))
    return move_state(record, by=by, verb=verb, stated=stated, of=of, to=to, values=values, check=check)


def _require_going(milestone: Milestone) -> None:
    if milestone.project.status not in OPEN:
        refuse_state(milestone.project)


def _milestones(project: Project) -> Any:
    return Milestone.objects.filter(project=project, archived_at=None)


def _said(name: str, value: Any, missing: str, by: Actor) -> str:
    found = _cleaned(name, value, by)
    if not found:
        raise InvalidValues({name: [FieldError("required", missing)]})
    return str(found)


def _day(name: str, value: Any, by: Actor) -> date:
    """A day that has been, today unless said otherwise."""
    found: date = _cleaned(name, value, by) or timezone.localdate()
    if found > timezone.localdate():
        raise InvalidValues({name: [FieldError("range", _("This day is still to come."))]})
    return found


def _cleaned(name: str, value: Any, by: Actor) -> Any:
    """As the field keeps it; raises InvalidValues that names it."""
    of = PROJECT if name in PROJECT.fields_by_name else MILESTONE
    return as_kept(of, {name: value}, by=by)[name]


def _refuse(name: str, words: str) -> None:
    raise InvalidValues({name: [FieldError("state", words)]})
