from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.contracts.models import Contract
from tests.cast import Cast, actor

Draft = Callable[..., Contract]


@pytest.fixture
def draft(cast: Cast) -> Any:
    """Makes contracts of the rep for a year from today, or as told; the test stands in the workspace."""

    def make(**more: Any) -> Contract:
        by, today = actor(cast.rep), timezone.localdate()
        company = create_record(object="company", values={"name": "海川水务"}, by=by)
        values = {
            "name": "水质监测维保", "company": company.pk, "amount": "120000", "kind": "service",
            "starts_on": today, "ends_on": today + timedelta(days=364), **more,
        }  # fmt: skip
        made: Contract = create_record(object="contract", values=values, by=by)
        return made

    with in_workspace(cast.xishan.pk):
        yield make
