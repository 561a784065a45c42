from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class IdempotentCall(WorkspaceModel):
    """An answer that was given to a caller's Idempotency-Key: the same call again gets it again. Of an answer
    that is a record, `body` says only which one.

    Written in the transaction of the call itself: either both are there or neither.
    """

    portable: ClassVar[bool] = False

    caller = models.CharField(max_length=60, help_text="token:<id> or member:<id>: keys are the caller's own")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="of method, address and body")
    rights = models.CharField(max_length=64, default="", help_text="of those that the caller had then")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "api_idempotent_call"
        constraints = (models.UniqueConstraint("workspace", "caller", "key", name="api_idempotent_call_key"),)
        indexes = (models.Index("workspace", "created_at", name="api_idempotent_call_age"),)

    def __str__(self) -> str:
        return self.key

    def answer(self) -> tuple[int, dict[str, Any], bytes]:
        """Status, headers and body as they were."""
        return self.status, self.headers, bytes(self.body)
