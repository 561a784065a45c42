"""Secret addresses of quotes: made, recognised, ended."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.secrets import hash_secret, new_secret
from guanxi.sales.quotes.models import Quote, QuoteLink

KIND = "q"


def new_link(quote: Quote, *, recipient: str = "", by: Actor) -> str:
    """A secret for this version, good until the end of its last day. It is told once, here."""
    raw = new_secret(KIND, quote.workspace_id)
    QuoteLink(
        quote_id=quote.pk,
        revision=quote.revision,
        hash=hash_secret(raw),
        recipient=recipient[:254],
        made_by_id=by.member_id,
        made_at=datetime.now(UTC),
        expires_at=_end_of(quote),
    ).save(force_insert=True)
    return raw


def link_url(raw: str) -> str:
    """The whole address that a customer is sent."""
    return f"{settings.SITE_URL}/q/{raw}/"


def find_link(raw: str) -> QuoteLink | None:
    """The link of a secret, with its quote; None for one that is unknown, over, ended or of an older version.

    Call it inside the workspace that the secret names.
    """
    links = QuoteLink.objects.filter(hash=hash_secret(raw)).select_related("quote")
    found: QuoteLink | None = links.first()
    if found is None or found.ended_at or found.expires_at <= timezone.now():
        return None
    quote = found.quote
    if found.revision != quote.revision or quote.archived_at is not None or quote.is_over:
        return None
    return found


def end_links(quote: Quote) -> None:
    """Nobody answers through them any more."""
    QuoteLink.objects.filter(quote_id=quote.pk, ended_at=None).update(ended_at=datetime.now(UTC))


def _end_of(quote: Quote) -> datetime:
    day = (quote.valid_until or timezone.localdate()) + timedelta(days=1)
    zone = timezone.get_current_timezone()
    return datetime.combine(day, time(), tzinfo=zone if isinstance(zone, ZoneInfo) else UTC)
