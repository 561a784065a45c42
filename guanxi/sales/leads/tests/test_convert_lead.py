"""A lead becomes company, contact and deal in one step, once, and the way back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from guanxi.collaboration.activities.actions import log_activity
from guanxi.collaboration.attachments.actions import attach_file
from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.models import Tag
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Deal
from guanxi.sales.deals.tests.test_move_deal import pipeline
from guanxi.sales.leads.actions import convert_lead, disqualify_lead, reopen_lead, unconvert_lead
from guanxi.sales.leads.models import Lead
from guanxi.sales.leads.objects import LEAD
from tests.cast import Cast, actor, client_for, make_cast

pytestmark = pytest.mark.django_db


def a_lead(by: Actor, **more: Any) -> Lead:
    values = {
        "name": "\u6c88\u8bfa",
        "company_name": "\u6f84\u7a7a\u73af\u4fdd\u79d1\u6280\u6709\u9650\u516c\u53f8",
        "phones": "138 0000 4426",
        "interest": "WQ-200 \u00d7 4",
        "amount": "268,000",
        "source": "Fair",
    }
    made: Lead = create_record(object="lead", values=values | more, by=by)
    return made


def test_a_lead_becomes_company_contact_and_deal_with_its_history(cast: Cast, settings: Any, tmp_path: Path):
    settings.DATA_DIR = tmp_path
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        pipeline(actor(cast.admin))
        tag = Tag(name="VIP")
        tag.save()
        lead = a_lead(rep, tags=[tag.pk])
        assert lead.status == "assigned"
        call = log_activity(kind="call", about=[("lead", lead.pk)], by=rep, body="Wants four of them.")
        upload = SimpleUploadedFile("\u9700\u6c42.txt", b"four of them")
        paper = attach_file(LEAD, lead.pk, upload, name=upload.name or "", by=rep)
        drain_events()
        assert Lead.objects.get().status == "contacted"
        done = convert_lead(lead, by=rep)
        company, contact, deal = Company.objects.get(), Contact.objects.get(), Deal.objects.get()
        assert (done.status, done.company_id, done.contact_id, done.deal_id) == (
            "converted", company.pk, contact.pk, deal.pk,
        )  # fmt: skip
        assert (contact.company_id, contact.phones[0]["number"]) == (company.pk, "+8613800004426")
        assert (deal.name, deal.amount, deal.company_id, deal.contact_id) == (
            "WQ-200 \u00d7 4", 268000, company.pk, contact.pk,
        )  # fmt: skip
        assert {one.owner_id for one in (company, contact, deal)} == {cast.rep.pk}
        assert company.tags == contact.tags == deal.tags == [tag.pk]
        assert contact.source == "Fair"
        drain_events()
        for name, pk in (("contact", contact.pk), ("company", company.pk), ("deal", deal.pk)):
            told = TimelineEntry.objects.filter(object=name, record_id=pk)
            assert told.filter(source_id=call.pk).exists(), name
            assert told.filter(about="lead", verb="converted").exists(), name
        paper.refresh_from_db()
        assert (paper.object, paper.record_id) == ("contact", contact.pk)
        assert TimelineEntry.objects.filter(object="contact", record_id=contact.pk, kind="file").exists()
        contact.refresh_from_db()
        assert contact.last_touch_at is not None
        fact = facts_of("lead", lead.pk).last()
        assert fact is not None
        assert fact.name == "lead.converted"


def test_what_is_here_already_is_chosen_or_insisted_on(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        pipeline(actor(cast.admin))
        lead = a_lead(rep)
        here = create_record(object="company", values={"name": lead.company_name}, by=rep)
        with pytest.raises(InvalidValues, match=lead.company_name):
            convert_lead(lead, by=rep)
        assert not Contact.objects.exists()
        done = convert_lead(lead, by=rep, company=str(here.pk), deal="none")
        assert (done.company_id, done.deal_id) == (here.pk, None)
        assert Company.objects.count() == 1
        again = a_lead(rep, phones="139 0000 1111", name="\u9648\u745c")
        convert_lead(again, by=rep, company="new", deal="none")
        assert Company.objects.count() == 2


def test_nobody_converts_twice_nor_whom_nobody_can_reach(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        pipeline(actor(cast.admin))
        unreachable = a_lead(rep, phones="")
        with pytest.raises(InvalidValues, match="reached"):
            convert_lead(unreachable, by=rep)
        lead = a_lead(rep)
        with pytest.raises(InvalidValues, match="Convert"):
            change_record(lead, {"status": "converted"}, by=rep)
        convert_lead(lead, by=rep)
        with pytest.raises(InvalidValues, match="already"):
            convert_lead(lead, by=rep)
        with pytest.raises(InvalidValues, match="back first"):
            change_record(lead, {"status": "qualified"}, by=rep)
        with pytest.raises(InvalidValues, match="already"):
            disqualify_lead(lead, by=rep, reason="need")
        with pytest.raises(NotFound):
            convert_lead(lead, by=actor(cast.stranger))
        with pytest.raises(Refused):
            convert_lead(lead, by=actor(cast.observer))


def test_a_conversion_is_taken_back_whole(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        pipeline(actor(cast.admin))
        lead = a_lead(rep)
        call = log_activity(kind="call", about=[("lead", lead.pk)], by=rep, body="Wants four of them.")
        drain_events()
        convert_lead(lead, by=rep)
        back = unconvert_lead(lead, by=rep)
        assert (back.status, back.company_id, back.contact_id, back.deal_id) == (
            "contacted",
            None,
            None,
            None,
        )
        assert back.conversion_id is None
        assert all(
            one.archived_at for one in (Company.objects.get(), Contact.objects.get(), Deal.objects.get())
        )
        call.refresh_from_db()
        assert call.about == [["lead", lead.pk]]
        again = convert_lead(lead, by=rep)
        assert again.status == "converted"
        assert Company.objects.filter(archived_at=None).count() == 1


def test_disqualified_with_a_reason_and_taken_up_again(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        lead = a_lead(rep)
        with pytest.raises(InvalidValues, match="why"):
            disqualify_lead(lead, by=rep)
        gone = disqualify_lead(lead, by=rep, reason="need", reason_note="Closed their lab.")
        assert (gone.status, gone.reason) == ("disqualified", "need")
        assert facts_of("lead", lead.pk).last().name == "lead.disqualified"  # type: ignore[union-attr]
        back = reopen_lead(lead, by=rep)
        assert (back.status, back.reason, back.reason_note) == ("assigned", None, None)


def test_the_page_proposes_what_is_here_and_converts(cast: Cast):
    browser, rep = client_for(cast.rep), actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        pipeline(actor(cast.admin))
        lead = a_lead(rep)
        here = create_record(object="company", values={"name": lead.company_name}, by=rep)
    address = f"/leads/{lead.pk}/conversion/"
    page = browser.get(address).content.decode()
    assert f'value="{here.pk}" checked' in page
    assert client_for(cast.stranger).get(address).status_code == 404
    assert client_for(cast.outsider).get(address).status_code == 404
    sent = {"company": str(here.pk), "contact": "new", "deal": "new", "interest": "Sensors", "amount": "9000"}
    answer = browser.post(address, sent)
    with in_workspace(cast.xishan.pk):
        deal = Deal.objects.get()
        assert answer.headers["Location"] == f"/deals/{deal.pk}/"
        assert (deal.name, deal.company_id) == ("Sensors", here.pk)
    assert browser.post(address, sent).status_code == 422
    record = browser.get(f"/leads/{lead.pk}/").content.decode()
    assert f"/leads/{lead.pk}/do/unconversion/" in record
    assert browser.post(f"/leads/{lead.pk}/do/unconversion/").status_code == 302
    with in_workspace(cast.xishan.pk):
        assert Lead.objects.get().status == "assigned"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_two_who_convert_at_once_make_one_customer():
    cast = make_cast()
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        pipeline(actor(cast.admin))
        lead = a_lead(rep)
    said: list[str] = []
    gate = threading.Barrier(4)

    def convert() -> None:
        try:
            gate.wait()
            with in_workspace(cast.xishan.pk), transaction.atomic():
                convert_lead(lead, by=rep)
            said.append("done")
        except InvalidValues:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=convert) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(said) == ["done", "refused", "refused", "refused"]
    with in_workspace(cast.xishan.pk), transaction.atomic():
        assert (Company.objects.count(), Contact.objects.count(), Deal.objects.count()) == (1, 1, 1)
