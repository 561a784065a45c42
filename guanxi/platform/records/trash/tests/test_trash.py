from __future__ import annotations

from datetime import timedelta

import pytest

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import NotFound, Refused, find_record
from guanxi.platform.records.batches.running import change_chosen, undo_batch
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, count_records, list_records
from guanxi.platform.records.models import Trashed, Value
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.titles import titles_of
from guanxi.platform.records.trash.actions import (
    delete_record,
    empty_one,
    empty_trash,
    restore_deleted,
    trash_of,
)
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import archive_record, change_record, create_record, told
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db

COMPANY, CONTACT, DEAL = (registry.get(name) for name in ("company", "contact", "deal"))


def test_a_deleted_record_is_seen_by_no_door_and_comes_back_as_it_was(shop: Shop):
    manager, browser = actor(shop.cast.manager), client_for(shop.cast.manager)
    address = f"/companies/{shop.company.pk}/"
    with in_workspace(shop.cast.xishan.pk):
        before = told(COMPANY, shop.company)
        delete_record(shop.company, by=manager)
        drain_events()
        key = ("company", shop.company.pk)
        assert titles_of([key], by=manager) == {}
        archive = ListQuery(obj=COMPANY, columns=("name",), archived=True)
        assert list_records(archive, by=manager).rows == []
        assert count_records(archive, by=manager) == 0
        with pytest.raises(NotFound):
            change_record(shop.company, {"industry": "steel"}, by=manager)
        tried = change_chosen(COMPANY, [shop.company.pk], kind="restore", values={}, by=manager)
        assert (tried.done, tried.refused) == (0, 1)
    for path in (address, f"{address}peek/", f"{address}changes/", f"/api/v1/companies/{shop.company.pk}"):
        assert browser.get(path).status_code == 404, path
    for path in (
        "/companies/",
        "/companies/?archived=1",
        f"/contacts/{shop.contact.pk}/",
        "/deals/",
        "/search/?q=禾木",
    ):
        assert "禾木食品" not in browser.get(path).content.decode(), path
    with in_workspace(shop.cast.xishan.pk):
        restore_deleted(COMPANY, shop.company.pk, by=manager)
        drain_events()
        assert told(COMPANY, find_record(COMPANY, shop.company.pk, by=manager)) == before
    assert "禾木食品" in browser.get(f"/contacts/{shop.contact.pk}/").content.decode()
    assert "禾木食品" in browser.get("/companies/").content.decode()


def test_what_was_archived_before_goes_back_into_the_archive(shop: Shop):
    manager = actor(shop.cast.manager)
    with in_workspace(shop.cast.xishan.pk):
        archive_record(shop.deal, by=manager)
        delete_record(shop.deal, by=manager)
        fact = facts_of("deal", shop.deal.pk).latest("id")
        assert fact.verb == "deleted"
        assert undo_fact(fact.pk, by=manager).archived_at is not None
        assert not Trashed.objects.exists()


def test_deleting_is_a_right_of_its_own(shop: Shop):
    with in_workspace(shop.cast.xishan.pk):
        for who in (shop.cast.rep, shop.cast.observer):
            with pytest.raises(Refused):
                delete_record(shop.company, by=actor(who))
        delete_record(shop.company, by=actor(shop.cast.admin))
        assert trash_of(by=actor(shop.cast.stranger)) == []
        assert [one.title for one in trash_of(by=actor(shop.cast.rep))] == ["禾木食品"]
        with pytest.raises(Refused):
            restore_deleted(COMPANY, shop.company.pk, by=actor(shop.cast.rep))
        with pytest.raises(Refused):
            empty_one(COMPANY, shop.company.pk, by=actor(shop.cast.manager))
    with in_workspace(shop.cast.marlin.pk):
        outsider = actor(shop.cast.outsider)
        assert trash_of(by=outsider) == []
        with pytest.raises(NotFound):
            restore_deleted(COMPANY, shop.company.pk, by=outsider)
    for who, code in ((shop.cast.rep, 403), (shop.cast.stranger, 403), (shop.cast.outsider, 404)):
        browser = client_for(who)
        assert browser.get(f"/companies/{shop.far.pk}/delete/").status_code in (code, 404)
        assert browser.post(f"/trash/companies/{shop.company.pk}/restore/").status_code in (code, 404)
        assert browser.post("/trash/", {"empty": "1", "sure": "1"}).status_code in (403, 302)
    with in_workspace(shop.cast.xishan.pk):
        assert Trashed.objects.count() == 1


def test_an_emptied_record_leaves_nothing_but_its_history_and_empties_the_links_to_it(shop: Shop):
    admin = actor(shop.cast.admin)
    with in_workspace(shop.cast.xishan.pk):
        activity = create_record(
            object="activity",
            values={"subject": "Call", "about": [["company", shop.company.pk], ["deal", shop.deal.pk]]},
            by=admin,
        )
        delete_record(shop.company, by=admin)
        drain_events()
        assert empty_trash(by=admin) == 1
        drain_events()
        shop.contact.refresh_from_db()
        shop.deal.refresh_from_db()
        activity.refresh_from_db()
        assert (shop.contact.company_id, shop.deal.company_id) == (None, None)
        assert activity.about == [["deal", shop.deal.pk]]
        assert facts_of("contact", shop.contact.pk).latest("id").changes == {
            "company": [str(shop.company.pk), None]
        }
        assert not COMPANY.rows().filter(pk=shop.company.pk).exists()
        assert not Value.objects.filter(object="company", record_id=shop.company.pk).exists()
        assert facts_of("company", shop.company.pk).latest("id").verb == "emptied"
        by_phone = ListQuery(obj=COMPANY, columns=("name",), filter=parse_filter('phones = "0571-8820 4410"'))
        assert list_records(by_phone, by=admin).rows == []


def test_what_others_cannot_be_without_is_not_emptied(shop: Shop):
    admin = actor(shop.cast.admin)
    with in_workspace(shop.cast.xishan.pk):
        with pytest.raises(InvalidValues, match="Move it first"):
            delete_record(shop.stages[0], by=admin)
        archive_record(shop.deal, by=admin)
        delete_record(shop.stages[0], by=admin)
        assert empty_trash(by=admin) == 0
        shop.deal.refresh_from_db()
        assert shop.deal.stage_id == shop.stages[0].pk


def test_the_trash_is_emptied_after_thirty_days(shop: Shop):
    admin = actor(shop.cast.admin)
    with in_workspace(shop.cast.xishan.pk):
        delete_record(shop.far, by=admin)
        delete_record(shop.company, by=admin)
        old = Trashed.objects.get(record_id=shop.far.pk)
        Trashed.objects.filter(pk=old.pk).update(at=old.at - timedelta(days=31))
        assert empty_trash(by=admin, before=old.at - timedelta(days=30)) == 1
        assert [one.record_id for one in Trashed.objects.all()] == [shop.company.pk]


def test_the_page_says_what_goes_along_and_who_deleted_it(shop: Shop):
    browser = client_for(shop.cast.manager)
    asked = browser.get(f"/companies/{shop.company.pk}/delete/").content.decode()
    assert "\uff1a1</li>" in asked
    assert browser.post(f"/companies/{shop.company.pk}/delete/").status_code == 302
    assert f"/trash/companies/{shop.company.pk}/restore/" in browser.get("/companies/").content.decode()
    page = browser.get("/trash/").content.decode()
    assert "禾木食品" in page
    assert "周砚" in page
    assert 'name="empty"' not in page
    assert browser.post("/trash/", {"restore": f"company:{shop.company.pk}"}).status_code == 302
    assert browser.get(f"/companies/{shop.company.pk}/").status_code == 200


def test_many_are_deleted_and_brought_back_as_one(shop: Shop):
    manager = actor(shop.cast.manager)
    with in_workspace(shop.cast.xishan.pk):
        batch = change_chosen(COMPANY, [shop.company.pk, shop.far.pk], kind="delete", values={}, by=manager)
        assert (batch.done, batch.refused) == (1, 1)
        undo_batch(batch.pk, by=manager)
        assert find_record(COMPANY, shop.company.pk, by=manager).archived_at is None


def test_the_api_deletes_lists_and_restores(shop: Shop):
    browser = client_for(shop.cast.manager)
    address = f"/api/v1/companies/{shop.company.pk}"
    assert browser.post(f"{address}/deletion", "{}", content_type="application/json").status_code == 204
    [row] = browser.get("/api/v1/trash").json()["data"]
    assert row["id"] == str(shop.company.pk)
    assert client_for(shop.cast.stranger).get("/api/v1/trash").json()["data"] == []
    assert (
        client_for(shop.cast.rep)
        .post(f"{address}/restoration", "{}", content_type="application/json")
        .status_code
        == 403
    )
    assert browser.post(f"{address}/restoration", "{}", content_type="application/json").status_code == 200
    assert browser.get(address).status_code == 200
