"""Every type of field with every one of its settings comes back from a file as it was written."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.platform.metadata.kinds import KINDS, RESULTS, ROLL_UPS
from guanxi.platform.metadata.models import OwnField
from guanxi.platform.metadata.shaping import add_field, add_object, change_object
from guanxi.platform.metadata.shaping.made import told
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db

LABEL = {"en": 'A "word"', "zh-hans": "一个“词”", "zh-hant": "一個「詞」"}
OPTIONS = {
    "options": [
        {"value": "on", "label": {"en": "On", "zh-hans": "开"}, "tone": "malachite"},
        {"value": "off", "label": {"en": "Off"}, "tone": "rouge"},
        {"value": "old", "label": {"zh-hant": "舊"}, "archived": True},
    ]
}
# type → each of the settings that it may have; those that have none are filled with nothing.
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "text": [{"max_length": 40}, {}],
    "integer": [{"least": -5, "most": 10**14}, {"least": 0}, {}],
    "decimal": [{"least": -5, "most": 7, "digits": 3}, {"digits": 0}, {}],
    "percent": [{"digits": 2}, {"digits": 0}, {}],
    "choice": [OPTIONS],
    "choices": [OPTIONS],
    "link": [{"to": "company"}, {"to": "machine"}],
    "links": [{"to": "contact", "back": LABEL}, {"to": "machine"}],
    "rating": [{"most": 7}, {}],
    "auto_number": [
        {"pattern": "EQ-{year}-{month}-{number:4}", "reset": "month"},
        {"pattern": "{number}-{year}", "reset": "year"},
        {},
    ],
    "formula": [
        *({"formula": "count * 2", "result": one} for one in ("decimal", "integer", "percent", "money")),
        *({"formula": "count / 2", "result": one, "digits": 3} for one in ("decimal", "percent")),
        {"formula": "count / 2", "digits": 0},
        {"formula": "count / 2", "for_all": True},
        *({"formula": one} for one in ("price * 2", "share", "exact / 3", "state", "count > 2", "near")),
        {"formula": "price * 2", "result": "decimal"},
        {"formula": "price * 2", "result": "percent", "digits": 1},
        {"formula": "name", "result": "text"},
        {"formula": "count > 2", "result": "boolean"},
        {"formula": "made_on", "result": "date"},
        {"formula": "made_at", "result": "datetime"},
    ],
    "lookup": [
        {"link": "firm", "field": "name", "for_all": True},
        *({"link": "like", "field": one} for one in ("price", "state", "share", "exact", "count", "firm")),
    ],
    "roll_up": [
        *(
            {"of": "machine", "link": "like", "do": one, "field": "price", "filter": "count > 2"}
            for one in ROLL_UPS
            if one != "count"
        ),
        {"of": "machine", "link": "like", "do": "count", "for_all": True},
        {"of": "machine", "link": "like", "do": "max", "field": "made_on"},
    ],
}
READ: dict[str, tuple[str, dict[str, Any]]] = {  # what the others are computed from
    "count": ("integer", {}),
    "price": ("money", {}),
    "share": ("percent", {"digits": 2}),
    "exact": ("decimal", {"digits": 4}),
    "near": ("decimal", {}),
    "made_on": ("date", {}),
    "made_at": ("datetime", {}),
    "state": ("choice", OPTIONS),
    "firm": ("link", {"to": "company"}),
    "like": ("link", {"to": "machine"}),
}
DEFAULTS: dict[str, Any] = {
    "text": "x y", "long_text": 'a\nb "c"', "integer": 3, "decimal": "3.5", "percent": "12",
    "money": "12.50 EUR",
    "date": "2026-01-02", "datetime": "2026-01-02T08:00:00Z", "duration": "1h 30m", "boolean": True,
    "choice": "on", "choices": ["on", "off"], "url": "https://a.example/?b=1", "rating": 3, "json": None,
}  # fmt: skip


def every_field(by: Any) -> None:
    machine = add_object(
        name="machine", label=LABEL, plural_label=LABEL, title_label=LABEL, help=LABEL, icon="truck", by=by
    )
    for name, (type, settings) in READ.items():
        add_field(object="machine", name=name, type=type, label=name, settings=settings, by=by)
    for type, kind in KINDS.items():
        for at, settings in enumerate(SETTINGS.get(type, [{}])):
            plain = type in ("integer", "decimal", "percent") and at != 1
            add_field(
                object="machine",
                name=f"{type}_{at}",
                type=type,
                label=LABEL,
                help=LABEL,
                required=not kind.computed and at == 0,
                unique=kind.tells_apart and at == 0,
                default=DEFAULTS.get(type) if kind.defaults and (plain or at == 0) else None,
                settings=settings,
                visible_if="count > 2",
                required_if="" if kind.computed or at == 0 else 'name = "x"',
                by=by,
            )
    look = {"board": "state", "columns": ["price", "formula_0"], "touched": True, "tone": "ochre"}
    change_object(machine.pk, look, by=by)


def test_every_type_of_field_has_its_settings_tried():
    own = {"text", "integer", "decimal", "percent", "choice", "choices", "link", "links", "rating"}
    assert set(SETTINGS) == own | {"auto_number", "formula", "lookup", "roll_up"}
    for name, kind in KINDS.items():
        if name not in SETTINGS:
            assert (
                kind.read({"digits": 1, "most": 2, "max_length": 3, "options": ["A"], "to": "company"}) == {}
            )
    assert {one.get("result") for one in SETTINGS["formula"]} >= set(RESULTS)
    assert {one["do"] for one in SETTINGS["roll_up"]} == set(ROLL_UPS)


def test_what_is_written_gives_another_workspace_the_same_of_every_type(cast: Cast):
    kept = []
    with in_workspace(cast.xishan.pk):
        every_field(actor(cast.admin))
        text = write_shape(by=actor(cast.admin))
        assert steps_to(read_shape(text)) == []
        kept.append(settings_kept())
    with in_workspace(cast.marlin.pk):
        apply_shape(read_shape(text), by=actor(cast.outsider))
        again = write_shape(by=actor(cast.outsider))
        assert steps_to(read_shape(text)) == []
        kept.append(settings_kept())
    assert of_machine(again) == of_machine(text)
    assert kept[0] == kept[1]
    assert len(kept[0]) > 60


def test_a_setting_that_a_file_does_not_name_is_left_alone(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        settings = {"formula": "employees * 2", "result": "percent", "digits": 2}
        add_field(object="company", name="twice", type="formula", label="Twice", settings=settings, by=by)
        text = write_shape(by=by)
        said = text.replace(', result = "percent", digits = 2', "")
        assert said != text
        assert steps_to(read_shape(said)) == []
        changed = read_shape(said.replace("employees * 2", "employees * 3"))
        assert [str(step.name) for step in apply_shape(changed, by=by)] == ["company.twice"]
        assert write_shape(by=by) == text.replace("employees * 2", "employees * 3")
        assert apply_shape(changed, by=by) == []


def of_machine(text: str) -> list[str]:
    """The tables of the text that are the object's own; the others are what a new workspace brings."""
    return [table for table in text.split("\n\n") if table.startswith("[objects.machine")]


def settings_kept() -> dict[str, Any]:
    """Of each field all that is kept of it, what was found by checking it among it."""
    return {row.name: told(row) for row in OwnField.objects.filter(object="machine")}
