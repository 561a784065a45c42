from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import WorkspaceModel


class ScoreModel(WorkspaceModel):
    """By which rules a number of an object is made; changed only by the verbs in `actions.py`.

    field     the whole number that holds the total
    rules     what counts (recipe.py); `draft` is what is being edited, until it is published
    leads     who has more than that is shown first
    on_at     since when it is on; null is off: the totals stay as they are
    edition   renewed by every change, so that each process knows when to read it anew
    weighed_at  when all records were last weighed by this edition; null while that is under way
    """

    object = models.CharField(max_length=40)
    field = models.CharField(max_length=63)
    title = models.CharField(max_length=120)
    rules = models.JSONField(default=list)
    draft = models.JSONField(null=True)
    leads = models.PositiveSmallIntegerField(default=50)
    on_at = models.DateTimeField(null=True)
    edition = models.BigIntegerField(default=new_key, editable=False)
    weighed_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_score_model"
        constraints = (
            models.UniqueConstraint("workspace", "object", "field", name="automation_score_model_field"),
        )

    def __str__(self) -> str:
        return self.title


class Score(WorkspaceModel):
    """What a model made of a record: total = fit + engagement + given, between 0 and 100.

    given   what people, imports and workflows wrote into the field beyond the rules
    total   what was last written there; where something else stands, somebody has written since
    parts   [[key of the rule, points, how often it counted]]: the reasons
    """

    model = models.ForeignKey(ScoreModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    record_id = models.BigIntegerField()
    fit = models.SmallIntegerField(default=0)
    engagement = models.SmallIntegerField(default=0)
    given = models.SmallIntegerField(default=0)
    total = models.SmallIntegerField(default=0)
    parts = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_score"
        constraints = (
            models.UniqueConstraint("workspace", "model", "record_id", name="automation_score_of"),
        )

    def __str__(self) -> str:
        return f"{self.record_id}: {self.total}"


class ScoreHit(WorkspaceModel):
    """A fact that counts for a record, for whichever rule asks for it: kept for a year."""

    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    fact = models.CharField(max_length=127, help_text="quote.opened")
    fact_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_score_hit"
        indexes = (models.Index("workspace", "at", name="automation_score_hit_at"),)
        constraints = (
            models.UniqueConstraint(
                "workspace", "object", "record_id", "fact_id", name="automation_score_hit_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.fact} {self.record_id}"
