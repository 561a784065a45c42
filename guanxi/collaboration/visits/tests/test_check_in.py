"""Checking in and out, through the pages and the API; and who stands before them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from guanxi.collaboration.activities.actions import plan_activity
from guanxi.collaboration.activities.models import Activity
from guanxi.collaboration.attachments.models import Attachment
from guanxi.collaboration.visits.actions import check_in, check_out, keep_place, set_policy
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

WEST_LAKE = "30.242500,120.148900"
NEARBY = "30.243400,120.148900"  # a hundred metres north of it
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture
def firm(cast: Cast):
    with in_workspace(cast.xishan.pk):
        return create_record(object="company", values={"name": "青禾水务"}, by=actor(cast.rep))


def planned(cast: Cast, firm, member=None) -> Activity:
    return plan_activity(
        kind="visit",
        subject="看安装位置",
        about=[("company", firm.pk)],
        starts_at=datetime.now(UTC) + timedelta(hours=1),
        owner=(member or cast.rep).pk,
        by=actor(cast.rep),
    )


def problems(caught) -> str:
    return " ".join(one.message for found in caught.value.errors.values() for one in found)


def test_a_visit_from_arrival_to_departure(cast, firm):
    with in_workspace(cast.xishan.pk):
        change_record(firm, {"position": "30.2425, 120.1489"}, by=actor(cast.rep))
        visit = planned(cast, firm)
    browser = client_for(cast.rep)
    shown = browser.get(f"/activities/{visit.pk}/").content.decode()
    assert f"/activities/{visit.pk}/arrival/" in shown
    asked = browser.get(f"/activities/{visit.pk}/arrival/")
    assert "data-position" in asked.content.decode()
    assert "geolocation=(self)" in asked["Permissions-Policy"]
    sent = {
        "position": NEARBY,
        "accuracy": "12",
        "files": SimpleUploadedFile("door.png", PNG, content_type="image/png"),
    }
    assert browser.post(f"/activities/{visit.pk}/arrival/", sent).status_code == 302
    with in_workspace(cast.xishan.pk):
        here = Activity.objects.get(pk=visit.pk)
        assert (here.position, here.accuracy, here.distance) == (NEARBY, 12, 100)
        assert here.checked_in_at is not None
        assert here.done_at is None
        assert Attachment.objects.get(record_id=visit.pk).name == "door.png"
        assert facts_of("activity", visit.pk).filter(verb="checked_in").count() == 1
    wrong = browser.post(f"/activities/{visit.pk}/departure/", {"next_step": "报价", "next_step_on": "zzz"})
    assert wrong.status_code == 422
    left = {"outcome": "good", "body": "取样管要改一段", "next_step": "出报价", "next_step_on": "下周三"}
    assert browser.post(f"/activities/{visit.pk}/departure/", left).status_code == 302
    with in_workspace(cast.xishan.pk):
        here = Activity.objects.get(pk=visit.pk)
        assert here.checked_out_at
        assert here.done_at
        assert here.minutes == 1
        assert (here.outcome, here.body) == ("good", "取样管要改一段")
        firm.refresh_from_db()
        assert firm.next_step == "出报价"
        assert firm.next_step_on is not None
    day = client_for(cast.manager).get("/visits/").content.decode()
    assert "林知遥" in day
    assert "看安装位置" in day
    assert f'<a href="/companies/{firm.pk}/">青禾水务</a>' in day
    assert "看安装位置" not in client_for(cast.stranger).get("/visits/").content.decode()
    assert "看安装位置" not in client_for(cast.outsider).get("/visits/").content.decode()


def test_nobody_checks_in_twice_or_for_others_or_elsewhere(cast, firm):
    with in_workspace(cast.xishan.pk):
        rep, visit, other = actor(cast.rep), planned(cast, firm), planned(cast, firm)
        with pytest.raises(Refused):
            check_in(visit, by=actor(cast.manager), position=NEARBY)
        with pytest.raises(NotFound):
            check_in(visit, by=actor(cast.stranger), position=NEARBY)
        with pytest.raises(InvalidValues):
            check_out(visit, by=rep)
        check_in(visit, by=rep, position=NEARBY, accuracy=20)
        with pytest.raises(InvalidValues) as caught:
            check_in(visit, by=rep, position=WEST_LAKE)
        assert "already" in problems(caught)
        with pytest.raises(InvalidValues) as caught:
            check_in(other, by=rep)
        assert "看安装位置" in problems(caught)
        with pytest.raises(Refused):
            check_out(visit, by=actor(cast.manager))
        for values in ({"position": WEST_LAKE}, {"checked_in_at": "2026-01-01"}, {"distance": 1}):
            with pytest.raises(InvalidValues):
                change_record(visit, values, by=rep)
        with pytest.raises(InvalidValues):
            change_record(visit, {"about": []}, by=rep)
        with pytest.raises(InvalidValues):
            change_record(visit, {"kind": "call"}, by=rep)
        done = check_out(visit, by=rep)
        with pytest.raises(InvalidValues):
            check_out(done, by=rep)
        with pytest.raises(InvalidValues):
            change_record(done, {"done_at": None}, by=rep)
        call = plan_activity(kind="call", subject="打电话", about=[("company", firm.pk)], by=rep)
        with pytest.raises(InvalidValues):
            check_in(call, by=rep)


def test_without_a_place_it_says_so_and_the_customer_takes_the_first_one(cast, firm):
    browser = client_for(cast.rep)
    url = f"/companies/{firm.pk}/arrival/"
    assert browser.get(url).status_code == 200
    first = browser.post(url, {"position": "", "accuracy": ""})
    assert first.status_code == 302
    assert (
        browser.post(url, {"position": NEARBY}).status_code == 302
    )  # the second press begins no second visit
    with in_workspace(cast.xishan.pk):
        visit = Activity.objects.get()
        assert visit.checked_in_at
        assert visit.position is None
        assert visit.distance is None
        assert visit.about == [["company", firm.pk]]
        with pytest.raises(InvalidValues):
            keep_place(visit, by=actor(cast.rep))
    assert f"/activities/{visit.pk}/place/" not in browser.get(first["Location"]).content.decode()
    with in_workspace(cast.xishan.pk):
        check_out(visit, by=actor(cast.rep))
        again = check_in(planned(cast, firm), by=actor(cast.rep), position=NEARBY)
    assert f"/activities/{again.pk}/place/" in browser.get(f"/activities/{again.pk}/").content.decode()
    assert browser.post(f"/activities/{again.pk}/place/").status_code == 302
    with in_workspace(cast.xishan.pk):
        firm.refresh_from_db()
        assert firm.position == NEARBY
    for member in (cast.stranger, cast.outsider):
        assert client_for(member).post(url, {"position": NEARBY}).status_code == 404
        assert client_for(member).post(f"/activities/{again.pk}/place/").status_code == 404


def test_the_photo_of_a_visit_is_seen_on_its_page(cast, firm):
    browser, picture = client_for(cast.rep), BytesIO()
    Image.new("RGB", (40, 30), "teal").save(picture, "PNG")
    photo = SimpleUploadedFile("gate.png", picture.getvalue())
    page = browser.post(f"/companies/{firm.pk}/arrival/", {"position": NEARBY, "files": photo})["Location"]
    with in_workspace(cast.xishan.pk):
        kept = Attachment.objects.get()
    shown = browser.get(page).content.decode()
    assert f'<img src="/files/{kept.pk}/preview/" alt="gate.png"' in shown
    for address in (f"/files/{kept.pk}/preview/", f"/files/{kept.pk}/look/"):
        assert f'"{address}"' in shown
        assert browser.get(address).status_code == 200
        assert client_for(cast.stranger).get(address).status_code == 404


def test_what_is_no_place_and_no_picture_is_refused_whole(cast, firm):
    browser = client_for(cast.rep)
    url = f"/companies/{firm.pk}/arrival/"
    browser.post(url, {"position": "91,0"})
    browser.post(url, {"position": NEARBY, "files": SimpleUploadedFile("photo.png", b"#!/bin/sh\necho")})
    with in_workspace(cast.xishan.pk):
        assert not Activity.objects.exists()
        assert not Attachment.objects.exists()
        visit = planned(cast, firm)
    api = f"/api/v1/activities/{visit.pk}/arrival"
    for wrong in ({"position": "north"}, {"position": [1, 2]}, {"accuracy": -1}, {"distance": 3}):
        assert browser.post(api, wrong, content_type="application/json").status_code == 422
    sent = browser.post(api, {"position": NEARBY, "accuracy": 8.0}, content_type="application/json")
    assert sent.status_code == 200
    assert sent.json()["position"] == NEARBY
    over = browser.post(
        f"/api/v1/activities/{visit.pk}/departure", {"outcome": "neutral"}, content_type="application/json"
    )
    assert over.json()["minutes"] == 1
    assert over.json()["checked_out_at"]


@pytest.mark.parametrize(
    "place", ["nan,0", "inf,0", "-inf,0", "90.1,0", "-91,0", "0,180.5", "1e3,0", "0x1,0", "1,2,3"]
)
def test_a_false_place_is_no_place(cast, firm, place):
    """What JavaScript calls a number, and what no globe has; the visit does not begin."""
    browser = client_for(cast.rep)
    browser.post(f"/companies/{firm.pk}/arrival/", {"position": place, "accuracy": "nan"})
    with in_workspace(cast.xishan.pk):
        visit = planned(cast, firm)
    api = f"/api/v1/activities/{visit.pk}/arrival"
    answer = browser.post(api, {"position": place}, content_type="application/json")
    with in_workspace(cast.xishan.pk):
        assert not Activity.objects.exclude(position=None).exists()
    assert answer.status_code == 422


def test_how_far_is_far_is_the_administrators_to_say(cast, firm):
    with in_workspace(cast.xishan.pk):
        with pytest.raises(Refused):
            set_policy(far=100, by=actor(cast.manager))
        with pytest.raises(InvalidValues):
            set_policy(far=5, by=actor(cast.admin))
        change_record(firm, {"position": "30.2525,120.1489"}, by=actor(cast.rep))
        check_in(visit := planned(cast, firm), by=actor(cast.rep), position=WEST_LAKE)
    browser, page = client_for(cast.rep), f"/activities/{visit.pk}/"
    assert 'data-icon="triangle-alert"' in browser.get(page).content.decode()
    assert browser.get("/visits/policy/").status_code == 403
    assert client_for(cast.admin).post("/visits/policy/", {"far": "5000"}).status_code == 302
    assert 'data-icon="triangle-alert"' not in browser.get(page).content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "\u0663"])
def test_a_day_beyond_all_calendars_is_today(cast, day):
    assert client_for(cast.rep).get("/visits/", {"day": day}).status_code == 200
