"""The customer's page: read, ask, accept or decline, under an address that cannot be guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from guanxi.platform.events.facts import facts_of, state_fact
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.i18n.rates import own_currency
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.identity.doors import guests_welcome
from guanxi.platform.identity.models import Workspace
from guanxi.platform.identity.secrets import hash_secret, workspace_of
from guanxi.platform.identity.sign_in import address_of, give_back_try, take_try
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.records.writing import settle_record
from guanxi.platform.tenancy.home import at_home
from guanxi.sales.quotes.actions import accept_quote, decline_quote
from guanxi.sales.quotes.links import find_link
from guanxi.sales.quotes.models import Quote, QuoteLink
from guanxi.sales.quotes.paper import paper_of
from guanxi.sales.quotes.printing import print_paper
from guanxi.web.pages import render_page

GUESSES = 30  # of addresses that are none, from one place, in the time of LOCKED_FOR
ANSWERS = 20  # to one link in that time
SAME_OPEN = timedelta(minutes=1)
MOST_WORDS = 1_000

View = Callable[..., HttpResponse]


def customers_door(view: View) -> Callable[..., HttpResponseBase]:
    """For who has the link. Others are told that it is over; who guesses is shut out for a while.

    The view gets the request and the link, inside its workspace and in one transaction. Times are those of
    the workspace: a guest has no zone of their own.
    """

    @guests_welcome
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, raw: str, **more: Any) -> HttpResponseBase:
        key = f"quote:{address_of(request)}"
        _left, locked = take_try({key: GUESSES})
        if locked:
            return _over(request, status=429)
        workspace_id = workspace_of(raw)
        if workspace_id is None:
            return _over(request)
        with at_home(workspace_id), transaction.atomic():
            workspace = Workspace.objects.filter(pk=workspace_id, closed_at=None).first()
            link = find_link(raw) if workspace is not None else None
            if link is None:
                return _over(request)
            give_back_try(key)
            response = view(request, link, raw, **more)
        # The address is the key, and no other site learns it. With "no-referrer" browsers would hide where a
        # form comes from, and the customer's answer would be taken for another site's.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


@require_http_methods(["GET", "HEAD"])
@customers_door
def page(request: HttpRequest, link: QuoteLink, raw: str) -> HttpResponse:
    """The sheet, what was said about it, and the answer."""
    if request.method == "GET":
        note_opening(link)
    return _draw(request, link, raw)


@require_http_methods(["POST"])
@customers_door
def answer(request: HttpRequest, link: QuoteLink, raw: str) -> HttpResponse:
    """Accept, decline or comment, by the button; an answer is given once."""
    _left, locked = take_try({f"quote-answer:{hash_secret(raw)[:40]}": ANSWERS})
    if locked:
        return _over(request, status=429)
    name, words = request.POST.get("name", "").strip(), request.POST.get("words", "").strip()
    by = customer(link, name)
    given = {"answered_by": name, "answer_note": words, "address": address_of(request)}
    try:
        match request.POST.get("do", ""):
            case "accept":
                accept_quote(link.quote, by=by, **given)
            case "decline":
                decline_quote(link.quote, by=by, **given)
            case _:
                comment(link.quote, name=name, words=words, address=address_of(request), by=by)
    except InvalidValues as problem:
        said = " ".join(one.message for found in problem.errors.values() for one in found)
        return _draw(request, link, raw, problem=said, status=422)
    return HttpResponseRedirect(f"/q/{raw}/")


@require_http_methods(["GET"])
@customers_door
def pdf(request: HttpRequest, link: QuoteLink, raw: str) -> HttpResponse:
    """The sheet to keep."""
    paper = paper_of(link.quote, request.GET.get("language", translation.get_language() or "en"))
    return pdf_response(print_paper(paper), link.quote)


def pdf_response(content: bytes, quote: Quote) -> HttpResponse:
    name = f"{quote.number or quote.pk}-v{quote.revision}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def customer(link: QuoteLink, name: str = "") -> Actor:
    """Who acts through a link: by the name that they give, or the address it was sent to."""
    said = name[:100] or link.recipient or _("The customer")
    return system_actor(link.workspace_id, said)


def note_opening(link: QuoteLink) -> None:
    """An opening is a fact; the first one changes the state. Reloading within a minute is none."""
    now = timezone.now()
    locked = QuoteLink.objects.select_for_update().get(pk=link.pk)
    if locked.opened_at is not None and now - locked.opened_at < SAME_OPEN:
        return
    locked.opens += 1
    locked.opened_at = now
    locked.save(update_fields=["opens", "opened_at"])
    # Held: who opens it while somebody accepts it does not take the answer back.
    quote = Quote.objects.select_for_update().get(pk=link.quote_id)
    values: dict[str, Any] = {"opens": quote.opens + 1}
    first = quote.status in ("sent", "approved")
    if first:
        values |= {"status": "viewed", "viewed_at": now}
    link.quote = settle_record(
        quote,
        values,
        by=customer(link),
        verb="change",
        stated="viewed" if first else "opened",
        data={"revision": quote.revision, "recipient": link.recipient},
    )


def comment(quote: Quote, *, name: str, words: str, address: str, by: Actor) -> None:
    """Keep what the customer says about it; raises InvalidValues for nothing, or from nobody."""
    if not name or not words:
        raise InvalidValues({"words": [FieldError("required", _("Say who you are and what it is about."))]})
    state_fact(
        "quote",
        "commented",
        quote.pk,
        by=by,
        title=str(quote),
        data={"name": name[:100], "words": words[:MOST_WORDS], "from": address, "revision": quote.revision},
        about=quote.concerns(),
    )


def comments_on(quote: Quote) -> list[dict[str, str]]:
    """What was said, the oldest first."""
    facts = facts_of("quote", quote.pk).filter(verb="commented").order_by("at", "pk")[:100]
    return [
        {"name": one.data["name"], "words": one.data["words"], "when": format_datetime(one.at)}
        for one in facts
    ]


def _draw(
    request: HttpRequest, link: QuoteLink, raw: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    quote = link.quote if not problem else Quote.objects.get(pk=link.quote_id)
    language = translation.get_language() or "en"
    context = {
        "paper": paper_of(quote, language),
        "quote": quote,
        "raw": raw,
        "open": quote.status in ("approved", *Quote.WITH_CUSTOMER),
        "answered": quote.status in ("accepted", "declined"),
        "answered_at": format_datetime(quote.answered_at, year=True),
        "comments": comments_on(quote),
        "problem": problem,
        "given": {"name": request.POST.get("name", ""), "words": request.POST.get("words", "")},
        "pdf_language": "both" if language == "zh-hans" and own_currency() == "CNY" else language,
    }
    title = f"{quote.number or ''} · {quote.name}"
    return render_page(request, "sales/quotes/public.html", context, title=title, status=status)


def _over(request: HttpRequest, *, status: int = 410) -> HttpResponse:
    """The same words for what never was, is over, or was used: nobody learns which."""
    context = {"busy": status == 429}
    title = _("This link is over")
    return render_page(request, "sales/quotes/over.html", context, title=title, status=status)
