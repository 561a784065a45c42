"""Keys of records, as doors give them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields.base import Field


def read_id(value: Any, owner: Field) -> int | None:
    """A key, given as a number or as its digits."""
    if value is None or value == "":
        return None
    if isinstance(value, dict):
        value = value.get("id")
    pk = getattr(value, "pk", value)
    try:
        number = int(pk) if not isinstance(pk, bool | float) else -1
    except (TypeError, ValueError):
        number = -1
    if not 0 < number < 2**63:
        raise FieldError("link", _("%(field)s does not exist.") % {"field": owner.label})
    return number
