from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Remedy(WorkspaceModel):
    """What somebody began against a finding of the diagnosis. Only they see it: its figures are of what they
    may see.

    finding  the key of the check; value, points and proof as it stood then
    goal    the points that are to be reached until `due`
    todos   how many to-dos were made
    """

    finding = models.CharField(max_length=120)
    member = models.ForeignKey("identity.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    value = models.FloatField()
    points = models.FloatField()
    goal = models.FloatField()
    proof = models.CharField(max_length=300)
    todos = models.PositiveIntegerField(default=0)
    due = models.DateField()
    began_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "analytics_remedy"
        constraints = (
            models.UniqueConstraint(
                "workspace",
                "member",
                "finding",
                name="analytics_remedy_open",
                condition=models.Q(ended_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.finding
