"""A member tries every door on what belongs to another team's member: no answer tells of it, none breaks.

Generated from the address table and the registry (doors.py): a new page, call, object or field is tried
without being named, and one that leads to a new kind of thing fails until it is said whose thing that is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import Cast, client_for
from tests.security.doors import WORD, Theirs, doors_of, plant

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
JSON = "application/json"
OWN = "machine"


@pytest.fixture
def theirs(cast: Cast, tmp_path: Path) -> Theirs:
    with in_workspace(cast.xishan.pk):
        found = plant(cast, tmp_path)
    drain_events()
    return found


def sent_to(door: str, theirs: Theirs) -> dict[str, Any]:
    """What could do harm if it were let in."""
    plural = door.split("/")[1]
    obj = registry.by_plural(plural)
    key = str(theirs.records.get(obj.name if obj else "company", 0))
    picked = {"names": ["name"], "rows": [[key, 1], [key, 1]], "text": "taken"}
    return {
        "name": "taken", "id": key, "to": "1", "text": "taken", "filter": "", "said": "different",
        "owner": "1", "apply": "1", "granted": "1", "confirm": "1", "winner": key, "value": "taken",
        "object": obj.name if obj else "company", "list": "", "formula": "false", "label-en": "taken",
        "body": "taken", "kind": "note", "subject": "taken", "cells": json.dumps(picked), "name-do": "set",
    }  # fmt: skip


def body_sent(door: str, theirs: Theirs) -> dict[str, Any]:
    parts = door.split("/")
    obj = registry.by_plural(parts[3]) if len(parts) > 3 else None
    key = str(theirs.records.get(obj.name if obj else "company", 0))
    title = obj.title if obj else "name"
    if door.endswith("/paste"):
        return {"fields": [title], "rows": [{"id": key, "version": 1, "cells": ["taken"]}]}
    if door.endswith("/bulk"):
        return {"do": "archive", "ids": [key]}
    if door.endswith("/batch"):
        return {"operations": [{"do": "archive", "id": key}]}
    return {title: "taken", "others": [key], "id": key, "to": "member:1", "grants": {}, "field": title}


def answers(browser: Client, door: str, theirs: Theirs) -> list[tuple[str, int, str]]:
    """(method, status, what it said) of every way to knock."""
    found = {"GET": browser.get(door)}
    if door.startswith("/api/"):
        body = json.dumps(body_sent(door, theirs))
        found |= {
            method.upper(): getattr(browser, method)(door, body, content_type=JSON)
            for method in ("post", "patch", "put", "delete")
        }
    elif "new" not in door.split("/"):  # what one makes oneself is nobody else's
        found["POST"] = browser.post(door, sent_to(door, theirs))
    return [
        (method, one.status_code, b"".join(one).decode("utf-8", "replace")) for method, one in found.items()
    ]


def knock(member: Member, theirs: Theirs, names: set[str] | None = None) -> tuple[list[Any], list[Any], int]:
    """(doors that broke, doors that told the word, how many were asked)."""
    browser = client_for(member)
    browser.raise_request_exception = False
    broken, told, asked = [], [], 0
    with in_workspace(member.workspace_id), reading():
        objects = [obj for obj in registry.objects() if names is None or obj.name in names]
    for door in doors_of(theirs, objects):
        for method, status, said in answers(browser, door, theirs):
            asked += 1
            if status >= 500:
                broken.append((method, door, status))
            if WORD in said:
                told.append((method, door, status))
    return broken, told, asked


def test_every_gap_of_every_door_is_somebodys(cast: Cast, theirs: Theirs):
    with in_workspace(cast.xishan.pk), reading():
        found = list(doors_of(theirs, list(registry.objects())))
    assert len(found) > len(get_resolver().url_patterns)
    assert not [one for one in found if "<" in one]


def test_no_door_breaks_or_tells_of_what_is_anothers(cast: Cast, theirs: Theirs):
    broken, told, asked = knock(cast.rep, theirs, {"company", "product", OWN})
    assert broken == []
    assert told == []
    assert asked > 300
