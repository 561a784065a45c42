"""From the entries of a feed to tenders and leads: each once, whoever reads it and however often."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from guanxi.people.companies.objects import COMPANY
from guanxi.platform.calls.calling import CallFailed, fetch
from guanxi.platform.i18n.rates import convert as in_own_currency
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.duplicates.finding import find_twins
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.writing import create_record, settle_record
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.models import Workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.tenders.actions import convert
from guanxi.sales.tenders.matching import found_words
from guanxi.sales.tenders.models import Feed, Subscription, TakenEntry, Tender
from guanxi.sales.tenders.reading import Entry, Unreadable, read_entries


class Fitting(NamedTuple):
    """A subscription that wants a tender: whose it is, and by which words."""

    watch: Subscription
    watcher: Actor
    words: Sequence[str]


MOST_BYTES = 5 * 1024 * 1024
SECONDS = 30.0
MOST_AT_ONCE = 100  # the next turn takes what is left
_HEADERS = {"User-Agent": "Guanxi", "Accept-Encoding": "identity"}


def read_one(feed_id: int) -> int:
    """One turn of a feed; returns how many tenders it brought. What goes wrong is kept, in words."""
    with reading():
        feed = Feed.objects.filter(pk=feed_id, archived_at=None).first()
        language = Workspace.objects.values_list("language", flat=True).get(pk=require_workspace_id())
        currency = own_currency()
    if feed is None:
        return 0
    with translation.override(language):
        try:
            out = io.BytesIO()
            answer = fetch(feed.address, out, headers=_HEADERS, most=MOST_BYTES, seconds=SECONDS)
            told = answer.headers.get("content-type", "")
            entries = read_entries(out.getvalue(), content_type=told, currency=currency)
        except (CallFailed, Unreadable) as problem:
            _note(feed, error=str(problem)[:500])
            return 0
        taken, refused = take_entries(feed, entries)
        _note(feed, error=refused[:500] or None, found=len(entries))
    return taken


@transaction.atomic
def take_entries(feed: Feed, entries: Sequence[Entry]) -> tuple[int, str]:
    """Tenders of the entries that a subscription fits and that were not taken yet.

    Returns how many, and why one could not be kept, or "": a rule of the workspace may want more of a tender
    than the feed says. The others are taken all the same.
    """
    Feed.objects.select_for_update().get(pk=feed.pk)  # who reads the same feed meanwhile waits
    watchers = list(_watchers(feed))
    if not watchers:
        return 0, ""
    keyed = {keys_of(feed, one): one for one in reversed(entries)}
    asked = {key for keys in keyed for key in keys} | {_before(feed, one) for one in entries}
    known = set(TakenEntry.objects.filter(key__in=asked).values_list("key", flat=True))
    done, refused, today = 0, "", timezone.localdate()
    for keys, entry in keyed.items():
        if known & {*keys, _before(feed, entry)} or done >= MOST_AT_ONCE:
            continue
        if (entry.deadline and entry.deadline < today) or not (fitting := _fitting(entry, watchers)):
            continue
        try:
            done += _take(feed, entry, keys, fitting)
            known |= set(keys)
        except InvalidValues as problem:
            why = " ".join(one.message for found in problem.errors.values() for one in found)
            refused = refused or f"{entry.title}: {why}"
    return done, refused


def _fitting(entry: Entry, watchers: Sequence[tuple[Subscription, Actor]]) -> list[Fitting]:
    """The subscriptions that want it, the oldest first."""
    told, place, budget = _told(entry), f"{entry.region} {entry.buyer}", _base(entry)
    every = (
        Fitting(watch, actor, found_words(watch.wanted, told, place=place, budget=budget))
        for watch, actor in watchers
    )
    return [one for one in every if one.words]


def keys_of(feed: Feed, entry: Entry) -> tuple[str, str]:
    """What tells an entry from every other: its number or address in this feed, and in all what it says.

    A feed says of its entries what it likes, so an address alone is the same only within one feed: else
    whoever writes in one could keep out, under its address, what another is about to bring.
    """
    own = entry.guid or entry.url or f"{entry.title} {entry.published or ''}"
    everything = astuple(replace(entry, guid="" if entry.url else entry.guid))
    return _hashed(json.dumps([feed.pk, own])), _hashed(
        json.dumps([" ".join(str(one).split()) for one in everything])
    )


def _before(feed: Feed, entry: Entry) -> str:
    """The key under which entries were kept before they had one for each feed; none is kept so any more."""
    if entry.guid and "://" not in entry.guid:
        said = f"{feed.pk} {entry.guid}"
    else:
        said = entry.guid or entry.url or f"{entry.title} {entry.published or ''}"
    return _hashed(said)


def _hashed(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def _watchers(feed: Feed) -> list[tuple[Subscription, Actor]]:
    """The subscriptions that hear this feed, the oldest first, and who they are for."""
    rows = Subscription.objects.filter(archived_at=None, active=True, owner__isnull=False)
    found = []
    for one in rows.order_by("created_at", "pk"):
        member = working_member(member_id=one.owner_id) if one.feed_id in (None, feed.pk) else None
        if member is not None:
            found.append((one, actor_for(member)))
    return found


def _take(feed: Feed, entry: Entry, keys: Sequence[str], fitting: Sequence[Fitting]) -> int:
    by = system_actor(require_workspace_id(), feed.name[:100])
    watch, watcher, _words = fitting[0]
    words = dict.fromkeys(word for one in fitting for word in one.words)
    try:
        with transaction.atomic(), translation.override(watcher.language):
            for key in keys:
                TakenEntry.objects.create(key=key)
            tender = create_record(object="tender", values=_values(feed, entry, watch, watcher), by=by)
            tender = settle_record(
                tender, {"matched": ", ".join(words)[:300]}, by=by, verb="change", stated="changed"
            )
            if watch.makes_leads and entry.stage != "awarded":
                _make_lead(tender, watcher, by)
            _open_to_others(tender, fitting[1:], by)
    except IntegrityError:
        return 0  # it stands in another feed, too, which was read at the same moment
    return 1


def _open_to_others(tender: Tender, others: Sequence[Fitting], by: Actor) -> None:
    """Everybody else who wants it is told of it, sees it and may make a lead of it; each once."""
    owners = dict.fromkeys(one.watch.owner_id for one in others if one.watch.owner_id != tender.owner_id)
    for owner_id in owners:
        if owner_id is not None:
            share_record(tender, to=To("member", owner_id), by=by, writes=True)


def _make_lead(tender: Tender, watcher: Actor, by: Actor) -> None:
    try:
        with transaction.atomic():
            convert(tender, by=by, country=watcher.country)
    except InvalidValues:
        # A rule of the workspace wants more of a lead than a tender says: it waits for its owner.
        return


def _values(feed: Feed, entry: Entry, watch: Subscription, watcher: Actor) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": entry.title,
        "buyer": entry.buyer,
        "company": _company(entry.buyer, watcher),
        "region": entry.region,
        "published_on": entry.published,
        "deadline": entry.deadline,
        "stage": entry.stage,
        "url": entry.url,
        "feed": feed.pk,
        "subscription": watch.pk,
        "owner": watch.owner_id,
        "about": entry.text,
        "budget": Amount(*entry.budget) if entry.budget else None,
    }
    return {name: value for name, value in values.items() if value not in (None, "")}


def _company(buyer: str, watcher: Actor) -> int | None:
    """The company that the buyer is, among those that the subscriber sees."""
    if not buyer or not watcher.may("see", COMPANY.name):
        return None
    twin = find_twins(COMPANY, [{"name": buyer}], by=watcher)[0]
    return twin.record_id if twin is not None and twin.seen else None


def _told(entry: Entry) -> str:
    return f"{entry.title}\n{entry.buyer}\n{entry.text}"


def _base(entry: Entry) -> Any:
    if entry.budget is None:
        return None
    found = in_own_currency(entry.budget.amount, entry.budget.currency, timezone.localdate())
    return found.amount if found else None


def _note(feed: Feed, *, error: str | None, found: int | None = None) -> None:
    """How it went; a first failure and the end of failing are told, the ones between are not."""
    with transaction.atomic():
        current = Feed.objects.select_for_update().get(pk=feed.pk)
        now = timezone.now()
        values: dict[str, Any] = {
            "read_at": now,
            "failures": current.failures + 1 if error else 0,
            "next_at": now + timedelta(hours=current.hours) if current.active else None,
        }
        if found is not None:
            values["found"] = found
        Feed.objects.filter(pk=feed.pk).update(**values)
        if bool(error) != bool(current.error) or error != current.error:
            by = system_actor(require_workspace_id(), feed.name[:100])
            stated = "failed" if error and not current.error else "recovered" if not error else "changed"
            settle_record(current, {"error": error}, by=by, verb="change", stated=stated)
