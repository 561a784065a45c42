"""Members and teams by a program: everybody reads who works here, whoever may changes it."""

from __future__ import annotations

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.identity.models import Member, Team
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]


def test_everybody_reads_who_works_here(cast: Cast):
    rep, outsider = Program(cast.rep, EVERYTHING), Program(cast.outsider, EVERYTHING)
    told = {one["name"]: one for one in rep("GET", "/members").json()["data"]}
    assert len(told) == 6
    assert (told["林知遥"]["email"], told["林知遥"]["team"]) == ("lin@xishan.example", str(cast.south.pk))
    assert (told["何北"]["email"], told["何北"]["role"], told["何北"]["may_change"]) == (None, None, False)
    assert [one["name"] for one in outsider("GET", "/members").json()["data"]] == ["Rachel Tan"]
    assert outsider("GET", f"/members/{cast.rep.pk}").status_code == 404
    teams = {one["name"]: one["parent"] for one in rep("GET", "/teams").json()["data"]}
    assert len(teams) == 4
    narrow = Program(cast.rep, ["contact:read"])
    assert {
        narrow("GET", path).status_code for path in ("/members", "/teams", f"/members/{cast.rep.pk}")
    } == {403}


def test_an_administrator_changes_members(cast: Cast):
    admin, path = Program(cast.admin, EVERYTHING), f"/members/{cast.stranger.pk}"
    sent = {"team": str(cast.south.pk), "role": str(cast.manager.role_id), "title": "区域经理"}
    changed = admin("PATCH", path, sent).json()
    assert (changed["team"], changed["role"], changed["title"]) == (
        str(cast.south.pk), str(cast.manager.role_id), "区域经理",
    )  # fmt: skip
    assert admin("PATCH", path, {"team": None}).json()["team"] is None
    assert admin("PATCH", path, {"role": str(cast.outsider.role_id)}).status_code == 404
    assert admin("PATCH", path, {"email": "x@y.example"}).status_code == 422
    assert admin("PATCH", f"/members/{cast.admin.pk}", {"role": str(cast.rep.role_id)}).status_code == 422
    left = admin("POST", f"{path}/departure").json()
    assert (left["left_at"] is not None, left["may_return"]) == (True, True)
    assert len(admin("GET", "/members").json()["data"]) == 5
    assert len(admin("GET", "/members?left=true").json()["data"]) == 6
    assert admin("POST", f"{path}/return").json()["left_at"] is None
    with in_workspace(cast.xishan.pk):
        assert Member.objects.get(pk=cast.stranger.pk).left_at is None


def test_an_administrator_changes_the_tree_of_teams(cast: Cast):
    admin = Program(cast.admin, EVERYTHING)
    made = admin(
        "POST", "/teams", {"name": "West", "parent": str(cast.top.pk), "head": str(cast.rep.pk)}
    ).json()
    assert (made["parent"], made["head"]) == (str(cast.top.pk), str(cast.rep.pk))
    here = f"/teams/{made['id']}"
    moved = admin("PATCH", here, {"name": "Far west", "parent": str(cast.north.pk), "head": None}).json()
    assert (moved["name"], moved["parent"], moved["head"]) == ("Far west", str(cast.north.pk), None)
    assert admin("PATCH", f"/teams/{cast.north.pk}", {"parent": made["id"]}).status_code == 422
    assert admin("DELETE", f"/teams/{cast.north.pk}").status_code == 422
    assert admin("PATCH", here, {"name": "Far \0west"}).json()["name"] == "Far west"
    assert admin("PATCH", here, {"name": "a\ud800b"}).status_code == 400
    assert admin("DELETE", here).status_code == 204
    assert admin("GET", here).status_code == 404


def test_others_outsiders_and_narrow_tokens_change_nobody(cast: Cast):
    for member, scopes in (
        (cast.rep, EVERYTHING), (cast.stranger, EVERYTHING), (cast.admin, ["*:read", "contact:write"]),
        (cast.outsider, EVERYTHING),
    ):  # fmt: skip
        program = Program(member, scopes)
        status = {404} if member == cast.outsider else {403}
        asked = {
            program("PATCH", f"/members/{cast.below.pk}", {"title": "taken"}).status_code,
            program("POST", f"/members/{cast.below.pk}/departure").status_code,
            program("PATCH", f"/teams/{cast.north.pk}", {"name": "taken"}).status_code,
            program("DELETE", f"/teams/{cast.north.pk}").status_code,
            program("POST", "/teams", {"name": "taken", "parent": str(cast.north.pk)}).status_code,
        }
        assert asked == status, member
    with in_workspace(cast.xishan.pk):
        assert not Team.objects.filter(name="taken").exists()
        assert Member.objects.get(pk=cast.below.pk).left_at is None
