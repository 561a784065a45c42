from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel

FAR = 500


class VisitPolicy(WorkspaceModel):
    """What a workspace says about visits; without a row the shipped policy holds.

    far   metres from the customer's position beyond which a check-in is told as far away
    """

    far = models.PositiveIntegerField(default=FAR)

    class Meta(WorkspaceModel.Meta):
        db_table = "collaboration_visit_policy"
        constraints = (models.UniqueConstraint("workspace", name="visit_policy_once"),)

    def __str__(self) -> str:
        return f"{self.far} m"
