"""Claiming: seen by the pool's members without its phones, by nobody else; had by one; within limits."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from guanxi.people.companies.models import Company
from guanxi.people.companies.objects import COMPANY
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.access import reaches
from guanxi.platform.records.batches.many import Wish, change_many
from guanxi.platform.records.search.finding import find_records
from guanxi.platform.records.sharing.why import VERBS, explain
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.pools.actions import claim_record, place_record, return_record, transfer_record
from guanxi.sales.pools.members import add_to_pool
from guanxi.sales.pools.models import Pool, PoolMove
from tests.cast import Cast, actor, client_for, make_cast

pytestmark = pytest.mark.django_db


def a_pool(cast: Cast, **more: Any) -> Pool:
    """A pool of the South's, with the teams below it; the manager looks after it."""
    by = actor(cast.admin)
    pool: Pool = create_record(object="pool", values={"name": "South sea", "holds": "company", **more}, by=by)
    add_to_pool(pool, "team", cast.south.pk, by=by)
    add_to_pool(pool, "member", cast.manager.pk, by=by, administers=True)
    return pool


def a_customer(by: Actor, name: str = "\u6f84\u7a7a\u73af\u4fdd", number: str = "138 0000 4426") -> Company:
    company: Company = create_record(object="company", values={"name": name, "phones": number}, by=by)
    person = {"name": "\u6c88\u8bfa", "company": company.pk, "phones": number, "wechat": "shennuo88"}
    create_record(object="contact", values=person, by=by)
    return company


def test_why_a_record_of_a_pool_is_seen_names_the_pool(cast: Cast):
    with in_workspace(cast.xishan.pk):
        pool, company = a_pool(cast), a_customer(actor(cast.rep))
        others = [a_customer(actor(one), f"Plain {one.pk}", "") for one in (cast.stranger, cast.below)]
        return_record(company, by=actor(cast.rep), pool=str(pool.pk), pool_reason="No time")
        company.refresh_from_db()
        for member in (cast.admin, cast.manager, cast.rep, cast.below, cast.stranger, cast.observer):
            member.workspace.refresh_from_db()
            by = actor(member)
            for record in (company, *others):
                for one in explain(COMPANY, record, member):
                    does = by.may(VERBS[one.access], "company")
                    assert one.allowed is (does and reaches(COMPANY, record, by, access=one.access)), (
                        member, record, one,
                    )  # fmt: skip
        see, edit, *_more = explain(COMPANY, company, cast.below)
        assert (see.allowed, [why.kind for why in see.reasons]) == (True, ["pool"])
        assert "South sea" in see.reasons[0].text
        assert (edit.allowed, [why.kind for why in edit.reasons]) == (False, ["pool"])
    page = client_for(cast.admin).get(f"/companies/{company.pk}/sharing/?member={cast.below.pk}")
    assert "South sea" in page.content.decode()


def test_what_was_returned_is_seen_by_members_without_its_phones(cast: Cast):
    with in_workspace(cast.xishan.pk):
        pool = a_pool(cast)
        company = a_customer(actor(cast.rep))
        return_record(company, by=actor(cast.rep), pool=str(pool.pk), pool_reason="No time")
        drain_events()
        contact = Contact.objects.get()
        company.refresh_from_db()
        assert (company.owner_id, company.pool_id, company.pooled_from_id) == (None, pool.pk, cast.rep.pk)
        assert (contact.owner_id, contact.pool_id) == (None, pool.pk)
        by = actor(cast.below)
        assert [hit.ref.id for hit in find_records("\u6f84\u7a7a", by=by)] == [company.pk]
        assert find_records("13800004426", by=by) == []
        assert len(find_records("13800004426", by=actor(cast.manager))) == 2
    below = client_for(cast.below)
    seen = f"/api/v1/companies?filter=pool%20%3D%20{pool.pk}"
    for address in (
        f"/companies/{company.pk}/", f"/contacts/{contact.pk}/", f"/companies/?filter=pool+%3D+{pool.pk}",
        f"/api/v1/contacts/{contact.pk}", f"/companies/{company.pk}/changes/", seen,
        f"/companies/{company.pk}/peek/", f"/contacts/?filter=pool+%3D+{pool.pk}",
        f"/api/v1/contacts?filter=pool%20%3D%20{pool.pk}",
        f"/contacts/?columns=name,wechat,phones&filter=pool+%3D+{pool.pk}",
    ):  # fmt: skip
        answer = below.get(address)
        said = answer.content.decode()
        assert answer.status_code == 200, address
        assert "00004426" not in said.replace(" ", ""), address
        assert "shennuo88" not in said, address
    assert len(below.get(seen).json()["data"]) == 1
    assert (
        below.get(f"/api/v1/companies?filter=pool%20%3D%20{pool.pk}%20and%20phones%20contains%204426").json()[
            "data"
        ]
        == []
    )
    assert below.get("/api/v1/companies").json()["data"] == []  # other lists are of what is somebody's
    patch = below.patch(
        f"/api/v1/companies/{company.pk}", json.dumps({"city": "x"}), content_type="application/json"
    )
    assert patch.status_code in (403, 422)
    full = client_for(cast.manager).get(f"/contacts/{contact.pk}/").content.decode()
    assert "4426" in full
    assert "shennuo88" in full
    for who in (cast.stranger, cast.outsider):
        assert client_for(who).get(f"/companies/{company.pk}/").status_code == 404
        assert client_for(who).post(f"/companies/{company.pk}/do/claim/").status_code == 404


def test_a_pool_that_is_made_blind_with_others_at_once_is_blind_at_once(cast: Cast):
    with in_workspace(cast.xishan.pk):
        pool = a_pool(cast, blind=False)
        company = a_customer(actor(cast.rep))
        return_record(company, by=actor(cast.rep), pool=str(pool.pk), pool_reason="No time")
    below = client_for(cast.below)
    address = f"/api/v1/companies/{company.pk}"
    assert "00004426" in below.get(address).content.decode()
    with in_workspace(cast.xishan.pk):
        change_many(registry.get("pool"), [Wish(pool.pk, {"blind": True})], by=actor(cast.admin))
    said = below.get(address)
    assert (said.status_code, "00004426" in said.content.decode()) == (200, False)


def test_one_has_it_with_its_contacts_and_the_next_is_told(cast: Cast):
    with in_workspace(cast.xishan.pk):
        pool = a_pool(cast)
        company = a_customer(actor(cast.rep))
        return_record(company, by=actor(cast.rep), pool_reason="No time")
    browser = client_for(cast.below)
    assert f"/companies/{company.pk}/do/claim/" in browser.get(f"/companies/{company.pk}/").content.decode()
    assert browser.post(f"/companies/{company.pk}/do/claim/").status_code == 302
    with in_workspace(cast.xishan.pk):
        company.refresh_from_db()
        contact = Contact.objects.get()
        assert {company.owner_id, contact.owner_id} == {cast.below.pk}
        assert (company.pool_id, company.team_id, contact.pool_id) == (None, cast.shenzhen.pk, None)
        with pytest.raises((InvalidValues, NotFound)):
            claim_record(company, by=actor(cast.rep))
        assert [one.verb for one in facts_of("company", company.pk)] == ["created", "pooled", "claimed"]
        moves = PoolMove.objects.order_by("pk").values_list("how", "from_id", "to_id", "pool_id")
        assert list(moves) == [
            ("returned", cast.rep.pk, None, pool.pk), ("claimed", cast.rep.pk, cast.below.pk, pool.pk),
        ]  # fmt: skip
    assert "4426" in browser.get(f"/contacts/{contact.pk}/").content.decode()


def test_limits_of_the_day_of_holdings_and_of_the_owner_before(cast: Cast):
    rep, below = actor(cast.rep), actor(cast.below)
    with in_workspace(cast.xishan.pk):
        a_pool(cast, claim_limit=2, wait_days=7)
        rep, below = actor(cast.rep), actor(cast.below)
        found = [a_customer(rep, f"Firm {number}", f"138 0000 00{number:02d}") for number in range(4)]
        for one in found:
            return_record(one, by=rep, pool_reason="No time")
        with pytest.raises(InvalidValues, match="yours before"):
            claim_record(found[0], by=rep)
        Company.objects.filter(pk=found[0].pk).update(pooled_at=datetime.now(UTC) - timedelta(days=8))
        claim_record(found[0], by=rep)
        claim_record(found[1], by=below)
        claim_record(found[2], by=below)
        with pytest.raises(InvalidValues, match="claimed 2 today"):
            claim_record(found[3], by=below)
        PoolMove.objects.filter(how="claimed").update(at=datetime.now(UTC) - timedelta(days=2))
        add_to_pool(Pool.objects.get(), "role", cast.below.role_id, by=actor(cast.admin), hold_limit=2)
        with pytest.raises(InvalidValues, match="You own 2"):
            claim_record(found[3], by=actor(cast.below))


def test_several_are_claimed_at_once_as_far_as_limits_go(cast: Cast):
    with in_workspace(cast.xishan.pk):
        pool = a_pool(cast, claim_limit=3)
        for at in range(5):
            company = a_customer(actor(cast.rep), name=f"Firm {at}")
            return_record(company, by=actor(cast.rep), pool=str(pool.pk), pool_reason="No time")
        address = f"/pools/{pool.pk}/claims/"
    for who in (cast.stranger, cast.outsider):
        assert client_for(who).post(address, {"count": "2"}).status_code == 404
    below = client_for(cast.below)
    assert address in below.get("/pools/").content.decode()
    for count, owned in (("2", 2), ("50", 3), ("nonsense", 3)):
        assert below.post(address, {"count": count}).status_code in (302, 303)
        with in_workspace(cast.xishan.pk), transaction.atomic():
            mine = Company.objects.filter(owner_id=cast.below.pk)
            assert sorted(mine.values_list("name", flat=True)) == [f"Firm {at}" for at in range(owned)]
            assert PoolMove.objects.filter(how="claimed").count() == owned


def test_who_looks_after_a_pool_assigns_and_moves_on(cast: Cast):
    with in_workspace(cast.xishan.pk):
        a_pool(cast)
        other = create_record(object="pool", values={"name": "North sea"}, by=actor(cast.admin))
        company = a_customer(actor(cast.rep))
        with pytest.raises(InvalidValues, match="why"):
            return_record(company, by=actor(cast.rep), pool=str(Pool.objects.first().pk))
        south = Pool.objects.get(name="South sea")
        return_record(company, by=actor(cast.rep), pool=str(south.pk), pool_reason="No time")
        with pytest.raises(Refused):
            place_record(company, by=actor(cast.below), owner=cast.below.pk)
        with pytest.raises(InvalidValues, match="typed"):
            change_record(company, {"pool": other.pk}, by=actor(cast.admin))
        placed = place_record(company, by=actor(cast.manager), owner=cast.below.pk)
        assert placed.owner_id == cast.below.pk
        return_record(company, by=actor(cast.below), pool=str(south.pk), pool_reason="Too far")
        transfer_record(company, by=actor(cast.manager), pool=str(other.pk))
        with pytest.raises(NotFound):
            claim_record(company, by=actor(cast.rep))
        given = change_record(company, {"owner": cast.stranger.pk}, by=actor(cast.admin))
        assert (given.owner_id, given.pool_id) == (cast.stranger.pk, None)


def test_a_new_record_goes_straight_into_a_pool(cast: Cast):
    with in_workspace(cast.xishan.pk):
        pool = a_pool(cast)
        made = create_record(object="company", values={"name": "Fair", "pool": pool.pk}, by=actor(cast.rep))
        assert (made.owner_id, made.team_id, made.pool_id) == (None, None, pool.pk)
        assert claim_record(made, by=actor(cast.below)).owner_id == cast.below.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_of_many_who_claim_at_once_one_has_it():
    cast = make_cast()
    with in_workspace(cast.xishan.pk), transaction.atomic():
        a_pool(cast)
        company = a_customer(actor(cast.rep))
        return_record(company, by=actor(cast.rep), pool_reason="No time")
    people = [actor(one) for one in (cast.below, cast.manager, cast.rep, cast.below, cast.manager, cast.rep)]
    gate, said = threading.Barrier(len(people)), []

    def claim(by: Actor) -> None:
        try:
            gate.wait()
            with in_workspace(cast.xishan.pk), transaction.atomic():
                claim_record(company, by=by)
            said.append("has it")
        except (InvalidValues, NotFound):
            said.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(one,)) for one in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(said) == ["has it", *["told"] * 5]
    with in_workspace(cast.xishan.pk), transaction.atomic():
        assert PoolMove.objects.filter(how="claimed").count() == 1


def test_a_company_whose_contacts_have_a_computed_field_goes_into_the_pool_with_them(cast: Cast):
    with in_workspace(cast.xishan.pk):
        formula = {"formula": "upper(wechat)"}
        add_field(
            object="contact",
            type="formula",
            label="Loud",
            name="loud",
            settings=formula,
            by=actor(cast.admin),
        )
        pool, company = a_pool(cast), a_customer(actor(cast.rep))
        return_record(company, by=actor(cast.rep), pool=str(pool.pk), pool_reason="No time")
        contact = Contact.objects.get()
        assert (contact.pool_id, contact.custom["loud"]) == (pool.pk, "SHENNUO88")
        claim_record(company, by=actor(cast.below))
        contact.refresh_from_db()
        assert contact.owner_id == cast.below.pk
