from __future__ import annotations

from django.db import models
from django.db.models import Q

from guanxi.platform.tenancy.models import WorkspaceModel


class AssignmentPlan(WorkspaceModel):
    """How records of an object are shared out; changed only by the verbs in `actions.py`.

    name    one word: workflows and text files say it
    plan    what it says (recipe.py)
    on_at   since when new records go by it; null is off, workflows may use it all the same
    The row is locked while somebody is chosen, so that turns are taken one after the other.
    """

    name = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    object = models.CharField(max_length=40)
    plan = models.JSONField(default=dict)
    position = models.PositiveIntegerField(default=0)
    on_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_assignment_plan"
        constraints = (models.UniqueConstraint("workspace", "name", name="automation_plan_name"),)

    def __str__(self) -> str:
        return self.title


class AssignmentTurn(WorkspaceModel):
    """Where a member stands in a plan: how many they got, when last, and what weight they have saved."""

    plan = models.ForeignKey(AssignmentPlan, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    saved = models.IntegerField(default=0)
    given = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_assignment_turn"
        constraints = (models.UniqueConstraint("workspace", "plan", "member", name="automation_turn_one"),)

    def __str__(self) -> str:
        return f"{self.plan_id} {self.member_id}: {self.given}"


class Assignment(WorkspaceModel):
    """One record on its way to somebody.

    once     why it was shared out: "fact 17", "run 4 2"; the same reason gives it once
    member   who has it now; null while nobody can take it
    tried    members who had it and did nothing
    due_at   when it moves on, or is tried again; null for never
    state    open: with somebody who has done nothing yet; taken; moved: somebody else has got it by hand;
             stuck: everybody had it
    """

    class State(models.TextChoices):
        OPEN = "open"
        TAKEN = "taken"
        MOVED = "moved"
        STUCK = "stuck"

    plan = models.ForeignKey(AssignmentPlan, on_delete=models.CASCADE, related_name="+", db_index=False)
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    once = models.CharField(max_length=60)
    member = models.ForeignKey(
        "identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False, null=True
    )
    tried = models.JSONField(default=list)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_assignment"
        indexes = (
            models.Index("workspace", "due_at", name="automation_assignment_due", condition=Q(state="open")),
            models.Index("workspace", "object", "record_id", name="automation_assignment_of"),
        )
        constraints = (
            models.UniqueConstraint(
                "workspace", "plan", "record_id", "once", name="automation_assigned_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} → {self.member_id}"
