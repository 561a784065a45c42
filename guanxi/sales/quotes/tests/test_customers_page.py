"""The customer's page: who has the link reads and answers; who guesses, replays or comes late does not."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone, translation

from guanxi.platform.events.facts import facts_of
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.identity.models import Workspace
from guanxi.platform.identity.secrets import new_secret
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.writing import change_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.quotes.actions import send_quote
from guanxi.sales.quotes.jobs import expire_quotes
from guanxi.sales.quotes.models import Quote, QuoteLink
from guanxi.sales.quotes.public import GUESSES
from tests.cast import actor


@pytest.fixture
def sent(desk):
    quote = send_quote(desk.quote, by=actor(desk.cast.rep))
    return quote, f"/q/{quote.link}/"


def verbs(quote):
    return [one.verb for one in facts_of("quote", quote.pk).order_by("pk")]


def test_it_is_sent_by_mail_with_a_link_of_its_own(desk, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    quote = send_quote(desk.quote, by=actor(desk.cast.rep), note="As we said")
    run_pending_jobs()
    found = [one for one in mail.outbox if one.to == ["wang@qinghe.example"]]
    if found:  # outside a test's transaction the mail goes at the commit
        assert quote.link in found[0].body
    assert QuoteLink.objects.get(quote=quote).recipient == "wang@qinghe.example"
    assert not QuoteLink.objects.filter(hash=quote.link).exists()


def test_the_customer_opens_asks_and_accepts(desk, sent):
    quote, address = sent
    customer = Client(REMOTE_ADDR="203.0.113.7")
    page = customer.get(address)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "same-origin"
    for words in ("WQ-200", "208,000.00", quote.number):
        assert words in page.content.decode()
    customer.get(address)
    quote.refresh_from_db()
    assert (quote.status, quote.opens) == ("viewed", 1)
    assert verbs(quote)[-1] == "viewed"
    given = {"name": "王若溪", "words": "Can you deliver on the 6th?", "do": "comment"}
    assert customer.post(f"{address}answer/", given).status_code == 302
    assert "deliver on the 6th" in customer.get(address).content.decode()
    given = {"name": "王若溪", "words": "", "do": "accept"}
    assert customer.post(f"{address}answer/", given).status_code == 302
    quote.refresh_from_db()
    assert (quote.status, quote.answered_by, quote.answered_from) == ("accepted", "王若溪", "203.0.113.7")
    assert quote.answered_at is not None
    fact = facts_of("quote", quote.pk).order_by("pk").last()
    assert fact is not None
    assert (fact.name, fact.actor_name) == ("quote.accepted", "王若溪")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_customer_reads_times_by_the_clock_of_who_sells(desk, sent, zone):
    """A guest has no zone of their own here; Greenwich is nobody's. The two are 25 hours apart."""
    quote, address = sent
    Workspace.objects.filter(pk=desk.cast.xishan.pk).update(timezone=zone)
    customer = Client()
    customer.post(f"{address}answer/", {"name": "Wang", "words": "On the 6th?", "do": "comment"})
    said = facts_of("quote", quote.pk).get(verb="commented")
    page = customer.get(address, headers={"Accept-Language": "en"}).content.decode()
    with timezone.override(zone), translation.override("en"):
        assert format_datetime(said.at) in page


def test_an_answer_is_given_once(sent):
    quote, address = sent
    customer = Client()
    assert customer.post(f"{address}answer/", {"name": "A", "do": "decline"}).status_code == 302
    assert customer.post(f"{address}answer/", {"name": "B", "do": "accept"}).status_code == 422
    quote.refresh_from_db()
    assert (quote.status, quote.answered_by) == ("declined", "A")


def test_nobody_answers_without_a_name(sent):
    quote, address = sent
    assert Client().post(f"{address}answer/", {"name": " ", "do": "accept"}).status_code == 422
    quote.refresh_from_db()
    assert quote.status == "sent"


def test_the_pdf_is_behind_the_same_link(sent):
    _quote, address = sent
    answer = Client().get(f"{address}pdf/?language=both")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("how", ["guessed", "elsewhere", "short", "expired", "ended", "changed", "archived"])
def test_a_link_that_is_not_good_says_nothing(desk, sent, how):
    quote, address = sent
    link = QuoteLink.objects.get(quote=quote)
    if how == "guessed":
        address = f"/q/{new_secret('q', desk.cast.xishan.pk)}/"
    elif how == "elsewhere":
        address = (
            f"/q/{new_secret('q', desk.cast.marlin.pk).rsplit('_', 1)[0]}_{quote.link.rsplit('_', 1)[1]}/"
        )
    elif how == "short":
        address = "/q/x/"
    elif how == "expired":
        QuoteLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "ended":
        QuoteLink.objects.filter(pk=link.pk).update(ended_at=timezone.now())
    elif how == "changed":
        change_record(quote, {"payment": "30 / 70"}, by=actor(desk.cast.rep))
    else:
        Quote.objects.filter(pk=quote.pk).update(archived_at=timezone.now())
    customer = Client(REMOTE_ADDR="203.0.113.9")
    for answer in (
        customer.get(address),
        customer.get(f"{address}pdf/"),
        customer.post(f"{address}answer/", {"name": "A", "do": "accept"}),
    ):
        assert answer.status_code == 410
        assert quote.number not in answer.content.decode()
    assert Quote.objects.get(pk=quote.pk).status in ("sent", "draft")


def test_who_guesses_is_shut_out_for_a_while(desk, sent):
    _quote, address = sent
    guesser, other = Client(REMOTE_ADDR="203.0.113.66"), Client(REMOTE_ADDR="203.0.113.67")
    for _try in range(GUESSES):
        guesser.get(f"/q/{new_secret('q', desk.cast.xishan.pk)}/")
    assert guesser.get(address).status_code == 429
    assert other.get(address).status_code == 200


def test_what_nobody_answered_expires(desk, sent):
    quote, address = sent
    yesterday = timezone.localdate() - timedelta(days=1)
    Quote.objects.filter(pk=quote.pk).update(valid_until=yesterday, quoted_on=yesterday)
    with in_workspace(desk.cast.xishan.pk):
        assert expire_quotes.func() == 1
        assert expire_quotes.func() == 0
    quote.refresh_from_db()
    assert quote.status == "expired"
    assert verbs(quote)[-1] == "expired"
    assert Client().get(address).status_code == 410
    later = timezone.localdate() + timedelta(days=9)
    quote = change_record(quote, {"valid_until": str(later)}, by=actor(desk.cast.rep))
    assert (quote.status, quote.revision) == ("draft", 2)


@override_settings(TRUSTED_PROXIES=0)
def test_a_header_does_not_hide_where_an_answer_came_from(sent):
    quote, address = sent
    customer = Client(REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": "10.0.0.1"})
    customer.post(f"{address}answer/", {"name": "A", "do": "accept"})
    quote.refresh_from_db()
    assert quote.answered_from == "203.0.113.7"
