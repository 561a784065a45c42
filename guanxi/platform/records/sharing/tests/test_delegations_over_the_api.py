"""Delegation by a program: with the rights of the page, and only by tokens that reach as much as is given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from guanxi.api.tests.test_rest import Program
from guanxi.platform.identity.models import Delegation, Member
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


def sent(to: Member, **more: Any) -> dict[str, Any]:
    today = timezone.localdate()
    days = {"from": str(today - timedelta(days=1)), "until": str(today + timedelta(days=7))}
    return {"to": str(to.pk), **days, "note": "holiday", **more}


def given(member: Member, to: Member) -> str:
    made = Program(member, EVERYTHING)("POST", "/delegations", sent(to))
    assert made.status_code == 201, made.content
    return str(made.json()["id"])


def test_it_is_given_read_used_and_ended(cast: Cast):
    rep, stranger, admin = (Program(one, EVERYTHING) for one in (cast.rep, cast.stranger, cast.admin))
    asked = sent(cast.stranger)
    made = rep("POST", "/delegations", asked)
    assert made.status_code == 201, made.content
    told = made.json()
    assert {name: told[name] for name in asked} == asked
    assert (told["member"], told["state"], told["may_end"]) == (str(cast.rep.pk), "running", True)
    for program in (rep, stranger, admin):
        assert [one["id"] for one in program("GET", "/delegations").json()["data"]] == [told["id"]]
    browser = client_for(cast.stranger)
    assert browser.post(f"/standing/for/{told['id']}/").status_code == 303
    ended = stranger("POST", f"/delegations/{told['id']}/ending")
    assert (ended.status_code, ended.json()["state"]) == (200, "over"), ended.content
    assert ended.json()["ended_at"]
    assert browser.post(f"/standing/for/{told['id']}/").status_code == 404
    assert rep("GET", f"/delegations/{told['id']}").json()["may_end"] is False


def test_administrators_arrange_it_for_others(cast: Cast):
    for_rep = sent(cast.below, member=str(cast.rep.pk))
    for one in (cast.manager, cast.stranger, cast.below):
        assert Program(one, EVERYTHING)("POST", "/delegations", for_rep).status_code == 403
    admin = Program(cast.admin, EVERYTHING)
    made = admin("POST", "/delegations", for_rep).json()
    assert (made["member"], made["given_by"]) == (str(cast.rep.pk), str(cast.admin.pk))
    assert admin("POST", f"/delegations/{made['id']}/ending").json()["state"] == "over"


def test_it_is_nothing_to_others_and_outsiders(cast: Cast):
    here = f"/delegations/{given(cast.rep, cast.stranger)}"
    for member in (cast.manager, cast.below, cast.outsider):
        other = Program(member, EVERYTHING)
        assert other("GET", "/delegations").json()["data"] == []
        assert other("GET", here).status_code == 404
        assert other("POST", f"{here}/ending").status_code == 404
    outsider = Program(cast.outsider, EVERYTHING)
    assert outsider("POST", "/delegations", sent(cast.rep)).status_code == 422
    assert outsider("POST", "/delegations", sent(cast.outsider, member=str(cast.rep.pk))).status_code == 422
    with in_workspace(cast.xishan.pk):
        assert Delegation.objects.get().state == "running"


@pytest.mark.parametrize(
    "scopes", [["*:read"], ["*:write"], ["company:read", "company:write"], ["*:read", "deal:write"]]
)
def test_a_narrow_token_gives_nothing_away(cast: Cast, scopes: list[str]):
    here = f"/delegations/{given(cast.rep, cast.stranger)}"
    narrow = Program(cast.rep, scopes)
    assert narrow("POST", "/delegations", sent(cast.below)).status_code == 403
    assert narrow("GET", here).status_code == (200 if "*:read" in scopes else 403)
    assert narrow("GET", "/delegations").status_code == (200 if "*:read" in scopes else 403)
    if "*:write" not in scopes:
        assert narrow("POST", f"{here}/ending").status_code == 403
    with in_workspace(cast.xishan.pk):
        assert Delegation.objects.get().state == "running"


def test_nobody_gives_on_what_was_given_to_them(cast: Cast):
    browser = client_for(cast.stranger)
    browser.post(f"/standing/for/{given(cast.rep, cast.stranger)}/")
    answer = browser.post("/api/v1/delegations", sent(cast.below), content_type="application/json")
    assert answer.status_code == 403
    with in_workspace(cast.xishan.pk):
        assert Delegation.objects.count() == 1


def test_what_makes_no_sense_is_said(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    for wrong in (
        {"to": str(cast.rep.pk)},
        {"to": str(cast.outsider.pk)},
        {"to": "x"},
        {"from": "tomorrow"},
        {"until": "2001-01-01"},
        {"until": "9999-12-31"},
        {"from": "0001-01-01"},
        {"note": "x" * 201},
        {"more": "x"},
    ):
        assert rep("POST", "/delegations", {**sent(cast.below), **wrong}).status_code == 422, wrong
    assert rep("POST", "/delegations", {"to": str(cast.below.pk)}).status_code == 422
    assert rep("GET", f"/delegations/{2**70}").status_code == 404
    for last in ("9999-12-31", "0001-01-01"):
        form = {"to": str(cast.below.pk), "from": "2026-01-01", "until": last}
        assert client_for(cast.rep).post("/settings/delegation/", form).status_code == 422, last
