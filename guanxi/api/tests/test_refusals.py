"""What a program is told when it may not: the true reason, and nothing of what its member does not see."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.identity.models import Member
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
ROLE, SHARED = "你的角色不能这样做", "只读分享给你"


def company(cast: Cast, by: Member) -> Any:
    with in_workspace(cast.xishan.pk):
        return create_record(object="company", values={"name": "青禾"}, by=actor(by))


def refused(answer: Any) -> tuple[str, str | None]:
    assert (answer.status_code, answer.json()["code"]) == (403, "refused")
    return answer.json()["title"], answer.json().get("needs")


def test_a_role_without_the_right_is_named_with_it(cast: Cast):
    title, needs = refused(Program(cast.observer, EVERYTHING)("POST", "/companies", {"name": "x"}))
    assert ROLE in title
    assert needs == "company.create"


def test_a_record_that_is_shared_for_reading_says_so_and_no_names(cast: Cast):
    one = company(cast, cast.stranger)
    rep = Program(cast.rep, EVERYTHING)
    assert rep("PATCH", f"/companies/{one.pk}", {"industry": "x"}).status_code == 404
    with in_workspace(cast.xishan.pk):
        share_record(one, to=To("member", cast.rep.pk), by=actor(cast.admin))
    answer = rep("PATCH", f"/companies/{one.pk}", {"industry": "x"})
    title, needs = refused(answer)
    assert SHARED in title
    assert needs == "company.change"
    said = json.dumps(answer.json(), ensure_ascii=False)
    assert cast.stranger.display_name not in said
    assert cast.admin.display_name not in said
    page = client_for(cast.rep).get(f"/companies/{one.pk}/edit/")
    assert page.status_code == 403
    assert SHARED in page.content.decode()


def test_a_role_that_reads_more_than_it_changes_says_that(cast: Cast):
    one = company(cast, cast.stranger)
    give_role(cast.rep, {"company": {"verbs": ["*"], "see": "all", "edit": "own"}})
    title, needs = refused(Program(cast.rep, EVERYTHING)("DELETE", f"/companies/{one.pk}"))
    assert "能看到这条记录" in title
    assert needs == "company.archive"


def test_a_narrow_token_is_told_of_its_scope_and_not_of_its_members_role(cast: Cast):
    one = company(cast, cast.rep)
    reader = Program(cast.rep, ["company:read"])
    for answer in (
        reader("PATCH", f"/companies/{one.pk}", {"industry": "x"}),
        reader("POST", "/companies", {"name": "x"}),
    ):
        title, needs = refused(answer)
        assert "company:write" in title
        assert ROLE not in title
        assert needs == "company:write"
    assert refused(reader("GET", "/deals"))[1] == "deal:read"
    of_admin = Program(cast.admin, ["deal:write", "deal:read", "stage:read", "stage:write"])
    assert refused(of_admin("POST", "/stages", {"name": "x"}))[1] == "*:write"


def test_how_the_firm_works_is_said_to_be_its_administrators_business(cast: Cast):
    give_role(cast.rep, {"*": {"verbs": ["*"], "see": "all", "edit": "all"}})
    title, _needs = refused(Program(cast.rep, EVERYTHING)("POST", "/stages", {"name": "x"}))
    assert "只有管理员" in title


def test_one_operation_of_a_batch_says_the_same(cast: Cast):
    one = company(cast, cast.stranger)
    with in_workspace(cast.xishan.pk):
        share_record(one, to=To("member", cast.rep.pk), by=actor(cast.admin))
    sent = {"operations": [{"do": "change", "id": str(one.pk), "values": {"industry": "x"}}]}
    answer = Program(cast.rep, EVERYTHING)("POST", "/companies/batch", sent)
    assert SHARED in json.dumps(answer.json(), ensure_ascii=False)


@pytest.mark.parametrize(("method", "path"), [("POST", "/companies"), ("PATCH", "/companies/1")])
def test_what_comes_in_pieces_of_no_said_length_is_not_taken_for_empty(cast: Cast, method: str, path: str):
    answer = Program(cast.rep, EVERYTHING).client.generic(
        method,
        f"/api/v1{path}",
        "",
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
    )
    assert (answer.status_code, answer.json()["code"]) == (411, "length")
