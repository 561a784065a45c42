"""A contract is signed: by the page, by the API and by a verb; and who may not, can't."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.records.measuring import measure_question
from guanxi.platform.records.questions import ask
from guanxi.platform.records.writing import archive_record, change_record
from guanxi.sales.contracts import actions as contracting
from guanxi.sales.contracts.tests.conftest import Draft
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def test_a_signed_contract_holds_and_counts(cast: Cast, draft: Draft):
    contract, today = draft(), timezone.localdate()
    here = f"/contracts/{contract.pk}/do/signature/"
    for who in (cast.stranger, cast.outsider):
        assert client_for(who).post(here, {"signer": "x"}).status_code == 404
    assert client_for(cast.observer).post(here).status_code == 403
    rep = client_for(cast.rep)
    assert here in rep.get(f"/contracts/{contract.pk}/").content.decode()
    yesterday = today - timedelta(days=1)
    assert rep.post(here, {"signer": "李建国", "signed_on": yesterday.isoformat()}).status_code == 302
    contract.refresh_from_db()
    assert (contract.status, contract.signer, contract.signed_on) == ("active", "李建国", yesterday)
    told = facts_of("contract", contract.pk).last()
    assert told is not None
    assert told.name == "contract.signed"
    assert ["company", contract.company_id] in told.about
    span: dict[str, Any] = {"first": today.replace(month=1, day=1), "last": today}
    assert ask(measure_question(metric("contract_amount"), by=actor(cast.rep), **span)) == (Decimal(120000),)
    # What both have signed is not written over.
    with pytest.raises(InvalidValues):
        change_record(contract, {"amount": "1"}, by=actor(cast.rep))
    with pytest.raises(InvalidValues):
        archive_record(contract, by=actor(cast.rep))
    with pytest.raises(InvalidValues):
        contracting.sign(contract, by=actor(cast.rep))


def test_the_api_signs_it_too_and_says_what_is_missing(cast: Cast, draft: Draft):
    contract, rep = draft(company=None), client_for(cast.rep)
    here, signer = f"/api/v1/contracts/{contract.pk}/signature", json.dumps({"signer": "李建国"})
    refused = rep.post(here, signer, content_type="application/json")
    assert (refused.status_code, "company" in refused.content.decode()) == (422, True)
    company = draft().company_id
    change_record(contract, {"company": company}, by=actor(cast.rep))
    assert client_for(cast.stranger).post(here, signer, content_type="application/json").status_code == 404
    signed = rep.post(here, signer, content_type="application/json")
    assert signed.status_code == 200
    assert signed.json()["status"] == "active"
    there = timezone.localdate(timezone=ZoneInfo(cast.xishan.timezone))
    assert signed.json()["signed_on"] == there.isoformat()


def test_one_that_is_signed_late_in_its_time_is_what_its_days_say(draft: Draft, cast: Cast):
    today = timezone.localdate()
    soon = draft(starts_on=today - timedelta(days=340), ends_on=today + timedelta(days=20))
    over = draft(starts_on=today - timedelta(days=400), ends_on=today - timedelta(days=1))
    by = actor(cast.rep)
    assert [contracting.sign(one, by=by).status for one in (soon, over)] == ["expiring", "expired"]


def test_an_approved_one_waits_for_its_signature(cast: Cast, draft: Draft):
    rep, manager, contract = actor(cast.rep), actor(cast.manager), draft()
    contracting.submit(contract, by=rep)
    with pytest.raises(InvalidValues):
        contracting.sign(contract, by=rep)  # not past those who are asked
    approved = contracting.approve(contract, by=manager)
    assert approved.status == "to_sign"
    assert contracting.sign(approved, by=rep, signer="李建国").status == "active"


def test_a_void_one_has_nothing_on_it(cast: Cast, draft: Draft):
    by, contract = actor(cast.rep), draft()
    contracting.sign(contract, by=by)
    contracting.invoice_rest(contract, by=by)
    assert contracting.void(contract, by=by).status == "void"  # a request is no invoice
    with pytest.raises(InvalidValues):
        contracting.sign(contract, by=by)
