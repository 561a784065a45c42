from __future__ import annotations

from typing import ClassVar

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class IdempotentCall(WorkspaceModel):
    """That the call of a caller's Idempotency-Key was done, and where what came of it is: the same call again
    is told so. Nothing of the answer is kept that a right is needed for.

    Written in the transaction of the call itself: either both are there or neither.
    """

    portable: ClassVar[bool] = False

    caller = models.CharField(max_length=60, help_text="token:<id> or member:<id>: keys are the caller's own")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="of method, address and body")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    done = models.JSONField(default=dict, help_text="the key of what was made; of many their outcomes")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "api_idempotent_call"
        constraints = (models.UniqueConstraint("workspace", "caller", "key", name="api_idempotent_call_key"),)
        indexes = (models.Index("workspace", "created_at", name="api_idempotent_call_age"),)

    def __str__(self) -> str:
        return self.key
