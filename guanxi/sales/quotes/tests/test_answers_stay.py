"""What a customer answered is evidence: nobody writes over it, and of two answers at once one counts."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection, transaction
from django.test import Client

from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.orders.actions import order_quote
from guanxi.sales.orders.models import Order
from guanxi.sales.quotes.actions import accept_quote, decline_quote, send_quote
from guanxi.sales.quotes.links import find_link
from guanxi.sales.quotes.public import note_opening
from tests.at_once import DONE, at_once
from tests.cast import actor, make_cast

EVIDENCE = {"answered_by": "Somebody else", "answer_note": "Of course"}


def test_no_door_writes_over_an_answer(desk):
    by = actor(desk.cast.rep)
    quote = accept_quote(send_quote(desk.quote, by=by), by=by, answered_by="王若溪", answer_note="好")
    for name, words in EVIDENCE.items():
        with pytest.raises(InvalidValues):
            change_record(quote, {name: words}, by=by)
        assert change_many(registry.get("quote"), [Wish(quote.pk, {name: words})], by=by).refusals
    with pytest.raises(InvalidValues):
        undo_fact(quote.last_fact_id, by=by)
    quote.refresh_from_db()
    assert (quote.status, quote.answered_by, quote.answer_note) == ("accepted", "王若溪", "好")


def test_names_and_words_that_are_markup_are_shown_as_they_are(desk):
    by = actor(desk.cast.rep)
    bad = '"><script>alert(1)</script>'
    quote = send_quote(change_record(desk.quote, {"name": bad}, by=by), by=by)
    address, customer = f"/q/{quote.link}/", Client()
    for turn in range(2):
        given = {"name": f"{bad}{turn}", "words": f"{bad} {{{{7*7}}}}", "do": "comment"}
        assert customer.post(f"{address}answer/", given).status_code == 302
    customer.post(f"{address}answer/", {"name": bad * 40, "words": bad * 400, "do": "accept"})
    page = customer.get(address).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "49 " not in page
    quote.refresh_from_db()
    assert (quote.status, len(quote.answered_by), len(quote.answer_note)) == ("accepted", 200, 1000)


def test_a_link_is_for_its_quote_and_version_only(desk):
    by = actor(desk.cast.rep)
    first = send_quote(desk.quote, by=by)
    other = create_record(object="quote", values={"name": "Other"}, by=by)
    create_record(object="quote_line", values={"quote": other.pk, "title": "x", "unit_price": 1}, by=by)
    send_quote(other, by=by)
    change_record(first, {"payment": "30 / 70"}, by=by)
    answer = Client().post(f"/q/{first.link}/answer/", {"name": "A", "do": "accept", "quote": other.pk})
    assert answer.status_code == 410
    other.refresh_from_db()
    assert other.status == "sent"
    with in_workspace(desk.cast.marlin.pk):
        assert find_link(first.link) is None


pg = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")


def sent_quote(cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        quote = create_record(object="quote", values={"name": "WQ-200"}, by=rep)
        create_record(object="quote_line", values={"quote": quote.pk, "title": "x", "unit_price": 1}, by=rep)
        return send_quote(quote, by=rep)


@pg
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts():
    cast = make_cast()
    rep = actor(cast.rep)
    for _turn in range(4):
        quote = sent_quote(cast)

        def yes(quote=quote):
            accept_quote(quote, by=rep, answered_by="Yes")

        def no(quote=quote):
            decline_quote(quote, by=rep, answered_by="No")

        assert at_once(cast.xishan.pk, yes, no, yes, no).count(DONE) == 1
        with in_workspace(cast.xishan.pk), transaction.atomic():
            facts = facts_of("quote", quote.pk).filter(verb__in=("accepted", "declined"))
            assert facts.count() == 1


def open_it(raw):
    link = find_link(raw)
    if link is not None:
        note_opening(link)


@pg
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_opens_a_quote_while_it_is_accepted_does_not_take_the_answer_back():
    cast = make_cast()
    rep = actor(cast.rep)
    for _turn in range(4):
        quote = sent_quote(cast)
        at_once(
            cast.xishan.pk,
            partial(open_it, quote.link),
            partial(accept_quote, quote, by=rep, answered_by="Yes"),
        )
        with in_workspace(cast.xishan.pk), transaction.atomic():
            quote.refresh_from_db()
            assert quote.status == "accepted"


@pg
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_who_order_a_quote_at_once_one_does():
    cast = make_cast()
    rep = actor(cast.rep)
    quote = sent_quote(cast)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        accept_quote(quote, by=rep, answered_by="Yes")
        quote.refresh_from_db()
    assert at_once(cast.xishan.pk, *[lambda: order_quote(quote, by=rep)] * 4).count(DONE) == 1
    with in_workspace(cast.xishan.pk), transaction.atomic():
        assert Order.objects.filter(quote=quote).count() == 1
