"""Asking for a record that one may not see or edit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import NotFound, find_record
from guanxi.platform.records.sharing.models import AccessRequest
from guanxi.platform.records.sharing.requests import (
    MOST_OPEN,
    OPEN_FOR,
    ask_access,
    decide_request,
    find_request,
    requests_by,
    requests_to,
)
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db


def test_the_owner_opens_it_or_says_why_not(shop: Shop):
    cast, company = shop.cast, registry.get("company")
    with in_workspace(cast.xishan.pk), transaction.atomic():
        ask_access(company, shop.company.pk, by=actor(cast.stranger), writes=True, reason=" 展会  见过 ")
        ask_access(company, shop.company.pk, by=actor(cast.stranger))  # once is enough
        asked = AccessRequest.objects.get()
        assert (asked.asked_of, asked.reason) == (cast.rep.pk, "展会 见过")
        for one in (cast.below, cast.observer, cast.stranger):
            with pytest.raises(NotFound):
                find_request(asked.pk, by=actor(one))
        assert [one.pk for one, _record in requests_to(actor(cast.rep))] == [asked.pk]
        decide_request(asked.pk, granted=True, writes=False, by=actor(cast.rep))
        assert find_record(company, shop.company.pk, by=actor(cast.stranger))
        assert requests_to(actor(cast.rep)) == []

        ask_access(company, shop.company.pk, by=actor(cast.stranger), writes=True)
        again = AccessRequest.objects.get(decided_at=None)
        decide_request(again.pk, granted=False, answer="我来联系", by=actor(cast.manager))
        again.refresh_from_db()
        assert (again.granted, again.answer) == (False, "我来联系")


def test_what_is_not_there_is_asked_for_like_what_is(shop: Shop):
    """Among one's own requests both stand alike: a list of them confirms no id."""
    cast, company = shop.cast, registry.get("company")
    with in_workspace(cast.xishan.pk), transaction.atomic():
        by = actor(cast.stranger)
        ask_access(company, 123, by=by)
        ask_access(company, shop.company.pk, by=by)
        with pytest.raises(InvalidValues):
            ask_access(company, 2**64, by=by)
        ask_access(company, shop.far.pk, by=by, writes=True)
        assert {one.record_id for one in requests_by(by)} == {123, shop.company.pk}
        assert [one.record_id for one, _record in requests_to(actor(cast.admin))] == [shop.company.pk]
        assert Fact.objects.filter(object="access_request").count() == 1
    there, missing = re.findall(r"<li>.*?</li>", requests_page(cast.stranger), re.DOTALL)
    assert there == missing
    with in_workspace(cast.marlin.pk), transaction.atomic():
        ask_access(company, shop.company.pk, by=actor(cast.outsider))
        assert requests_to(actor(cast.outsider)) == []
        assert not Fact.objects.filter(object="access_request").exists()


def test_what_nobody_answered_may_be_asked_again(shop: Shop):
    cast, company = shop.cast, registry.get("company")
    with in_workspace(cast.xishan.pk), transaction.atomic():
        by = actor(cast.stranger)
        for record_id in range(1, MOST_OPEN + 2):
            ask_access(company, record_id, by=by)
        assert len(requests_by(by)) == MOST_OPEN
        AccessRequest.objects.update(created_at=timezone.now() - OPEN_FOR)
        ask_access(company, 1, by=by)
        ask_access(company, shop.company.pk, by=by)
        assert len(requests_by(by)) == MOST_OPEN + 1


def requests_page(member: Any) -> str:
    """What the page lists of one's own requests."""
    page: str = client_for(member).get("/access/").content.decode()
    return page[page.index('id="asked"') : page.index('id="ask"')]


def test_the_page_of_what_is_not_there_leads_to_asking_for_it(shop: Shop):
    """The same for a record that is somebody else's and for none at all."""
    cast = shop.cast
    web = client_for(cast.stranger)
    for pk in (shop.company.pk, 123):
        answer = web.get(f"/companies/{pk}/")
        assert answer.status_code == 404
        assert f'href="/access/?link=%2Fcompanies%2F{pk}%2F"' in answer.content.decode()
        form = web.get("/access/", {"link": f"/companies/{pk}/"}).content.decode()
        assert f'value="/companies/{pk}/"' in form
    for path in ("/nowhere/", "/companies/nowhere/", "/nowhere/123/"):
        assert "/access/?link" not in web.get(path).content.decode()
    assert "/access/?link" not in Client().get(f"/companies/{shop.company.pk}/").content.decode()
