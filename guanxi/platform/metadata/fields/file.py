"""A file or a picture in a field: {id, name, size, type} of the upload that stands there now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import Context, Operator
from guanxi.platform.metadata.fields.keys import read_id
from guanxi.platform.metadata.fields.parts import Parts


@dataclass(frozen=True, kw_only=True, eq=False)
class File(Parts):
    """One file. Whether the actor may put it there is asked when writing (records/filing.py)."""

    type: ClassVar[str] = "file"
    operators: ClassVar[tuple[Operator, ...]] = ("contains", "starts", "empty", "not_empty")

    def clean(self, value: Any, context: Context) -> dict[str, Any] | None:
        """The id of an upload, alone or with what else was answered of it; the rest is what is kept of it."""
        from guanxi.platform.files.models import FieldFile

        key = read_id(value.get("id") if isinstance(value, Mapping) else value, self)
        if key is None:
            return None
        row = FieldFile.objects.select_related("file").filter(pk=key).first()
        if row is None:
            raise FieldError("file", _("%(field)s: this file was not uploaded.") % {"field": self.label})
        self.check_type(row.file.media_type)
        return told_file(row)

    def check_type(self, media_type: str) -> None:
        """Raises FieldError for content that the field does not take."""

    def said(self, value: Any) -> str:
        return str(value.get("name") or "")


@dataclass(frozen=True, kw_only=True, eq=False)
class Image(File):
    """A picture of those kinds that browsers show without running anything in them."""

    type: ClassVar[str] = "image"

    def check_type(self, media_type: str) -> None:
        from guanxi.platform.files.models import SAFE_PICTURES

        if media_type not in SAFE_PICTURES:
            words = _("%(field)s takes pictures: PNG, JPEG, GIF, WebP or AVIF.") % {"field": self.label}
            raise FieldError("image", words)


def told_file(row: Any) -> dict[str, Any]:
    """What a field keeps of a FieldFile."""
    return {"id": str(row.pk), "name": row.name, "size": row.file.size, "type": row.file.media_type}
