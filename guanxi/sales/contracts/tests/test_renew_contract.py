"""A contract is renewed for as long as it ran, with its parties, and the old one runs on until its end."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.records.writing import archive_record, create_record, restore_record
from guanxi.sales.contracts import actions as contracting
from guanxi.sales.contracts.models import Contract, Party
from guanxi.sales.contracts.tests.conftest import Draft
from guanxi.sales.invoices.models import Invoice
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def test_the_next_contract_is_a_draft_that_begins_where_this_one_ends(cast: Cast, draft: Draft):
    by, contract = actor(cast.rep), draft()
    party = {"contract": contract.pk, "name": "海川水务", "role": "a", "signer": "李建国"}
    create_record(object="party", values=party, by=by)
    with pytest.raises(InvalidValues):
        contracting.renew(contract, by=by)  # a draft is changed, not renewed
    signed = contracting.sign(contract, by=by)
    with pytest.raises(NotFound):
        contracting.renew(signed, by=actor(cast.stranger))
    here = f"/api/v1/contracts/{contract.pk}/renewal"
    assert client_for(cast.outsider).post(here, "{}", content_type="application/json").status_code == 404
    assert (
        client_for(cast.rep).post(here, "{}", content_type="application/json").json()["status"] == "renewed"
    )
    new = Contract.objects.get(renews=contract)
    assert (new.status, new.company_id, new.kind, new.total) == (
        "draft", contract.company_id, "service", Decimal(120000),
    )  # fmt: skip
    assert contract.runs_until is not None
    assert new.starts_on == contract.runs_until + timedelta(days=1)
    assert new.number != contract.number
    assert [(one.name, one.role, one.signer) for one in Party.objects.filter(contract=new)] == [
        ("海川水务", "a", "李建国")
    ]
    assert [one.verb for one in facts_of("contract", contract.pk)][-1] == "renewed"
    with pytest.raises(InvalidValues):
        contracting.renew(contract, by=by)


def test_what_was_renewed_ahead_is_invoiced_until_it_ends(cast: Cast, draft: Draft):
    by = actor(cast.rep)
    contract = contracting.sign(draft(), by=by)
    contracting.renew(contract, by=by)
    rep = client_for(cast.rep)
    page = rep.get(f"/contracts/{contract.pk}/").content.decode()
    assert f"/contracts/{contract.pk}/invoice/" in page
    asked = rep.post(f"/api/v1/contracts/{contract.pk}/invoice", "{}", content_type="application/json")
    assert asked.status_code == 200
    assert Invoice.objects.get(contract=contract).amount == Decimal(120000)


def test_a_year_is_followed_by_a_year():
    whole = contracting.as_long(date(2027, 1, 1), date(2027, 12, 31), date(2028, 1, 1))
    assert whole == date(2028, 12, 31)  # which has a leap day
    assert contracting.as_long(date(2028, 2, 29), date(2029, 2, 27), date(2029, 2, 28)) == date(2030, 2, 27)
    assert contracting.as_long(date(2026, 1, 15), date(2026, 4, 14), date(2026, 4, 15)) == date(2026, 7, 14)
    assert contracting.as_long(date(2026, 1, 1), date(2026, 1, 10), date(2026, 1, 11)) == date(2026, 1, 20)


def test_a_contract_without_an_end_is_renewed_without_one(cast: Cast, draft: Draft):
    by, today = actor(cast.rep), timezone.localdate()
    contract = contracting.sign(draft(ends_on=None), by=by)
    new = contracting.renew(contract, by=by)
    assert (new.starts_on, new.ends_on, contract.starts_on) == (None, None, today)


def test_a_renewal_that_comes_to_nothing_leaves_the_contract_as_it_was(cast: Cast, draft: Draft):
    by = actor(cast.rep)

    def state() -> str:
        return str(Contract.objects.get(pk=contract.pk).status)

    contract = contracting.sign(draft(), by=by)
    first = contracting.renew(contract, by=by)
    assert state() == "renewed"
    contracting.void(first, by=by)
    assert state() == "active"
    second = contracting.renew(contract, by=by)  # and is renewed again
    archive_record(second, by=by)
    drain_events()
    assert state() == "active"
    restore_record(second, by=by)
    drain_events()
    assert state() == "renewed"
    contracting.sign(second, by=by)
    third = contracting.renew(Contract.objects.get(pk=second.pk), by=by)
    contracting.void(third, by=by)
    assert state() == "renewed"
