from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from guanxi.platform.events.facts import (
    MAX_DEPTH,
    Draft,
    TooDeep,
    actor_after,
    facts_of,
    state_fact,
    state_facts,
)
from guanxi.platform.events.models import Fact
from guanxi.platform.tenancy.context import NoWorkspace, in_workspace
from guanxi.platform.tenancy.models import Workspace


def test_a_fact_is_read_as_it_was_stated(state, actor):
    stated = state(
        "deal.changed",
        7,
        title="报价 2026",
        changes={"amount": [None, Decimal("12.50")], "due": [date(2026, 1, 2), None]},
        about=[("company", 9)],
        version=3,
    )
    (read,) = facts_of("deal", 7)
    assert read.name == "deal.changed"
    assert read.changes == stated.changes == {"amount": [None, "12.50"], "due": ["2026-01-02", None]}
    assert read.about == stated.about == [["company", 9]]
    assert (read.title, read.version, read.actor_name, read.position) == ("报价 2026", 3, "test", None)


def test_stated_in_bulk_it_reads_the_same(firm, actor, state):
    single = state("deal.changed", 1, title="a", changes={"x": [1, Decimal("2.0")]}, about=[("company", 9)])
    draft = Draft("deal", "changed", 2, "a", changes={"x": [1, Decimal("2.0")]}, about=[("company", 9)])
    with transaction.atomic():
        assert state_facts((draft for _ in range(2)), by=actor) == 2
    first, second = facts_of("deal", 2)
    assert first.id < second.id
    for same in ("title", "changes", "about", "data", "actor_name", "actor_kind", "cause_id", "depth"):
        assert getattr(first, same) == getattr(facts_of("deal", 1).get(), same) == getattr(single, same)


def test_history_that_is_brought_in_keeps_its_moment(actor):
    long_ago = datetime(2019, 5, 1, 9, 30, tzinfo=UTC)
    with transaction.atomic():
        state_facts([Draft("contact", "created", 3, at=long_ago), Draft("contact", "changed", 3)], by=actor)
    created, changed = facts_of("contact", 3)
    assert created.at == long_ago
    assert changed.at.year > 2019


def test_bulk_writes_any_number(actor):
    with transaction.atomic():
        assert state_facts((Draft("contact", "created", n) for n in range(10_001)), by=actor) == 10_001
    assert Fact.objects.count() == 10_001


def test_a_fact_goes_with_its_transaction(actor):
    class Undone(Exception):
        pass

    def change_and_fail():
        with transaction.atomic():
            state_fact("contact", "created", 1, by=actor)
            raise Undone

    with pytest.raises(Undone):
        change_and_fail()
    assert not facts_of("contact", 1).exists()


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_it_is_refused(actor):
    with pytest.raises(transaction.TransactionManagementError):
        state_fact("contact", "created", 1, by=actor)


def test_the_actor_states_only_in_the_own_workspace(actor):
    other = Workspace.objects.create(slug="other", name="Other")
    with in_workspace(other.id), pytest.raises(NoWorkspace):
        state_fact("contact", "created", 1, by=actor)


def test_a_fact_is_never_changed_or_deleted(state):
    fact = state()
    with pytest.raises(TypeError):
        fact.save()
    with pytest.raises(TypeError):
        fact.delete()


def test_a_loop_is_stopped_and_its_chain_named(state, actor):
    fact = state("deal.changed", 1)
    with transaction.atomic():
        while fact.depth < MAX_DEPTH:
            verb = ("task", "created", 5) if fact.object == "deal" else ("deal", "changed", 1)
            fact = state_fact(*verb, by=actor_after(fact, "Rule A"))
        with pytest.raises(
            TooDeep, match=r"deal\.changed 1 by test → task\.created 5 by Rule A → .* → Rule A$"
        ):
            state_fact("task", "created", 5, by=actor_after(fact, "Rule A"))


def test_titles_are_cut_to_their_column(state, actor):
    assert len(state(title="长" * 400).title) == 300
    with transaction.atomic():
        state_facts([Draft("contact", "created", 2, "长" * 400)], by=replace(actor))
    assert len(facts_of("contact", 2).get().title) == 300
