"""Hours of delivery are a number like every other: measured, planned, in the cube and over the API."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from guanxi.analytics.semantic.measures import measures_of
from guanxi.platform.metadata.metrics import metric, plain_metrics
from guanxi.platform.records.measuring import measure_question
from guanxi.platform.records.questions import ask
from guanxi.platform.records.writing import archive_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.projects.objects import TIME_ENTRY
from guanxi.sales.targets.periods import Period
from guanxi.sales.targets.queries import reached_in
from guanxi.sales.targets.views import amount_words
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def test_hours_of_delivery_are_measured_and_planned(cast: Cast):
    with in_workspace(cast.xishan.pk):
        by, today = actor(cast.rep), timezone.localdate()
        company = create_record(object="company", values={"name": "海川水务"}, by=by)
        values = {"name": "安装", "company": company.pk}
        project = create_record(object="project", values=values, by=by)

        def note(hours: str, day: Any) -> Any:
            values = {"project": project.pk, "name": "现场", "hours": hours, "day": day}
            return create_record(object="time_entry", values=values, by=by)

        note("7.5", today)
        note("2.25", today)
        archive_record(note("1", today), by=by)
        note("4", today - timedelta(days=40))
        hours = metric("delivery_hours")
        span: dict[str, Any] = {"first": today - timedelta(days=1), "last": today}
        assert ask(measure_question(hours, by=by, **span)) == (Decimal("9.75"),)
        assert ask(measure_question(hours, by=actor(cast.stranger), **span)) == (Decimal(0),)
        assert hours in plain_metrics()  # so there are targets on it
        months = Period((today - timedelta(days=60)).replace(day=1), 4)
        assert reached_in(hours, months, by=by).total == Decimal("13.75")
        assert amount_words(hours, by)(Decimal("9.75")) == "9.8"  # hours are no money
        asked = next(one for one in measures_of(TIME_ENTRY, by) if one.text == "metric:delivery_hours")
        assert (asked.kind, asked.shape, asked.unit) == ("sum", "number", "h")
    told = client_for(cast.rep).get("/api/v1/metrics").json()
    (said,) = [one for one in told["data"] if one["name"] == "delivery_hours"]
    assert (said["aggregate"], said["unit"], said["sum"]) == ("sum", "h", "hours")
