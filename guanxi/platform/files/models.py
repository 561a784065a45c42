from __future__ import annotations

from django.db import models

from guanxi.platform.tenancy.models import WorkspaceModel


class StoredFile(WorkspaceModel):
    """The bytes of a file: one row for each content in a workspace, however often it was uploaded.

    media_type   what the content is, whatever its name says
    checked      by the scanner of malware, where one is set: "waiting", "clean", "found"; "" where none was
    finding      what it found
    preview      a small picture of it, made by a job
    """

    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="bytes")
    media_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)
    checked = models.CharField(max_length=10, blank=True, default="")
    finding = models.CharField(max_length=200, blank=True, default="")
    preview = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta(WorkspaceModel.Meta):
        db_table = "files_stored"
        constraints = (models.UniqueConstraint("workspace", "sha256", name="stored_file_content"),)

    def __str__(self) -> str:
        return f"{self.media_type}, {self.size} bytes"

    @property
    def is_picture(self) -> bool:
        """Whether browsers show it without being able to run anything in it."""
        return self.media_type in SAFE_PICTURES

    @property
    def is_held(self) -> bool:
        """Whether nobody gets it: it has not been looked at yet, or something was found in it."""
        return self.checked in ("waiting", "found")


class FieldFile(WorkspaceModel):
    """A file that stands, or stood, in a field of a record. Its rights are those of record and field.

    record_id   none until the form with which it came is saved: until then it is its uploader's alone
    version     the how-manieth file of that field it is, from 1
    """

    object = models.CharField(max_length=63)
    record_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=63)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=255)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by_id = models.BigIntegerField(null=True)

    class Meta(WorkspaceModel.Meta):
        db_table = "files_field"
        indexes = (
            models.Index("workspace", "object", "record_id", "field", name="field_file_record"),
            models.Index("workspace", "file", name="field_file_file"),
        )

    def __str__(self) -> str:
        return self.name


# No SVG: it is a document that may carry scripts.
SAFE_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
