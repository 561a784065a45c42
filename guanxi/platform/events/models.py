from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from guanxi.platform.tenancy.models import WorkspaceModel


class Fact(WorkspaceModel):
    """Something that happened: written once, in the transaction that made it true, and never changed.

    Only the relay touches it again, to give it its `position`.
    """

    position = models.BigIntegerField(null=True, editable=False)
    object = models.CharField(max_length=63)
    verb = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    title = models.CharField(max_length=300, default="", help_text="what the record was called then")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True, help_text="a member")
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    changes = models.JSONField(default=dict, help_text="{field: [old, new]}")
    data = models.JSONField(default=dict, help_text="what else the verb knew")
    about = models.JSONField(default=list, help_text="[[object, id], …]: other records that it concerns")
    version = models.IntegerField(null=True, help_text="the record's version after it")
    cause_id = models.BigIntegerField(null=True, help_text="the fact that led to it")
    depth = models.SmallIntegerField(default=0, help_text="how many facts led to it, one after the other")

    class Meta:
        db_table = "events_fact"
        indexes: ClassVar = [
            models.Index(fields=["workspace", "object", "record_id", "id"], name="fact_history"),
            # The two below take turns: a fact leaves the first when the relay puts it into the second.
            models.Index(fields=["id"], condition=Q(position__isnull=True), name="fact_unstamped"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "position"], condition=Q(position__isnull=False), name="fact_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.title or self.record_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a fact is never changed; state a new one")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("a fact is never deleted; state a new one")

    @property
    def name(self) -> str:
        """`deal.won`: what consumers listen for."""
        return f"{self.object}.{self.verb}"


class RelayState(models.Model):
    """One row: the last position given out. Its lock makes sure that one relay stamps at a time."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)

    class Meta:
        db_table = "events_relay"

    def __str__(self) -> str:
        return f"relay at {self.position}"


class FactHead(WorkspaceModel):
    """The newest stamped position of each workspace, so that finding who lags does not read the log."""

    position = models.BigIntegerField()

    class Meta:
        db_table = "events_head"
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace"], name="head_of_workspace")]

    def __str__(self) -> str:
        return f"head at {self.position}"


class Subscription(models.Model):
    """A consumer that has been seen, and after which position it begins where it has no cursor yet."""

    consumer = models.CharField(max_length=63, primary_key=True)
    since = models.BigIntegerField()
    first_seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "events_subscription"

    def __str__(self) -> str:
        return f"{self.consumer} since {self.since}"


class Cursor(WorkspaceModel):
    """How far a consumer has come in one workspace: every fact up to `position` is done or parked.

    One for each workspace, so that a million imported facts of one firm delay only that firm.
    """

    consumer = models.CharField(max_length=63)
    position = models.BigIntegerField()
    moved_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0, help_text="batches in a row that could not be delivered")
    retry_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        db_table = "events_cursor"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "consumer"], name="cursor_of_consumer")
        ]

    def __str__(self) -> str:
        return f"{self.consumer} at {self.position}"


class ParkedFact(WorkspaceModel):
    """A fact that one consumer failed on. It is tried again a few times, then waits for a person."""

    consumer = models.CharField(max_length=63)
    fact = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="+")
    error = models.TextField(help_text="the last traceback")
    attempts = models.SmallIntegerField(default=1)
    parked_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, help_text="none: waits for a person")

    class Meta:
        db_table = "events_parked"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "consumer", "fact"], name="parked_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="parked_due")
        ]

    def __str__(self) -> str:
        return f"{self.fact_id} parked by {self.consumer}"
