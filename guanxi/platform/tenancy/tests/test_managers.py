"""The first lock: managers show one workspace, and nothing where none is chosen."""

from __future__ import annotations

import threading

import pytest
from django.apps import apps
from django.db import models

from guanxi.platform.identity.models import Team
from guanxi.platform.tenancy.context import (
    NoWorkspace,
    current_workspace_id,
    everywhere,
    in_workspace,
    nowhere,
    require_workspace_id,
)
from guanxi.platform.tenancy.models import Workspace, WorkspaceManager, WorkspaceModel
from guanxi.platform.tenancy.prepared import Prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    """Two workspaces with a team each."""
    firms = [Workspace.objects.create(slug=slug, name=slug) for slug in ("ours", "theirs")]
    for firm in firms:
        with in_workspace(firm.id):
            Team.objects.create(name=f"Team of {firm}", path="/")
    return firms


def test_without_a_workspace_nothing_is_read_or_written(two):
    for forgotten in (
        lambda: Team.objects.count(),
        lambda: list(Team.objects.all()),
        lambda: Team.objects.filter(name="x").exists(),
        lambda: Team.objects.update(name="x"),
        lambda: Team._base_manager.first(),
        lambda: Team.objects.create(name="x", path="/"),
        lambda: Team.objects.bulk_create([Team(name="x", path="/")]),
        lambda: Team(name="x", path="/").save(),
        require_workspace_id,
    ):
        with pytest.raises(NoWorkspace):
            forgotten()


def test_only_the_chosen_workspace_is_seen(two):
    ours, theirs = two
    with in_workspace(ours.id):
        (team,) = Team.objects.all()
        assert team.workspace_id == ours.id
        with in_workspace(theirs.id):
            assert not Team.objects.filter(pk=team.pk).exists()
            with pytest.raises(Team.DoesNotExist):
                team.refresh_from_db()
        assert current_workspace_id() == ours.id
    with everywhere("the test looks at both"):
        assert Team.objects.count() == 2


def test_a_row_of_another_workspace_is_not_written(two):
    ours, theirs = two
    with in_workspace(theirs.id):
        team = Team.objects.get()
    with in_workspace(ours.id):
        for attempt in (
            team.save,
            team.delete,
            lambda: Team.objects.bulk_create([Team(workspace=theirs, name="x", path="/")]),
            lambda: Team.objects.create(workspace=theirs, name="x", path="/"),
            lambda: Team.objects.update(workspace=theirs),
            lambda: Team.objects.update(workspace_id=theirs.id),
        ):
            with pytest.raises(NoWorkspace):
                attempt()
        assert Team.objects.filter(pk=team.pk).update(name="x") == 0
        assert Team.objects.filter(pk=team.pk).delete()[0] == 0


def test_relations_do_not_lead_out(two):
    """A foreign key that names another workspace's row is a dead end."""
    ours, theirs = two
    with in_workspace(theirs.id):
        foreign = Team.objects.get()
    with in_workspace(ours.id):
        child = Team.objects.create(name="child", path="/", parent_id=foreign.pk)
        child = Team.objects.get(pk=child.pk)
        with pytest.raises(Team.DoesNotExist):
            child.parent  # noqa: B018 - reading it is the test


def test_everywhere_does_not_guess_where_to_write(two):
    with everywhere("the test writes"), pytest.raises(NoWorkspace):
        Team.objects.create(name="x", path="/")
    with pytest.raises(ValueError, match="why"), everywhere(""):
        raise AssertionError("not reached")


def test_another_thread_has_chosen_nothing(two):
    seen: list[object] = []
    with in_workspace(two[0].id):
        thread = threading.Thread(target=lambda: seen.append(current_workspace_id()))
        thread.start()
        thread.join()
        with nowhere():
            seen.append(current_workspace_id())
    assert seen == [None, None]


def models_of_workspaces() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if any(
            field.column == "workspace_id" and field.related_model is Workspace
            for field in model._meta.local_concrete_fields
        )
    ]


def test_every_model_of_a_workspace_has_scoped_managers():
    found = models_of_workspaces()
    assert len(found) > 10
    for model in found:
        assert isinstance(model._default_manager, WorkspaceManager), model
        if issubclass(model, WorkspaceModel):
            assert isinstance(model._base_manager, WorkspaceManager), model


def test_links_between_records_are_tables_of_a_workspace_too():
    """A many-to-many table that Django makes by itself would have no workspace and no policy."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.auto_created and model.__module__.startswith("guanxi."):
            raise AssertionError(
                f"{model.__name__}: write the link as a WorkspaceModel and name it in `through`"
            )


def test_a_prepared_query_can_not_keep_its_first_callers_workspace(two):
    scoped = Prepared(lambda name_text: Team.objects.filter(name=name_text), ("name_text",))
    with in_workspace(two[0].id), pytest.raises(NoWorkspace):
        scoped.first(name_text="Team of ours")
