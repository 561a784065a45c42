"""The doors of imports: files are sent, a plan with them, and rows come back with what became of them."""

from __future__ import annotations

from typing import Any

from guanxi.api.openapi.parts import (
    ID,
    KEY,
    MAYBE,
    NUMBER,
    TEXT,
    YES,
    Schema,
    at_path,
    data,
    operation,
    query,
    ref,
    shape,
)
from guanxi.platform.records.importing.models import Import, ImportRow

_TAG = "imports"
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_ALIKE: Schema = {"enum": ["create", "update", "skip"]}
_TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
EXAMPLE_PLAN: list[dict[str, Any]] = [
    {
        "file": "people.csv",
        "object": "contact",
        "columns": {
            "Name": "name",
            "Mail": "emails",
            "Firm": {"to": "company", "on_missing": "create"},
            "Shoe size": None,
        },
        "key": "emails",
        "found": "update",
        "alike": "skip",
        "fixed": {"tags": "fair 2026"},
    }
]


def import_schemas() -> dict[str, Schema]:
    """What is answered and what is sent, by name."""
    counts = ("rows", "created", "updated", "skipped", "rejected", "undone", "kept")
    return {
        "Import": shape(
            {
                "id": TEXT,
                "name": TEXT,
                "state": {"enum": list(Import.State.values)},
                "member": MAYBE,
                "schedule": MAYBE,
                "error": MAYBE,
                "may_run": YES,
                "may_undo": YES,
                "progress": {"type": ["object", "null"], "properties": {"done": NUMBER, "total": NUMBER}},
                **dict.fromkeys(("created_at", "started_at", "finished_at", "undone_at"), MAYBE),
                "files": {"type": "array", "items": ref("ImportFile")},
            }
        ),
        "ImportFile": shape(
            {
                "id": TEXT,
                "file": TEXT,
                "object": TEXT,
                "product": {**MAYBE, "description": "whose export it is, by its columns"},
                "about_rows": NUMBER,
                "columns": {"type": "array", "items": {"type": "object"}},
                "key": TEXT,
                "checked": {"type": ["object", "null"], "description": "rows, create, update, skip, reject"},
                "problems": {"type": "array", "items": {"type": "object"}},
                "like_records": {"type": "array", "items": {"type": "object"}},
                "counts": shape(dict.fromkeys(counts, NUMBER)),
            }
        ),
        "ImportRow": shape(
            {
                "row": NUMBER,
                "outcome": {"enum": list(ImportRow.Outcome.values)},
                "record": MAYBE,
                "reasons": {
                    "type": "array",
                    "items": shape({"column": MAYBE, "code": TEXT, "title": TEXT, "text": MAYBE}),
                },
                "cells": {**_TEXTS, "description": "of a row that was rejected"},
            }
        ),
        "ImportDecision": _decision(),
    }


def import_paths() -> dict[str, Any]:
    """Every door under the tag."""
    one, at, file = ref("Import"), at_path("id"), at_path("file_id")
    plan: Schema = {"type": "array", "items": ref("ImportDecision")}
    sending = operation("import_files", _TAG, "send files", "202", one, [KEY])
    sending["requestBody"] = {"required": True, "content": {"multipart/form-data": _parts()}}
    changing = shape({"plan": {**plan, "example": EXAMPLE_PLAN}}, needs=("plan",), closed=True)
    told = [
        {**query("outcome"), "schema": {"enum": list(ImportRow.Outcome.values)}},
        {**query("after"), "schema": _WHOLE},
        {**query("limit"), "schema": {**_WHOLE, "minimum": 1, "maximum": 1_000}},
    ]
    return {
        "/api/v1/imports": {
            "get": operation("list_imports", _TAG, "the caller's", "200", data(one)),
            "post": sending,
        },
        "/api/v1/imports/{id}": {
            "get": operation("read_import", _TAG, "one", "200", one, [at]),
            "patch": operation("decide_import", _TAG, "decide, check again", "202", one, [at], changing),
            "delete": operation("forget_import", _TAG, "forget what was not written", "204", None, [at]),
        },
        "/api/v1/imports/{id}/files/{file_id}/rows": {
            "get": operation(
                "read_import_rows",
                _TAG,
                "what became of rows",
                "200",
                data(ref("ImportRow")),
                [at, file, *told],
            )
        },
        **{
            f"/api/v1/imports/{{id}}/{noun}": {"post": operation(name, _TAG, summary, status, one, [at, KEY])}
            for noun, name, summary, status in (
                ("run", "run_import", "write it, go on", "202"),
                ("undoing", "undo_import", "take all back", "202"),
                ("cancellation", "cancel_import", "stop it", "200"),
            )
        },
    }


def _parts() -> Schema:
    """The parts of the form; `plan` is JSON as text."""
    files = {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}
    return {
        "schema": shape(
            {
                "files": {**files, "description": ".csv .tsv .xlsx .xls .ods .vcf .ics .zip"},
                "plan": {"type": "array", "items": ref("ImportDecision")},
                "dry_run": {"type": "boolean", "description": "only check: POST …/run writes"},
            },
            needs=("files",),
        ),
        "encoding": {"plan": {"contentType": "application/json"}},
        "example": {"files": ["people.csv"], "plan": EXAMPLE_PLAN, "dry_run": True},
    }


def _decision() -> Schema:
    problem: Schema = {"enum": ["reject", "empty"]}
    column = shape(
        {
            "to": {**MAYBE, "description": "name, phones:mobile, addresses:billing:city; null: kept out"},
            "order": {"enum": ["DMY", "MDY", "YMD"]},
            "replace": {**_TEXTS, "description": "whole cells → what they mean"},
            "on_problem": problem,
            "link_by": TEXT,
            "on_missing": {"enum": ["reject", "create", "empty"]},
        },
        closed=True,
    )
    return shape(
        {
            "file": {**TEXT, "description": "its name; not needed of one"},
            "object": TEXT,
            "like": {**ID, "description": "an earlier import whose mapping is taken"},
            **dict.fromkeys(("encoding", "delimiter", "sheet"), TEXT),
            "header": {**_WHOLE, "description": "row with the names; 0: none"},
            "columns": {
                "type": "object",
                "description": "header → field, null, or more; others as they were guessed",
                "additionalProperties": {"oneOf": [MAYBE, column]},
            },
            "key": {**TEXT, "description": "tells rows apart; empty: every row is new"},
            "found": {"enum": ["update", "skip"]},
            "missing": {"enum": ["create", "skip"]},
            "alike": {**_ALIKE, "description": "new rows that are like records that are there"},
            "alike_rows": {"type": "object", "additionalProperties": _ALIKE},
            "fixed": {**_TEXTS, "description": "field → text, the same for all rows"},
        },
        closed=True,
    )
