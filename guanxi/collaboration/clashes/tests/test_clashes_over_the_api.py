"""Clashes by a program: reported, read and decided with the rights of the page, and of the token."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.collaboration.clashes.models import Clash
from guanxi.collaboration.clashes.tests.test_clashes import met as met
from guanxi.people.companies.models import Company
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db
ALL = ["company:read", "company:write"]


def test_a_clash_is_reported_read_decided_and_taken_back(cast: Cast, met: list[Any]):
    rep, stranger, admin = (Program(one, ALL) for one in (cast.rep, cast.stranger, cast.admin))
    sent = {"object": "company", "records": [str(met[0].pk)], "reason": "we met at the fair"}
    made = rep("POST", "/clashes", sent)
    assert made.status_code == 201, made.content
    told = made.json()
    here = f"/clashes/{told['id']}"
    # The rep sees their own line, and of the other's record only whose it is.
    assert {one["member"] for one in told["evidence"]} == {str(cast.rep.pk)}
    assert [one["record"] for one in told["records"]] == [str(met[0].pk), None]
    assert (told["proposal"], told["may_decide"], told["may_withdraw"]) == (None, False, True)
    assert rep("POST", f"{here}/decision", {"owner": str(cast.rep.pk)}).status_code == 403
    assert [one["id"] for one in stranger("GET", "/clashes").json()["data"]] == [told["id"]]
    assert stranger("POST", f"{here}/withdrawal").status_code == 403
    whole = admin("GET", here).json()
    assert whole["proposal"]["owner"] == str(cast.stranger.pk)
    assert {one["member"]: one["visits"] for one in whole["evidence"]} == {
        str(cast.rep.pk): 0, str(cast.stranger.pk): 2,
    }  # fmt: skip
    for wrong in (
        {"owner": str(cast.admin.pk)}, {"owner": "x"}, {}, {"owner": str(cast.rep.pk), "split": {"x": 100}},
        {"owner": str(cast.rep.pk), "split": {str(cast.rep.pk): 30}},
    ):  # fmt: skip
        assert admin("POST", f"{here}/decision", wrong).status_code == 422, wrong
    share = {str(cast.stranger.pk): 70, str(cast.rep.pk): 30}
    done = admin(
        "POST", f"{here}/decision", {"owner": str(cast.stranger.pk), "split": share, "note": "visits"}
    )
    assert done.status_code == 200, done.content
    assert (done.json()["state"], done.json()["split"]) == ("decided", share)
    assert admin("POST", f"{here}/decision", {"owner": str(cast.rep.pk)}).status_code == 403
    assert rep("POST", f"{here}/withdrawal").status_code == 403
    assert [one["id"] for one in admin("GET", "/clashes?state=decided").json()["data"]] == [told["id"]]
    with in_workspace(cast.xishan.pk):
        assert set(Company.objects.values_list("owner_id", flat=True)) == {cast.stranger.pk}
        undo_batch(int(done.json()["batch"]), by=actor(cast.admin))
        assert Company.objects.get(pk=met[0].pk).owner_id == cast.rep.pk


def test_what_the_address_says_is_as_described_or_refused(cast: Cast, met: list[Any]):
    rep = Program(cast.rep, ALL)
    for wrong in ("state=lost", "states=open", "state=open&before=7"):
        refused = rep("GET", f"/clashes?{wrong}")
        assert refused.status_code == 400, wrong
    assert rep("GET", "/hand-overs?member=x").status_code == 400
    assert rep("GET", "/clashes?state=").status_code == 200
    assert rep("GET", "/clashes?state=open").json() == {"data": [], "next": None}


def test_others_and_narrow_tokens_do_nothing_of_it(cast: Cast, met: list[Any]):
    sent = {"object": "company", "records": [str(met[0].pk)]}
    reads = Program(cast.rep, ["company:read"])
    assert reads("POST", "/clashes", sent).status_code == 403
    assert Program(cast.below, ALL)("POST", "/clashes", sent).status_code == 404
    assert Program(cast.outsider, ALL)("POST", "/clashes", sent).status_code == 404
    rep = Program(cast.rep, ALL)
    for wrong in ({**sent, "records": []}, {**sent, "records": ["x"]}, {**sent, "records": [{}]}):
        assert rep("POST", "/clashes", wrong).status_code == 422, wrong
    assert rep("POST", "/clashes", {**sent, "object": "nothing"}).status_code == 404
    here = f"/clashes/{rep('POST', '/clashes', sent).json()['id']}"
    assert (reads("GET", here).status_code, reads("GET", here).json()["may_withdraw"]) == (200, False)
    assert reads("POST", f"{here}/withdrawal").status_code == 403
    assert Program(cast.admin, ["company:read"])("POST", f"{here}/decision", {
        "owner": str(cast.rep.pk),
    }).status_code == 403  # fmt: skip
    for who, scopes in ((cast.below, ALL), (cast.outsider, ALL), (cast.rep, ["deal:read", "deal:write"])):
        assert Program(who, scopes)("GET", here).status_code == 404
        assert Program(who, scopes)("GET", "/clashes").json()["data"] == []
    assert rep("POST", f"{here}/withdrawal").json()["state"] == "withdrawn"
    with in_workspace(cast.xishan.pk):
        assert Clash.objects.get().state == "withdrawn"
