"""Conditions without the database say what it says, or that they do not know."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from guanxi.automation.workflows.conditions import predicate
from guanxi.platform.metadata import registry
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import compile_filter, parse_filter
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.writing import create_record, told
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

FILTERS = (
    "employees >= 100", "employees < 100", "employees between (3, 100)", "employees is empty",
    "employees != 3",
    "level = A", "level != A", "level in (A, B)", "level not in (A, B)", "level is not empty",
    "not level = A",
    "level = A or employees > 1000", "level = A and employees > 1", "industry = water",
    "name contains qing",
    "owner = me", "owner is empty", "tags in ({tag})", "tags not in ({tag})", "tags is empty",
    "next_step_on < today", "next_step_on >= today", "next_step_on = this_week", "next_step_on > -3d",
    "created_at >= today", "created_at < -1d", "last_touch_at is empty", "annual_revenue >= 1000",
    "annual_revenue < 1000", "annual_revenue is empty", "not (level = A or tags in ({tag}))",
)  # fmt: skip


def test_they_agree_with_the_database(cast):
    with in_workspace(cast.xishan.pk):
        rep = actor(cast.rep)
        tag = add_tag(name="hot", by=actor(cast.admin)).pk
        day = datetime.now(UTC).date()
        made: list[dict[str, Any]] = [
            {},
            {"employees": 3, "level": "A"},
            {"employees": 100, "level": "B", "industry": "water", "tags": [tag]},
            {"employees": 5000, "level": "C", "next_step": "x", "next_step_on": day.isoformat()},
            {"next_step": "x", "next_step_on": (day - timedelta(days=10)).isoformat()},
            {"next_step": "x", "next_step_on": (day + timedelta(days=2)).isoformat(), "tags": [tag]},
        ]
        obj = registry.get("company")
        money = next((one.name for one in obj.fields if one.type == "money"), None)
        if money:
            made += [{money: "999.99"}, {money: {"amount": "1000", "currency": "CNY"}}]
        records = [
            create_record(object="company", values={"name": f"Qing {at}", **values}, by=rep)
            for at, values in enumerate(made)
        ]
        context, known = field_context(rep), 0
        for text in FILTERS:
            if "annual_revenue" in text:
                if not money:
                    continue
                text = text.replace("annual_revenue", money)
            tree = parse_filter(text.format(tag=tag))
            asked = compile_filter(tree, obj, by=rep, context=context, vendor=connection.vendor)
            rows = fetch(
                f'SELECT r.id FROM "{obj.table}" r WHERE r.workspace_id = %s AND {asked.text}',
                (cast.xishan.pk, *asked.params),
            )
            holding = {row[0] for row in rows}
            test = predicate(tree, obj, context)
            for record in records:
                values = told(obj, record) | {"created_at": obj["created_at"].to_json(record.created_at)}
                answer = test(values)
                known += answer is not None
                if answer is not None:
                    assert answer is (record.pk in holding), (text, values)
        assert known > 150


@pytest.mark.parametrize("text", ["level = A", "level != A", "employees > 3", "tags is empty"])
def test_what_is_not_said_is_not_known(cast, text):
    with in_workspace(cast.xishan.pk):
        obj = registry.get("company")
        assert predicate(parse_filter(text), obj, field_context(actor(cast.rep)))({}) is None
