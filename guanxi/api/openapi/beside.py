"""The doors beside the objects: views, layouts, shares, roles, many records at once, the trash, files."""

from __future__ import annotations

from typing import Any

from guanxi.api.rest.resources import address_of
from guanxi.platform.identity.actors import FIELD_RIGHTS, Actor
from guanxi.platform.metadata.resources import RESOURCES
from guanxi.platform.records.saved_views import LAYOUTS

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_ID: Schema = {"type": "string", "pattern": r"^\d{1,19}$"}
_MAYBE: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": "integer"}
_YES: Schema = {"type": "boolean"}
_FORM: Schema = {"enum": ["csv", "parquet"]}
_KEY: Schema = {"$ref": "#/components/parameters/idempotency_key"}
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
TAGS = {
    "views": "lists under a name",
    "layouts": "how objects are laid out, for administrators",
    "shares": "to whom a record is open beyond the scopes of roles",
    "roles": "what roles grant, for administrators",
    "batches": "many records at once, and what undoes it",
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
        "filter": _TEXT,
        "sort": _TEXT,
        "columns": {"type": "array", "items": _TEXT},
        "layout": {"enum": list(LAYOUTS)},
        "by": {**_TEXT, "description": "the field of a board, a calendar or groups"},
        "shared": {"enum": ["", "team", "all"], "description": "empty: for the member alone"},
    }
    return {
        "View": _object({"id": _MAYBE, "key": _TEXT, "object": _TEXT, "own": _YES, **look}),
        "ViewValues": _object({"object": _TEXT, **look}, closed=True),
        "Share": _object(
            {
                "id": _TEXT,
                "object": _TEXT,
                "record": _TEXT,
                "to": _object({"kind": _TEXT, "id": _TEXT, "name": _TEXT}),
                "writes": _YES,
                "until": _MAYBE,
                "word": _TEXT,
                "rule": _MAYBE,
            }
        ),
        "ShareValues": _object(
            {
                "object": _TEXT,
                "id": _ID,
                "to": {"type": "string", "description": "member:812, team:7 or role:3"},
                "writes": _YES,
                "until": {"type": ["string", "null"], "format": "date-time"},
                "word": {"type": "string", "maxLength": 60},
            },
            needs=("object", "id", "to"),
        ),
        "Role": _object(
            {"id": _TEXT, "name": _TEXT, "system": _MAYBE, "administers": _YES, "grants": _grants()}
        ),
        "RoleValues": _object({"name": _TEXT, "grants": _grants()}, closed=True),
        "ImportSchedule": _object(
            {
                "id": _TEXT,
                "name": _TEXT,
                "object": _TEXT,
                "address": _TEXT,
                "sign_in": {"type": ["object", "null"], "properties": {"kind": _TEXT, "name": _TEXT}},
                "every": _TEXT,
                "hour": _NUMBER,
                "next_at": _MAYBE,
                "last_at": _MAYBE,
                "brought_at": _MAYBE,
                "error": _MAYBE,
                "failures": _NUMBER,
            }
        ),
        "ImportScheduleValues": _object(_times(), closed=True),
        "NewImportSchedule": _object({"import": _ID, **_times()}, needs=("import", "address", "every")),
        "Metric": _object(
            {
                "name": _TEXT,
                "label": _TEXT,
                "object": _TEXT,
                "date": _TEXT,
                "filter": _TEXT,
                "sum": _MAYBE,
                "measure": {"type": "string", "description": "how a cube names it"},
            }
        ),
        "Cube": _object(
            {
                "cube": {"type": "string", "description": "the query as it was understood"},
                "fed_at": {**_MAYBE, "description": "until when the warehouse has heard"},
                "rows": {"type": "array", "items": _TEXT},
                "columns": {"type": "array", "items": _TEXT},
                "measures": {"type": "array", "items": _object({"name": _TEXT, "label": _TEXT})},
                "data": {"type": "array", "items": {"type": "object"}},
            }
        ),
        "Layout": _object({"object": _TEXT, "role": _MAYBE, "parts": {"type": "object"}}),
        "Batch": _object(
            {
                "id": _TEXT,
                "kind": _TEXT,
                "object": _MAYBE,
                "state": {"enum": ["waiting", "running", "done", "cancelled", "failed"]},
                "total": _NUMBER,
                "done": _NUMBER,
                "refused": _NUMBER,
                "undoes": _MAYBE,
                "undone_by": _MAYBE,
                "may_undo": _YES,
                "created_at": _TEXT,
                "finished_at": _MAYBE,
                "refusals": {"type": "array", "items": _object({"id": _TEXT, "why": _TEXT})},
            }
        ),
        "BulkChange": _object(
            {
                "do": {"enum": ["change", "archive", "restore", "delete"]},
                "ids": {"type": "array", "items": _ID, "minItems": 1, "maxItems": 10_000},
                "filter": {"type": "string", "description": "instead of ids: all that match now"},
                "q": _TEXT,
                "archived": _YES,
                "values": {"type": "object", "description": "field → what it is afterwards"},
                "add": {"type": "object", "description": "field with many values → what comes to them"},
                "remove": {"type": "object", "description": "field with many values → what goes"},
                "note": _TEXT,
            },
            needs=("do",),
        ),
        "Paste": _object(
            {
                "fields": {"type": "array", "items": _TEXT, "minItems": 1},
                "rows": {
                    "type": "array",
                    "minItems": 1,
                    "items": _object(
                        {"id": _ID, "version": _NUMBER, "cells": {"type": "array", "items": _TEXT}},
                        needs=("id", "version", "cells"),
                    ),
                },
                "dry_run": _YES,
            },
            needs=("fields", "rows"),
        ),
    }


def beside_paths(plurals: dict[str, str], *, by: Actor) -> dict[str, Any]:
    """Every door under the tags, what administrators need for them; `plurals` is plural → object."""
    found = _views() | _shares() | _batches(plurals) | _files() | _import_schedules() | _figures()
    found |= _resources()
    found["/api/v1/trash"] = {"get": _operation("list_trash", "trash", "trash", "200", {"type": "object"})}
    if by.administers:
        found |= _roles() | _layouts()
    return found


def _views() -> dict[str, Any]:
    view, sent, at = _ref("View"), _ref("ViewValues"), _at("id")
    return {
        "/api/v1/views": {
            "get": _operation("list_views", "views", "list", "200", _data(view), [_query("object", True)]),
            "post": _operation("save_view", "views", "save one", "201", view, [_KEY], sent),
        },
        "/api/v1/views/{id}": {
            "get": _operation("read_view", "views", "one", "200", view, [at]),
            "patch": _operation("change_view", "views", "change", "200", view, [at], sent),
            "delete": _operation("delete_view", "views", "delete", "204", None, [at]),
        },
        "/api/v1/views/{id}/restoration": {
            "post": _operation("restore_view", "views", "bring back", "200", view, [at])
        },
    }


def _layouts() -> dict[str, Any]:
    asked = [_at("object", _TEXT), _query("role")]
    layout, parts = _ref("Layout"), {"type": "object", "description": "part → what it is"}
    return {
        "/api/v1/layouts/{object}": {
            "get": _operation("read_layout", "layouts", "one", "200", layout, asked),
            "put": _operation("set_layout", "layouts", "set", "200", layout, asked, parts),
            "delete": _operation("drop_layout", "layouts", "as shipped again", "204", None, asked),
        }
    }


def _shares() -> dict[str, Any]:
    share, at = _ref("Share"), _at("id")
    asked = [_query("object", True), _query("id", True)]
    return {
        "/api/v1/shares": {
            "get": _operation("list_shares", "shares", "of one record", "200", _data(share), asked),
            "post": _operation("share", "shares", "share", "201", share, [_KEY], _ref("ShareValues")),
        },
        "/api/v1/shares/{id}": {
            "get": _operation("read_share", "shares", "one", "200", share, [at]),
            "delete": _operation("end_share", "shares", "end", "204", None, [at]),
        },
    }


def _roles() -> dict[str, Any]:
    role, sent, at = _ref("Role"), _ref("RoleValues"), _at("id")
    return {
        "/api/v1/roles": {
            "get": _operation("list_roles", "roles", "list", "200", _data(role)),
            "post": _operation("add_role", "roles", "add", "201", role, [_KEY], sent),
        },
        "/api/v1/roles/{id}": {
            "get": _operation("read_role", "roles", "one", "200", role, [at]),
            "patch": _operation("change_role", "roles", "change", "200", role, [at], sent),
            "delete": _operation("remove_role", "roles", "remove", "204", None, [at]),
        },
    }


def _batches(plurals: dict[str, str]) -> dict[str, Any]:
    batch, at = _ref("Batch"), _at("id")
    found: dict[str, Any] = {
        "/api/v1/batches": {
            "get": _operation("list_batches", "batches", "the caller's", "200", _data(batch))
        },
        "/api/v1/batches/{id}": {"get": _operation("read_batch", "batches", "one", "200", batch, [at])},
        "/api/v1/batches/{id}/undoing": {
            "post": _later(_operation("undo_batch", "batches", "take back", "200", batch, [at, _KEY]))
        },
    }
    for plural, name in plurals.items():
        for path, operation, body in (
            ("bulk", "bulk_change", "BulkChange"),
            ("paste", "paste_into", "Paste"),
        ):
            said = _operation(f"{operation}_{name}", plural, path, "200", batch, [_KEY], _ref(body))
            found[f"/api/v1/{plural}/{path}"] = {"post": _later(said)}
    return found


def _files() -> dict[str, Any]:
    kept = _object({"id": _TEXT, "name": _TEXT, "size": _NUMBER, "type": _TEXT})
    asked = [_query("object", True), _query("field", True), _query("name"), _KEY]
    sending = _operation("send_file", "files", "send the bytes", "201", kept, asked)
    sending["requestBody"] = {"required": True, "content": _BYTES}
    reading = _operation("read_file", "files", "the bytes", "200", None, [_at("id")])
    reading["responses"]["200"]["content"] = _BYTES
    return {"/api/v1/files": {"post": sending}, "/api/v1/files/{id}": {"get": reading}}


def _import_schedules() -> dict[str, Any]:
    tag, one, at = "import-schedules", _ref("ImportSchedule"), _at("id")
    sent, new = _ref("ImportScheduleValues"), _ref("NewImportSchedule")
    return {
        "/api/v1/import-schedules": {
            "get": _operation("list_import_schedules", tag, "the caller's", "200", _data(one)),
            "post": _operation("schedule_import", tag, "repeat an import", "201", one, [_KEY], new),
        },
        "/api/v1/import-schedules/{id}": {
            "get": _operation("read_import_schedule", tag, "one", "200", one, [at]),
            "patch": _operation("change_import_schedule", tag, "change, go on", "200", one, [at], sent),
            "delete": _operation("delete_import_schedule", tag, "delete", "204", None, [at]),
        },
        "/api/v1/import-schedules/{id}/pausing": {
            "post": _operation("pause_import_schedule", tag, "pause", "200", one, [at])
        },
        "/api/v1/import-schedules/{id}/turn": {
            "post": _operation("run_import_schedule", tag, "look now", "202", one, [at])
        },
    }


def _figures() -> dict[str, Any]:
    several = ("rows", "columns", "measures")
    asked = [
        _query("object", True),
        *({**_query(name), "schema": {"type": "array", "items": _TEXT}} for name in several),
        *(_query(name) for name in ("filter", "date", "compare", "as_of", "show", "top", "sort")),
    ]
    as_file = _operation(
        "read_cube_as_file", "metrics", "a cube as a file", "200", None, [_at("form", _FORM), *asked]
    )
    as_file["responses"]["200"]["content"] = _BYTES
    return {
        "/api/v1/metrics": {
            "get": _operation("list_metrics", "metrics", "what is measured", "200", _data(_ref("Metric")))
        },
        "/api/v1/cube": {"get": _operation("read_cube", "metrics", "a cube", "200", _ref("Cube"), asked)},
        "/api/v1/cube.{form}": {"get": as_file},
    }


def _resources() -> dict[str, Any]:
    """What rooms have offered: platform/metadata/resources.py."""
    found: dict[str, Any] = {}
    for resource in RESOURCES.values():
        for one in resource.doors:
            asked = [_at("id")] if "{id}" in one.path else []
            asked += [{**_query(name), "schema": dict(schema)} for name, schema in one.asked.items()]
            asked += [_KEY] if one.method == "POST" else []
            status = "204" if one.answers is None else str(one.status)
            said = _operation(one.name, resource.name, one.summary, status, _plain(one.answers), asked)
            if one.method != "GET":
                body = _object({name: dict(schema) for name, schema in one.takes.items()},
                               needs=tuple(one.needs), closed=True)  # fmt: skip
                said["requestBody"] = {
                    "required": bool(one.needs), "content": {"application/json": {"schema": body}},
                }  # fmt: skip
            found.setdefault("/" + address_of(resource, one.path), {})[one.method.lower()] = said
    return found


def _plain(schema: Any) -> Schema | None:
    return None if schema is None else dict(schema)


def _times() -> dict[str, Schema]:
    signs = {"kind": {"enum": ["", "basic", "bearer"]}, "name": _TEXT, "secret": _TEXT}
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
        "verbs": {"type": "array", "items": _TEXT},
        **dict.fromkeys(("see", "edit", "delete", "export"), reach),
        "fields": {"type": "object", "additionalProperties": {"enum": list(FIELD_RIGHTS)}},
    }
    return {
        "type": "object",
        "description": "object, or * for those that are not named → what is granted",
        "additionalProperties": {"type": "object", "properties": grant},
    }


def _object(properties: dict[str, Schema], *, needs: tuple[str, ...] = (), closed: bool = False) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    if needs:
        found["required"] = list(needs)
    if closed:
        found["additionalProperties"] = False
    return found


def _data(schema: Schema) -> Schema:
    return {"type": "object", "properties": {"data": {"type": "array", "items": schema}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _at(name: str, schema: Schema = _ID) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": _TEXT}


def _operation(
    name: str,
    tag: str,
    summary: str,
    status: str,
    schema: Schema | None,
    parameters: list[Schema] | None = None,
    body: Schema | None = None,
) -> Schema:
    said: Schema = {"description": "OK"}
    if schema is not None:
        said["content"] = {"application/json": {"schema": schema}}
    found: Schema = {
        "operationId": name,
        "tags": [tag],
        "summary": f"{tag}: {summary}",
        "parameters": parameters or [],
        "responses": {status: said, "4XX": {"$ref": "#/components/responses/Problem"}},
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return found
