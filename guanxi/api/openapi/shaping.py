"""The doors by which a workspace shapes its product: objects, fields, rules, and all of it as a file."""

from __future__ import annotations

from typing import Any

from guanxi.platform.metadata.kinds import KINDS, RESULTS, ROLL_UPS, TONES
from guanxi.platform.metadata.shaping import CHANGEABLE, METRIC_CHANGEABLE, OBJECT_CHANGEABLE, RULE_CHANGEABLE

Schema = dict[str, Any]
TAG = "shape"

_LABEL: Schema = {
    "description": "one text, or one for each language",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {language: {"type": "string"} for language in ("en", "zh-hans", "zh-hant")},
        },
    ],
}
SETTINGS: Schema = {
    "options": {
        "type": "array",
        "description": "of choice and choices: texts, or each with value, label, tone and archived",
        "items": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        "value": {"type": "string", "pattern": r"^[\w.\-]{1,60}$"},
                        "label": _LABEL,
                        "tone": {"enum": list(TONES)},
                        "archived": {"type": "boolean"},
                    },
                },
            ]
        },
    },
    "max_length": {"type": "integer", "description": "of text: 1 to 500"},
    "least": {"type": "integer", "description": "of integer and decimal"},
    "most": {"type": "integer", "description": "of integer and decimal; the stars of a rating"},
    "digits": {"type": "integer", "description": "decimals of decimal, percent and formula, 0 to 4"},
    "to": {"type": "string", "description": "of link and links: the object"},
    "back": {**_LABEL, "description": "of links: what the other side calls it"},
    "pattern": {"type": "string", "description": "of auto_number: EQ-{year}-{number:4}"},
    "reset": {"enum": ["", "year", "month"], "description": "of auto_number: when it begins anew"},
    "formula": {"type": "string", "description": "of formula"},
    "result": {"enum": ["", *RESULTS], "description": "of formula; empty: what it gives"},
    "of": {"type": "string", "description": "of roll_up: the object whose records are counted"},
    "link": {"type": "string", "description": "of roll_up: its field that leads here; of lookup: the link"},
    "field": {"type": "string", "description": "of roll_up and lookup: which field is taken"},
    "filter": {"type": "string", "description": "of roll_up: which records"},
    "do": {"enum": list(ROLL_UPS), "description": "of roll_up"},
    "for_all": {"type": "boolean", "description": "of what is computed: shown to all who see the record"},
}
_KEPT: Schema = {
    "id": {"type": "string"},
    "version": {"type": "integer"},
    "archived_at": {"type": ["string", "null"], "format": "date-time"},
}
_PARTS: dict[str, Schema] = {
    "label": _LABEL,
    "plural_label": _LABEL,
    "title_label": _LABEL,
    "help": _LABEL,
    "required": {"type": "boolean"},
    "unique": {"type": "boolean"},
    "touched": {"type": "boolean"},
    "settings": {
        "type": "object",
        "description": "what the type needs; each says by which it is read",
        "properties": SETTINGS,
    },
    "columns": {"type": "array", "items": {"type": "string"}},
    "default": {},
    "formula": {
        "type": "string",
        "description": "of a rule: yes or no; of a metric: what of each record is counted",
    },
    "field": {"type": "string", "description": "where the message stands; empty: at the record"},
    "visible_if": {"type": "string", "description": "a formula; empty: always"},
    "required_if": {"type": "string", "description": "a formula; empty: as `required` says"},
}


def shape_schemas() -> dict[str, Schema]:
    """What is answered and what is sent, by name."""
    return {
        "OwnObject": _schema(("name", "plural", *OBJECT_CHANGEABLE), kept=True),
        "OwnObjectValues": _schema(("name", "plural", *OBJECT_CHANGEABLE)),
        "OwnField": _schema(("object", "name", "type", *CHANGEABLE), kept=True),
        "OwnFieldValues": _schema(("object", "name", "type", *CHANGEABLE)),
        "OwnMetric": _schema(("object", "name", *METRIC_CHANGEABLE), kept=True),
        "OwnMetricValues": _schema(("object", "name", *METRIC_CHANGEABLE)),
        "Rule": _schema(("object", "name", *RULE_CHANGEABLE), kept=True),
        "RuleValues": _schema(("object", "name", *RULE_CHANGEABLE)),
    }


def shape_paths() -> dict[str, Any]:
    """Every door under /objects, /fields, /rules and /shape."""
    found: dict[str, Any] = {}
    for plural, schema, key in (
        ("objects", "OwnObject", "name"),
        ("fields", "OwnField", "id"),
        ("rules", "Rule", "id"),
        ("own_metrics", "OwnMetric", "id"),
    ):
        one, sent = (
            {"$ref": f"#/components/schemas/{schema}"},
            {"$ref": f"#/components/schemas/{schema}Values"},
        )
        answered = {"type": "object"} if plural == "objects" else one
        listed = {"type": "object", "properties": {"data": {"type": "array", "items": answered}}}
        asked = [] if plural == "objects" else [_query("object"), _query("archived")]
        path, at = (
            f"/api/v1/{plural}",
            {"name": key, "in": "path", "required": True, "schema": {"type": "string"}},
        )
        found[path] = {
            "get": _operation(f"list_{plural}", f"{plural}: list", "200", listed, asked),
            "post": _operation(
                f"add_{plural}", f"{plural}: add", "201", one,
                [{"$ref": "#/components/parameters/idempotency_key"}], body=sent,
            ),
        }  # fmt: skip
        found[f"{path}/{{{key}}}"] = {
            "get": _operation(f"read_{plural}", f"{plural}: one", "200", answered, [at]),
            "patch": _operation(
                f"change_{plural}", f"{plural}: change", "200", one, [at, _IF_MATCH], body=sent
            ),
            "delete": _operation(f"archive_{plural}", f"{plural}: into the archive", "204", None, [at]),
        }
        found[f"{path}/{{{key}}}/restoration"] = {
            "post": _operation(f"restore_{plural}", f"{plural}: back from the archive", "200", one, [at])
        }
    found["/api/v1/fields/{id}/retyping"] = _retyping()
    names = {"type": "object", "properties": {"fields": {"type": "array", "items": {"type": "string"}}}}
    at = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    found["/api/v1/objects/{name}/order"] = {
        "post": _operation(
            "order_fields", "fields: into this order", "200", {"type": "object"}, [at], body=names
        )
    }
    text = {"application/toml": {"schema": {"type": "string"}}}
    shaping = _operation(
        "apply_shape", "objects, fields and rules from a file", "200", {"type": "object"},
        [_query("dry_run"), _query("remove")],
    )  # fmt: skip
    shaping["requestBody"] = {"required": True, "content": text}
    reading = _operation("write_shape", "objects, fields and rules as a file", "200", None, [])
    reading["responses"]["200"]["content"] = text
    found["/api/v1/shape"] = {"get": reading, "post": shaping}
    return found


def _retyping() -> Schema:
    """Another type for a field: the last change, a new one or what it would do, and the way back."""
    at = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    kind = {"type": "object", "properties": {"type": {"type": "string"}, "settings": {"type": "object"}}}
    moment = {"type": ["string", "null"], "format": "date-time"}
    change: Schema = {
        "type": "object",
        "properties": {
            "state": {"type": "string"}, "before": kind, "after": kind, "counts": {"type": "object"},
            "began_at": moment, "done_at": moment,
        },
    }  # fmt: skip
    posting = _operation(
        "retype_field", "fields: another type; ?dry_run=true says what it would make of the values", "202",
        change, [at, _IF_MATCH, _query("dry_run"), {"$ref": "#/components/parameters/idempotency_key"}],
        body=kind,
    )  # fmt: skip
    posting["responses"]["200"] = {"description": "what it would do"}
    back = _operation("restore_type", "fields: back to the type before", "202", change, [at])
    back["responses"]["204"] = {"description": "what was under way is left off"}
    return {
        "get": _operation("read_retyping", "fields: the last change of the type", "200", change, [at]),
        "post": posting,
        "delete": back,
    }


_IF_MATCH: Schema = {
    "name": "If-Match",
    "in": "header",
    "description": "the ETag that was read: 412 where somebody was faster",
    "schema": {"type": "string"},
}


def _schema(names: tuple[str, ...], *, kept: bool = False) -> Schema:
    parts = {name: _PARTS.get(name, {"type": "string"}) for name in names}
    if "type" in parts:
        parts["type"] = {"enum": list(KINDS)}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**(_KEPT if kept else {}), **parts},
    }


def _query(name: str) -> Schema:
    kind = {"type": "string"} if name == "object" else {"type": "boolean"}
    return {"name": name, "in": "query", "required": False, "schema": kind}


def _operation(
    name: str,
    summary: str,
    status: str,
    schema: Schema | None,
    parameters: list[Schema],
    *,
    body: Schema | None = None,
) -> Schema:
    said: Schema = {"description": "OK"}
    if schema is not None:
        said["content"] = {"application/json": {"schema": schema}}
    found: Schema = {
        "operationId": name,
        "tags": [TAG],
        "summary": summary,
        "parameters": parameters,
        "responses": {status: said, "4XX": {"$ref": "#/components/responses/Problem"}},
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return found
