"""What the description allows, the API answers: nothing that fits it makes the server stumble.

schemathesis makes the calls from OpenAPI, fitting and not quite fitting; every other one is about a record
that is there. `GUANXI_SCHEMA_EXAMPLES` asks for more of each (CI by night).
"""

from __future__ import annotations

import json
import os
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from guanxi.platform.metadata import registry
from guanxi.platform.records.tests.pages import Shop, shop
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import client_for

__all__ = ["shop"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = int(os.environ.get("GUANXI_SCHEMA_EXAMPLES", "1"))
OBJECTS = ("company",)  # others are made of the same declarations
_turn = count()


class Stop(Exception):
    """Undo what a call has done."""


def test_no_call_that_is_described_makes_the_server_stumble(shop: Shop):
    browser = client_for(shop.cast.admin)
    browser.raise_request_exception = False
    raw = browser.get("/api/v1/openapi.json").json()
    with in_workspace(shop.cast.xishan.pk):
        plurals = {obj.plural for obj in registry.objects() if obj.name not in OBJECTS}
        real = {
            registry.get(name).plural: str(
                registry.get(name).rows().values_list("pk", flat=True).first() or 1
            )
            for name in OBJECTS
        }
    raw["paths"] = {path: one for path, one in raw["paths"].items() if path.split("/")[3] not in plurals}
    del raw["paths"]["/api/v1/shape"]  # takes a text of TOML: test_texts.py
    schema = schemathesis.openapi.from_dict(raw)
    broken: list[Any] = []
    asked = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        asked += 1
        for problem in _tried(operation, browser, real):
            broken.append(problem)
    assert broken == []
    assert asked > 50


def _tried(operation: Any, browser: Client, real: dict[str, str]) -> list[Any]:
    broken: list[Any] = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        status, path = _answer(case, browser, real)
        if status >= 500:
            broken.append((case.method, path, status, str(case.body)[:200]))

    call()
    return broken


def _answer(case: Any, browser: Client, real: dict[str, str]) -> tuple[int, str]:
    """The status of one call, of which nothing stays."""
    parts = case.path.split("/")
    if next(_turn) % 2 and parts[3] in real and "id" in (case.path_parameters or {}):
        case.path_parameters["id"] = real[parts[3]]
    path = case.formatted_path
    if case.query:
        path += f"?{urlencode({name: str(value) for name, value in case.query.items()}, errors='replace')}"
    body: Any = b""
    if isinstance(case.body, dict | list | str | int | float | bool) or case.body is None:
        body = json.dumps(case.body).encode("utf-8", "replace")
    headers = {
        name.replace("-", "_"): value
        for name, value in (case.headers or {}).items()
        if str(value).isascii() and str(value).isprintable()
    }
    status = 0
    try:
        with transaction.atomic():
            answer = browser.generic(
                case.method, path, body, content_type=case.media_type or "application/json", headers=headers
            )
            status = answer.status_code
            raise Stop
    except Stop:
        return status, path
