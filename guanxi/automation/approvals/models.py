from __future__ import annotations

from django.db import models
from django.db.models import Q

from guanxi.platform.tenancy.models import WorkspaceModel


class ApprovalProcess(WorkspaceModel):
    """How records of an object are approved; changed only by the verbs in `processes.py`.

    name      one word: text files and workflows say it
    recipe    when it applies and who is asked (recipe.py)
    on_at     since when it is switched on; null is off
    position  the first that applies is the one that is followed
    """

    name = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    object = models.CharField(max_length=63)
    recipe = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    on_at = models.DateTimeField(null=True)
    position = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by_id = models.BigIntegerField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_approval_process"
        constraints = (models.UniqueConstraint("workspace", "name", name="approval_process_name"),)

    def __str__(self) -> str:
        return self.title


class ApprovalRequest(WorkspaceModel):
    """One record on its way through a process.

    process    null: nobody has made one, and whoever may approve such a record is asked
    recipe     what the process said when it began: a later change does not touch what is on its way
    round      begins anew when a request goes back to an earlier step
    step       the number of the step at hand, from 0
    settled_at when the record followed the outcome (a document's own verb has run)
    stuck_at   since when there is nobody who could sign: administrators look after it
    """

    class State(models.TextChoices):
        OPEN = "open"
        APPROVED = "approved"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    process = models.ForeignKey(
        ApprovalProcess, on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    recipe = models.JSONField(default=dict)
    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField()
    title = models.CharField(max_length=300, blank=True, default="")
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    round = models.PositiveSmallIntegerField(default=1)
    step = models.PositiveSmallIntegerField(default=0)
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    stuck_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_approval"
        indexes = (
            models.Index("workspace", "object", "record_id", name="approval_of_record"),
            models.Index("workspace", "asked_by_id", "asked_at", name="approval_asked_by"),
            models.Index("workspace", "state", "asked_at", name="approval_state"),
        )
        constraints = (
            models.UniqueConstraint(
                "workspace", "object", "record_id", name="approval_one_open", condition=Q(state="open")
            ),
        )

    def __str__(self) -> str:
        return f"{self.object} {self.record_id} {self.state}"


class Signature(WorkspaceModel):
    """One member in the line of a request: to be asked, asked, or having answered.

    place    among those of its step, who sign in turn
    kind     "" of the process; "before", "after": added by another signer, whose signature is `beside`
    state    waiting: not their turn yet; lost: no longer may; void: the round was over before they answered
    hand_id  who signed in their place
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        OPEN = "open"
        APPROVED = "approved"
        REJECTED = "rejected"
        RETURNED = "returned"
        SKIPPED = "skipped"
        LOST = "lost"
        VOID = "void"

    request = models.ForeignKey(
        ApprovalRequest, on_delete=models.CASCADE, related_name="signatures", db_index=False
    )
    round = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField()
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, blank=True, default="")
    beside = models.ForeignKey("self", on_delete=models.CASCADE, related_name="+", db_index=False, null=True)
    member_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    words = models.CharField(max_length=500, blank=True, default="")
    hand_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_approval_signature"
        indexes = (
            models.Index("workspace", "request", name="approval_signature_request"),
            models.Index(
                "workspace", "member_id", "opened_at", name="approval_signature_of", condition=Q(state="open")
            ),
        )
        constraints = (
            models.UniqueConstraint(
                "workspace", "request", "round", "step", "kind", "member_id", name="approval_signature_one"
            ),
        )

    def __str__(self) -> str:
        return f"{self.request_id} {self.member_id} {self.state}"


class ApprovalRemark(WorkspaceModel):
    """What somebody who takes part has to say, without deciding."""

    request = models.ForeignKey(
        ApprovalRequest, on_delete=models.CASCADE, related_name="remarks", db_index=False
    )
    member_id = models.BigIntegerField()
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_approval_remark"
        indexes = (models.Index("workspace", "request", name="approval_remark_request"),)

    def __str__(self) -> str:
        return f"{self.request_id} {self.member_id}"
