from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from guanxi.platform.events.facts import state_fact
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.models import Workspace


@pytest.fixture
def firm(db) -> Iterator[Workspace]:
    """A workspace, and the test inside it."""
    workspace = Workspace.objects.create(slug="firm", name="Firm")
    with in_workspace(workspace.id):
        yield workspace


@pytest.fixture
def actor(firm: Workspace) -> Actor:
    return system_actor(firm.id, "test")


@pytest.fixture
def state(actor: Actor) -> Callable[..., Fact]:
    """State `contact.created` 1 (or what is asked for) in a transaction of its own."""

    def state(name: str = "contact.created", record_id: int = 1, **details) -> Fact:
        object_name, verb = name.split(".")
        with transaction.atomic():
            return state_fact(object_name, verb, record_id, by=actor, **details)

    return state
