"""Asking for records, rules that share, why somebody sees one, and what a role would change, by a program."""

from __future__ import annotations

import pytest
from django.db import transaction

from guanxi.api.tests.test_rest import Program
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.sharing.models import AccessRequest, Share
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import client_for, give_role

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


def everybody(shop: Shop) -> dict[str, Program]:
    return {
        name: Program(getattr(shop.cast, name), EVERYTHING)
        for name in ("admin", "rep", "below", "stranger", "outsider")
    }


def test_a_record_is_asked_for_and_opened(shop: Shop):
    who, path = everybody(shop), f"/companies/{shop.company.pk}"
    sent = {"object": "company", "record": str(shop.company.pk), "writes": True, "reason": "展会见过"}
    assert who["stranger"]("POST", "/access-requests", sent).status_code == 204
    missing = who["stranger"]("POST", "/access-requests", {**sent, "record": "7"})
    assert missing.status_code == 204, "no answer tells whether it is there"
    mine = who["stranger"]("GET", "/access-requests?scope=asked").json()["data"]
    assert {one["record"]: one["title"] for one in mine} == {"7": None, str(shop.company.pk): None}
    (waiting,) = who["rep"]("GET", "/access-requests").json()["data"]
    assert (waiting["title"], waiting["member"]["id"], waiting["reason"], waiting["granted"]) == (
        "禾木食品", str(shop.cast.stranger.pk), "展会见过", None,
    )  # fmt: skip
    here = f"/access-requests/{waiting['id']}/decision"
    for name in ("below", "stranger", "outsider"):
        assert who[name]("POST", here, {"granted": True}).status_code == 404
    wrong = who["rep"]("POST", here, {"granted": True, "until": "9999-12-31T23:59:59-12:00"})
    assert wrong.status_code == 422
    done = who["rep"]("POST", here, {"granted": True, "writes": False})
    assert (done.status_code, done.json()["granted"]) == (200, True)
    assert who["stranger"]("GET", path).json()["name"] == "禾木食品"
    assert who["stranger"]("PATCH", path, {"name": "taken"}).status_code in (403, 404)
    opened = who["stranger"]("GET", "/access-requests?scope=asked").json()["data"]
    assert {one["title"] for one in opened} == {None, "禾木食品"}
    assert who["rep"]("GET", "/access-requests").json()["data"] == []


@pytest.mark.parametrize(
    ("object", "record", "part"),
    [
        ("company", "0", "record"),
        ("company", "https://crm.example/companies/7/", "record"),
        ("company", str(2**63), "record"),
        ("company", "", "record"),
        ("pipeline", "7", "object"),
    ],
)
def test_what_leads_to_no_record_is_not_asked_for(shop: Shop, object: str, record: str, part: str):
    admin = Program(shop.cast.admin, EVERYTHING)
    answer = admin("POST", "/access-requests", {"object": object, "record": record})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [part]), answer.content
    with in_workspace(shop.cast.xishan.pk):
        assert not AccessRequest.objects.exists()


def test_a_token_that_only_reads_asks_for_nothing(shop: Shop):
    narrow = Program(shop.cast.stranger, ["*:read"])
    sent = {"object": "company", "record": str(shop.company.pk)}
    assert narrow("POST", "/access-requests", sent).status_code == 403
    with in_workspace(shop.cast.xishan.pk):
        assert not AccessRequest.objects.exists()


@pytest.mark.parametrize("number", [2**63, 10**19, "٣", "²", "-1", "0", "9" * 5_000, ""])
def test_nobody_is_named_by_a_number_that_is_none(shop: Shop, number: int | str):
    admin = Program(shop.cast.admin, EVERYTHING)
    page = client_for(shop.cast.admin)
    for kind in ("member", "team", "role"):
        to = f"{kind}:{number}"
        rule = {"name": "x", "object": "company", "filter": "industry = food", "to": to}
        share = {"object": "company", "id": str(shop.company.pk), "to": to}
        for answer in (admin("POST", "/sharing-rules", rule), admin("POST", "/shares", share)):
            assert (answer.status_code, list(answer.json()["fields"])) == (422, ["to"])
        assert page.post(f"/companies/{shop.company.pk}/sharing/", {"to": to}).status_code == 422


def test_a_rule_shares_by_a_condition(shop: Shop):
    who, to = everybody(shop), f"member:{shop.cast.stranger.pk}"
    sent = {"name": "食品", "object": "company", "filter": "industry = food", "to": to}
    for name in ("rep", "stranger"):
        assert who[name]("POST", "/sharing-rules", sent).status_code == 403
        assert who[name]("GET", "/sharing-rules").status_code == 403
    assert who["outsider"]("POST", "/sharing-rules", sent).status_code == 422, "the member is not of there"
    for wrong in (
        {"filter": "industry ="},
        {"filter": ""},
        {"to": "member:7"},
        {"object": "cow"},
        {"name": ""},
    ):
        assert who["admin"]("POST", "/sharing-rules", sent | wrong).status_code == 422, wrong
    made = who["admin"]("POST", "/sharing-rules", sent)
    assert (made.status_code, made.json()["to"]["name"]) == (201, "何北"), made.content
    here = f"/sharing-rules/{made.json()['id']}"
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        run_pending_jobs()
    told = who["admin"]("GET", here).json()
    assert (told["records"], told["filled_at"] is not None) == (1, True)
    assert who["stranger"]("GET", f"/companies/{shop.company.pk}").status_code == 200
    changed = who["admin"]("PATCH", here, {"name": "Food"}).json()
    assert (changed["name"], changed["filter"], changed["records"]) == ("Food", "industry = food", 1)
    assert who["outsider"]("GET", here).status_code == 404
    assert who["outsider"]("DELETE", here).status_code == 404
    assert who["admin"]("DELETE", here).status_code == 204
    with in_workspace(shop.cast.xishan.pk):
        assert not Share.objects.exists()


def test_why_somebody_sees_a_record(shop: Shop):
    who = everybody(shop)
    path = f"/access-reasons?object=company&record={shop.company.pk}&member="
    told = who["rep"]("GET", f"{path}{shop.cast.manager.pk}").json()
    assert told["member"]["name"] == "周砚"
    see = told["answers"][0]
    assert (see["access"], see["allowed"], see["reasons"][0]["kind"]) == ("see", True, "scope")
    blocked = who["admin"]("GET", f"{path}{shop.cast.stranger.pk}").json()["answers"]
    assert {one["allowed"] for one in blocked} == {False}
    assert who["stranger"]("GET", f"{path}{shop.cast.rep.pk}").status_code == 404
    assert who["outsider"]("GET", f"{path}{shop.cast.rep.pk}").status_code == 404
    assert who["admin"]("GET", f"{path}{shop.cast.outsider.pk}").status_code == 404
    observer = Program(shop.cast.observer, EVERYTHING)
    assert observer("GET", f"{path}{shop.cast.rep.pk}").status_code == 403


def test_what_a_role_would_change_is_told_before_it_is_saved(shop: Shop):
    who = everybody(shop)
    role = give_role(shop.cast.stranger, {"company": {"verbs": ["change"], "see": "own", "edit": "own"}})
    grants = {"company": {"verbs": ["change"], "see": "all", "edit": "own"}}
    sent = {"role": str(role.pk), "grants": grants}
    (one,) = who["admin"]("POST", "/role-previews", sent).json()["data"]
    assert (one["object"], one["member_id"], one["sees"], one["no_longer_sees"], one["edits"]) == (
        "company", str(shop.cast.stranger.pk), 1, 0, 0,
    )  # fmt: skip
    kept = next(one for one in who["admin"]("GET", "/roles").json()["data"] if one["id"] == str(role.pk))
    assert kept["grants"]["company"]["see"] == "own"
    for name in ("rep", "stranger"):
        assert who[name]("POST", "/role-previews", sent).status_code == 403
    assert who["outsider"]("POST", "/role-previews", sent).status_code == 404
    for wrong in ({"company": {"see": "far"}}, {"company": 7}, {"company": {"odd": 1}}):
        assert who["admin"]("POST", "/role-previews", {**sent, "grants": wrong}).status_code == 422, wrong
