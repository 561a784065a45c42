"""The doors beside the objects: views, layouts, shares, roles, many records at once, the trash, files."""

from __future__ import annotations

from typing import Any

from guanxi.api.openapi.imports import import_paths, import_schemas
from guanxi.api.openapi.parts import (
    ID,
    IF_MATCH,
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
from guanxi.api.rest.figures import ASKED, SEVERAL
from guanxi.api.rest.resources import address_of
from guanxi.platform.identity.actors import FIELD_RIGHTS, Actor
from guanxi.platform.metadata.resources import FILE, RESOURCES, Door
from guanxi.platform.records.aggregates import AGGREGATES, NONE
from guanxi.platform.records.saved_views import LAYOUTS

_FORM: Schema = {"enum": ["csv", "parquet"]}
_BYTES: Schema = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_SENT: Schema = {
    **_BYTES,
    "multipart/form-data": {"schema": shape({"file": dict(FILE)}, needs=("file",), closed=True)},
}
TAGS = {
    "views": "lists under a name",
    "layouts": "how objects are laid out, for administrators",
    "shares": "to whom a record is open beyond the scopes of roles",
    "roles": "what roles grant, for administrators",
    "batches": "many records at once, and what undoes it",
    "imports": "tables brought in: sent, checked, written, taken back",
    "import-schedules": "imports by the clock",
    "metrics": "figures of the product and cubes over its objects, with the rights of the caller",
    "trash": "what was deleted",
    "files": "what fields of files hold: sent first, then named in a record by their id",
}


def tags() -> dict[str, str]:
    """Every tag with what it is about."""
    return TAGS | {one.name: one.about for one in RESOURCES.values()}


def beside_schemas() -> dict[str, Schema]:
    """What is answered and what is sent, by name."""
    look = {
        "name": {"type": "string", "maxLength": 80},
        "filter": TEXT,
        "sort": TEXT,
        "columns": {"type": "array", "items": TEXT},
        "layout": {"enum": list(LAYOUTS)},
        "by": {**TEXT, "description": "the field of a board, a calendar or groups"},
        "aggregates": {
            "type": "object",
            "additionalProperties": {"enum": [*AGGREGATES, NONE]},
            "description": "what stands in the foot of a column, where it is not the usual one",
        },
        "shared": {"enum": ["", "team", "all"], "description": "empty: for the member alone"},
    }
    return {
        "View": shape({"id": MAYBE, "key": TEXT, "object": TEXT, "own": YES, **look}),
        "ViewValues": shape({"object": TEXT, **look}, closed=True),
        "Share": shape(
            {
                "id": TEXT,
                "object": TEXT,
                "record": TEXT,
                "to": shape({"kind": TEXT, "id": TEXT, "name": TEXT}),
                "writes": YES,
                "until": MAYBE,
                "word": TEXT,
                "rule": MAYBE,
            }
        ),
        "ShareValues": shape(
            {
                "object": TEXT,
                "id": ID,
                "to": {"type": "string", "description": "member:812, team:7 or role:3"},
                "writes": YES,
                "until": {"type": ["string", "null"], "format": "date-time"},
                "word": {"type": "string", "maxLength": 60},
            },
            needs=("object", "id", "to"),
        ),
        "Role": shape({"id": TEXT, "name": TEXT, "system": MAYBE, "administers": YES, "grants": _grants()}),
        "RoleValues": shape({"name": TEXT, "grants": _grants()}, closed=True),
        **import_schemas(),
        "ImportSchedule": shape(
            {
                "id": TEXT,
                "name": TEXT,
                "object": TEXT,
                "address": TEXT,
                "sign_in": {"type": ["object", "null"], "properties": {"kind": TEXT, "name": TEXT}},
                "every": TEXT,
                "hour": NUMBER,
                "next_at": MAYBE,
                "last_at": MAYBE,
                "brought_at": MAYBE,
                "error": MAYBE,
                "failures": NUMBER,
            }
        ),
        "ImportScheduleValues": shape(_times(), closed=True),
        "NewImportSchedule": shape({"import": ID, **_times()}, needs=("import", "address", "every")),
        "Metric": shape(
            {
                "name": TEXT,
                "label": TEXT,
                "object": TEXT,
                "date": TEXT,
                "filter": TEXT,
                "sum": MAYBE,
                "aggregate": TEXT,
                "formula": MAYBE,
                "unit": MAYBE,
                "better": {"enum": ["more", "less"]},
                "own": {**MAYBE, "description": "the id under /own_metrics, of a workspace's own"},
                "measure": {"type": "string", "description": "how a cube names it"},
            }
        ),
        "Cube": shape(
            {
                "cube": {"type": "string", "description": "the query as it was understood"},
                "fed_at": {**MAYBE, "description": "until when the warehouse has heard"},
                "rows": {"type": "array", "items": TEXT},
                "columns": {"type": "array", "items": TEXT},
                "measures": {"type": "array", "items": shape({"name": TEXT, "label": TEXT})},
                "data": {"type": "array", "items": {"type": "object"}},
            }
        ),
        "Layout": shape({"object": TEXT, "role": MAYBE, "parts": {"type": "object"}}),
        "Batch": shape(
            {
                "id": TEXT,
                "kind": TEXT,
                "object": MAYBE,
                "state": {"enum": ["waiting", "running", "done", "cancelled", "failed"]},
                "total": NUMBER,
                "done": NUMBER,
                "refused": NUMBER,
                "undoes": MAYBE,
                "undone_by": MAYBE,
                "may_undo": YES,
                "created_at": TEXT,
                "finished_at": MAYBE,
                "refusals": {"type": "array", "items": shape({"id": TEXT, "why": TEXT})},
            }
        ),
        "BulkChange": shape(
            {
                "do": {"enum": ["change", "archive", "restore", "delete"]},
                "ids": {"type": "array", "items": ID, "minItems": 1, "maxItems": 10_000},
                "filter": {"type": "string", "description": "instead of ids: all that match now"},
                "q": TEXT,
                "archived": YES,
                "values": {"type": "object", "description": "field → what it is afterwards"},
                "add": {"type": "object", "description": "field with many values → what comes to them"},
                "remove": {"type": "object", "description": "field with many values → what goes"},
                "note": TEXT,
            },
            needs=("do",),
        ),
        "Paste": shape(
            {
                "fields": {"type": "array", "items": TEXT, "minItems": 1},
                "rows": {
                    "type": "array",
                    "minItems": 1,
                    "items": shape(
                        {"id": ID, "version": NUMBER, "cells": {"type": "array", "items": TEXT}},
                        needs=("id", "version", "cells"),
                    ),
                },
                "dry_run": YES,
            },
            needs=("fields", "rows"),
        ),
    }


def beside_paths(plurals: dict[str, str], *, by: Actor) -> dict[str, Any]:
    """Every door under the tags, what administrators need for them; `plurals` is plural → object."""
    found = (
        _views()
        | _shares()
        | _batches(plurals)
        | _files()
        | import_paths()
        | _import_schedules()
        | _copies()
        | _figures()
    )
    found |= _resources()
    found["/api/v1/trash"] = {"get": operation("list_trash", "trash", "trash", "200", {"type": "object"})}
    if by.administers:
        found |= _roles() | _layouts()
    return found


def _views() -> dict[str, Any]:
    view, sent, at = ref("View"), ref("ViewValues"), at_path("id")
    return {
        "/api/v1/views": {
            "get": operation("list_views", "views", "list", "200", data(view), [query("object", True)]),
            "post": operation("save_view", "views", "save one", "201", view, [KEY], sent),
        },
        "/api/v1/views/{id}": {
            "get": operation("read_view", "views", "one", "200", view, [at]),
            "patch": operation("change_view", "views", "change", "200", view, [at], sent),
            "delete": operation("delete_view", "views", "delete", "204", None, [at]),
        },
        "/api/v1/views/{id}/restoration": {
            "post": operation("restore_view", "views", "bring back", "200", view, [at])
        },
    }


def _layouts() -> dict[str, Any]:
    asked = [at_path("object", TEXT), query("role")]
    layout, parts = ref("Layout"), {"type": "object", "description": "part → what it is"}
    return {
        "/api/v1/layouts/{object}": {
            "get": operation("read_layout", "layouts", "one", "200", layout, asked),
            "put": operation("set_layout", "layouts", "set", "200", layout, [*asked, IF_MATCH], parts),
            "delete": operation("drop_layout", "layouts", "as shipped again", "204", None, asked),
        }
    }


def _shares() -> dict[str, Any]:
    share, at = ref("Share"), at_path("id")
    asked = [query("object", True), query("id", True)]
    return {
        "/api/v1/shares": {
            "get": operation("list_shares", "shares", "of one record", "200", data(share), asked),
            "post": operation("share", "shares", "share", "201", share, [KEY], ref("ShareValues")),
        },
        "/api/v1/shares/{id}": {
            "get": operation("read_share", "shares", "one", "200", share, [at]),
            "delete": operation("end_share", "shares", "end", "204", None, [at]),
        },
    }


def _roles() -> dict[str, Any]:
    role, sent, at = ref("Role"), ref("RoleValues"), at_path("id")
    return {
        "/api/v1/roles": {
            "get": operation("list_roles", "roles", "list", "200", data(role)),
            "post": operation("add_role", "roles", "add", "201", role, [KEY], sent),
        },
        "/api/v1/roles/{id}": {
            "get": operation("read_role", "roles", "one", "200", role, [at]),
            "patch": operation("change_role", "roles", "change", "200", role, [at], sent),
            "delete": operation("remove_role", "roles", "remove", "204", None, [at]),
        },
    }


def _batches(plurals: dict[str, str]) -> dict[str, Any]:
    batch, at = ref("Batch"), at_path("id")
    found: dict[str, Any] = {
        "/api/v1/batches": {"get": operation("list_batches", "batches", "the caller's", "200", data(batch))},
        "/api/v1/batches/{id}": {"get": operation("read_batch", "batches", "one", "200", batch, [at])},
        "/api/v1/batches/{id}/undoing": {
            "post": _later(operation("undo_batch", "batches", "take back", "200", batch, [at, KEY]))
        },
    }
    found["/api/v1/batches/{id}/cancellation"] = {
        "post": operation("cancel_batch", "batches", "no more of it", "200", batch, [at, KEY])
    }
    for plural, name in plurals.items():
        for path, doing, body in (
            ("bulk", "bulk_change", "BulkChange"),
            ("paste", "paste_into", "Paste"),
        ):
            said = operation(f"{doing}_{name}", plural, path, "200", batch, [KEY], ref(body))
            found[f"/api/v1/{plural}/{path}"] = {"post": _later(said)}
    return found


def _files() -> dict[str, Any]:
    kept = shape({"id": TEXT, "name": TEXT, "size": NUMBER, "type": TEXT})
    asked = [query("object", True), query("field", True), query("name"), KEY]
    sending = operation("send_file", "files", "send the bytes", "201", kept, asked)
    sending["requestBody"] = {"required": True, "content": _SENT}
    reading = operation("read_file", "files", "the bytes", "200", None, [at_path("id")])
    reading["responses"]["200"]["content"] = _BYTES
    return {"/api/v1/files": {"post": sending}, "/api/v1/files/{id}": {"get": reading}}


def _copies() -> dict[str, Any]:
    tag, parameters = "workspace-copies", [at_path("id")]
    fetching = operation("fetch_workspace_copy", tag, "the file, a ZIP", "200", None, parameters)
    fetching["responses"]["200"]["content"] = {"application/zip": _BYTES["application/octet-stream"]}
    return {"/api/v1/workspace-copies/{id}/file": {"post": fetching}}


def _import_schedules() -> dict[str, Any]:
    tag, one, at = "import-schedules", ref("ImportSchedule"), at_path("id")
    sent, new = ref("ImportScheduleValues"), ref("NewImportSchedule")
    return {
        "/api/v1/import-schedules": {
            "get": operation("list_import_schedules", tag, "the caller's", "200", data(one)),
            "post": operation("schedule_import", tag, "repeat an import", "201", one, [KEY], new),
        },
        "/api/v1/import-schedules/{id}": {
            "get": operation("read_import_schedule", tag, "one", "200", one, [at]),
            "patch": operation("change_import_schedule", tag, "change, go on", "200", one, [at], sent),
            "delete": operation("delete_import_schedule", tag, "delete", "204", None, [at]),
        },
        "/api/v1/import-schedules/{id}/pausing": {
            "post": operation("pause_import_schedule", tag, "pause", "200", one, [at])
        },
        "/api/v1/import-schedules/{id}/turn": {
            "post": operation("run_import_schedule", tag, "look now", "202", one, [at])
        },
    }


def _figures() -> dict[str, Any]:
    asked = [
        *({**query(name), "schema": {"type": "array", "items": TEXT}} for name in SEVERAL),
        *(query(name, name == "object") for name in ASKED),
    ]
    as_file = operation(
        "read_cube_as_file", "metrics", "a cube as a file", "200", None, [at_path("form", _FORM), *asked]
    )
    as_file["responses"]["200"]["content"] = _BYTES
    return {
        "/api/v1/metrics": {
            "get": operation("list_metrics", "metrics", "what is measured", "200", data(ref("Metric")))
        },
        "/api/v1/cube": {"get": operation("read_cube", "metrics", "a cube", "200", ref("Cube"), asked)},
        "/api/v1/cube.{form}": {"get": as_file},
    }


def _resources() -> dict[str, Any]:
    """What rooms have offered: platform/metadata/resources.py."""
    found: dict[str, Any] = {}
    for resource in RESOURCES.values():
        for one in resource.doors:
            asked = [at_path("id")] if "{id}" in one.path else []
            asked += [
                {**query(name, name in one.needs), "schema": dict(schema)}
                for name, schema in one.asked.items()
            ]
            asked += [KEY] if one.method == "POST" else []
            status = "204" if one.answers is None else str(one.status)
            told = None if one.answers is FILE else _plain(one.answers)
            said = operation(one.name, resource.name, one.summary, status, told, asked)
            if one.answers is FILE:
                said["responses"][status]["content"] = _BYTES
            if one.method != "GET":
                said["requestBody"] = _body_of(one)
            found.setdefault("/" + address_of(resource, one.path), {})[one.method.lower()] = said
    return found


def _body_of(door: Door) -> Schema:
    if door.file:
        return {"required": True, "content": _SENT}
    needs = tuple(name for name in door.needs if name in door.takes)
    body = shape({name: dict(schema) for name, schema in door.takes.items()}, needs=needs, closed=True)
    return {"required": bool(needs), "content": {"application/json": {"schema": body}}}


def _plain(schema: Any) -> Schema | None:
    return None if schema is None else dict(schema)


def _times() -> dict[str, Schema]:
    signs = {"kind": {"enum": ["", "basic", "bearer"]}, "name": TEXT, "secret": TEXT}
    return {
        "address": {"type": "string", "description": "https://…, or files of the workspace's folder"},
        "every": {"enum": ["hour", "day", "week", "month"]},
        "hour": {"type": "integer", "minimum": 0, "maximum": 23},
        "sign_in": {"type": ["object", "null"], "properties": signs, "additionalProperties": False},
    }


def _later(operation: Schema) -> Schema:
    """More than 50 records are a job: the answer says where to look."""
    operation["responses"]["202"] = {**operation["responses"]["200"], "description": "A worker does it"}
    return operation


def _grants() -> Schema:
    reach = {"description": "none, own, team, team_below, all, or a list of teams"}
    grant = {
        "verbs": {"type": "array", "items": TEXT},
        **dict.fromkeys(("see", "edit", "delete", "export"), reach),
        "fields": {"type": "object", "additionalProperties": {"enum": list(FIELD_RIGHTS)}},
    }
    return {
        "type": "object",
        "description": "object, or * for those that are not named → what is granted",
        "additionalProperties": {"type": "object", "properties": grant},
    }
