"""The verbs of tenders and feeds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.i18n.holidays import add_working_days, next_working_day
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.titles import titles_of
from guanxi.platform.records.writing import create_record, settle_record
from guanxi.sales.documents import locked, move_state
from guanxi.sales.tenders.models import Feed, Tender
from guanxi.sales.tenders.objects import FEED, TENDER

WAITING = ("new", "followed")
DAYS_BEFORE = 5  # working days that an offer takes


def follow(tender: Tender, *, by: Actor) -> Any:
    """Somebody keeps an eye on it."""
    return _move(tender, "follow", "followed", ("new",), "followed", by=by)


def ignore(tender: Tender, *, by: Actor) -> Any:
    """Nothing for us."""
    return _move(tender, "ignore", "ignored", WAITING, "ignored", by=by)


def reopen(tender: Tender, *, by: Actor) -> Any:
    return _move(tender, "reopen", "reopened", ("ignored",), "new", by=by)


@transaction.atomic
def convert(tender: Tender, *, by: Actor, country: str = "") -> Any:
    """A lead of the tender's owner, with its deadline and a dated next step; once. Returns the tender anew.

    country   whose working days count; the actor's unless given
    """
    require(by, "convert", TENDER)
    current = locked(tender, by=by)  # two who convert it take turns
    moved = move_state(current, by=by, verb="convert", stated="converted", of=WAITING, to="converted")
    today = timezone.localdate()
    values: dict[str, Any] = {
        "name": current.buyer or current.name,
        "company_name": current.buyer,
        "company": current.company_id if _sees_company(current, by) else None,
        "interest": current.name,
        "deadline": current.deadline,
        "next_step": _("Decide on the tender, and offer"),
        "next_step_on": step_day(current.deadline, today, country or by.country),
        "source": _("Tender"),
        "about": "\n".join(part for part in (current.url, current.about) if part),
    }
    if current.budget is not None:
        values["amount"] = Amount(current.budget, current.budget_currency)
    if current.owner_id and current.owner_id != by.member_id:
        values["owner"] = current.owner_id
    given = {name: value for name, value in values.items() if value not in (None, "")}
    lead = create_record(object="lead", values=given, by=by)
    return settle_record(moved, {"lead": lead.pk}, by=by, verb="convert", stated="changed")


def _sees_company(tender: Tender, by: Actor) -> bool:
    """Whether the lead can be linked to the tender's company: somebody else may have found it."""
    return tender.company_id is not None and bool(titles_of({("company", tender.company_id)}, by=by))


def step_day(deadline: date | None, today: date, country: str) -> date:
    """Some working days before the deadline, but not before the next working day, nor after the deadline."""
    soon = next_working_day(today + timedelta(days=1), country)
    if deadline is None:
        return soon
    return max(min(max(add_working_days(deadline, -DAYS_BEFORE, country), soon), deadline), today)


def fetch_now(feed: Feed, *, by: Actor) -> Any:
    """Read it at once, in a worker; returns the feed."""
    from guanxi.sales.tenders.jobs import read_feed

    require(by, "fetch", FEED)
    found = find_record(FEED, feed.pk, by=by, access="edit")
    read_feed.enqueue(feed_id=found.pk)
    return found


def _move(tender: Tender, verb: str, stated: str, of: tuple[str, ...], to: str, *, by: Actor) -> Any:
    require(by, verb, TENDER)
    return move_state(tender, by=by, verb=verb, stated=stated, of=of, to=to)
