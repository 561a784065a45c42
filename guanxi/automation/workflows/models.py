from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q

from guanxi.platform.tenancy.models import WorkspaceModel
from guanxi.platform.tenancy.sealing import SealedJSON, SealedText

# Of the steps of a recipe: what opens doors elsewhere. The address of a robot has its token in it; that of a
# call to another system is what the step is about, so it goes along where the recipe goes.
SECRET = ("secret", "headers", "robot.url")
SEALED = ("secret", "headers", "url")


def new_signing_key() -> str:
    return secrets.token_urlsafe(32)


class Workflow(WorkspaceModel):
    """What a workspace has automated; changed only by the verbs in `actions.py`.

    name      one word: text files and facts say it
    title     what people read
    object    the records it is about; "" for one that only hears webhooks or the clock
    version   the one that new runs follow; 0 was never published
    recipe    what that version says (recipe.py)
    draft     what is being edited, until it is published; null for nothing
    acts_as   the member with whose rights it acts; null is the product itself
    on_at     since when it is switched on; null is off
    hook      hash of the address that outside systems call; "" for none
    signing_key   with which its calls are signed
    problem   why it can't run at the moment: a field that is gone, a member who left
    failures  how often in a row the clock could not start it; from the first its maker knows (trouble.py)
    """

    name = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    object = models.CharField(max_length=40, blank=True, default="")
    version = models.PositiveIntegerField(default=0)
    recipe = SealedJSON(default=dict, sealed=SEALED, secret=SECRET)
    draft = SealedJSON(null=True, sealed=SEALED, secret=SECRET)
    acts_as = models.ForeignKey(
        "identity.Member", on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    on_at = models.DateTimeField(null=True)
    hook = models.CharField(max_length=64, blank=True, default="")
    signing_key = SealedText(default=new_signing_key, editable=False)
    problem = models.TextField(blank=True, default="")
    failures = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by_id = models.BigIntegerField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_workflow"
        indexes = (models.Index("workspace", "hook", name="automation_workflow_hook", condition=~Q(hook="")),)
        constraints = (models.UniqueConstraint("workspace", "name", name="automation_workflow_name"),)

    def __str__(self) -> str:
        return self.title


class WorkflowVersion(WorkspaceModel):
    """What a workflow said in one version: a run keeps the one with which it began."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    recipe = SealedJSON(sealed=SEALED, secret=SECRET)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_workflow_version"
        constraints = (
            models.UniqueConstraint("workspace", "workflow", "number", name="automation_version_no"),
        )

    def __str__(self) -> str:
        return f"{self.workflow_id} v{self.number}"


class WorkflowBook(WorkspaceModel):
    """A new number whenever a workspace's workflows change, so that processes read them anew."""

    portable: ClassVar[bool] = False

    edition = models.BigIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_book"
        constraints = (models.UniqueConstraint("workspace", name="automation_book_one"),)

    def __str__(self) -> str:
        return str(self.edition)


class Run(WorkspaceModel):
    """A workflow at work on one record, or on none (record_id 0).

    once      what started it, in words: the same start never makes a second run
    fact_id   the fact that started it; `depth`: how many facts led to it
    data      what its start brought: changes of the fact, what a webhook sent
    frames    where it is: a stack of {"path", "at"} and, in a loop, {"ids", "i", "object"} (running.py)
    next_at   when it goes on by itself; `waits_for`: the fact by which it goes on earlier
    attempts  of the step at hand, after which it is parked
    """

    class State(models.TextChoices):
        READY = "ready"
        WAITING = "waiting"
        DONE = "done"
        STOPPED = "stopped"
        PARKED = "parked"
        FAILED = "failed"
        UNDONE = "undone"

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="runs", db_index=False)
    version = models.PositiveIntegerField()
    object = models.CharField(max_length=40, blank=True, default="")
    record_id = models.BigIntegerField(default=0)
    title = models.CharField(max_length=300, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)
    once = models.CharField(max_length=100)
    moment = models.DateTimeField(null=True, help_text="the time on which it was due")
    fact_id = models.BigIntegerField(null=True)
    depth = models.SmallIntegerField(default=0)
    data = models.JSONField(default=dict)
    frames = models.JSONField(default=list)
    next_at = models.DateTimeField(null=True)
    waits_for = models.CharField(max_length=130, blank=True, default="")
    waits_record = models.BigIntegerField(null=True, help_text="of which record that fact must be")
    waits_since = models.BigIntegerField(null=True, help_text="facts with a later key are waited for")
    attempts = models.PositiveSmallIntegerField(default=0)
    steps_done = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_run"
        indexes = (
            models.Index("workspace", "workflow", "begun_at", name="automation_run_log"),
            models.Index("workspace", "workflow", "record_id", "moment", name="automation_run_due"),
            models.Index(
                "workspace", "next_at", name="automation_run_next", condition=Q(next_at__isnull=False)
            ),
            models.Index(
                "workspace", "waits_record", name="automation_run_waits", condition=~Q(waits_for="")
            ),
            models.Index(
                "workspace", "state", name="automation_run_open", condition=Q(ended_at__isnull=True)
            ),
        )
        constraints = (models.UniqueConstraint("workspace", "workflow", "once", name="automation_run_once"),)

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.once} {self.state}"


class RunStep(WorkspaceModel):
    """One step that a run has taken: with what, what came of it.

    key      sent along with calls to the outside, the same at every attempt
    fact_id  the fact it stated, by which it can be undone
    """

    class State(models.TextChoices):
        BEGUN = "begun"
        DONE = "done"
        FAILED = "failed"
        UNDONE = "undone"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps", db_index=False)
    number = models.PositiveIntegerField()
    path = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DONE)
    input = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")
    key = models.CharField(max_length=40, blank=True, default="")
    fact_id = models.BigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_run_step"
        constraints = (models.UniqueConstraint("workspace", "run", "number", name="automation_step_no"),)

    def __str__(self) -> str:
        return f"{self.run_id} {self.number} {self.kind} {self.state}"


class Holding(WorkspaceModel):
    """Since when a record has met the condition of a workflow that waits for that to have lasted."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="+", db_index=False)
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    since = models.DateTimeField()
    done_at = models.DateTimeField(
        null=True, help_text="when it has lasted long enough and a run was started"
    )

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_holding"
        indexes = (
            models.Index(
                "workspace", "workflow", "since", name="automation_holding_due", condition=Q(done_at=None)
            ),
        )
        constraints = (
            models.UniqueConstraint("workspace", "workflow", "record_id", name="automation_holding_one"),
        )

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.record_id} since {self.since}"


class Prompt(WorkspaceModel):
    """A record that a workflow has put into somebody's Today, for as long as its condition holds."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    why = models.CharField(max_length=300)
    weight = models.PositiveSmallIntegerField(default=70)
    made_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        db_table = "automation_prompt"
        indexes = (models.Index("workspace", "member", "weight", name="automation_prompt_of"),)
        constraints = (
            models.UniqueConstraint("workspace", "workflow", "record_id", name="automation_prompt_one"),
        )

    def __str__(self) -> str:
        return f"{self.member_id}: {self.object} {self.record_id}"
