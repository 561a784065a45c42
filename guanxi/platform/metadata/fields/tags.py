"""Tags: short words that a workspace puts on anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from guanxi.platform.metadata.fields.several import Ids


@dataclass(frozen=True, kw_only=True, eq=False)
class Tags(Ids):
    """Ids of tags, in the order they were put on. Kept on the row to show, in records_value to find."""

    type: ClassVar[str] = "tags"
