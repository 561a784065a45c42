"""What was done, the way back, and a record as it was, by a program."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from guanxi.api.rest.problems import explain
from guanxi.api.tests.test_rest import Program
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import find_record
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import StaleRecord, change_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for, give_role

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
ALL = {"verbs": ["*"], "see": "all", "edit": "all"}


def test_one_field_or_one_change_is_taken_back(shop: Shop):
    rep, path = Program(shop.cast.rep, EVERYTHING), f"/companies/{shop.company.pk}"
    rep("PATCH", path, {"name": "禾木食品集团", "industry": "water"})
    (told, *_older) = rep("GET", "/changes?object=company").json()["data"]
    assert (told["name"], told["record"], told["actor"]["kind"]) == (
        "company.changed", {"id": str(shop.company.pk), "title": "禾木食品集团"}, "token",
    )  # fmt: skip
    assert told["changes"]["name"] == ["禾木食品", "禾木食品集团"]
    here = f"/changes/{told['id']}/undoing"
    for member, status in ((shop.cast.stranger, 404), (shop.cast.outsider, 404)):
        assert Program(member, EVERYTHING)("POST", here).status_code == status
    assert Program(shop.cast.rep, ["*:read"])("POST", here).status_code == 403
    assert rep("POST", here, {"field": "phones"}).status_code == 403, "there is nothing to take back"
    back = rep("POST", here, {"field": "name"})
    assert (back.status_code, back.json()["changes"]) == (200, {"name": ["禾木食品集团", "禾木食品"]})
    rep("PATCH", path, {"industry": "food"})
    rep("PATCH", path, {"industry": "pharma"})
    late = rep("POST", here)
    assert (late.status_code, late.json()["conflicts"]) == (
        409, {"industry": {"theirs": "pharma", "yours": "food"}},
    )  # fmt: skip
    assert rep("POST", "/changes/7/undoing").status_code == 404


@pytest.mark.parametrize("right", ["hidden", "masked1", "masked3", "see"])
def test_the_way_back_tells_nothing_of_what_the_role_hides(shop: Shop, right: str):
    cast, ids = shop.cast, []
    with in_workspace(cast.xishan.pk):
        contact = find_record(registry.get("contact"), shop.contact.pk, by=actor(cast.admin), access="edit")
        for phone in ("13800001111", "13800002222", "13800003333"):
            contact = change_record(contact, {"phones": [{"typed": phone}]}, by=actor(cast.admin))
            ids.append(contact.last_fact_id)
        ids.append(change_record(contact, {"wechat": "li"}, by=actor(cast.admin)).last_fact_id)
    fields = {"fields": {"phones": right}}
    give_role(cast.rep, {"*": ALL, "contact": {**ALL, **fields}})
    rep = Program(cast.rep, EVERYTHING)
    tried = [rep("POST", f"/changes/{one}/undoing", {"field": "phones"}) for one in ids]
    answers = {(answer.status_code, answer.content) for answer in tried}
    assert len(answers) == 1, "the same where it changed since, where it stands and where it was not touched"
    [(status, said)] = answers
    assert (status, b"1380000" in said) == (403, False)
    assert rep("POST", f"/changes/{ids[1]}/undoing").content == said, "nor by the whole of it"
    assert rep("POST", f"/changes/{ids[3]}/undoing").status_code == 200


@pytest.mark.parametrize(("right", "told"), [("hidden", None), ("masked1", "138****2222")])
def test_a_conflict_is_told_as_the_role_sees_the_field(shop: Shop, right: str, told: str | None):
    give_role(shop.cast.rep, {"*": ALL, "contact": {**ALL, "fields": {"phones": right}}})
    now, sent = ([{"number": f"+86{one}", "typed": one}] for one in ("13800002222", "13800001111"))
    with in_workspace(shop.cast.xishan.pk):
        stale = StaleRecord(shop.contact, {"phones": (now, sent), "wechat": ("li", "wang")}, None)
        said = explain(stale, actor(shop.cast.rep))
    assert said is not None
    conflicts = json.loads(said.content)["conflicts"]
    assert conflicts.pop("wechat") == {"theirs": "li", "yours": "wang"}
    assert conflicts.get("phones", {}).get("theirs") == told
    assert b"13800002222" not in said.content


def test_changes_are_of_what_the_reader_sees(shop: Shop):
    for member in (shop.cast.stranger, shop.cast.outsider):
        told = Program(member, EVERYTHING)("GET", "/changes").json()["data"]
        assert str(shop.company.pk) not in {one["record"]["id"] for one in told}
    admin = Program(shop.cast.admin, EVERYTHING)
    whose = admin("GET", f"/changes?who={shop.cast.stranger.pk}").json()["data"]
    assert {one["record"]["id"] for one in whose} == {str(shop.far.pk)}
    assert admin("GET", "/changes?object=cow").status_code == 404
    assert admin("GET", "/changes?day=tomorrow").status_code == 422
    assert Program(shop.cast.rep, ["contact:read"])("GET", "/changes?object=company").status_code == 404
    narrow = Program(shop.cast.rep, ["contact:read"])("GET", "/changes").json()["data"]
    assert {one["object"] for one in narrow} == {"contact"}


ENDS = ("0001-01-01T00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00")


def test_the_first_and_the_last_day_of_all_are_asked_for_without_an_error(shop: Shop):
    rep, web = Program(shop.cast.rep, EVERYTHING), client_for(shop.cast.rep)
    told = rep("GET", "/changes").json()["data"]
    assert told
    for day, found in (("9999-12-31", told), ("9999-12-30", told), ("0001-01-01", [])):
        assert rep("GET", f"/changes?day={day}").json()["data"] == found
        assert web.get("/changes/", {"day": day}).status_code == 200
    path = f"/companies/{shop.company.pk}"
    for moment in ENDS:
        assert rep("GET", f"{path}?as_of={quote(moment)}").status_code == 400
        assert web.get(f"{path}/", {"as_of": moment}).status_code == 422
    for moment, status in (("0001-01-01", 200), ("9999-12-30", 400), ("9999-12-31", 400)):
        assert rep("GET", f"{path}?as_of={moment}").status_code == status
    assert rep("GET", f"{path}?as_of=0001-01-01").json()["existed"] is False
    assert web.get(f"{path}/", {"as_of": "0001-01-01"}).status_code == 200


def test_a_record_is_told_as_it_was(shop: Shop):
    rep, path = Program(shop.cast.rep, EVERYTHING), f"/companies/{shop.company.pk}"
    before = datetime.now(UTC).isoformat()
    rep("PATCH", path, {"name": "禾木食品集团"})
    then = rep("GET", f"{path}?as_of={quote(before)}").json()
    assert (then["name"], then["existed"], then["archived"], then["changes_since"]) == (
        "禾木食品",
        True,
        False,
        1,
    )
    long_ago = (datetime.now(UTC) - timedelta(days=400)).date().isoformat()
    assert rep("GET", f"{path}?as_of={long_ago}").json()["existed"] is False
    today = timezone.localdate(timezone=ZoneInfo(actor(shop.cast.rep).timezone))
    assert rep("GET", f"{path}?as_of={today}").json()["name"] == "禾木食品集团"
    for wrong in ("yesterday", "9999-99-99", today + timedelta(days=1)):
        said = rep("GET", f"{path}?as_of={wrong}")
        assert (said.status_code, said.json()["code"], "name" in said.json()) == (400, "as_of", False)
    for member in (shop.cast.stranger, shop.cast.outsider):
        assert Program(member, EVERYTHING)("GET", f"{path}?as_of={quote(before)}").status_code == 404


@pytest.mark.parametrize(("right", "told"), [("hidden", None), ("masked1", "138****1111")])
def test_what_a_role_hides_stays_hidden_as_of_a_day(shop: Shop, right: str, told: str | None):
    with in_workspace(shop.cast.xishan.pk):
        by = actor(shop.cast.admin)
        contact = find_record(registry.get("contact"), shop.contact.pk, by=by, access="edit")
        contact = change_record(contact, {"phones": [{"typed": "13800001111"}], "wechat": "li-1"}, by=by)
        before = datetime.now(UTC).isoformat()
        change_record(contact, {"phones": [{"typed": "13800002222"}], "wechat": "li-2"}, by=by)
    give_role(shop.cast.rep, {"*": ALL, "contact": {**ALL, "fields": {"phones": right}}})
    path = f"/contacts/{shop.contact.pk}"
    then = Program(shop.cast.rep, EVERYTHING)("GET", f"{path}?as_of={quote(before)}")
    page = client_for(shop.cast.rep).get(f"{path}/", {"as_of": before})
    for said in (then.content.decode(), page.content.decode()):
        assert "li-1" in said
        assert "li-2" not in said
        assert "1380000" not in said
        assert (told or "138****") in said if told else "138*" not in said


def test_a_long_history_has_pages(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("guanxi.api.rest.views.MOST_FACTS", 2)
    rep, path = Program(shop.cast.rep, EVERYTHING), f"/companies/{shop.company.pk}"
    for number in range(4):
        rep("PATCH", path, {"employees": number + 1})
    found, after = [], ""
    while True:
        page = rep("GET", f"{path}/facts{after}").json()
        found += [one["id"] for one in page["data"]]
        if page["next"] is None:
            break
        after = f"?before={page['next']}"
    with in_workspace(shop.cast.xishan.pk):
        keys = facts_of("company", shop.company.pk).order_by("-id").values_list("pk", flat=True)
        assert found == [str(one) for one in keys]
    assert rep("GET", f"{path}/facts?before=x").status_code == 400
