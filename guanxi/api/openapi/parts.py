"""What descriptions of doors are made of."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "string", "pattern": r"^\d{1,19}$"}
MAYBE: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "integer"}
YES: Schema = {"type": "boolean"}
KEY: Schema = {"$ref": "#/components/parameters/idempotency_key"}
IF_MATCH: Schema = {"$ref": "#/components/parameters/if_match"}


def shape(properties: dict[str, Schema], *, needs: tuple[str, ...] = (), closed: bool = False) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    if needs:
        found["required"] = list(needs)
    if closed:
        found["additionalProperties"] = False
    return found


def data(schema: Schema) -> Schema:
    return {"type": "object", "properties": {"data": {"type": "array", "items": schema}}}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def at_path(name: str, schema: Schema = ID) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def query(name: str, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": TEXT}


def operation(
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
