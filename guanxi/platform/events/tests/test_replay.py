from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from guanxi.platform.events.delivery import drain_events, retry_parked_once
from guanxi.platform.events.models import Fact, ParkedFact
from guanxi.platform.events.replaying import rebuild, replay, retry_parked
from guanxi.platform.events.tests.hearing import hearing
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace


def say(*arguments: str) -> str:
    out = StringIO()
    call_command("facts", *arguments, stdout=out)
    return out.getvalue()


def fail(facts):
    raise ValueError("poison")


def test_replay_begins_again_at_a_position(firm, state):
    facts = [state(record_id=number) for number in range(5)]
    with hearing("all") as heard:
        drain_events()
        assert replay("all", from_position=4) == 1
        drain_events()
    assert [fact.id for fact in heard] == [fact.id for fact in [*facts, *facts[3:]]]


def test_replay_of_one_workspace_leaves_the_others(firm, state):
    state()
    other = Workspace.objects.create(slug="other", name="Other")
    with hearing("all") as heard:
        drain_events()
        replay("all", workspace_id=other.id)
        drain_events()
    assert len(heard) == 1


def test_rebuild_empties_first(firm, state):
    state()
    state()
    built: list[Fact] = []
    with hearing("builder", handle=built.extend, reset=built.clear):
        drain_events()
        rebuild("builder")
        drain_events()
    assert len(built) == 2
    with hearing("counter"), pytest.raises(ValueError, match="can't be rebuilt"):
        rebuild("counter")


def test_parked_facts_are_not_heard_twice_after_a_replay(firm, state):
    state()
    with hearing("picky", handle=fail):
        drain_events(park=True)
    assert ParkedFact.objects.count() == 1
    with hearing("picky") as heard:
        replay("picky")
        drain_events()
        retry_parked_once()
    assert len(heard) == 1


def test_a_person_has_parked_facts_tried_again(firm, state):
    state()
    with hearing("picky", handle=fail):
        drain_events(park=True)
        ParkedFact.objects.update(next_try_at=None, attempts=6)
        assert "waits for you" in say("parked")
        assert "ValueError: poison" in say("parked", "picky")
    with hearing("picky") as heard:
        assert retry_parked("picky") == 1
        assert ParkedFact.objects.get().next_try_at <= timezone.now()
        retry_parked_once()
    assert len(heard) == 1


def test_the_command_tells_how_all_stands(firm, state):
    state()
    with hearing("picky", handle=fail):
        drain_events(park=True)
        state()
        assert "position 1, 1 not yet stamped" in say()
        assert say().splitlines()[-1].split() == ["picky", "0", "1", "0"]
        with in_workspace(firm.id):
            assert "is set back in 1 workspaces" in say("replay", "picky", "--from", "1")
        assert say().splitlines()[-1].split() == ["picky", "1", "0", "0"]
        with pytest.raises(CommandError, match="can't be rebuilt"):
            say("rebuild", "picky")
