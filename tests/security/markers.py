"""What the tests of rights are generated from: every object of the registry and one that a workspace made,
with a record whose fields hold words and numbers that stand nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field, Position
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.registry import always_seen
from guanxi.platform.metadata.shaping import add_field, add_object, change_object
from guanxi.platform.records.writing import change_record, create_record
from tests.cast import Cast, actor, derive_record

KINDS = (
    "text", "long_text", "integer", "decimal", "percent", "money", "date", "datetime", "boolean", "choice",
    "multi_choice", "email", "phone", "url", "rating", "json", "duration",
)  # fmt: skip


@dataclass
class Planted:
    """A record and the marks that its fields hold, as they would stand in an answer."""

    obj: str
    plural: str
    record_id: int
    marks: dict[str, list[str]] = field(default_factory=dict)


def restrictable(obj: Object) -> list[str]:
    """Fields that a role can take from its holders."""
    return [one.name for one in obj.fields if one.name not in always_seen(obj)]


def make_own_object(by: Actor) -> None:
    """An object that the workspace made, with a field of nearly every kind, some of them computed."""
    row = add_object(label="Machine", plural_label="Machines", by=by)
    for kind in KINDS:
        settings = {"options": ["Zqxone", "Zqxtwo"]} if kind.endswith("choice") else {}
        try:
            add_field(
                object=row.name, type=kind, label=f"Own {kind}", name=f"own_{kind}", settings=settings, by=by
            )
        except ValueError:
            continue  # a kind of another name
    add_field(object=row.name, type="link", label="Firm", name="firm", settings={"to": "company"}, by=by)
    formula = {"formula": "own_integer * 2"}
    add_field(object=row.name, type="formula", label="Twice", name="twice", settings=formula, by=by)
    lookup = {"link": "firm", "field": "about"}
    add_field(object=row.name, type="lookup", label="Of firm", name="of_firm", settings=lookup, by=by)
    roll_up = {"of": row.name, "link": "firm", "do": "sum", "field": "own_integer", "filter": ""}
    add_field(object="company", type="roll_up", label="Machines", name="machine_sum", settings=roll_up, by=by)
    add_field(object="contact", type="text", label="Own secret", name="own_secret", by=by)
    change_object(row.pk, {"board": "own_choice"}, by=by)


def plant_all(cast: Cast) -> list[Planted]:
    """A record of every object that stands in the navigation, owned by the rep, all of its fields filled;
    then one more change of each, so that the history has marks too."""
    by = actor(cast.admin)
    found = []
    firm = create_record(object="company", values={"name": "Plain firm", "owner": cast.rep.pk}, by=by)
    told = {"name": "Zqxlinked firm", "owner": cast.rep.pk, "about": "zqxabout"}
    secret = create_record(object="company", values=told, by=by)
    for at, obj in enumerate(one for one in registry.objects() if one.group):
        if obj.derived:
            found.append(Planted(obj.name, obj.plural, derive_record(obj.name, owner=cast.rep).pk, {}))
            continue
        values: dict[str, Any] = {}
        marks: dict[str, list[str]] = {}
        for index, one in enumerate(obj.fields):
            if one.readonly or one.name in always_seen(obj):
                continue
            given = _mark(one, at * 60 + index, secret.pk)
            if given is not None:
                values[one.name], marks[one.name] = given
        title = {obj.title: f"Plain {obj.name}"}
        owner = {"owner": cast.rep.pk} if obj.owned else {}
        author = actor(cast.rep) if obj.private_until else by
        record = create_record(object=obj.name, values={**title, **owner, **values}, by=author)
        again = {
            name: value
            for one in obj.fields
            if (name := one.name) in values and (value := _again(one, values[name])) is not None
        }
        if again:
            change_record(record, again, by=author)
        if obj.private_until:  # let go, or nobody but its owner would see any of it
            obj.rows().filter(pk=record.pk).update(**{obj.private_until: timezone.now()})
        found.append(Planted(obj.name, obj.plural, record.pk, marks))
    assert firm.pk
    return found


def _mark(one: Field, number: int, linked: int) -> tuple[Any, list[str]] | None:
    """A value for a field, and how it would be seen in an answer; None for one whose values mark nothing."""
    word = f"zqx{one.name.replace('_', '')}"
    digits = f"{7_310_000 + number}"
    match one.type:
        case "text" if isinstance(one, Position):
            return f"7.{310_000 + number},121.5", [f"7.{310_000 + number}"]
        case "text" | "long_text" if (getattr(one, "max_length", None) or len(word)) < len(f"{word} again"):
            return None
        case "text" | "long_text":
            return word, [word]
        case "phones":
            return [{"typed": f"+86 138 {digits[:4]} {digits[3:]}"}], [f"138{digits[:4]}{digits[3:]}"]
        case "emails":
            return [{"email": f"{word}@example.com"}], [word]
        case "addresses":
            return [{"street": word, "city": f"City{word}"}], [word]
        case "url":
            return f"https://{word}.example/", [word]
        case "integer" | "decimal" if getattr(one, "most", 10**9) < 10**7:
            return None
        case "integer" | "decimal":
            return int(digits), [digits]
        case "money":
            return {"amount": digits, "currency": "CNY"}, [digits]
        case "date":
            day = date(1901, 2, 1) + timedelta(days=number)  # a later field, a later day
            return day.isoformat(), [day.isoformat()]
        case "link" if getattr(one, "to", "") == "company":
            return linked, []
        case "link" if one.required:
            return registry.get(getattr(one, "to", "")).rows().values_list("pk", flat=True).first(), []
        case "json":
            return {"mark": word}, [word]
        case _:
            return None


def _again(one: Field, value: Any) -> Any:
    if one.type in ("text", "long_text") and not isinstance(one, Position):
        return f"{value} again"
    return None
