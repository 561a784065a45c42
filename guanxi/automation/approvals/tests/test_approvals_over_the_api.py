"""Requests for approval by a program: with the rights of the page, and no more of them than the token has."""

from __future__ import annotations

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.automation.approvals.processes import add_process
from guanxi.platform.identity.actions.members import change_member, end_membership
from guanxi.platform.identity.models import Role
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


@pytest.fixture
def company(cast):
    """The rep's, for which the manager is asked, then the administrator."""
    with in_workspace(cast.xishan.pk):
        steps = [{"ask": ["head"]}, {"ask": [f"member:{cast.admin.pk}"]}]
        add_process(
            object="company", title="New customers", recipe={"steps": steps}, by=actor(cast.admin), on=True
        )
        return create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))


@pytest.fixture
def request_id(cast, company):
    asked = {"object": "company", "record": str(company.pk)}
    made = Program(cast.rep, EVERYTHING)("POST", "/approvals", asked)
    assert made.status_code == 201, made.content
    return made.json()["id"]


def by(member):
    return Program(member, EVERYTHING)


def test_a_request_goes_its_way_by_programs(cast, company, request_id):
    manager, admin = by(cast.manager), by(cast.admin)
    (waiting,) = manager("GET", "/approvals").json()["data"]
    assert (waiting["id"], waiting["state"], waiting["step"]) == (request_id, "open", 1)
    assert waiting["may"] == ["answer", "remark"]
    assert manager("POST", f"/approvals/{request_id}/remark", {"words": "Who is it?"}).status_code == 200
    first = manager("POST", f"/approvals/{request_id}/approval", {"words": "fine"}).json()
    assert first["step"] == 2
    assert [one["text"] for one in first["remarks"]] == ["Who is it?"]
    back = admin("POST", f"/approvals/{request_id}/return", {"step": 1, "words": "Ask again"}).json()
    assert (back["step"], back["round"]) == (1, 2)
    more = {"member": str(cast.observer.pk), "place": "before"}
    held = manager("POST", f"/approvals/{request_id}/signer", more).json()
    asked_now = [one["member"] for one in held["signatures"] if one["state"] == "open"]
    assert asked_now == [str(cast.observer.pk)]
    assert by(cast.observer)("POST", f"/approvals/{request_id}/approval").status_code == 200
    assert manager("POST", f"/approvals/{request_id}/approval").status_code == 200
    done = admin("POST", f"/approvals/{request_id}/approval").json()
    assert done["state"] == "approved"
    asked = by(cast.rep)("GET", f"/approvals?object=company&record={company.pk}").json()["data"]
    assert [one["id"] for one in asked] == [request_id]


def test_a_no_needs_words_and_who_asked_withdraws(cast, request_id):
    manager = by(cast.manager)
    assert manager("POST", f"/approvals/{request_id}/rejection").status_code == 422
    assert manager("POST", f"/approvals/{request_id}/withdrawal").status_code == 403
    assert by(cast.rep)("POST", f"/approvals/{request_id}/withdrawal").json()["state"] == "withdrawn"
    assert manager("POST", f"/approvals/{request_id}/approval").status_code == 422


def test_twice_with_one_key_is_said_once(cast, request_id):
    manager = by(cast.manager)
    path = f"/approvals/{request_id}/remark"
    for _ in range(2):
        said = manager("POST", path, {"words": "Hm"}, Idempotency_Key="k1")
        assert said.status_code == 200
    assert len(manager("GET", f"/approvals/{request_id}").json()["remarks"]) == 1


def test_whoever_is_not_asked_or_does_not_see_it_gets_nothing(cast, request_id):
    path = f"/approvals/{request_id}"
    for member in (cast.stranger, cast.outsider):
        other = by(member)
        assert other("GET", path).status_code == 404
        for below in ("approval", "withdrawal"):
            assert other("POST", f"{path}/{below}").status_code == 404
        assert other("GET", "/approvals?scope=asked").json()["data"] == []
    assert by(cast.rep)("POST", f"{path}/approval").status_code == 403, "one's own"
    assert by(cast.observer)("POST", f"{path}/approval").status_code == 403, "sees it and is not asked"
    assert by(cast.rep)("GET", "/approvals?scope=all").status_code == 403
    assert by(cast.manager)("POST", f"{path}/handover", {"member": str(cast.below.pk)}).status_code == 403


def test_who_has_just_lost_the_right_signs_no_more(cast, company, request_id):
    manager = by(cast.manager)
    with in_workspace(cast.xishan.pk):
        blind = Role.objects.create(workspace_id=cast.xishan.pk, name="blind", grants={})
        change_member(member=cast.manager, role=blind, by=actor(cast.admin))
    assert manager("POST", f"/approvals/{request_id}/approval").status_code == 404
    with in_workspace(cast.xishan.pk):
        end_membership(member=cast.manager, by=actor(cast.admin))
    assert manager("POST", f"/approvals/{request_id}/approval").status_code == 401


def test_a_narrow_token_reads_and_does_not_sign(cast, request_id):
    path = f"/approvals/{request_id}"
    reads = Program(cast.manager, ["company:read"])
    seen = reads("GET", path)
    assert (seen.status_code, seen.json()["may"]) == (200, [])
    for below, sent in (("approval", {}), ("rejection", {"words": "no"}), ("remark", {"words": "hm"})):
        assert reads("POST", f"{path}/{below}", sent).status_code == 403, below
    elsewhere = Program(cast.manager, ["deal:read", "deal:write"])
    assert elsewhere("GET", path).status_code == 404
    assert elsewhere("POST", f"{path}/approval").status_code == 404
    assert elsewhere("GET", "/approvals").json()["data"] == []


def test_what_makes_no_sense_is_said(cast, request_id):
    manager = by(cast.manager)
    path = f"/approvals/{request_id}"
    assert manager("POST", f"{path}/approval", {"word": "x"}).status_code == 422
    assert manager("POST", f"{path}/return", {"step": "1", "words": "x"}).status_code == 422
    assert manager("POST", f"{path}/return", {"step": 1, "words": "x"}).status_code == 422
    assert manager("POST", f"{path}/signer", {"member": "9" * 30}).status_code == 422
    long = manager("POST", f"{path}/remark", {"words": "x" * 1001})
    assert (long.status_code, long.json()["fields"]["words"][0]["code"]) == (422, "too_long")
    far = manager("POST", f"{path}/return", {"step": 101, "words": "x"})
    assert (far.status_code, far.json()["fields"]["step"][0]["code"]) == (422, "range")
    odd = manager("POST", f"{path}/signer", {"member": "x1"})
    assert (odd.status_code, odd.json()["fields"]["member"][0]["code"]) == (422, "pattern")
    assert manager("POST", f"{path}/remark", {"words": "x" * 1000}).status_code == 200
    assert manager("GET", "/approvals?scope=none").status_code == 400
    assert manager("GET", "/approvals?nothing=1").status_code == 400
    assert manager("GET", f"/approvals/{2**70}").status_code == 404
    assert manager("DELETE", path).status_code == 405
