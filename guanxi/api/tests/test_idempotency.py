"""A call that is sent twice is done once, and what it answered does not outlive the rights of who asks."""

from __future__ import annotations

import pytest

from guanxi.api.models import IdempotentCall
from guanxi.api.tests.test_rest import Program
from guanxi.platform.metadata import registry
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, give_role

pytestmark = pytest.mark.django_db

ALL = {"verbs": ["*"], "see": "all", "edit": "all"}
EVERYTHING = ["*:read", "*:write"]


def test_the_second_answer_is_the_record_as_its_reader_may_see_it_then(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    sent = {"name": "禾木食品", "industry": "food", "phones": [{"typed": "13812345678"}]}
    first = rep("POST", "/companies", sent, idempotency_key="k1")
    give_role(cast.rep, {"*": ALL, "company": {**ALL, "fields": {"industry": "hidden", "phones": "masked1"}}})
    again = rep("POST", "/companies", sent, idempotency_key="k1")
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert (again["Location"], again.json()["id"]) == (first["Location"], first.json()["id"])
    assert again.json() == rep("GET", f"/companies/{first.json()['id']}").json()
    assert "industry" not in again.json()
    assert "12345678" not in again.content.decode()


def test_a_record_that_went_out_of_reach_is_not_answered_again(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    made = rep("POST", "/companies", {"name": "A"}, idempotency_key="k1").json()
    path = f"/companies/{made['id']}"
    assert rep("PATCH", path, {"about": "secret"}, idempotency_key="k2").status_code == 200
    with in_workspace(cast.xishan.pk):
        company = registry.get("company").rows().get(pk=made["id"])
        change_record(company, {"owner": cast.stranger.pk, "team": None}, by=actor(cast.admin))
    for method, where, body, key in (
        ("POST", "/companies", {"name": "A"}, "k1"),
        ("PATCH", path, {"about": "secret"}, "k2"),
    ):
        answer = rep(method, where, body, idempotency_key=key)
        assert answer.status_code == 404
        assert "secret" not in answer.content.decode()


def test_no_field_of_a_record_is_kept(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    one = rep("POST", "/companies", {"name": "禾木食品"}, idempotency_key="k1").json()
    other = rep("POST", "/companies", {"name": "禾木食品 2"}, idempotency_key="k2").json()
    asked = {"others": [other["id"]]}
    merged = rep("POST", f"/companies/{one['id']}/merger", asked, idempotency_key="k3").json()
    again = rep("POST", f"/companies/{one['id']}/merger", asked, idempotency_key="k3").json()
    assert again["batch"] == merged["batch"]
    with in_workspace(cast.xishan.pk):
        kept = b"".join(bytes(one.body) for one in IdempotentCall.objects.all())
    assert "禾木" not in kept.decode()


def test_an_answer_that_is_no_record_is_given_again_under_the_same_rights_only(cast: Cast):
    admin = Program(cast.admin, EVERYTHING)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A"}, by=actor(cast.rep))
    rep = Program(cast.rep, EVERYTHING)
    sent = {"operations": [{"do": "change", "id": str(company.pk), "values": {"about": "x"}}]}
    first = rep("POST", "/companies/batch", sent, idempotency_key="k1")
    again = rep("POST", "/companies/batch", sent, idempotency_key="k1")
    assert (again.status_code, again.json()) == (200, first.json())
    give_role(cast.rep, {"*": {**ALL, "edit": "own"}})
    refused = rep("POST", "/companies/batch", sent, idempotency_key="k1")
    assert (refused.status_code, refused.json()["code"]) == (409, "rights_changed")
    assert admin("GET", f"/companies/{company.pk}").json()["version"] == first.json()["data"][0]["version"]


def test_to_look_behind_a_mask_is_told_each_time(cast: Cast):
    masked = {**ALL, "verbs": ["*", "reveal"], "fields": {"phones": "masked1"}}
    with in_workspace(cast.xishan.pk):
        values = {"name": "A", "phones": [{"typed": "13812345678"}]}
        company = create_record(object="company", values=values, by=actor(cast.rep))
    give_role(cast.rep, {"*": ALL, "company": masked})
    rep = Program(cast.rep, EVERYTHING)
    path = f"/companies/{company.pk}/reveal"
    assert "13812345678" in rep("POST", path, {"field": "phones"}, idempotency_key="k1").content.decode()
    give_role(cast.rep, {"*": ALL, "company": {**masked, "verbs": ["*"]}})
    refused = rep("POST", path, {"field": "phones"}, idempotency_key="k1")
    assert refused.status_code in (403, 404)
    assert "12345678" not in refused.content.decode()
