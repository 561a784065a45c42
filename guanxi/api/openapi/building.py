"""The description of the API, made from the registry: what is registered is described."""

from __future__ import annotations

from typing import Any

from guanxi import __version__
from guanxi.api.openapi.beside import beside_paths, beside_schemas, tags
from guanxi.api.openapi.shaping import TAG, shape_paths, shape_schemas
from guanxi.api.rest.views import EXPORTED, LISTED, SUMMED
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Choices, Field, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.aggregates import AGGREGATES
from guanxi.platform.records.exporting.formats import FORMATS

Schema = dict[str, Any]

_LINK: Schema = {
    "type": ["object", "null"],
    "required": ["id", "title"],
    "properties": {"id": {"type": "string"}, "title": {"type": ["string", "null"]}},
}


def _texts(*names: str) -> Schema:
    """An object of texts, or nothing."""
    return {"type": ["object", "null"], "properties": {name: {"type": "string"} for name in names}}


_FILE: Schema = {
    "type": ["object", "null"],
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "description": "of the upload: /api/v1/files/{id}"},
        "name": {"type": "string"},
        "size": {"type": "integer", "description": "bytes"},
        "type": {"type": "string", "description": "media type, by the content"},
    },
}
_PLAIN: dict[str, Schema] = {
    "text": {"type": ["string", "null"]},
    "long_text": {"type": ["string", "null"]},
    "url": {"type": ["string", "null"], "format": "uri"},
    "integer": {"type": ["integer", "null"]},
    "percent": {"type": ["integer", "null"]},
    "duration": {"type": ["integer", "null"], "description": "minutes"},
    "decimal": {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d+)?$"},
    "boolean": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "datetime": {"type": ["string", "null"], "format": "date-time"},
    "money": {
        "type": ["object", "null"],
        "required": ["amount", "currency"],
        "properties": {"amount": {"type": "string"}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}},
    },
    "about": {
        "type": "array",
        "items": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "minItems": 2},
    },
    "tags": {"type": "array", "items": _LINK},
    "links": {"type": "array", "items": _LINK},
    "rating": {"type": ["integer", "null"]},
    "auto_number": {"type": ["string", "null"]},
    "json": {"type": ["object", "array", "null"]},
    "file": _FILE,
    "image": _FILE,
    "rich_text": {"type": ["string", "null"], "contentMediaType": "text/html"},
    "person": _texts("family", "given", "middle"),
    "address": _texts("country", "province", "city", "district", "street", "postcode"),
}
_POINTS = ("phones", "emails", "addresses")


def build_openapi(*, server: str, by: Actor) -> Schema:
    """The whole document for the active language, with the fields that the actor sees.

    `server` is the address the API is reached at.
    """
    objects = [as_seen(one, by) for one in registry.objects()]
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": _problem()}
    for obj in objects:
        schemas[_name(obj)] = _record_schema(obj)
        if not obj.derived:
            schemas[f"{_name(obj)}Values"] = _values_schema(obj)
        paths |= _paths(obj)
    plurals = {obj.plural: obj.name for obj in objects if not obj.derived}
    paths = {**paths, **shape_paths(), **beside_paths(plurals, by=by)}
    schemas = {**schemas, **shape_schemas(), **beside_schemas()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Guanxi",
            "version": __version__,
            "description": "A parameter after the ? that an operation does not name is refused"
            " (400, unknown_parameter), with the one that may be meant.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "tags": [{"name": obj.plural, "description": str(obj.plural_label)} for obj in objects]
        + [{"name": TAG, "description": "objects, fields and rules that the workspace makes"}]
        + [{"name": name, "description": text} for name, text in tags().items()],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
            "parameters": _parameters(),
            "responses": {
                "Problem": {
                    "description": "What went wrong, for programs (code) and people (title)",
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                }
            },
        },
    }


def field_schema(field: Field) -> Schema:
    """One field as it is answered."""
    if isinstance(field, Link):
        found = dict(_LINK)
    elif isinstance(field, Choice):
        found = {"enum": [*(one.value for one in field.options), None]}
    elif isinstance(field, Choices):
        found = {"type": "array", "items": {"enum": [one.value for one in field.options]}}
    elif field.type in _POINTS:
        found = {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}}
    else:
        found = dict(_PLAIN[field.type])
    found["title"] = str(field.label)
    if field.readonly:
        found["readOnly"] = True
    return found


def _input_schema(field: Field) -> Schema:
    """One field as it may be sent: doors accept what people write, so more than what is answered."""
    found: Schema = {"title": str(field.label)}
    if isinstance(field, Choice):
        found["enum"] = [*(one.value for one in field.options), None]
    elif isinstance(field, Link) or field.type in (
        "text",
        "long_text",
        "rich_text",
        "url",
        "date",
        "datetime",
    ):
        found["type"] = ["string", "null"]
    elif field.type in ("person", "address"):
        # In parts, or as people write it.
        found |= {"type": ["object", "string", "null"], "properties": _PLAIN[field.type]["properties"]}
    elif field.type in ("integer", "percent", "duration"):
        found["type"] = ["integer", "null"]
    elif field.type == "boolean":
        found["type"] = "boolean"
    if field.help:
        found["description"] = str(field.help)
    return found


def _name(obj: Object) -> str:
    return obj.name.capitalize()


def _ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _record_schema(obj: Object) -> Schema:
    known = {"id": {"type": "string"}, "version": {"type": "integer"}}
    return {
        "type": "object",
        "title": str(obj.label),
        "required": ["id", "version"],
        "properties": {**known, **{one.name: field_schema(one) for one in obj.fields}},
    }


def _values_schema(obj: Object) -> Schema:
    writable = obj.writable
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {one.name: _input_schema(one) for one in writable},
    }


def _problem() -> Schema:
    return {
        "type": "object",
        "required": ["status", "code", "title"],
        "properties": {
            "type": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "title": {"type": "string"},
            "fields": {"type": "object"},
            "conflicts": {"type": "object"},
        },
    }


def _parameters() -> dict[str, Any]:
    def query(name: str, description: str, schema: Schema) -> Schema:
        return {"name": name, "in": "query", "description": description, "schema": schema}

    text: Schema = {"type": "string"}
    return {
        "id": {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": r"^\d{1,19}$"},
        },
        "filter": query(
            "filter", 'e.g. owner = me and created_at >= -30d and (city = "杭州" or tags in (17))', text
        ),
        "sort": query("sort", "field names, a minus for descending: -amount,name", text),
        "fields": query("fields", "which fields to answer, by comma", text),
        "after": query("after", "`next` of the page before", text),
        "limit": query(
            "limit", "rows of a page", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        ),
        "q": query("q", "words to search for", text),
        "view": query("view", "the key of a view, whose filter and sort then hold: all, mine, 812", text),
        "archived": query("archived", "the archive instead", {"type": "boolean", "default": False}),
        "total": query("total", "also count all rows", {"type": "boolean", "default": False}),
        "group": query("group", "fields to group by, days by period: stage,closed_on:month", text),
        "sum": query("sum", "amounts to sum", text),
        "aggregates": query(
            "aggregates", f"amount:sum,amount:avg,closed_on:max; {', '.join(AGGREGATES)}", text
        ),
        "as_of": query("as_of", "a day or a moment: the record as it was", text),
        "before": query("before", "`next` of the page before", text),
        "if_match": {
            "name": "If-Match",
            "in": "header",
            "schema": text,
            "description": "the ETag that was read",
        },
        "idempotency_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": text,
            "description": "of the caller's choosing: sent again with the same key within a day, the call is"
            " not done again, and the answer has Idempotency-Replayed: true. It says what was done, as that"
            " may be read then; of an operation of a batch that was refused, its status and code, not why",
        },
    }


def _paths(obj: Object) -> dict[str, Any]:
    found = _read_paths(obj)
    for path, said in ({} if obj.derived else _written_paths(obj)).items():
        found[path] = {**found.get(path, {}), **said}
    for verb in obj.verbs:
        address = f"/api/v1/{obj.plural}/{{id}}/{verb.noun}"
        found[address] = {"post": _verbing(obj, verb.name, verb.noun, verb.takes)}
    return found


def _read_paths(obj: Object) -> dict[str, Any]:
    base = f"/api/v1/{obj.plural}"
    return {
        base: {"get": _listing(obj)},
        f"{base}/summary": {"get": _summing(obj)},
        f"{base}/export.{{form}}": {"get": _exporting(obj)},
        f"{base}/{{id}}": {"get": _reading(obj)},
        f"{base}/{{id}}/facts": {"get": _telling(obj)},
        f"{base}/{{id}}/reveal": {"post": _revealing(obj)},
    }


def _written_paths(obj: Object) -> dict[str, Any]:
    """What is left out of an object whose records the product makes."""
    base = f"/api/v1/{obj.plural}"
    return {
        base: {"post": _creating(obj)},
        f"{base}/batch": {"post": _batching(obj)},
        f"{base}/{{id}}": {"patch": _changing(obj), "delete": _archiving(obj)},
        f"{base}/{{id}}/restoration": {"post": _verbing(obj, "restore", "restoration", ())},
        f"{base}/{{id}}/deletion": {"post": _deleting(obj)},
        f"{base}/{{id}}/merger": {"post": _merging(obj)},
    }


def _operation(obj: Object, name: str, summary: str, parameters: tuple[str, ...], **more: Any) -> Schema:
    return {
        "operationId": f"{name}_{obj.name}",
        "tags": [obj.plural],
        "summary": summary,
        "parameters": [_ref(one, "parameters") for one in parameters],
        **more,
    }


def _answers(status: str, schema: Schema | None = None) -> dict[str, Any]:
    said: Schema = {"description": "OK"}
    if schema is not None:
        said["content"] = {"application/json": {"schema": schema}}
    return {status: said, "4XX": _ref("Problem", "responses")}


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _listing(obj: Object) -> Schema:
    page = {
        "type": "object",
        "required": ["data", "next"],
        "properties": {
            "data": {"type": "array", "items": _ref(_name(obj))},
            "next": {"type": ["string", "null"]},
            "total": {"type": "integer"},
        },
    }
    return _operation(obj, "list", f"{obj.plural_label}: list", LISTED, responses=_answers("200", page))


def _exporting(obj: Object) -> Schema:
    forms = [one for one in FORMATS.values() if one.offered(obj)]
    found = _operation(
        obj, "export", f"{obj.plural_label}: as a file", EXPORTED,
        responses=_answers("200"),
    )  # fmt: skip
    bytes_: Schema = {"schema": {"type": "string", "format": "binary"}}
    found["responses"]["200"]["content"] = {one.media_type.partition(";")[0]: bytes_ for one in forms}
    form = {"type": "string", "enum": [one.name for one in forms]}
    found["parameters"].append({"name": "form", "in": "path", "required": True, "schema": form})
    return found


def _creating(obj: Object) -> Schema:
    return _operation(
        obj, "create", f"{obj.label}: create", ("idempotency_key",),
        requestBody=_body(_ref(f"{_name(obj)}Values")), responses=_answers("201", _ref(_name(obj))),
    )  # fmt: skip


def _summing(obj: Object) -> Schema:
    page = {
        "type": "object",
        "properties": {
            "data": {"type": "array"},
            "currency": {"type": "string"},
            "aggregates": {"type": "object", "description": "field → aggregate → figure, of all records"},
        },
    }
    return _operation(
        obj, "sum", f"{obj.plural_label}: counts and sums", SUMMED, responses=_answers("200", page)
    )


def _batching(obj: Object) -> Schema:
    operation = {
        "type": "object",
        "required": ["do"],
        "properties": {
            "do": {"enum": ["create", "change", "archive", "restore"]},
            "id": {"type": "string"},
            "version": {"type": "integer"},
            "values": _ref(f"{_name(obj)}Values"),
        },
    }
    asked = {
        "type": "object",
        "required": ["operations"],
        "properties": {
            "atomic": {"type": "boolean"},
            "operations": {"type": "array", "minItems": 1, "maxItems": 200, "items": operation},
        },
    }
    answers = _answers("200", {"type": "object"}) | {"207": {"description": "Some failed: see each"}}
    return _operation(
        obj,
        "batch",
        f"{obj.plural_label}: many at once",
        ("idempotency_key",),
        requestBody=_body(asked),
        responses=answers,
    )


def _reading(obj: Object) -> Schema:
    asked = ("id", "as_of")
    return _operation(obj, "get", f"{obj.label}: get", asked, responses=_answers("200", _ref(_name(obj))))


def _changing(obj: Object) -> Schema:
    return _operation(
        obj, "change", f"{obj.label}: change", ("id", "if_match", "idempotency_key"),
        requestBody=_body(_ref(f"{_name(obj)}Values")), responses=_answers("200", _ref(_name(obj))),
    )  # fmt: skip


def _archiving(obj: Object) -> Schema:
    return _operation(obj, "archive", f"{obj.label}: archive", ("id",), responses=_answers("204"))


def _deleting(obj: Object) -> Schema:
    asked = ("id", "idempotency_key")
    return _operation(obj, "delete", f"{obj.label}: into the trash", asked, responses=_answers("204"))


def _merging(obj: Object) -> Schema:
    ids = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 19}
    choose = {"type": "object", "description": "field → id of the record whose value stays, or “all”"}
    asked = {"type": "object", "required": ["others"], "properties": {"others": ids, "choose": choose}}
    return _operation(
        obj, "merge", f"{obj.label}: merge others into it", ("id", "idempotency_key"),
        requestBody=_body(asked), responses=_answers("200", _ref(_name(obj))),
    )  # fmt: skip


def _revealing(obj: Object) -> Schema:
    asked = {"type": "object", "required": ["field"], "properties": {"field": {"type": "string"}}}
    return _operation(
        obj, "reveal", f"{obj.label}: look behind a mask", ("id",),
        requestBody=_body(asked), responses=_answers("200", {"type": "object"}),
    )  # fmt: skip


def _telling(obj: Object) -> Schema:
    asked = ("id", "before")
    return _operation(
        obj, "facts", f"{obj.label}: history", asked, responses=_answers("200", {"type": "object"})
    )


def _verbing(obj: Object, name: str, noun: str, takes: tuple[str, ...]) -> Schema:
    asked = {"type": "object", "properties": {field: _input_schema(obj[field]) for field in takes}}
    return _operation(
        obj, name, f"{obj.label}: {noun}", ("id", "idempotency_key"),
        requestBody={"required": False, "content": {"application/json": {"schema": asked}}},
        responses=_answers("200", _ref(_name(obj))),
    )  # fmt: skip
