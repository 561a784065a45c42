"""Handing over by a program: with the rights of the page, and of the token."""

from __future__ import annotations

import pytest
from django.db import transaction

from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.identity.actions.teams import set_head
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.records.sharing.models import HandOver
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


def work(shop: Shop) -> None:
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        run_pending_jobs()
        drain_events()


def owner(shop: Shop) -> int:
    with in_workspace(shop.cast.xishan.pk):
        return int(registry.get("company").rows().get(pk=shop.company.pk).owner_id)


def test_everything_goes_and_comes_back(shop: Shop):
    cast = shop.cast
    admin = Program(cast.admin, EVERYTHING)
    sent = {"member": str(cast.rep.pk), "to": [str(cast.below.pk)]}
    owned = admin("GET", f"/hand-overs/owned?member={cast.rep.pk}").json()
    assert owned == {"member": str(cast.rep.pk), "counts": {"company": 1, "contact": 1, "deal": 1}}
    begun = admin("POST", "/hand-overs", sent, Idempotency_Key="k1")
    assert (begun.status_code, begun.json()["done_at"]) == (202, None), begun.content
    assert admin("POST", "/hand-overs", sent, Idempotency_Key="k1").json()["id"] == begun.json()["id"]
    assert admin("POST", "/hand-overs", sent).status_code == 422, "it is under way"
    here = f"/hand-overs/{begun.json()['id']}"
    assert admin("POST", f"{here}/undoing").status_code == 422, "it is not done"
    work(shop)
    done = admin("GET", here).json()
    assert (done["counts"], done["may_undo"]) == (owned["counts"], True)
    assert owner(shop) == cast.below.pk
    assert admin("GET", f"/hand-overs/owned?member={cast.rep.pk}").json()["counts"] == {}
    back = admin("POST", f"{here}/undoing")
    assert (back.status_code, back.json()["may_undo"]) == (202, False)
    work(shop)
    assert owner(shop) == cast.rep.pk
    assert admin("POST", f"{here}/undoing").status_code == 422
    for path in ("/hand-overs", f"/hand-overs?member={cast.rep.pk}"):
        assert [one["id"] for one in admin("GET", path).json()["data"]] == [done["id"]]
    assert admin("GET", f"/hand-overs?member={cast.below.pk}").json()["data"] == []


def test_others_outsiders_and_narrow_tokens_do_nothing_of_it(shop: Shop):
    cast = shop.cast
    sent = {"member": str(cast.rep.pk), "to": [str(cast.stranger.pk)]}
    with in_workspace(cast.xishan.pk):
        made = HandOver(member_id=cast.rep.pk, receivers=[cast.below.pk])
        made.save()
    here, ours = f"/hand-overs/{made.pk}", f"member={cast.rep.pk}"
    narrow = Program(cast.admin, ["*:read", "company:write", "contact:write", "deal:write"])
    people = [Program(one, EVERYTHING) for one in (cast.rep, cast.manager, cast.stranger, cast.observer)]
    for one in (*people, narrow):
        for path in (
            here,
            "/hand-overs",
            f"/hand-overs?{ours}",
            f"/hand-overs/owned?{ours}",
            "/hand-overs/0",
        ):
            assert one("GET", path).status_code == 403, path
        assert one("POST", "/hand-overs", sent).status_code == 403
        assert one("POST", f"{here}/undoing").status_code == 403
    outsider = Program(cast.outsider, EVERYTHING)
    for path in (here, f"/hand-overs?{ours}", f"/hand-overs/owned?{ours}"):
        assert outsider("GET", path).status_code == 404, path
    assert outsider("GET", "/hand-overs").json()["data"] == []
    assert outsider("POST", "/hand-overs", sent).status_code == 404
    assert outsider("POST", f"{here}/undoing").status_code == 404
    with in_workspace(cast.xishan.pk):
        assert HandOver.objects.count() == 1
    assert owner(shop) == cast.rep.pk


def test_a_head_hands_over_within_their_teams_but_no_token_of_theirs(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk), transaction.atomic():
        set_head(team=cast.south, head=cast.manager, by=actor(cast.admin))
    head, path = client_for(cast.manager), "/api/v1/hand-overs"
    sent = {"member": str(cast.rep.pk), "to": [str(cast.stranger.pk)]}
    assert Program(cast.manager, EVERYTHING)("POST", "/hand-overs", sent).status_code == 403
    assert head.post(path, sent, content_type="application/json").status_code == 422, "of another's team"
    sent["to"] = [str(cast.below.pk)]
    begun = head.post(path, sent, content_type="application/json")
    assert begun.status_code == 202, begun.content
    assert head.get(f"{path}/{begun.json()['id']}").status_code == 200
    assert head.get(f"{path}?member={cast.rep.pk}").status_code == 200
    assert head.get(f"{path}?member={cast.stranger.pk}").status_code == 403
    assert head.get(path).status_code == 403, "those of everybody"


def test_what_makes_no_sense_is_said(shop: Shop):
    cast = shop.cast
    admin, rep = Program(cast.admin, EVERYTHING), str(cast.rep.pk)
    for sent, status in (
        ({}, 422),
        ({"member": rep}, 422),
        ({"member": rep, "to": []}, 422),
        ({"member": rep, "to": [rep]}, 422),
        ({"member": rep, "to": ["x"]}, 422),
        ({"member": rep, "to": ["9" * 19]}, 422),
        ({"member": rep, "to": [str(cast.outsider.pk)]}, 422),
        ({"member": str(cast.outsider.pk), "to": [rep]}, 404),
    ):
        assert admin("POST", "/hand-overs", sent).status_code == status, sent
    assert admin("GET", "/hand-overs/owned").status_code == 422
    assert admin("GET", f"/hand-overs/{2**70}").status_code == 404
