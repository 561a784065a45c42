"""The operations of a description, each with what it takes, for callers that are no HTTP client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
BYTES = "application/octet-stream"
FORM = "multipart/form-data"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    path     with its gaps: /api/v1/contacts/{id}
    gaps     their names, in order
    asked    what the address may say after the ?: name → schema
    headers  which headers it hears: If-Match
    sends    media type of its body; "" for none. Of several the bytes as they are go before a form
    takes    the parts of a body in JSON or of a form: name → schema
    needs    what must be said, of `asked` and `takes`
    answers  media types of what it answers when all went well; empty for nothing
    """

    name: str
    method: str
    path: str
    summary: str
    gaps: Sequence[str]
    asked: Mapping[str, Schema]
    headers: Sequence[str]
    sends: str
    takes: Mapping[str, Schema]
    needs: frozenset[str]
    answers: Sequence[str]

    @property
    def tells_text(self) -> bool:
        """Whether what it answers can be read on a screen: JSON, TOML, or nothing at all."""
        return all(one in (JSON, "application/toml") for one in self.answers)


def operations_of(document: Mapping[str, Any]) -> dict[str, Operation]:
    """All operations of a description (`build_openapi`), by their names."""
    found = {}
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            one = _operation(document, path, method.upper(), said)
            found[one.name] = one
    return found


def _operation(document: Mapping[str, Any], path: str, method: str, said: Mapping[str, Any]) -> Operation:
    parameters = [_whole(document, one) for one in said.get("parameters", ())]
    at = {
        place: {one["name"]: one for one in parameters if one["in"] == place}
        for place in ("path", "query", "header")
    }
    body = said.get("requestBody", {}).get("content", {})
    sends = next((one for one in (JSON, BYTES, *body) if one in body), "")
    schema = _whole(document, body[sends].get("schema", {})) if sends else {}
    parts = {name: _whole(document, one) for name, one in schema.get("properties", {}).items()}
    wanted = {name for name, one in at["query"].items() if one.get("required")}
    return Operation(
        name=said["operationId"],
        method=method,
        path=path,
        summary=said.get("summary", ""),
        gaps=[one.partition("}")[0] for one in path.split("{")[1:]],
        asked={name: one.get("schema", {}) for name, one in at["query"].items()},
        headers=list(at["header"]),
        sends=sends,
        takes=parts,
        needs=frozenset(wanted | set(schema.get("required", ()))),
        answers=[
            kind
            for status, one in said["responses"].items()
            if status.startswith("2")
            for kind in one.get("content", {})
        ],
    )


def _whole(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference leads to; the part itself where it is none."""
    while "$ref" in part:
        found: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part
