"""Metrics and cubes for the API: the same figures, by the same rights."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from guanxi.analytics.cube.files import as_parquet, harmless, may_take_out, records_of
from guanxi.analytics.semantic.answering import Answer, ask
from guanxi.analytics.semantic.cubes import read_cube
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.metrics import metrics
from guanxi.platform.records.measuring import may_measure


class Opened:
    """See `guanxi.platform.metadata.figures`."""

    def metrics(self, by: Actor) -> list[dict[str, Any]]:
        return [
            {
                "name": one.name,
                "label": str(one.label),
                "object": one.object,
                "date": one.date,
                "filter": one.filter,
                "sum": one.sum or None,
                "measure": f"metric:{one.name}",
                "aggregate": one.aggregate or ("sum" if one.sum else "count"),
                "formula": one.formula or None,
                "unit": one.unit or None,
                "better": one.better,
                "own": str(one.own) if one.own else None,
            }
            for one in metrics()
            if registry.has(one.object) and may_measure(one, by=by)
        ]

    def rows(self, asked: Mapping[str, list[str]], by: Actor) -> dict[str, Any]:
        answer = _ask(asked, by)
        return {
            "cube": answer.plan.cube.query,
            "fed_at": answer.fed_at,
            "rows": [one.text for one in answer.plan.rows],
            "columns": [one.text for one in answer.plan.columns],
            "measures": [{"name": one.text, "label": one.label} for one in answer.plan.measures],
            "data": list(records_of(answer)),
        }

    def file(self, asked: Mapping[str, list[str]], form: str, by: Actor) -> tuple[bytes, str]:
        answer = _ask(asked, by)
        obj = registry.get(answer.plan.cube.object)
        if not may_take_out(obj, by):
            raise Refused(f"{obj.name}.export")
        if form == "parquet":
            return as_parquet(answer), "application/vnd.apache.parquet"
        text, rows = io.StringIO(), list(records_of(answer))
        sheet = csv.writer(text)
        sheet.writerow([harmless(one) for one in rows[0]] if rows else [])
        sheet.writerows([harmless(one) for one in row.values()] for row in rows)
        return text.getvalue().encode(), "text/csv; charset=utf-8"


def _ask(asked: Mapping[str, list[str]], by: Actor) -> Answer:
    cube = read_cube(urlencode([(name, one) for name, several in asked.items() for one in several]))
    if not registry.has(cube.object) or not by.may("see", cube.object):
        raise Refused(f"{cube.object}.see")
    return ask(cube, by)
