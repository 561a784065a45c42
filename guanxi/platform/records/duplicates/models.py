from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class MatchKey(WorkspaceModel):
    """What a record has in common with another that is the same: a number, a mailbox, a name. See keys.py."""

    object = models.CharField(max_length=40)
    kind = models.CharField(max_length=8)
    key = models.CharField(max_length=120)
    record_id = models.BigIntegerField()

    class Meta(WorkspaceModel.Meta):
        db_table = "records_match_key"
        indexes = (
            models.Index("workspace", "object", "kind", "key", "record_id", name="records_match_key_found"),
            models.Index("workspace", "object", "record_id", name="records_match_key_record"),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} {self.kind}={self.key}"


class DuplicateRule(WorkspaceModel):
    """What is done when a record is like one that is there; an object without a row has the shipped rule.

    kinds    the kinds of match keys that count
    others   what is said of records that the person may not see: "owner", "exists" or "nothing"
    """

    class Action(models.TextChoices):
        OFF = "off"
        WARN = "warn"
        REFUSE = "refuse"

    class Others(models.TextChoices):
        OWNER = "owner"
        EXISTS = "exists"
        NOTHING = "nothing"

    object = models.CharField(max_length=40)
    action = models.CharField(max_length=6, choices=Action.choices, default=Action.WARN)
    kinds = models.JSONField(default=list)
    others = models.CharField(max_length=7, choices=Others.choices, default=Others.EXISTS)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_duplicate_rule"
        constraints = (models.UniqueConstraint("workspace", "object", name="records_duplicate_rule_once"),)

    def __str__(self) -> str:
        return f"{self.object}: {self.action}"


class KeysFilled(WorkspaceModel):
    """How far the match keys of an object's older records have been made, by the backfill.

    scheme   of the keys (keys.py, SCHEME): another one means that all have to be made anew
    """

    object = models.CharField(max_length=40)
    scheme = models.CharField(max_length=80)
    after = models.BigIntegerField(default=0)
    done = models.BooleanField(default=False)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_keys_filled"
        constraints = (models.UniqueConstraint("workspace", "object", name="records_keys_filled_once"),)

    def __str__(self) -> str:
        return f"{self.object} up to {self.after}"
