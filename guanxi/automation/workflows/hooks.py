"""Calls of other systems: an address that nobody guesses, and an answer that says what has begun."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from guanxi.automation.workflows.matching import acting, holding_ids, rule_of
from guanxi.automation.workflows.models import Run, Workflow
from guanxi.automation.workflows.running import run_of, start_runs
from guanxi.automation.workflows.sweeping import ids_where
from guanxi.platform.identity.secrets import hash_secret, workspace_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.records.filters import All, Condition
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace

MOST = 256 * 1024


def receive(secret: str, body: bytes, key: str) -> tuple[int, dict[str, Any]]:
    """(status, answer) for one call. The same key, or without one a moment of its own, starts one run."""
    workspace_id = workspace_of(secret)
    if not secret.startswith("hook_") or workspace_id is None:
        return 404, {"code": "not_found"}
    if len(body) > MOST:
        return 413, {"code": "too_large"}
    with in_workspace(workspace_id), transaction.atomic():
        if not Workspace.objects.filter(pk=workspace_id, closed_at=None).exists():
            return 404, {"code": "not_found"}
        row = Workflow.objects.filter(hook=hash_secret(secret), on_at__isnull=False, archived_at=None).first()
        if row is None or row.recipe["when"]["kind"] != "webhook":
            return 404, {"code": "not_found"}
        payload = _payload(body)
        if payload is None:
            return 400, {"code": "json"}
        return _begin(row, payload, key)


def _begin(row: Workflow, payload: Any, key: str) -> tuple[int, dict[str, Any]]:
    once = f"hook {hashlib.sha256(key.encode()).hexdigest()[:64] if key else new_key()}"
    known = Run.objects.filter(workflow=row, once=once).first()
    if known is not None:
        return 202, {"run": str(known.pk), "again": True}
    record_id, title = _record(row, payload)
    if record_id is None:
        return 422, {"code": "no_record"}
    run = run_of(
        row.pk,
        row.version,
        object=row.object,
        record_id=record_id,
        title=title,
        once=once,
        data={"payload": payload},
        workflow_title=row.title,
    )
    start_runs([run])
    return 202, {"run": str(run.pk)}


def _record(row: Workflow, payload: Any) -> tuple[int | None, str]:
    """The record that the call is about: 0 where the workflow names none, None where there is none."""
    match = row.recipe["when"].get("match")
    if match is None:
        return 0, ""
    found: Any = payload
    for part in match["path"].split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        return None, ""
    obj, by = registry.get(row.object), acting(row.acts_as_id, row.title)
    rule = rule_of(row)
    try:
        tree = All((Condition(match["field"], "is", str(found)), rule.filter))
        ids = ids_where(obj, tree, by=by, limit=1)
    except FieldError:
        return None, ""
    ids = list(holding_ids(obj, rule.filter, row.recipe.get("formula", ""), by=by, among=ids))
    if not ids:
        return None, ""
    record = obj.rows().get(pk=ids[0])
    return ids[0], str(record)[:300]


def _payload(body: bytes) -> Any:
    """What was sent, as JSON without what no database takes; None where it is none."""
    try:
        found = json.loads(body.decode() or "{}")
    except (ValueError, UnicodeDecodeError, RecursionError):
        return None
    return _clean(found, 0)


def _clean(value: Any, depth: int) -> Any:
    if depth > 12:
        return None
    if isinstance(value, dict):
        return {str(name).replace("\0", ""): _clean(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [_clean(one, depth + 1) for one in value]
    if isinstance(value, float) and value != value:
        return None
    return value.replace("\0", "") if isinstance(value, str) else value
