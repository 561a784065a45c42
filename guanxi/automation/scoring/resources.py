"""Why a record has its score, over the API: as the panel tells it, with the same rights.

The score itself is a field of the record; what the rules say is written by files of shapes (`/api/v1/shape`).
"""

from __future__ import annotations

from typing import Any

from guanxi.automation.scoring.models import Score
from guanxi.automation.scoring.telling import Told, scores_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound
from guanxi.platform.metadata.resources import (
    KEY,
    TEXT,
    WHOLE,
    YES,
    Call,
    Door,
    Resource,
    many_of,
    offer,
    one_of,
)
from guanxi.platform.records.access import find_record


def _reasons(call: Call) -> dict[str, Any]:
    name, key = call.asked.get("object", ""), call.key("record")
    if not registry.has(name):
        raise NotFound(name)
    obj = registry.get(name)
    record = find_record(obj, key, by=call.by)
    rows = list(Score.objects.filter(record_id=record.pk))
    return {"data": [_score(one) for one in scores_of(obj, record, rows, by=call.by)], "next": None}


def _score(one: Told) -> dict[str, Any]:
    return {
        "title": one.title,
        "total": one.total,
        "fit": one.fit,
        "engagement": one.engagement,
        "leads": one.leads,
        "reasons": [
            {"why": str(each.why.striptags()), "points": each.points, "count": each.count}
            for each in one.reasons
        ],
    }


_SCORE = one_of(
    {
        "title": TEXT,
        "total": WHOLE,
        "fit": {**WHOLE, "description": "of who they are"},
        "engagement": {**WHOLE, "description": "of what they do"},
        "leads": {**YES, "description": "above the mark: shown first"},
        "reasons": {"type": "array", "items": one_of({"why": TEXT, "points": TEXT, "count": WHOLE})},
    }
)

offer(
    Resource(
        "score-reasons",
        "why records have their scores, for who may see all that the rules look at",
        (
            Door(
                "GET", "", "read_score_reasons", "of one record", _reasons, many_of(_SCORE),
                asked={"object": TEXT, "record": KEY}, needs=("object", "record"),
            ),
        ),
    )
)  # fmt: skip
