from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of, state_fact
from guanxi.platform.events.models import Fact
from guanxi.platform.i18n.dates import format_relative, told_from
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.batches.running import change_chosen
from guanxi.platform.records.past import as_of
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.trash.actions import delete_record
from guanxi.platform.records.writing import archive_record, change_record, create_record, told
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db

COMPANY = registry.get("company")


def test_the_page_tells_who_did_what_to_records_that_its_reader_may_see(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        change_record(shop.company, {"industry": "steel"}, by=actor(shop.cast.rep))
        change_record(shop.far, {"industry": "pharma"}, by=actor(shop.cast.stranger))
    page = client_for(shop.cast.rep).get("/changes/").content.decode()
    assert "steel" in page
    assert "pharma" not in page
    assert "北辰制药" not in page
    everything = client_for(shop.cast.admin)
    assert "pharma" in everything.get("/changes/").content.decode()
    theirs = everything.get(f"/changes/?who={shop.cast.stranger.pk}").content.decode()
    assert "pharma" in theirs
    assert "steel" not in theirs
    deals = everything.get("/changes/?object=deal&day=2199-01-01&before=x").content.decode()
    assert "WQ-200" in deals
    assert "pharma" not in deals
    assert "pharma" not in everything.get("/changes/?day=2020-01-01").content.decode()
    assert "steel" not in client_for(shop.cast.outsider).get("/changes/").content.decode()


def test_changes_are_told_by_whence_they_came(shop: Shop):
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        change_record(shop.company, {"industry": "steel"}, by=rep)
        change_record(shop.company, {"industry": "glass"}, by=replace(rep, kind="import"))
        change_record(shop.company, {"industry": "paper"}, by=system_actor(shop.cast.xishan.pk, "Rule"))
    browser = client_for(shop.cast.rep)
    for whence, now in (("member", "steel"), ("import", "glass"), ("system", "paper")):
        page = browser.get(f"/changes/?from={whence}").content.decode()
        assert f"<ins>{now}</ins>" in page
        assert page.count("<ins>") == 1, whence
        assert f'value="{whence}" selected' in page
    assert "<ins>" not in browser.get("/changes/?from=token").content.decode()
    assert browser.get("/changes/?from=x").content.decode().count("<ins>") == 3


def test_one_field_of_a_change_is_taken_back_alone(shop: Shop):
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        changed = change_record(shop.company, {"industry": "steel", "employees": 9}, by=rep)
    browser, fact = client_for(shop.cast.rep), changed.last_fact_id
    page = browser.get(f"/companies/{shop.company.pk}/changes/").content.decode()
    assert 'name="field" value="employees"' in page
    assert browser.post(f"/undo/{fact}/", {"field": "employees"}).status_code == 302
    with in_workspace(shop.cast.xishan.pk):
        shop.company.refresh_from_db()
        assert (shop.company.industry, shop.company.employees) == ("steel", None)
        change_record(shop.company, {"industry": "glass"}, by=rep)
    late = browser.post(f"/undo/{fact}/", {"field": "industry"}, headers={"HX-Request": "true"})
    assert late.status_code == 409
    assert client_for(shop.cast.stranger).post(f"/undo/{fact}/", {"field": "industry"}).status_code == 404
    assert browser.post(f"/undo/{fact}/", {"field": "name"}).status_code == 403


def test_only_what_still_stands_is_offered_to_be_taken_back(shop: Shop):
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        both = change_record(shop.company, {"industry": "steel", "employees": 9}, by=rep).last_fact_id
        alone = change_record(shop.company, {"industry": "glass"}, by=rep).last_fact_id
    browser = client_for(shop.cast.rep)
    pages = ("/changes/", f"/companies/{shop.company.pk}/changes/")

    def offered(fact: int) -> list[tuple[int, int]]:
        """For each page the buttons for all of a fact, and for one of its fields."""
        found = []
        for page in pages:
            told = browser.get(page).content.decode().partition(f'id="fact-{fact}"')[2].partition("</li>")[0]
            found.append((told.count("撤销这一步"), told.count('name="field"')))
        return found

    assert offered(both) == [(0, 1), (0, 1)]  # the industry was written again since
    assert offered(alone) == [(1, 0), (1, 0)]
    browser.post(f"/undo/{alone}/")
    assert offered(alone) == [(0, 0), (0, 0)]
    assert offered(both) == [(1, 2), (1, 2)]
    browser.post(f"/undo/{both}/", {"field": "employees"})
    assert offered(both) == [(1, 1), (1, 1)]
    with in_workspace(shop.cast.xishan.pk):
        gone = archive_record(shop.company.__class__.objects.get(pk=shop.company.pk), by=rep).last_fact_id
    browser = client_for(shop.cast.admin)
    assert offered(gone) == [(1, 0), (1, 0)]
    browser.post(f"/undo/{gone}/")
    assert offered(gone) == [(0, 0), (0, 0)]
    with in_workspace(shop.cast.xishan.pk):
        again = archive_record(shop.company.__class__.objects.get(pk=shop.company.pk), by=rep).last_fact_id
    assert offered(again) == [(1, 0), (1, 0)]
    assert offered(gone) == [(0, 0), (0, 0)]  # that was another archiving
    browser = client_for(shop.cast.observer)
    assert offered(both) == [(0, 0), (0, 0)]


def test_every_one_of_many_values_is_told(shop: Shop):
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        tags = [add_tag(name=name, by=rep).pk for name in ("Key", "Old")]
        emails = [{"email": "a@qh.example"}, {"email": "b@qh.example"}]
        change_record(shop.company, {"emails": emails, "tags": [str(one) for one in tags]}, by=rep)
    page = client_for(shop.cast.rep).get(f"/companies/{shop.company.pk}/changes/").content.decode()
    assert "<ins>a@qh.example、b@qh.example</ins>" in page
    assert "<ins>Key、Old</ins>" in page


def test_a_change_of_many_leads_to_its_batch(shop: Shop):
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        asked = {"values": {"industry": "steel"}}
        batch = change_chosen(COMPANY, [shop.company.pk], kind="change", values=asked, by=rep)
    browser, address = client_for(shop.cast.rep), f"/changes/batches/{batch.pk}/"
    assert address in browser.get("/changes/").content.decode()
    assert address in browser.get(f"/companies/{shop.company.pk}/changes/").content.decode()
    assert address not in client_for(shop.cast.stranger).get("/changes/").content.decode()


def test_a_record_is_opened_as_it_was(shop: Shop):
    rep = actor(shop.cast.rep)
    with in_workspace(shop.cast.xishan.pk):
        before = told(COMPANY, shop.company)
        moment = datetime.now(UTC)
        changed = change_record(shop.company, {"name": "禾木", "tags": [], "phones": ""}, by=rep)
        archived = archive_record(changed, by=rep)
        past = as_of(COMPANY, archived, moment)
        assert told(COMPANY, past.record) == before
        assert (past.existed, past.archived, past.later) == (True, False, 2)
        assert not as_of(COMPANY, archived, moment - timedelta(days=9)).existed
    browser = client_for(shop.cast.rep)
    address = f"/companies/{shop.company.pk}/"
    then = browser.get(address, {"as_of": moment.isoformat()}).content.decode()
    assert "0571" in then
    assert "data-edit" not in then
    assert "2000" in browser.get(address, {"as_of": "2000-01-01T00:00"}).content.decode()
    assert client_for(shop.cast.stranger).get(address, {"as_of": moment.isoformat()}).status_code == 404
    assert client_for(shop.cast.outsider).get(address, {"as_of": moment.isoformat()}).status_code == 404


def test_as_of_a_day_is_as_of_its_end(shop: Shop):
    """As in the lists of the past, which lead here: what was done during the day had been done by its end."""
    zone = ZoneInfo(actor(shop.cast.rep).timezone)
    noon = datetime.now(zone).replace(hour=12) - timedelta(days=3)
    with in_workspace(shop.cast.xishan.pk):
        Fact.objects.filter(object="company", record_id=shop.company.pk).update(at=noon)
    browser, address = client_for(shop.cast.rep), f"/companies/{shop.company.pk}/"
    for day, existed in ((noon.date(), True), (noon.date() - timedelta(days=1), False)):
        said = browser.get(address, {"as_of": day.isoformat()}).content.decode()
        assert f"{day.year}年{day.month}月{day.day}日 23:59" in said
        assert ("还没有这条记录" not in said) is existed


def test_what_is_no_day_of_the_past_shows_no_record_of_today(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        change_record(shop.company, {"industry": "zqxsteel"}, by=actor(shop.cast.rep))
    browser, address = client_for(shop.cast.rep), f"/companies/{shop.company.pk}/"
    today = timezone.localdate(timezone=ZoneInfo(actor(shop.cast.rep).timezone))
    for wrong in ("kaputt", "2026-99-99", "2026-02-31T10:00", "0001-01-01T00:00", "9999-12-31T23:59Z"):
        said = browser.get(address, {"as_of": wrong})
        assert said.status_code == 422, wrong
        assert f"“{wrong}”不是日期" in said.content.decode(), wrong
        assert "zqxsteel" not in said.content.decode(), wrong
    for day in (today + timedelta(days=1), date(9999, 12, 30)):
        said = browser.get(address, {"as_of": day.isoformat()})
        assert said.status_code == 422
        assert f"{day.year}年{day.month}月{day.day}日还没有到" in said.content.decode()
        assert "zqxsteel" not in said.content.decode()
    for asked in (today.isoformat(), f"{today.isoformat()}T23:59", datetime.now(UTC).isoformat()):
        now = browser.get(address, {"as_of": asked})
        assert now.status_code == 200
        assert "zqxsteel" in now.content.decode()
        assert f"{today.year}年{today.month}月{today.day}日" in now.content.decode(), "with its year"
        assert "23:59" not in now.content.decode(), "nobody knows yet how it will be then"
    for member in (shop.cast.stranger, shop.cast.outsider):
        for asked in ("kaputt", "2999-01-01", today.isoformat()):
            assert client_for(member).get(address, {"as_of": asked}).status_code == 404


def test_what_was_is_told_from_its_day(shop: Shop):
    """What was due the day after was not late then; a record that was not there says since when it is."""
    day = datetime.now(ZoneInfo(actor(shop.cast.rep).timezone)) - timedelta(days=40)
    made, touched = day - timedelta(days=5), day - timedelta(days=3)
    with in_workspace(shop.cast.xishan.pk):
        Fact.objects.filter(object="company", record_id=shop.company.pk).update(at=made)
        COMPANY.rows().filter(pk=shop.company.pk).update(
            last_touch_at=touched, next_step_on=(day + timedelta(days=1)).date(), next_step="call"
        )
        shop.company.refresh_from_db()
        assert as_of(COMPANY, shop.company, day).record.last_touch_at == touched
        assert as_of(COMPANY, shop.company, touched - timedelta(hours=1)).record.last_touch_at is None
        with told_from(day):
            assert format_relative(touched) == "3 days ago"
        assert format_relative(touched) == "43 days ago"
    address, browser = f"/companies/{shop.company.pk}/", client_for(shop.cast.rep)
    assert "逾期 39 天" in browser.get(address).content.decode()
    then = browser.get(address, {"as_of": day.isoformat()}).content.decode()
    assert "逾期" not in then
    assert "明天" in then
    before = browser.get(address, {"as_of": (day - timedelta(days=9)).isoformat()}).content.decode()
    assert "未命名" not in before
    assert "还没有这条记录" in before
    assert f"它从 {made.year}年{made.month}月{made.day}日 {made:%H:%M} 起存在" in before


def test_what_is_in_the_trash_is_not_told_of(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        delete_record(shop.company, by=actor(shop.cast.admin))
        assert facts_of("company", shop.company.pk).latest("id").verb == "deleted"
    assert "禾木食品" not in client_for(shop.cast.admin).get("/changes/?object=company").content.decode()


def test_what_is_computed_is_told_and_follows_what_is_taken_back(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        settings = {"of": "contact", "link": "company", "do": "count"}
        add_field(object="company", type="roll_up", label="People", settings=settings, by=admin)
        run_pending_jobs()
        drain_events()
        values = {"name": "Anna", "company": shop.company.pk}
        create_record(object="contact", values=values, by=actor(cast.rep))
        drain_events()
        run_pending_jobs()
        drain_events()
        fact = facts_of("company", shop.company.pk).last()
    assert fact is not None
    assert fact.data.get("computed")
    assert fact.actor_name == "Guanxi"
    page = client_for(cast.admin).get(f"/companies/{shop.company.pk}/changes/").content.decode()
    assert "People" in page
    assert f"/undo/{fact.pk}/" not in page


def test_what_the_product_keeps_itself_is_not_offered_to_be_taken_back(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        company, by = shop.company, system_actor(shop.cast.xishan.pk, "Score")
        name = next(one.name for one in COMPANY.fields if one.readonly and one.type == "integer")
        kept = state_fact("company", "changed", company.pk, by=by, title="A", changes={name: [3, 30]})
        typed = change_record(company, {"industry": "steel"}, by=actor(shop.cast.rep))
        last = facts_of("company", typed.pk).last()
    assert last is not None
    page = client_for(shop.cast.admin).get("/changes/").content.decode()
    assert f"/undo/{last.pk}/" in page
    assert f"/undo/{kept.pk}/" not in page
