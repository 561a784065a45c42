"""Undo and restore by their buttons, where what they bring back can't be: said, not a fault of ours."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from django.db import transaction

from guanxi.platform.identity.actions.members import end_membership
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def test_a_record_does_not_go_back_to_a_member_who_left(cast: Cast):
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        company = create_record(object="company", values={"name": "A", "owner": cast.rep.pk}, by=admin)
        given = change_record(company, {"owner": cast.stranger.pk}, by=admin)
        end_membership(member=cast.rep, by=admin)
    client = client_for(cast.admin)
    undo = f"/undo/{given.last_fact_id}/"
    fragment = client.post(undo, headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Reswap"]) == (422, "none")
    plain = client.post(undo, headers={"Referer": f"http://testserver/companies/{company.pk}/"})
    assert (plain.status_code, plain["Location"]) == (302, f"/companies/{company.pk}/")
    with in_workspace(cast.xishan.pk):
        company.refresh_from_db()
    assert company.owner_id == cast.stranger.pk


def test_a_button_of_the_page_shows_what_it_took_back(cast: Cast):
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A"}, by=admin)
        renamed = change_record(company, {"name": "B"}, by=admin)
    undo, page = f"/undo/{renamed.last_fact_id}/", f"/companies/{company.pk}/changes/"
    boosted = {"HX-Request": "true", "HX-Boosted": "true", "Referer": f"http://testserver{page}"}
    answer = client_for(cast.admin).post(undo, headers=boosted)
    assert (answer.status_code, answer["Location"]) == (302, page)
    with in_workspace(cast.xishan.pk):
        company.refresh_from_db()
    assert company.name == "A"


def test_the_rest_of_a_change_is_taken_back_after_one_field_was(cast: Cast):
    admin, client = actor(cast.admin), client_for(cast.admin)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A", "about": "上海"}, by=admin)
        moved = change_record(company, {"name": "B", "about": "杭州", "industry": "水务"}, by=admin)
    undo = f"/undo/{moved.last_fact_id}/"
    client.post(undo, {"field": "about"})
    client.post(undo)
    with in_workspace(cast.xishan.pk):
        company.refresh_from_db()
        assert (company.name, company.about, company.industry) == ("A", "上海", None)
        again = change_record(company, {"name": "C", "about": "苏州"}, by=admin)
        change_record(company, {"about": "南京"}, by=admin)
    told = client.post(f"/undo/{again.last_fact_id}/")
    assert "什么都没有撤销" in json.loads(unquote(told.cookies["toast"].value))["text"]
    with in_workspace(cast.xishan.pk):
        company.refresh_from_db()
        assert (company.name, company.about) == ("C", "南京")


@pytest.mark.parametrize("by_undo", [True, False])
def test_a_code_that_is_taken_meanwhile_keeps_its_record_in_the_archive(cast: Cast, by_undo: bool):
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        first = create_record(object="product", values={"name": "A", "code": "X1"}, by=admin)
        first = archive_record(first, by=admin)
        create_record(object="product", values={"name": "B", "code": "X1"}, by=admin)
    address = f"/undo/{first.last_fact_id}/" if by_undo else f"/products/{first.pk}/restore/"
    assert client_for(cast.admin).post(address).status_code == 302
    with in_workspace(cast.xishan.pk):
        first.refresh_from_db()
    assert first.archived_at is not None
