"""Own objects and fields as a file: what is written can be applied elsewhere and gives the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils.translation import override

from guanxi.api.tests.test_rest import Program
from guanxi.platform.identity.actions.roles import add_role, change_role
from guanxi.platform.identity.models import Role
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, Refused
from guanxi.platform.metadata.models import OwnField, OwnObject
from guanxi.platform.metadata.shaping import add_field, add_object, change_object
from guanxi.platform.metadata.texts import (
    apply_shape,
    read_shape,
    shape_of_workspace,
    steps_to,
    try_shape,
    write_shape,
)
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Pipeline
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def shape_it(cast: Cast) -> str:
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        row = add_object(label={"en": "Machine", "zh-hans": '设备 "A"\\'}, help="x y", by=by)
        options = {"options": [{"label": {"en": "On", "zh-hans": "开"}, "tone": "malachite"}, "Off"]}
        add_field(object="machine", type="choice", label="State", settings=options, default="On", by=by)
        add_field(object="machine", type="money", label="Price", required=True, by=by)
        add_field(object="machine", type="link", label="Company", settings={"to": "company"}, by=by)
        add_field(object="machine", type="formula", label="A twice", settings={"formula": "price * 2"}, by=by)
        add_field(object="company", type="text", label="Badge", unique=True, by=by)
        roll = {"of": "machine", "link": "company", "do": "sum", "field": "a_twice"}
        add_field(object="company", type="roll_up", label="Worth", settings=roll, by=by)
        change_object(row.pk, {"board": "state", "columns": ["price", "state"]}, by=by)
        return write_shape(by=by)


def test_a_file_gives_another_workspace_the_same_shape(cast: Cast):
    text = shape_it(cast)
    with in_workspace(cast.xishan.pk):
        stages = registry.get("stage").rows().values_list("pk", flat=True)
        assert stages
        shape = shape_of_workspace()
        assert read_shape(text) == shape
        assert steps_to(shape) == []
    by = actor(cast.outsider)
    with in_workspace(cast.marlin.pk):
        Pipeline.objects.update(name="销售")  # each firm begins with one in its language
        steps = steps_to(shape)
        # Every workspace begins with the same workflows, scores and pipeline, each in its own language.
        begun = [step for step in steps if step.part in ("workflows", "scores", "pipelines")]
        assert {step.what for step in begun} == {"change"}
        assert {step.what for step in steps if step not in begun} == {"add"}
        assert all(str(one) not in text for one in stages)
        apply_shape(read_shape(text), by=by)
        assert shape_of_workspace() == shape
        assert apply_shape(read_shape(text), by=by) == []
        assert write_shape(by=by) == text
        assert registry.get("machine").board is not None


def test_changes_and_removal(cast: Cast):
    text = shape_it(cast).replace('label = {en = "Badge"', 'label = {en = "Emblem"')
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        steps = apply_shape(read_shape(text), by=by)
        assert [(step.what, step.name) for step in steps] == [("change", "company.badge")]
        gone = steps_to({"objects": {}}, remove=True)
        assert {step.name for step in gone} == {"machine"}
        shape = read_shape(text)
        del shape["objects"]["company"]["fields"]["badge"]
        apply_shape(shape, by=by, remove=True)
        assert OwnField.objects.get(name="badge").archived_at is not None


def test_options_written_by_hand_are_applied_once(cast: Cast):
    """One that is left out is archived, and from then on is as the file has it; words alone are options."""
    text = shape_it(cast)
    whole = text[text.index("settings = {options = [") :].split("]}", 1)[0] + "]}"
    shape = read_shape(text.replace(whole, 'settings = {options = ["Off", "Idle"]}').replace('"on"', '"off"'))
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        assert [step.name for step in steps_to(shape)] == ["machine.state"]
        apply_shape(shape, by=by)
        row = OwnField.objects.get(object="machine", name="state")
        told = [(one["value"], one["archived"]) for one in row.settings["options"]]
        assert told == [("off", False), ("idle", False), ("on", True)]
        assert steps_to(shape) == []
        shape["objects"]["machine"]["fields"]["state"]["settings"]["options"].reverse()
        assert [step.name for step in steps_to(shape)] == ["machine.state"], "their order counts"


def test_what_is_wrong_changes_nothing(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for text in (
            "",
            "x = 1",
            "objects = 3",
            "[objects.a]\nwish = 1",
            "[objects.a.fields.b]\nlabel = 'x'",
            "a = [" * 5_000,
        ):
            with pytest.raises(FieldError):
                read_shape(text)
        wrong = read_shape(
            '[objects.site]\nlabel = {en = "Site"}\n[objects.site.fields.x]\ntype = "magic"\nlabel = "X"'
        )
        with pytest.raises(InvalidValues) as problem:
            apply_shape(wrong, by=by)
        assert set(problem.value.errors) == {"site.x"}
        assert not OwnObject.objects.exists()
        with pytest.raises(Refused):
            write_shape(by=actor(cast.rep))
        with pytest.raises(Refused):
            apply_shape(wrong, by=actor(cast.rep))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[objects.a\nx = 1", (1, 11)),
        ("a = 1\na = 2", (2, 6)),
        ('[objects.a]\n  wish = "x"', (2, 3)),
        ("[objects.a]\n\n[objects.a.fields.b]\nlabel = 'x'", (3, 1)),
        ("[objects.a.fields.b]\ntype = 'text'\nwish = 1", (3, 1)),
        ('[objects."a"]\nfields = 3', (2, 1)),
        ("[objects.a.rules.b]\nlabel = 'x'", (1, 1)),
        ('[objects.a]\nlabel = """x', (2, 13)),
    ],
)
def test_what_is_wrong_in_a_text_is_said_with_its_line_and_column(
    cast: Cast, text: str, place: tuple[int, int]
):
    with in_workspace(cast.xishan.pk), pytest.raises(FieldError) as problem, override("en"):
        read_shape(text)
    said = str(problem.value)
    assert f"line {place[0]}, column {place[1]}" in said.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "[objects.site.fields.x]\ntype = [[1]]",
        "[objects.site.fields.x]\ntype = 'text'\nsettings = 'x'",
        "[objects.site]\nlabel = 3",
        "[objects.site.fields.x]\ntype = 'text'\nlabel = 'X'",
        "[objects.company.fields.x]\ntype = 'text'",
        "[objects.quote.workflows.a]\nlabel = 'A'\nsteps = [{do = 'verb', verb = {a = 1}}]",
    ],
)
def test_what_is_of_another_kind_or_has_no_name_is_refused_in_words(cast: Cast, text: str):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk), pytest.raises((FieldError, InvalidValues)):
        try_shape(read_shape(text), by=by)


def test_what_applying_would_be_refused_for_is_said_beforehand(cast: Cast, tmp_path: Path):
    text = '[objects.site]\nlabel = {en = "Site"}\n\n[objects.site.fields.x]\ntype = "magic"\nlabel = "X"\n'
    file = tmp_path / "shape.toml"
    file.write_text(text)
    for do in ("diff", "apply"):
        with pytest.raises(CommandError, match=r"Line 4, column 1: site\.x: "):
            call_command("objects", do, str(file), workspace="xishan")
    client = Program(cast.admin, ["*:read", "*:write"]).client
    for way in ("", "?dry_run=true"):
        assert client.post(f"/api/v1/shape{way}", text, content_type="application/toml").status_code == 422
    file.write_text(text.replace("magic", "text"))
    call_command("objects", "diff", str(file), workspace="xishan")
    with in_workspace(cast.xishan.pk):
        assert not OwnObject.objects.exists()
        assert not registry.has("site")
    file.write_text(
        '[objects.company.fields.x]\ntype = "text"\nlabel = "X"\n\n[objects.company.views.a]\nwish = 1\n'
    )
    with pytest.raises(CommandError, match=r"Line 5, column 1: "):
        call_command("objects", "diff", str(file), workspace="xishan")


def test_by_command_and_by_api(cast: Cast, tmp_path: Path):
    shape_it(cast)
    file = tmp_path / "shape.toml"
    call_command("objects", "write", str(file), workspace="xishan")
    with in_workspace(cast.marlin.pk):
        Pipeline.objects.update(name="销售")
    call_command("objects", "apply", str(file), workspace="marlin")
    program = Program(cast.admin, ["*:read", "*:write"])
    text = program("GET", "/shape").content.decode()
    assert text == file.read_text()
    with in_workspace(cast.marlin.pk):
        assert write_shape(by=actor(cast.outsider)) == text
    changed = text.replace("price * 2", "price * 3").encode()
    client = program.client
    sent = client.post("/api/v1/shape?dry_run=true", changed, content_type="application/toml")
    assert [(one["do"], one["name"]) for one in sent.json()["data"]] == [("change", "machine.a_twice")]
    assert client.post("/api/v1/shape", changed, content_type="application/toml").status_code == 200
    assert "price * 3" in program("GET", "/shape").content.decode()
    rep = Program(cast.rep, ["*:read", "*:write"])
    assert rep("GET", "/shape").status_code == 403
    assert rep.client.post("/api/v1/shape", changed, content_type="application/toml").status_code == 403
    assert client.post("/api/v1/shape", b"\xff", content_type="application/toml").status_code == 400


def test_roles_stand_in_the_file_with_teams_by_their_names(cast: Cast):
    grants: dict[str, dict[str, Any]] = {
        "*": {"verbs": [], "see": "own", "edit": "none"},
        "deal": {
            "verbs": ["change"], "see": [str(cast.north.pk)], "edit": "own", "fields": {"amount": "masked1"},
        },
    }  # fmt: skip
    with in_workspace(cast.xishan.pk), transaction.atomic():
        by = actor(cast.admin)
        add_role(name="Presales", grants=grants, by=by)
        text = write_shape(by=by)
        assert "[roles.Presales.grants.deal]" in text
        assert 'see = ["North"]' in text
        assert steps_to(read_shape(text)) == []
        change_role(role=Role.objects.get(name="Presales"), grants={"*": grants["*"]}, by=by)
        (step,) = steps_to(read_shape(text))
        assert (step.what, step.name) == ("change", "roles.Presales")
        apply_shape(read_shape(text), by=by)
        assert Role.objects.get(name="Presales").grants == grants
        without = read_shape(text)
        del without["roles"]["Presales"]
        assert [str(one) for one in apply_shape(without, by=by, remove=True)] == ["- roles.Presales"]
        assert not Role.objects.filter(name="Presales").exists()
    with in_workspace(cast.marlin.pk), transaction.atomic(), pytest.raises(InvalidValues):
        apply_shape(read_shape(text), by=actor(cast.outsider))  # it has no team of that name
    with pytest.raises(FieldError):
        read_shape("[roles.x]\ncolour = 1")
