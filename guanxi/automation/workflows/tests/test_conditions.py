"""Conditions without the database say what it says, or that they do not know."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from guanxi.automation.workflows.conditions import predicate
from guanxi.automation.workflows.matching import Book, Rule, rule_of, shelve
from guanxi.automation.workflows.models import Workflow
from guanxi.platform.events.models import Fact
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


def test_shelves_leave_out_nothing_that_may_start(cast):
    whens: list[dict[str, Any]] = [
        {"kind": "enters"}, {"kind": "leaves"}, {"kind": "fact", "verb": "*"}, {"kind": "held", "for": "3d"},
        {"kind": "fact", "verb": "changed", "fields": ["employees", "level"]},
    ]  # fmt: skip
    texts = [one for one in FILTERS if "{tag}" not in one and "annual_revenue" not in one]
    texts += ["employees > 10 and level = B", "employees <= 10", "level in (B, C) and employees < 50", ""]
    changes: list[dict[str, list[Any]]] = [
        {"employees": [old, new]} for old in (None, 3, 100) for new in (None, 3, 10, 11, 5000)
    ]
    changes += [{"level": ["A", "B"]}, {"level": [None, "A"], "employees": [1, 60]}, {"name": ["a", "qing"]}]
    with in_workspace(cast.xishan.pk), transaction.atomic():
        book = Book((0, 0), datetime.now(UTC))
        rules = []
        for at, (when, text) in enumerate(itertools.product(whens, texts)):
            recipe = {"when": when, "if": text, "steps": [{"do": "stop"}]}
            rule = rule_of(Workflow(pk=at + 1, object="company", title="x", recipe=recipe))
            rules.append(rule)
            shelve(rule, book)
        started = 0
        for change, verb in itertools.product(changes, ("changed", "created")):
            fact = Fact(object="company", verb=verb, record_id=1, actor_kind="member", changes=change)
            found = {one.id for one in book.candidates(fact)}
            may = [one for one in rules if verb == "created" or _looks_at(one, change)]
            assert found == {one.id for one in may if one.concerns(fact)}, (change, verb)
            started += len(found)
        assert started > 500


def _looks_at(rule: Rule, change: dict[str, Any]) -> bool:
    """Without a field to watch only facts as such start something."""
    return bool(rule.fields & set(change)) if rule.fields else rule.kind == "fact"


@pytest.mark.parametrize("text", ["level = A", "level != A", "employees > 3", "tags is empty"])
def test_what_is_not_said_is_not_known(cast, text):
    with in_workspace(cast.xishan.pk):
        obj = registry.get("company")
        assert predicate(parse_filter(text), obj, field_context(actor(cast.rep)))({}) is None
