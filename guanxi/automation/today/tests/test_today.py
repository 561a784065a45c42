"""Today: each rule finds what it is for, says why, and is kept to the rows in reach."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from guanxi.automation.today.actions import postpone_row
from guanxi.automation.today.stream import stream
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.records.access import NotFound
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def day(offset: int) -> date:
    return timezone.localdate() + timedelta(days=offset)


def moment(**offset: int) -> datetime:
    return timezone.now() + timedelta(**offset)


def make(by: Actor, object: str, /, **values: Any) -> Any:
    return create_record(object=object, values=values, by=by)


@pytest.fixture
def firm(cast: Cast) -> Cast:
    """One record for each rule, all of the rep's."""
    rep, admin = actor(cast.rep), actor(cast.admin)
    with in_workspace(cast.xishan.pk), timezone.override("Asia/Shanghai"):
        line = make(admin, "pipeline", name="P")
        stage = make(admin, "stage", name="S", pipeline=line.pk, probability=50)
        make(admin, "stage", name="Won", pipeline=line.pk, probability=100, kind="won")
        late = make(rep, "contact", name="Late Step", next_step="send the offer", next_step_on=day(-2))
        make(rep, "contact", name="Future Step", next_step="wait", next_step_on=day(2))
        make(
            rep,
            "deal",
            name="Stale deal",
            contact=late.pk,
            stage=stage.pk,
            amount=1000,
            expected_close=day(-9),
        )
        bare = make(rep, "deal", name="Bare deal", stage=stage.pk, amount=500)
        bare.created_at = moment(days=-9)
        bare.save()
        promised = make(rep, "contact", name="Promised One")
        make(
            rep,
            "activity",
            subject="call back",
            kind="todo",
            due_at=moment(hours=-1),
            about=[["contact", promised.pk]],
        )
        quiet = make(rep, "contact", name="Quiet One")
        quiet.last_touch_at, quiet.rhythm_days = moment(days=-34), 9
        quiet.save()
        fine = make(rep, "contact", name="Fine One")
        fine.last_touch_at, fine.rhythm_days = moment(days=-3), 9
        fine.save()
    return cast


def rows(cast: Cast, by: Actor, **more: Any) -> dict[str, str]:
    with in_workspace(cast.xishan.pk), timezone.override("Asia/Shanghai"):
        return {entry.whom.title: entry.signal.rule for entry in stream(by=by, **more)}


def test_each_rule_finds_its_own(firm: Cast):
    assert rows(firm, actor(firm.rep)) == {
        "Promised One": "promise",
        "Late Step": "next_step",
        "Quiet One": "quiet",
        "Bare deal": "without_step",
    }


def test_one_row_for_a_person_with_all_the_reasons(firm: Cast):
    with in_workspace(firm.xishan.pk), timezone.override("Asia/Shanghai"):
        entry = next(one for one in stream(by=actor(firm.rep)) if one.whom.title == "Late Step")
        assert [signal.rule for signal in entry.others] == ["past_closing"]
        assert "send the offer" in entry.signal.why


def test_mine_team_and_strangers(firm: Cast):
    assert rows(firm, actor(firm.manager)) == {}
    assert len(rows(firm, actor(firm.manager), mine=False)) == 4
    assert rows(firm, actor(firm.stranger), mine=False) == {}
    outsider = actor(firm.outsider)
    with in_workspace(firm.marlin.pk):
        assert stream(by=outsider, mine=False) == []


def test_who_has_nobody_waiting_is_led_to_the_team(firm: Cast):
    page = client_for(firm.manager).get("/today/").content.decode()
    assert 'href="/today/?scope=team"><svg' in page.replace("\n", "")
    assert "团队里有 4 个人值得联系" in page
    assert "上月 ¥0" not in page
    mine = client_for(firm.rep).get("/today/").content.decode()
    assert "团队里有" not in mine
    assert "团队里有" not in client_for(firm.stranger).get("/today/").content.decode()


def test_the_page_done_and_undo(firm: Cast):
    browser = client_for(firm.rep)
    page = browser.get("/today/").text
    for name in ("Promised One", "Late Step", "Quiet One", "Bare deal"):
        assert name in page
    with in_workspace(firm.xishan.pk), timezone.override("Asia/Shanghai"):
        entries = {entry.whom.title: entry.signal for entry in stream(by=actor(firm.rep))}
    late, quiet = entries["Late Step"], entries["Quiet One"]
    assert browser.get(f"/today/{late.rule}/{late.object}/{late.record_id}/more/").status_code == 200
    done = browser.post(
        f"/today/{late.rule}/{late.object}/{late.record_id}/done/", headers={"HX-Request": "true"}
    )
    assert done.status_code == 200
    assert "/undo/" in done["HX-Trigger"]
    assert rows(firm, actor(firm.rep))["Late Step"] == "past_closing"
    browser.post(f"/today/{quiet.rule}/{quiet.object}/{quiet.record_id}/done/")
    assert "Quiet One" not in rows(firm, actor(firm.rep))
    browser.post(f"/today/{quiet.rule}/{quiet.object}/{quiet.record_id}/wake/")
    assert "Quiet One" in rows(firm, actor(firm.rep))
    assert browser.get("/today/why/").status_code == 200


def test_later(firm: Cast):
    rep = actor(firm.rep)
    with in_workspace(firm.xishan.pk), timezone.override("Asia/Shanghai"):
        quiet = next(one.signal for one in stream(by=rep) if one.whom.title == "Quiet One")
        row: dict[str, Any] = {"rule": quiet.rule, "object": quiet.object, "record_id": quiet.record_id}
        back = postpone_row(**row, until="tomorrow", by=rep)
        assert timezone.localtime(back).hour == 9
        assert "Quiet One" not in {one.whom.title for one in stream(by=rep)}
        with pytest.raises(FieldError):
            postpone_row(**row, until="gibberish", by=rep)
        with pytest.raises(NotFound):
            postpone_row(**row, until="tomorrow", by=actor(firm.stranger))


def test_strangers_at_every_door(firm: Cast):
    with in_workspace(firm.xishan.pk), timezone.override("Asia/Shanghai"):
        one = stream(by=actor(firm.rep))[0].signal
    path = f"/today/{one.rule}/{one.object}/{one.record_id}"
    for member in (firm.stranger, firm.outsider):
        browser = client_for(member)
        assert browser.get(f"{path}/more/").status_code == 404
        assert browser.post(f"{path}/done/").status_code == 404
        assert browser.post(f"{path}/later/").status_code == 404
    assert client_for(firm.rep).get(f"/today/nonsense/{one.object}/{one.record_id}/more/").status_code == 404
