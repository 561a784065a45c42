"""Two who meet on one customer: reported, seen by whom it concerns, decided once, remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from guanxi.api.tests.test_rest import Program
from guanxi.collaboration.activities.actions import log_activity
from guanxi.collaboration.clashes.actions import decide_clash
from guanxi.collaboration.clashes.models import Clash, ClashRecord
from guanxi.collaboration.clashes.queries import may_decide
from guanxi.collaboration.models import Notification
from guanxi.people.companies.models import Company
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.records.duplicates.rules import set_rule
from guanxi.platform.records.merging.actions import merge_records
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
COMPANY = registry.get("company")


@pytest.fixture
def met(cast: Cast) -> list[Any]:
    """The same firm at the rep in the south and at the stranger in the north, who has called it twice."""
    with in_workspace(cast.xishan.pk), transaction.atomic():
        values = {"name": "青禾水务", "website": "https://qinghe.example"}
        mine = create_record(object="company", values=values, by=actor(cast.rep))
        theirs = create_record(object="company", values=values, by=actor(cast.stranger))
        log_activity(kind="call", about=[("company", mine.pk)], by=actor(cast.rep), subject="hello")
        for subject in ("offer-of-the-north", "visit"):
            about = [("company", theirs.pk)]
            log_activity(kind="visit", about=about, by=actor(cast.stranger), subject=subject)
    drain_events()
    return [mine, theirs]


def report(cast: Cast, met: list[Any]) -> Clash:
    sent = {"object": "company", "id": str(met[0].pk), "reason": "we met at the fair"}
    answer = client_for(cast.rep).post("/clashes/new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    drain_events()
    with in_workspace(cast.xishan.pk):
        clash: Clash = Clash.objects.get()
        return clash


def test_a_clash_is_reported_decided_and_taken_back(cast: Cast, met: list[Any]):
    clash = report(cast, met)
    assert set(clash.claimants) == {cast.rep.pk, cast.stranger.pk}
    with in_workspace(cast.xishan.pk):
        assert {one.record_id for one in ClashRecord.objects.all()} == {one.pk for one in met}
        fact = facts_of("company", met[0].pk).last()
        assert fact is not None
        assert fact.name == "company.contested"
        told = set(Notification.objects.filter(kind="clash").values_list("member_id", flat=True))
        assert told == {cast.stranger.pk, cast.admin.pk}
    again = client_for(cast.rep).post("/clashes/new/", {"object": "company", "id": str(met[0].pk)})
    assert again["Location"] == f"/clashes/{clash.pk}/"
    page = client_for(cast.admin).get(f"/clashes/{clash.pk}/").content.decode()
    assert "offer-of-the-north" in page
    assert f'value="{cast.stranger.pk}" checked' in page
    sent = {
        "owner": str(cast.stranger.pk), "note": "the north was busier", "keep": "on",
        f"share-{cast.stranger.pk}": "60", f"share-{cast.rep.pk}": "30",
    }  # fmt: skip
    wrong = client_for(cast.admin).post(f"/clashes/{clash.pk}/", sent)
    assert wrong.status_code == 422
    done = client_for(cast.admin).post(f"/clashes/{clash.pk}/", {**sent, f"share-{cast.rep.pk}": "40"})
    assert done.status_code == 302
    drain_events()
    with in_workspace(cast.xishan.pk):
        clash.refresh_from_db()
        assert (clash.state, clash.owner_id) == ("decided", cast.stranger.pk)
        assert clash.split == {str(cast.stranger.pk): 60, str(cast.rep.pk): 40}
        assert clash.proposal["owner"] == cast.stranger.pk
        assert set(Company.objects.values_list("owner_id", flat=True)) == {cast.stranger.pk}
        fact = facts_of("company", met[0].pk).filter(verb="awarded").get()
        assert fact.data["to"]["name"] == "何北"
    mine = client_for(cast.rep).get(f"/companies/{met[0].pk}/")
    assert mine.status_code == 200  # it is shared with who lost it
    again = client_for(cast.admin).post(f"/clashes/{clash.pk}/", {**sent, f"share-{cast.rep.pk}": "40"})
    assert again.status_code == 403
    with in_workspace(cast.xishan.pk), transaction.atomic():
        assert clash.batch_id is not None
        undo_batch(clash.batch_id, by=actor(cast.admin))
        assert Company.objects.get(pk=met[0].pk).owner_id == cast.rep.pk


def test_claimants_see_what_is_theirs_and_others_nothing(cast: Cast, met: list[Any]):
    clash = report(cast, met)
    page = client_for(cast.rep).get(f"/clashes/{clash.pk}/").content.decode()
    assert "hello" in page
    assert "offer-of-the-north" not in page
    assert f"/companies/{met[1].pk}/" not in page
    assert 'name="owner"' not in page
    assert client_for(cast.rep).post(f"/clashes/{clash.pk}/", {"owner": str(cast.rep.pk)}).status_code == 403
    assert str(clash.pk) in client_for(cast.stranger).get("/clashes/").content.decode()
    for nobody in (cast.below, cast.outsider):
        browser = client_for(nobody)
        assert browser.get(f"/clashes/{clash.pk}/").status_code == 404
        assert browser.post(f"/clashes/{clash.pk}/", {"owner": str(cast.rep.pk)}).status_code == 404
        assert browser.post(f"/clashes/{clash.pk}/withdrawal/").status_code == 404
        assert str(clash.pk) not in browser.get("/clashes/").content.decode()
        assert browser.get(f"/clashes/new/?object=company&id={met[1].pk}").status_code == 404
    assert client_for(cast.stranger).post(f"/clashes/{clash.pk}/withdrawal/").status_code == 403
    assert client_for(cast.rep).post(f"/clashes/{clash.pk}/withdrawal/").status_code == 302
    with in_workspace(cast.xishan.pk):
        assert Clash.objects.get().state == "withdrawn"


def test_whose_the_unseen_record_is_stays_unsaid_until_it_is_decided(cast: Cast, met: list[Any]):
    clash = report(cast, met)
    north, south = "何北", "林知遥"

    def read(member: Any) -> tuple[str, str, dict[str, Any]]:
        browser = client_for(member)
        told = browser.get(f"/api/v1/clashes/{clash.pk}").json()
        return (
            browser.get(f"/clashes/{clash.pk}/").content.decode().split("<main")[1],
            browser.get("/clashes/").content.decode().split("<main")[1],
            told,
        )

    one, every, told = read(cast.rep)
    assert north not in one
    assert north not in every
    assert "另有其人" in one
    assert told["claimants"] == [str(cast.rep.pk), None]
    assert [row["owner"] for row in told["records"]] == [str(cast.rep.pk), None]
    one, _every, told = read(cast.stranger)  # who reported it has named themself
    assert south in one
    assert set(told["claimants"]) == {str(cast.rep.pk), str(cast.stranger.pk)}
    assert north in read(cast.admin)[0]
    with in_workspace(cast.xishan.pk), transaction.atomic():
        set_rule(COMPANY, action="warn", kinds=["name"], others="owner", by=actor(cast.admin))
    assert north in read(cast.rep)[0]  # where the workspace tells owners of unseen records anyway
    with in_workspace(cast.xishan.pk), transaction.atomic():
        set_rule(COMPANY, action="warn", kinds=["name"], others="exists", by=actor(cast.admin))
        decide_clash(clash, owner=cast.stranger.pk, by=actor(cast.admin))
    assert north in read(cast.rep)[0]


def test_who_acts_for_another_decides_no_clash_of_their_own(cast: Cast, met: list[Any]):
    clash = report(cast, met)
    with in_workspace(cast.xishan.pk):
        for_manager = replace(actor(cast.admin), administers=False, hand_id=cast.rep.pk)
        assert not may_decide(clash, for_manager)
        assert may_decide(clash, replace(for_manager, hand_id=cast.below.pk))


def test_where_the_rule_tells_nothing_nobody_is_found(cast: Cast, met: list[Any]):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        set_rule(COMPANY, action="warn", kinds=["name"], others="nothing", by=actor(cast.admin))
    answer = client_for(cast.rep).post("/clashes/new/", {"object": "company", "id": str(met[0].pk)})
    assert answer.status_code == 422
    with in_workspace(cast.xishan.pk):
        assert not Clash.objects.exists()


def test_decided_ones_are_precedents_and_follow_a_merge(cast: Cast, met: list[Any]):
    first = report(cast, met)
    admin = client_for(cast.admin)
    sent = {"owner": str(cast.stranger.pk), f"share-{cast.stranger.pk}": "100"}
    assert admin.post(f"/clashes/{first.pk}/", sent).status_code == 302
    with in_workspace(cast.xishan.pk), transaction.atomic():
        merge_records(COMPANY, met[1].pk, [met[0].pk], by=actor(cast.admin))
        assert [one.record_id for one in ClashRecord.objects.all()] == [met[1].pk]
        other = [
            create_record(object="company", values={"name": "Marlin Foods"}, by=actor(member))
            for member in (cast.rep, cast.stranger)
        ]
        for one, member in zip(other, (cast.rep, cast.stranger), strict=True):
            log_activity(kind="call", about=[("company", one.pk)], by=actor(member), subject="x")
        log_activity(kind="call", about=[("company", other[1].pk)], by=actor(cast.stranger), subject="y")
    drain_events()
    both = {"object": "company", "id": [str(one.pk) for one in other]}
    place = admin.post("/clashes/new/", both)["Location"]
    page = admin.get(place).content.decode()
    assert f'href="/clashes/{first.pk}/"' in page


def test_a_second_clash_between_the_same_people_shows_how_the_first_ended(cast: Cast, met: list[Any]):
    """Also where each was ahead by something else: how were these two told apart before?"""
    first, admin = report(cast, met), client_for(cast.admin)
    sent = {"owner": str(cast.stranger.pk), "note": "the visits", f"share-{cast.stranger.pk}": "100"}
    assert admin.post(f"/clashes/{first.pk}/", sent).status_code == 302
    with in_workspace(cast.xishan.pk), transaction.atomic():
        other, third = (
            [create_record(object="company", values={"name": name}, by=actor(one)) for one in pair]
            for name, pair in (
                ("Marlin Foods", (cast.rep, cast.stranger)),
                ("Tidewell", (cast.rep, cast.below)),
            )
        )
    drain_events()

    def reported(rows: list[Any]) -> str:
        both = {"object": "company", "id": [str(one.pk) for one in rows]}
        return str(admin.post("/clashes/new/", both)["Location"])

    place = reported(other)
    page = admin.get(place).content.decode()
    part = page.split(f'href="/clashes/{first.pk}/"')[1].split("</li>")[0]
    assert "the visits" in part
    assert cast.stranger.user.name in part
    program = Program(cast.admin, ["*:read"])
    told = program("GET", f"/clashes/{place.strip('/').split('/')[-1]}").json()["precedents"]
    assert told["between"] == [{"id": str(first.pk), "owner": str(cast.stranger.pk)}]
    for who in (cast.rep, cast.stranger):
        assert f"/clashes/{first.pk}/" not in client_for(who).get(place).content.decode(), (
            "not yet told who it is"
        )
    assert f"/clashes/{first.pk}/" not in admin.get(reported(third)).content.decode()


def test_only_administrators_change_the_policy(cast: Cast):
    sent = {"order-0": "first", "order-1": "active", "order-2": "deal", "days": "30", "share": "20"}
    assert client_for(cast.rep).post("/clashes/policy/", sent).status_code == 403
    admin = client_for(cast.admin)
    assert admin.post("/clashes/policy/", {**sent, "share": "80"}).status_code == 422
    assert admin.post("/clashes/policy/", {**sent, "order-0": "deal"}).status_code == 422
    assert admin.post("/clashes/policy/", sent).status_code == 302
    assert client_for(cast.rep).get("/clashes/policy/").status_code == 200
