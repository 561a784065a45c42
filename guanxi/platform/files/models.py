from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class StoredFile(WorkspaceModel):
    """The bytes of a file: one row for each content in a workspace, however often it was uploaded.

    media_type   what the content is, whatever its name says
    """

    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="bytes")
    media_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "files_stored"
        constraints = (models.UniqueConstraint("workspace", "sha256", name="stored_file_content"),)

    def __str__(self) -> str:
        return f"{self.media_type}, {self.size} bytes"

    @property
    def is_picture(self) -> bool:
        """Whether browsers show it without being able to run anything in it."""
        return self.media_type in SAFE_PICTURES


# No SVG: it is a document that may carry scripts.
SAFE_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
