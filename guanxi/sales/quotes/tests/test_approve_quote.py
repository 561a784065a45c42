from decimal import Decimal

import pytest
from django.test import override_settings

from guanxi.automation.approvals.processes import add_process
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.records.pages.histories import said
from guanxi.platform.records.writing import change_record
from guanxi.sales.quotes.actions import (
    accept_quote,
    approve_quote,
    reject_quote,
    send_quote,
    submit_quote,
    withdraw_quote,
)
from guanxi.sales.quotes.approval import reasons_for_approval, set_policy
from guanxi.sales.quotes.models import QuoteLine, QuoteVersion
from tests.cast import actor, client_for


def discount(desk, percent, by=None):
    line = QuoteLine.objects.get(quote=desk.quote)
    change_record(line, {"discount_percent": percent}, by=by or actor(desk.cast.rep))
    desk.quote.refresh_from_db()
    return desk.quote


def facts(quote):
    return [one.verb for one in facts_of("quote", quote.pk).order_by("pk")]


def test_within_the_limits_nobody_is_asked(desk):
    assert reasons_for_approval(desk.quote) == []
    assert submit_quote(desk.quote, by=actor(desk.cast.rep)).status == "approved"
    assert facts(desk.quote)[-1] == "approved"


def test_a_discount_above_the_limit_waits_for_somebody_else(desk):
    rep, manager = actor(desk.cast.rep), actor(desk.cast.manager)
    quote = discount(desk, "8")
    with pytest.raises(InvalidValues, match="approval"):
        send_quote(quote, by=rep)
    quote = submit_quote(quote, by=rep)
    assert quote.status == "in_approval"
    with pytest.raises(InvalidValues, match="Withdraw"):
        change_record(quote, {"payment": "30 / 70"}, by=rep)
    with pytest.raises(InvalidValues):
        discount(desk, "3")
    with pytest.raises(Refused):
        approve_quote(quote, by=rep)
    quote = approve_quote(quote, by=manager)
    assert (quote.status, quote.approved_by_id) == ("approved", desk.cast.manager.pk)
    assert facts(quote)[-2:] == ["submitted", "approved"]


def test_limits_of_margin_discount_and_total_say_why(desk):
    set_policy(
        {"most_discount": None, "least_margin": Decimal(40), "most_total": Decimal(100_000)},
        by=actor(desk.cast.admin),
    )
    assert len(reasons_for_approval(desk.quote)) == 2
    with pytest.raises(Refused):
        set_policy({"most_discount": None}, by=actor(desk.cast.manager))


def test_a_price_below_the_list_is_a_discount_too(desk):
    line = QuoteLine.objects.get(quote=desk.quote)
    change_record(line, {"unit_price": "46800"}, by=actor(desk.cast.rep))
    desk.quote.refresh_from_db()
    assert any("10" in one for one in reasons_for_approval(desk.quote))


def test_sent_back_and_withdrawn_it_can_be_changed_again(desk):
    rep, manager = actor(desk.cast.rep), actor(desk.cast.manager)
    quote = submit_quote(discount(desk, "8"), by=rep)
    with pytest.raises(InvalidValues):
        reject_quote(quote, by=manager)
    quote = reject_quote(quote, by=manager, sent_back="Too cheap")
    assert (quote.status, quote.sent_back) == ("rejected", "Too cheap")
    quote = withdraw_quote(submit_quote(quote, by=rep), by=rep)
    assert quote.status == "draft"
    assert discount(desk, "3").revision == 1


def test_a_process_asks_one_after_the_other(desk):
    rep, manager, admin = actor(desk.cast.rep), actor(desk.cast.manager), actor(desk.cast.admin)
    steps = [{"ask": ["head"]}, {"ask": ["role:administrator"]}]
    add_process(object="quote", title="Two levels", recipe={"steps": steps}, by=admin, on=True)
    with pytest.raises(InvalidValues, match="approval"):
        send_quote(desk.quote, by=rep)
    quote = submit_quote(desk.quote, by=rep)
    with pytest.raises(Refused):
        approve_quote(quote, by=admin)  # not asked yet
    assert approve_quote(quote, by=manager).status == "in_approval"
    assert approve_quote(quote, by=manager).status == "in_approval"
    quote = reject_quote(quote, by=admin, sent_back="Too late")
    assert (quote.status, quote.sent_back) == ("rejected", "Too late")
    quote = submit_quote(quote, by=rep)
    approve_quote(quote, by=manager)
    quote = approve_quote(quote, by=admin)
    assert (quote.status, quote.approved_by_id) == ("approved", desk.cast.admin.pk)
    assert facts(quote)[-4:] == ["submitted", "rejected", "submitted", "approved"]


def test_a_change_makes_the_next_version_and_voids_the_approval(desk):
    rep = actor(desk.cast.rep)
    quote = approve_quote(submit_quote(discount(desk, "8"), by=rep), by=actor(desk.cast.manager))
    quote = send_quote(quote, by=rep)
    discount(desk, "6")
    quote.refresh_from_db()
    assert (quote.status, quote.revision, quote.approved_by_id) == ("draft", 2, None)
    assert facts(quote)[-1] == "revised"
    told = facts_of("quote", quote.pk).last()
    assert told is not None
    assert said(registry.get("quote"), told) == "made a new version"
    kept = QuoteVersion.objects.get(quote=quote)
    assert (kept.revision, kept.status, kept.total) == (1, "sent", Decimal(191_360))
    assert kept.content["lines"][0]["discount_percent"] == "8"
    quote = approve_quote(submit_quote(quote, by=rep), by=actor(desk.cast.manager))
    quote = change_record(quote, {"payment": "30 / 60 / 10"}, by=rep)
    assert (quote.status, quote.revision) == ("draft", 3)
    assert QuoteVersion.objects.filter(quote=quote).count() == 2


def test_an_accepted_quote_stays_as_it_is(desk):
    rep = actor(desk.cast.rep)
    quote = accept_quote(send_quote(desk.quote, by=rep), by=rep, answered_by="王若溪")
    for values in ({"payment": "later"}, {"valid_until": "2030-01-01"}):
        with pytest.raises(InvalidValues):
            change_record(quote, values, by=rep)
    with pytest.raises(InvalidValues):
        discount(desk, "1")
    with pytest.raises(InvalidValues):
        accept_quote(quote, by=rep, answered_by="again")


@override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
def test_the_page_offers_what_can_be_done_now(desk):
    rep, manager = client_for(desk.cast.rep), client_for(desk.cast.manager)
    discount(desk, "8")
    address = f"/quotes/{desk.quote.pk}/"
    page = rep.get(address).content.decode()
    assert f"{address}verbs/submission/" in page
    assert f"{address}send/" not in page
    assert rep.post(f"{address}verbs/submission/").status_code == 302
    assert f"{address}verbs/approval/" not in rep.get(address).content.decode()
    assert f"{address}verbs/approval/" in manager.get(address).content.decode()
    assert manager.post(f"{address}verbs/approval/").status_code == 302
    assert f"{address}send/" in rep.get(address).content.decode()


def test_limits_are_set_under_settings(desk):
    given = {"most_discount": "12.5", "least_margin": "", "most_total": "500,000"}
    assert client_for(desk.cast.rep).get("/settings/quotes/").status_code == 403
    admin = client_for(desk.cast.admin)
    assert admin.post("/settings/quotes/", given).status_code == 302
    assert 'value="12.5"' in admin.get("/settings/quotes/").content.decode()
    assert admin.post("/settings/quotes/", {**given, "most_discount": "120"}).status_code == 422
