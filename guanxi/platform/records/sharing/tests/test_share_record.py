"""Sharing a record: who sees it then, through which door, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.models import Role
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import NotFound, Refused, counting_rules, find_record, reaches, row_rule
from guanxi.platform.records.listing import ListQuery, count_records, list_records
from guanxi.platform.records.search import find_records
from guanxi.platform.records.sharing.actions import end_share, note_holders, share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.sharing.models import Share
from guanxi.platform.records.sql import fetch, run
from guanxi.platform.records.tests.pages import Shop
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

pytestmark = pytest.mark.django_db


def give(shop: Shop, to: To, **more: Any) -> Share:
    with transaction.atomic():
        return share_record(shop.company, to=to, by=actor(shop.cast.rep), **more)


def listed(by: Any) -> set[int]:
    page = list_records(ListQuery(obj=registry.get("company"), columns=("name", "owner", "team")), by=by)
    return {row.id for row in page.rows}


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("kind", ["member", "team", "role"])
def test_a_share_opens_a_record_by_every_door(shop: Shop, kind: str, wide: bool):
    cast, company = shop.cast, registry.get("company")
    keys = {"member": cast.stranger.pk, "team": cast.north.pk, "role": cast.stranger.role_id}
    with in_workspace(cast.xishan.pk), transaction.atomic():
        with pytest.raises(NotFound):
            find_record(company, shop.company.pk, by=actor(cast.stranger))
        give(shop, To(kind, keys[kind]))
        note_holders("company", [keys[kind]], wide=wide)
        drain_events()
        by = actor(cast.stranger)
        assert find_record(company, shop.company.pk, by=by).pk == shop.company.pk
        with pytest.raises(Refused):
            find_record(company, shop.company.pk, by=by, access="edit")
        assert listed(by) == {shop.company.pk, shop.far.pk}
        assert count_records(ListQuery(obj=company, columns=("name",)), by=by) == 2
        assert shop.company.pk in [hit.ref.id for hit in find_records("禾木", by=by)]
        give(shop, To(kind, keys[kind]), writes=True)
        changed = change_record(shop.company, {"next_step": "x"}, by=actor(cast.stranger))
        assert changed.next_step == "x"


def test_a_team_stands_for_those_below_it(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk), transaction.atomic():
        share_record(shop.far, to=To("team", cast.south.pk), by=actor(cast.stranger))
        assert shop.far.pk in listed(actor(cast.below))
        end_share(Share.objects.get(), by=actor(cast.stranger))
        share_record(shop.far, to=To("team", cast.shenzhen.pk), by=actor(cast.stranger))
        assert shop.far.pk in listed(actor(cast.below))
        assert shop.far.pk not in listed(actor(cast.rep))


def test_the_rule_for_a_row_equals_the_rule_in_sql(shop: Shop):
    cast, company = shop.cast, registry.get("company")
    later, before = timezone.now() + timedelta(days=1), timezone.now() - timedelta(days=1)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        people = (cast.admin, cast.manager, cast.rep, cast.below, cast.stranger, cast.observer)
        grantees = [To("member", one.pk) for one in people]
        grantees += [To("team", one.pk) for one in (cast.top, cast.south, cast.north)]
        grantees += [To("role", cast.rep.role_id), To("role", cast.manager.role_id)]
        for place, to in enumerate(grantees * 2):
            made = create_record(object="company", values={"name": f"公司 {place}"}, by=actor(cast.admin))
            Share.objects.create(
                object="company",
                record_id=made.pk,
                grantee_kind=to.kind,
                grantee_id=to.id,
                writes=place % 2 == 0,
                until=(None, later, before)[place % 3],
            )
            note_holders("company", [to.id], wide=place % 5 == 0)
        rows = list(company.rows())
        for one in people:
            by = actor(one)
            for access in ("see", "edit"):
                rule = row_rule(company, by, access=access)
                found = fetch(f"SELECT r.id FROM people_company r WHERE {rule.text}", rule.params)
                reached = {row.pk for row in rows if reaches(company, row, by, access=access)}
                assert {row[0] for row in found} == reached
            counted = [
                fetch(f"SELECT r.id FROM people_company r WHERE {rule.text}", rule.params)
                for rule in counting_rules(company, by)
            ]
            ids = [row[0] for part in counted for row in part]
            seen = {row.pk for row in rows if reaches(company, row, by)}
            assert len(ids) == len(set(ids))
            assert set(ids) == seen


def test_a_share_ends_by_itself_and_by_hand(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk), transaction.atomic():
        share = give(shop, To("member", cast.stranger.pk), until=timezone.now() + timedelta(hours=1))
        assert shop.company.pk in listed(actor(cast.stranger))
        Share.objects.filter(pk=share.pk).update(until=timezone.now() - timedelta(seconds=1))
        assert shop.company.pk not in listed(actor(cast.stranger))
        share = give(shop, To("member", cast.stranger.pk))
        assert shop.company.pk in listed(actor(cast.stranger))
        end_share(share, by=actor(cast.rep))
        assert shop.company.pk not in listed(actor(cast.stranger))
        verbs = list(facts_of("company", shop.company.pk).values_list("verb", flat=True))
        assert verbs[-3:] == ["shared", "shared", "unshared"]


def test_an_archived_record_stays_open_to_whom_it_was_shared(shop: Shop):
    cast, company = shop.cast, registry.get("company")
    with in_workspace(cast.xishan.pk), transaction.atomic():
        give(shop, To("member", cast.stranger.pk))
        archive_record(shop.company, by=actor(cast.rep))
        by = actor(cast.stranger)
        assert find_record(company, shop.company.pk, by=by).archived_at is not None
        assert listed(by) == {shop.far.pk}


def test_a_share_gives_nothing_that_the_role_does_not(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk), transaction.atomic():
        give(shop, To("member", cast.stranger.pk), writes=True)
        role = Role.objects.get(pk=cast.stranger.role_id)
        role.grants = {"*": {"verbs": ["*"], "see": "team", "edit": "none"}}
        role.save()
        cast.stranger.role = role
        by = actor(cast.stranger)
        assert shop.company.pk in listed(by)
        with pytest.raises(Refused):
            find_record(registry.get("company"), shop.company.pk, by=by, access="edit")
        role.grants = {"contact": {"verbs": ["*"], "see": "team", "edit": "own"}}
        role.save()
        assert shop.company.pk not in listed(actor(cast.stranger))


def test_who_may_not_edit_by_their_role_shares_nothing(shop: Shop):
    cast = shop.cast
    with in_workspace(cast.xishan.pk), transaction.atomic():
        to = To("member", cast.below.pk)
        with pytest.raises(NotFound):
            share_record(shop.company, to=to, by=actor(cast.stranger))
        give(shop, To("member", cast.stranger.pk), writes=True)
        with pytest.raises(Refused):
            share_record(shop.company, to=to, by=actor(cast.stranger))
        with pytest.raises(Refused):
            share_record(shop.company, to=to, by=actor(cast.observer))
        read_only = replace(actor(cast.rep), scopes=frozenset({"company:read"}))
        with pytest.raises(Refused):
            share_record(shop.company, to=to, by=read_only)
    with in_workspace(cast.marlin.pk), transaction.atomic(), pytest.raises(NotFound):
        share_record(shop.company, to=To("member", cast.outsider.pk), by=actor(cast.outsider))


def test_who_holds_no_share_pays_nothing(shop: Shop):
    cast, company = shop.cast, registry.get("company")
    with in_workspace(cast.xishan.pk), transaction.atomic():
        plain = row_rule(company, actor(cast.below))
        give(shop, To("member", cast.stranger.pk))
        assert row_rule(company, actor(cast.below)) == plain
        assert "records_share" in row_rule(company, actor(cast.stranger)).text
        assert "records_share" not in row_rule(registry.get("contact"), actor(cast.stranger)).text


def test_the_shares_lead_to_the_rows(shop: Shop):
    """Few shares are looked up by their index, and nothing is scanned to count."""
    cast, company = shop.cast, registry.get("company")
    with in_workspace(cast.xishan.pk), transaction.atomic():
        give(shop, To("member", cast.stranger.pk))
        rule = counting_rules(company, actor(cast.stranger))[-1]
        if connection.vendor == "postgresql":
            run("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        rows = fetch(f"{explain} SELECT count(*) FROM people_company r WHERE {rule.text}", rule.params)
        plan = "\n".join(str(row) for row in rows)
        assert "records_share_" in plan
        assert "SCAN r" not in plan
        assert "Seq Scan" not in plan
