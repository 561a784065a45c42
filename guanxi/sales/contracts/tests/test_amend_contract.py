"""What was agreed on later: amount and end follow from it once it is signed."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.sales.contracts import actions as contracting
from guanxi.sales.contracts.tests.conftest import Draft
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def test_an_amendment_holds_from_its_signature(cast: Cast, draft: Draft):
    by, today = actor(cast.rep), timezone.localdate()
    contract = contracting.sign(draft(ends_on=today + timedelta(days=20)), by=by)
    assert contract.status == "expiring"
    later = today + timedelta(days=200)
    said = {
        "contract": str(contract.pk), "name": "延期并增加两台", "ends_on": later.isoformat(),
        "change": {"amount": "30000", "currency": "CNY"},
    }  # fmt: skip
    here = "/api/v1/amendments"
    refused = client_for(cast.stranger).post(here, json.dumps(said), content_type="application/json")
    assert refused.status_code == 422  # of a contract that they do not see
    made = client_for(cast.rep).post(here, json.dumps(said), content_type="application/json")
    assert made.status_code == 201
    contract.refresh_from_db()
    assert (contract.total, contract.runs_until, contract.status) == (
        Decimal(120000), contract.ends_on, "expiring",
    )  # fmt: skip
    key = made.json()["id"]
    assert (
        client_for(cast.outsider)
        .patch(f"{here}/{key}", json.dumps({"name": "x"}), content_type="application/json")
        .status_code
        == 404
    )
    signed = json.dumps({"signed_on": today.isoformat()})
    assert (
        client_for(cast.rep).patch(f"{here}/{key}", signed, content_type="application/json").status_code
        == 200
    )
    contract.refresh_from_db()
    assert (contract.total, contract.runs_until, contract.status) == (Decimal(150000), later, "active")
    assert contract.amount == Decimal(120000)  # as it was signed


def test_what_takes_off_and_what_is_taken_back(cast: Cast, draft: Draft):
    by, today = actor(cast.rep), timezone.localdate()
    contract = contracting.sign(draft(), by=by)

    def amend(change):
        values = {"contract": contract.pk, "name": "x", "change": change, "signed_on": today}
        return create_record(object="amendment", values=values, by=by)

    amend("-20000")
    second = amend("5000.50")
    contract.refresh_from_db()
    assert contract.total == Decimal("105000.50")
    archive_record(second, by=by)
    contract.refresh_from_db()
    assert contract.total == Decimal(100000)
    with pytest.raises(InvalidValues):
        amend({"amount": "1", "currency": "USD"})
