from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.writing import create_record
from guanxi.sales.contracts import actions as contracting
from guanxi.sales.contracts.tests.conftest import Draft
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def test_a_contract_that_ends_early_needs_a_reason(cast: Cast, draft: Draft):
    by, today = actor(cast.rep), timezone.localdate()
    contract = contracting.sign(draft(), by=by)
    here, rep = f"/contracts/{contract.pk}/do/termination/", client_for(cast.rep)
    assert client_for(cast.stranger).post(here, {"ended_because": "x"}).status_code == 404
    assert client_for(cast.outsider).post(here, {"ended_because": "x"}).status_code == 404
    assert rep.post(here).status_code == 422
    last = today - timedelta(days=3)
    said = {"ended_because": "客户撤项", "closed_on": last.isoformat()}
    assert rep.post(here, said).status_code == 302
    contract.refresh_from_db()
    assert (contract.status, contract.ended_because, contract.closed_on) == ("terminated", "客户撤项", last)
    assert [one.verb for one in facts_of("contract", contract.pk)][-1] == "terminated"
    for verb in (contracting.renew, contracting.sign, contracting.void):
        with pytest.raises(InvalidValues):
            verb(contract, by=by)
    with pytest.raises(InvalidValues):
        create_record(object="amendment", values={"contract": contract.pk, "name": "x", "change": "1"}, by=by)


def test_a_draft_is_made_void_and_not_terminated(cast: Cast, draft: Draft):
    by, contract = actor(cast.rep), draft()
    with pytest.raises(InvalidValues):
        contracting.terminate(contract, by=by, ended_because="x")
    assert contracting.void(contract, by=by).status == "void"
