"""No page asks more than eight times, whatever is on it: for a manager of a team and of those below."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guanxi.collaboration.activities.actions import log_activity
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.records.tests.pages import Shop, shop
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

__all__ = ["shop"]

MOST = 8


@pytest.fixture
def filled(shop: Shop) -> Shop:
    """Deals in every lane with what Today looks for, people who were spoken with, a history."""
    rep, manager, today = actor(shop.cast.rep), actor(shop.cast.manager), timezone.localdate()
    with in_workspace(shop.cast.xishan.pk):
        for number in range(12):
            person = create_record(
                object="contact",
                values={"name": f"person {number}", "company": shop.company.pk, "tags": [shop.tag.pk]},
                by=rep,
            )
            create_record(
                object="deal",
                values={
                    "name": f"deal {number}",
                    "contact": person.pk,
                    "company": shop.company.pk,
                    "stage": shop.stages[number % 2].pk,
                    "amount": {"amount": 1000 + number, "currency": "CNY"},
                    "expected_close": today - timedelta(days=number),
                    "next_step": "call",
                    "next_step_on": today - timedelta(days=number),
                },
                by=manager if number % 3 else rep,
            )
            log_activity(
                kind="call", direction="out", about=[("contact", person.pk)], body="and then", by=rep
            )
        change_record(shop.deal, {"stage": shop.stages[1].pk}, by=rep)
        change_record(shop.contact, {"title": "Buyer"}, by=rep)
    drain_events()
    return shop


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["contact", "company", "deal", "board", "today", "contacts"])
def test_a_page_asks_at_most_eight_times(filled: Shop, page: str):
    address = {
        "contact": f"/contacts/{filled.contact.pk}/",
        "company": f"/companies/{filled.company.pk}/",
        "deal": f"/deals/{filled.deal.pk}/",
        "board": f"/deals/board/?group={filled.stages[0].pipeline_id}",
        "today": "/today/?scope=team",
        "contacts": "/contacts/",
    }[page]
    browser = client_for(filled.cast.manager)
    assert browser.get("/today/").status_code == 200  # the navigation has counted
    assert browser.get(address).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address)
    assert answer.status_code == 200
    told = [one["sql"] for one in asked if one["sql"].startswith(("SELECT", "WITH", "UPDATE", "INSERT"))]
    told = [sql for sql in told if "set_config" not in sql]  # PostgreSQL is told the workspace
    assert len(told) <= MOST, [sql[:160] for sql in told]
