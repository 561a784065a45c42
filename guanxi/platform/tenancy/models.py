from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from guanxi.platform.tenancy.context import EVERYWHERE, NoWorkspace, current_workspace_id
from guanxi.platform.tenancy.fields import KeyField
from guanxi.platform.tenancy.keys import new_key


class Workspace(models.Model):
    """One firm's separate world in this installation."""

    class Delta(models.TextChoices):
        INTERNATIONAL = "intl", "green up, red down"
        CHINESE = "cn", "red up, green down"

    class Size(models.TextChoices):
        """How much of the navigation is shown; changing it moves no data."""

        SMALL = "small", "up to 5 people"
        TEAM = "team", "a team or two"
        LARGE = "large", "many teams"

    id = KeyField()
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=10, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    country = models.CharField(
        max_length=2, default="CN", help_text="how phones without a country code are read"
    )
    currency = models.CharField(
        max_length=3, default="CNY", help_text="amounts of all currencies are also kept in this one"
    )
    delta = models.CharField(max_length=4, choices=Delta.choices, default=Delta.INTERNATIONAL)
    size = models.CharField(max_length=5, choices=Size.choices, default=Size.SMALL)
    fiscal_month = models.PositiveSmallIntegerField(
        default=1,
        validators=(MinValueValidator(1), MaxValueValidator(12)),
        help_text="the month in which a fiscal year begins; the year is named for the day it begins on",
    )
    teams_version = models.BigIntegerField(
        default=new_key, editable=False, help_text="a new key whenever the tree of teams changes"
    )
    objects_version = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="a new key whenever the workspace's own objects and fields change; 0: it has none",
    )
    shares_version = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="a new key whenever somebody gets a first share of an object; 0: nothing was ever shared",
    )
    calendar_version = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="a new key whenever the workspace's own days change; 0: it has none",
    )
    search_form = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="the form of what search knows of all of its records"
    )
    key_form = models.PositiveSmallIntegerField(
        default=0,
        editable=False,
        help_text="the form of the keys by which values of its own fields are found",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "tenancy_workspace"

    def __str__(self) -> str:
        return self.name


M = TypeVar("M", bound=models.Model)


class WorkspaceQuerySet(models.QuerySet[M]):
    """Bulk writes put the rows into the chosen workspace, like save() does."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            enter_workspace(row)
        return super().bulk_create(rows, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        if "workspace" in kwargs or "workspace_id" in kwargs:
            raise NoWorkspace(f"{self.model.__name__} rows stay in their workspace")
        return super().update(**kwargs)


class WorkspaceManager(models.Manager.from_queryset(WorkspaceQuerySet)):  # type: ignore[misc]
    """Shows the chosen workspace's rows; raises NoWorkspace where none is chosen."""

    def get_queryset(self) -> models.QuerySet[Any]:
        chosen = current_workspace_id()
        if chosen is None:
            raise NoWorkspace(f"{self.model.__name__} was read without a workspace")
        rows: models.QuerySet[Any] = super().get_queryset()
        return rows if chosen == EVERYWHERE else rows.filter(workspace_id=chosen)


def enter_workspace(row: models.Model) -> None:
    """Put a row into the chosen workspace; raises NoWorkspace where it belongs to another one."""
    chosen = current_workspace_id()
    owner = row.workspace_id  # type: ignore[attr-defined]
    if chosen is None:
        raise NoWorkspace(f"{type(row).__name__} was written without a workspace")
    if owner is None:
        if chosen == EVERYWHERE:
            raise NoWorkspace(f"{type(row).__name__} was written without saying into which workspace")
        row.workspace_id = chosen  # type: ignore[attr-defined]
    elif chosen not in (EVERYWHERE, owner):
        raise NoWorkspace(f"{type(row).__name__} of workspace {owner} was written from workspace {chosen}")


class WorkspaceModel(models.Model):
    """Base of every table that belongs to a workspace.

    Give each index and unique key `workspace` as its first column: a distributed PostgreSQL shards on it.

    portable   its rows go along when the workspace moves to another installation; not so secrets, what holds
               in one place only, and what is made anew from other tables
    """

    portable: ClassVar[bool] = True

    id = KeyField()
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )

    objects: ClassVar[WorkspaceManager] = WorkspaceManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        enter_workspace(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        enter_workspace(self)
        return super().delete(*args, **kwargs)


def _scope_relations(sender: type[models.Model], **kwargs: Any) -> None:
    """Let `deal.company` and refresh_from_db() go through the scoped manager too.

    Set here and not in Meta, because a child that writes a Meta of its own would lose it unseen.
    """
    if issubclass(sender, WorkspaceModel):
        sender._meta.base_manager_name = "objects"


models.signals.class_prepared.connect(_scope_relations, dispatch_uid="tenancy.scope_relations")
