from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class Outline(WorkspaceModel):
    """The areas on which a workspace's maps are drawn; there is one at most, and a new one is a new row.

    source   where the lines are from, told under every map: the number of the approval, the licence
    shapes   [{"name", "rings": [[longitude, latitude, longitude, …], …]}, …] in whole 10⁻⁴ of a degree
    bounds   [west, south, east, north], in the same unit
    """

    name = models.CharField(max_length=200)
    source = models.CharField(max_length=300)
    shapes = models.JSONField()
    bounds = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "records_outline"
        constraints = (models.UniqueConstraint("workspace", name="records_outline_one"),)

    def __str__(self) -> str:
        return self.name
