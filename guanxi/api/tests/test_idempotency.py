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


def test_a_call_that_was_sent_on_to_the_record_that_stayed_did_nothing_yet(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    stayed, merged = (rep("POST", "/companies", {"name": name}).json()["id"] for name in ("A", "B"))
    assert rep("POST", f"/companies/{stayed}/merger", {"others": [merged]}).status_code == 200
    sent_on = rep("PATCH", f"/companies/{merged}", {"about": "x"}, idempotency_key="k1")
    assert sent_on.status_code == 308
    assert sent_on["Location"].endswith(f"/companies/{stayed}")
    followed = rep("PATCH", f"/companies/{stayed}", {"about": "x"}, idempotency_key="k1")
    assert (followed.status_code, followed.json()["about"]) == (200, "x")


def test_no_field_of_a_record_is_kept(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    one = rep("POST", "/companies", {"name": "禾木食品"}, idempotency_key="k1").json()
    other = rep("POST", "/companies", {"name": "禾木食品 2"}, idempotency_key="k2").json()
    asked = {"others": [other["id"]]}
    merged = rep("POST", f"/companies/{one['id']}/merger", asked, idempotency_key="k3").json()
    again = rep("POST", f"/companies/{one['id']}/merger", asked, idempotency_key="k3").json()
    assert again["batch"] == merged["batch"]
    with in_workspace(cast.xishan.pk):
        kept = [(one.headers, one.done) for one in IdempotentCall.objects.all()]
    assert len(kept) == 3
    assert "禾木" not in str(kept)


def test_of_a_batch_the_outcomes_are_told_again_and_no_words_of_them(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    sent = {
        "operations": [
            {"do": "create", "values": {"name": "A"}},
            {"do": "create", "values": {"name": ""}},
        ]
    }
    first = rep("POST", "/companies/batch", sent, idempotency_key="k1")
    give_role(cast.rep, {"*": {**ALL, "see": "own", "edit": "own"}})
    again = rep("POST", "/companies/batch", sent, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (207, 207)
    made, refused = first.json()["data"]
    retold = again.json()
    assert (retold["failed"], retold["data"][0]) == (1, made)
    assert refused["error"]["fields"].keys() == {"name"}
    assert retold["data"][1]["status"] == refused["status"] == 422
    error = retold["data"][1]["error"]
    assert {name: error[name] for name in ("type", "status", "code")} == {
        "type": "about:blank",
        "status": 422,
        "code": "invalid",
    }
    assert "原因没有保留" in error["title"]
    assert "fields" not in error
    anew = rep("POST", "/companies/batch", {"operations": sent["operations"][1:]}, idempotency_key="k2")
    assert anew.json()["data"] == [refused]
    assert len(rep("GET", "/companies").json()["data"]) == 1


def test_what_stands_beside_records_is_read_again_as_it_may_be_read_then(cast: Cast):
    rep, admin = Program(cast.rep, EVERYTHING), Program(cast.admin, EVERYTHING)
    made = rep("POST", "/companies", {"name": "A"}).json()
    of = {"object": "company", "id": made["id"]}
    calls = [
        ("/shares", {**of, "to": f"member:{cast.stranger.pk}"}),
        ("/views", {"object": "company", "name": "禾木", "filter": 'name = "禾木"'}),
        ("/companies/bulk", {"do": "change", "ids": [made["id"]], "values": {"about": "x"}}),
        ("/tags", {"name": "禾木"}),
    ]
    for path, sent in calls:
        first = admin("POST", path, sent, idempotency_key=path)
        again = admin("POST", path, sent, idempotency_key=path)
        assert again["Idempotency-Replayed"] == "true"
        assert (again.status_code, again.json()) == (first.status_code, first.json()), path
        assert again.get("Location") == first.get("Location")
    first = rep("POST", *calls[0], idempotency_key="k1")
    assert first.status_code == 201
    with in_workspace(cast.xishan.pk):
        company = registry.get("company").rows().get(pk=made["id"])
        change_record(company, {"owner": cast.stranger.pk, "team": None}, by=actor(cast.admin))
    assert rep("POST", *calls[0], idempotency_key="k1").status_code == 404
    with in_workspace(cast.xishan.pk):
        assert "禾木" not in str([(one.headers, one.done) for one in IdempotentCall.objects.all()])


def test_what_has_no_door_of_its_own_is_told_to_be_done_and_where_it_is(cast: Cast):
    admin = Program(cast.admin, EVERYTHING)
    sent = {"object": "company", "name": "tier", "type": "text", "label": "Tier"}
    first = admin("POST", "/fields", sent, idempotency_key="k1")
    again = admin("POST", "/fields", sent, idempotency_key="k1")
    assert (again.status_code, again.json()) == (201, {"id": first.json()["id"]})
    assert again["Location"] == first["Location"] == f"/api/v1/fields/{first.json()['id']}"
    assert admin("GET", again["Location"].removeprefix("/api/v1")).json()["name"] == "tier"


def test_of_what_changes_nothing_nothing_is_kept(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    rep("POST", "/companies", {"name": "禾木食品"})
    sent = {"object": "company", "values": {"name": "禾木食品"}}
    answers = [rep("POST", "/duplicate-checks", sent, idempotency_key="k1") for _turn in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert all("Idempotency-Replayed" not in one for one in answers)
    with in_workspace(cast.xishan.pk):
        assert not IdempotentCall.objects.exists()


def test_a_key_of_another_call_says_what_was_done_and_what_was_not(cast: Cast):
    rep = Program(cast.rep, EVERYTHING)
    rep("POST", "/companies", {"name": "A"}, idempotency_key="k1")
    refused = rep("POST", "/companies", {"name": "B"}, idempotency_key="k1")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key")
    assert "那一次已经做了" in refused.json()["title"]
    assert "这一次没有做" in refused.json()["title"]
    assert rep("POST", "/companies", {"name": "B"}, idempotency_key="k2").status_code == 201


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
