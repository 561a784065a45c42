from __future__ import annotations

from typing import Any

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class SavedCube(WorkspaceModel):
    """A cube under a name. Whoever opens it sees the figures of what they may see themselves.

    member null: everybody's; team set: that team's
    """

    name = models.CharField(max_length=80)
    query = models.TextField()
    member = models.ForeignKey(
        "identity.Member", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        "identity.Team", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "analytics_saved_cube"
        indexes = (models.Index("workspace", "name", name="analytics_saved_cube_name"),)

    def __str__(self) -> str:
        return self.name

    def belongs_to(self, by: Any) -> bool:
        """Whether the actor may take it away."""
        return bool(by.administers or (by.member_id is not None and self.member_id == by.member_id))
