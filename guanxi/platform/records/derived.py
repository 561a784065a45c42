"""What several objects derive from their fields in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from guanxi.platform.i18n.rates import convert
from guanxi.platform.tenancy.context import in_workspace

Place = tuple[str | None, str | None, str | None]


def first_place(addresses: Sequence[Mapping[str, Any]]) -> Place:
    """Country, province and city of the first address."""
    first = addresses[0] if addresses else {}
    return first.get("country") or None, first.get("province") or None, first.get("city") or None


def in_base(
    value: Decimal | None, currency: str, workspace_id: int, on: date | None = None
) -> Decimal | None:
    """An amount in the workspace's currency by the rate of the day; None where no rate is known."""
    if value is None:
        return None
    with in_workspace(workspace_id):
        converted = convert(value, currency, on or timezone.localdate())
    return converted.amount if converted else None
