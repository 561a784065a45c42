from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from guanxi.platform.events import delivery
from guanxi.platform.events.consuming import consumer
from guanxi.platform.events.delivery import deliver_once, drain_events, retry_parked_once
from guanxi.platform.events.facts import Draft, state_facts
from guanxi.platform.events.models import Cursor, Fact, FactHead, ParkedFact, RelayState
from guanxi.platform.events.relay import run_relay_once
from guanxi.platform.events.tests.hearing import hearing
from guanxi.platform.identity.actors import system_actor
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace


def state_many(actor, count, object="contact"):
    with transaction.atomic():
        state_facts((Draft(object, "created", n) for n in range(count)), by=actor)


def test_the_relay_gives_places_without_gaps(actor):
    state_many(actor, 25)
    assert [run_relay_once(limit=10) for _ in range(4)] == [10, 10, 5, 0]
    assert list(Fact.objects.order_by("id").values_list("position", flat=True)) == list(range(1, 26))
    assert RelayState.objects.get().position == FactHead.objects.get().position == 25


def test_a_consumer_hears_what_it_asked_for_in_order(actor, state):
    wanted = [state("contact.created"), state("deal.archived"), state("deal.won")]
    state("deal.created")
    state("company.created")
    with hearing("some", "contact.*", "*.archived", "deal.won") as heard:
        assert drain_events() == 5
    assert [fact.id for fact in heard] == [fact.id for fact in wanted]
    assert Cursor.objects.get().position == 5


def test_nothing_is_heard_twice(actor, state):
    with hearing("all", batch=3) as heard:
        state_many(actor, 8)
        drain_events()
        drain_events()
        state()
        drain_events()
    assert [fact.position for fact in heard] == list(range(1, 10))


def test_a_batch_is_of_one_workspace_and_inside_it(firm, actor):
    other = Workspace.objects.create(slug="other", name="Other")
    state_many(actor, 3)
    with in_workspace(other.id):
        state_many(system_actor(other.id, "test"), 2)
    batches = []
    with hearing(
        "all", handle=lambda facts: batches.append((Fact.objects.count(), {f.workspace_id for f in facts}))
    ):
        drain_events()
    assert sorted(batches, reverse=True) == [(3, {firm.id}), (2, {other.id})]


def test_a_large_import_of_one_firm_does_not_hold_back_another(firm, actor):
    other = Workspace.objects.create(slug="other", name="Other")
    state_many(actor, 50)
    with in_workspace(other.id):
        state_many(system_actor(other.id, "test"), 1)
    with hearing("all", batch=10) as heard:
        run_relay_once()
        deliver_once()
    assert [fact.workspace_id for fact in heard].count(other.id) == 1


def test_the_largest_batch_is_told_however_many_listen(firm, actor):
    """The sum over all consumers would look like plenty, and the worker would not rest."""
    state_many(actor, 12)
    with hearing("all"):
        consumer("others", ("*",))(lambda facts: None)
        run_relay_once()
        assert delivery.deliver_once() == 12
        assert delivery.deliver_once() == 0


def test_effects_and_cursor_are_one_transaction(firm, state):
    """The consumer writes and then fails: nothing of it stays, and the fact comes again."""

    def rename_and_fail(facts):
        Workspace.objects.filter(pk=firm.id).update(name="half done")
        raise ValueError("no")

    state()
    with hearing("fails", handle=rename_and_fail):
        with pytest.raises(ValueError, match="no"):
            drain_events()
        firm.refresh_from_db()
        assert firm.name == "Firm"
    with hearing("fails") as heard:
        drain_events()
    assert len(heard) == 1


def fail(facts):
    raise ZeroDivisionError


def fail_on_2(facts):
    for fact in facts:
        if fact.record_id == 2:
            raise ValueError("poison")


def test_a_poison_fact_is_parked_and_the_others_go_on(actor):
    state_many(actor, 5)
    with hearing("picky", handle=fail_on_2) as heard:
        drain_events(park=True)
    assert [fact.record_id for fact in heard] == [0, 1, 3, 4]
    parked = ParkedFact.objects.select_related("fact").get()
    assert parked.fact.record_id == 2
    assert "ValueError: poison" in parked.error
    assert parked.next_try_at > timezone.now()


def test_a_parked_fact_is_tried_again_and_then_waits_for_a_person(actor):
    state_many(actor, 5)
    with hearing("picky", handle=fail_on_2):
        drain_events(park=True)
        tries = 0
        while ParkedFact.objects.filter(next_try_at__isnull=False).exists():
            assert retry_parked_once() == 0  # not yet due
            ParkedFact.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
            retry_parked_once()
            tries += 1
    assert ParkedFact.objects.get().attempts == tries + 1 == len(delivery.RETRY_AFTER) + 1
    ParkedFact.objects.update(next_try_at=timezone.now())
    with hearing("picky") as heard:
        assert retry_parked_once() == 1
    assert [fact.record_id for fact in heard] == [2]
    assert not ParkedFact.objects.exists()


def test_a_failing_consumer_holds_back_nobody(actor, state):
    state()
    with hearing("good") as heard:
        consumer("bad", ("*",))(fail)
        drain_events(park=True)
    assert len(heard) == 1


def test_a_consumer_that_fails_on_everything_rests_instead_of_parking_the_log(actor):
    state_many(actor, 100)
    with hearing("broken", handle=fail):
        drain_events(park=True)
    assert not ParkedFact.objects.exists()
    cursor = Cursor.objects.get()
    assert (cursor.position, cursor.failures) == (0, 1)
    assert "ZeroDivisionError" in cursor.error
    assert cursor.retry_at > timezone.now()
    Cursor.objects.update(retry_at=timezone.now())
    with hearing("broken") as heard:
        drain_events()
    assert len(heard) == 100
    assert Cursor.objects.get().failures == 0


def test_a_lost_connection_parks_nothing(actor, state):
    def lose(facts):
        raise OperationalError("database is locked")

    state()
    with hearing("unlucky", handle=lose):
        drain_events(park=True)
    assert not ParkedFact.objects.exists()
    assert Cursor.objects.get().retry_at < timezone.now() + timedelta(seconds=2)


def test_a_new_consumer_begins_where_it_says(actor, state):
    state()
    with hearing("old") as heard_by_old:
        drain_events()
    with hearing("late", starts="now") as heard:
        drain_events()
        late = state()
        drain_events()
    assert [fact.id for fact in heard] == [late.id]
    with hearing("whole", starts="first") as whole:
        drain_events()
    assert [fact.id for fact in whole] == [heard_by_old[0].id, late.id]


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_fact_that_commits_late_is_not_skipped(actor, state):
    """The trap: its id was handed out first, but others with later ids were committed and read before."""
    stated, commit = threading.Event(), threading.Event()

    def slow_writer():
        with in_workspace(actor.workspace_id), transaction.atomic():
            state_facts([Draft("contact", "created", 1)], by=actor)
            stated.set()
            commit.wait(30)
        connection.close()

    writer = threading.Thread(target=slow_writer)
    writer.start()
    stated.wait(30)
    with hearing("all") as heard:
        state(record_id=2)
        drain_events()
        assert [fact.record_id for fact in heard] == [2]
        commit.set()
        writer.join()
        drain_events()
    assert [fact.record_id for fact in heard] == [2, 1]
    assert heard[0].id > heard[1].id
    assert [fact.position for fact in heard] == [1, 2]


def test_an_idle_worker_looks_once_and_sees_news_at_once(actor, state, django_assert_max_num_queries):
    with hearing("all") as heard:
        state()
        run_relay_once()
        assert delivery.deliver_news() == 1
        assert delivery.deliver_news() == 0
        with django_assert_max_num_queries(1):
            assert delivery.deliver_news() == 0
        state()
        run_relay_once()
        delivery.deliver_news()
    assert len(heard) == 2


def test_a_consumer_knows_the_day_of_its_workspace(firm, state):
    days = []
    for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        Workspace.objects.filter(pk=firm.pk).update(timezone=name)
        state()
        with hearing("day", handle=lambda facts: days.append(timezone.localdate())):
            drain_events()
    assert days[0] > days[1]
