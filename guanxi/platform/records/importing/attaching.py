"""Files that rows attach to their records, by whoever keeps the files of records.

`attach_by` registers it; a column then may go to ATTACHED in the files of every object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.objects import Object

ATTACHED = "+files"  # a path that no field can have
WORDS = (
    "files", "attached files", "attachment", "attachments", "附件", "文件", "附件文件", "檔案", "附加檔案",
)  # fmt: skip
# A table calls links and numbers of pictures so, too: meant where the files are there.
PICTURES = (
    "photo", "photos", "picture", "pictures", "image", "images", "照片", "图片", "头像",
    "圖片", "頭像", "大頭照",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class AttachedFiles(Field):
    """What a column of attached files is like; it is in no object."""

    type: ClassVar[str] = "attached"
    multiple: ClassVar[bool] = True


FIELD = AttachedFiles(name=ATTACHED, label=L("Attached files", "附件", "附件"))


@dataclass(frozen=True, slots=True)
class Attaching:
    """attach(obj, record_id, upload, *, name, by, data), which passes over what the record has already, and
    detach(obj, record_id, *, by, data)."""

    attach: Callable[..., Any]
    detach: Callable[..., Any]


_ways: list[Attaching] = []


def attach_by(way: Attaching) -> None:
    """Register who attaches files to records."""
    _ways[:] = [way]


def may_be_attached() -> bool:
    return bool(_ways)


def attach(obj: Object, record_id: int, upload: Any, *, name: str, by: Any, data: Mapping[str, Any]) -> None:
    """Attach one file, unless the record has it. Raises NotFound and Refused."""
    for way in _ways:
        way.attach(obj, record_id, upload, name=name, by=by, data=data)


def detach(obj: Object, record_id: int, *, by: Any, data: Mapping[str, Any]) -> None:
    """Take away what was attached with `data`. Raises NotFound and Refused."""
    for way in _ways:
        way.detach(obj, record_id, by=by, data=data)
