import pytest
from django.utils.translation import override

from guanxi.automation.workflows.actions import add_workflow
from guanxi.automation.workflows.models import Workflow
from guanxi.automation.workflows.recipe import check_recipe
from guanxi.automation.workflows.words import lines_of, sentence_of
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

WHENS = [
    {"kind": "fact", "verb": "created"},
    {"kind": "fact", "verb": "*", "fields": ["level", "tags"]},
    {"kind": "fact", "verb": "changed", "was": "level = A"},
    {"kind": "enters"},
    {"kind": "leaves"},
    {"kind": "date", "field": "next_step_on", "days": -3, "at": "08:30"},
    {"kind": "date", "field": "next_step_on", "days": 0, "at": "08:30"},
    {"kind": "held", "for": "30d"},
    {"kind": "held", "for": "30d", "since": ["last_touch_at", "created_at"]},
    {"kind": "schedule", "cron": "0 9 * * 1-5"},
    {"kind": "webhook", "match": {"field": "external_id", "path": "a.b"}},
    {"kind": "button", "label": "Go"},
]
STEPS = [
    {"do": "create", "object": "contact", "values": {"name": "{name}"}},
    {"do": "change", "values": {"level": "A", "employees": "= employees + 1"}},
    {"do": "assign", "to": ["manager"]},
    {"do": "tag", "add": ["a", "b"], "remove": ["c"]},
    {"do": "score", "field": "employees", "add": "= employees * 2"},
    {"do": "score", "field": "employees", "tags": {"hot": 30, "cold": -10}},
    {"do": "todo", "text": "Call {name}", "to": ["owner"], "due": "2wd", "body": "…"},
    {"do": "today", "text": "why", "to": ["owner"], "weight": 90},
    {"do": "notify", "text": "“{name}”\nsays", "to": ["followers", "admins"], "by": ["app", "email"]},
    {"do": "email", "to": ["a@b.example"], "subject": "S", "text": "T"},
    {"do": "robot", "robot": "feishu", "url": "https://open.feishu.example/hook/x", "text": "T"},
    {"do": "call", "url": "https://x.example/{name}", "method": "PUT", "body": {"a": "{name}"}},
    {"do": "verb", "verb": "archive"},
    {"do": "wait", "for": "2wd", "fact": "changed", "stop": True},
    {"do": "branch", "if": "level = A", "then": [{"do": "stop", "text": "x"}], "else": [{"do": "stop"}]},
    {"do": "each", "of": "contact.company", "if": "name is not empty", "steps": [{"do": "stop"}]},
]


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_every_way_to_begin_and_every_step_reads_as_a_sentence(cast, language):
    with in_workspace(cast.xishan.pk), override(language):
        by = actor(cast.admin)
        for when in WHENS:
            recipe = check_recipe("company", {"when": when, "if": "level = A", "steps": STEPS}, by=by)
            said = " ".join(
                [
                    sentence_of("company", recipe, by=by),
                    *(one.text for one in lines_of("company", recipe, by=by)),
                ]
            )
            assert "%(" not in said
            assert recipe["steps"] == STEPS


def test_as_text_it_is_the_same_in_another_workspace(cast):
    with in_workspace(cast.xishan.pk):
        Workflow.objects.all().delete()
        for at, when in enumerate(WHENS):
            recipe = {"when": when, "if": "level in (A, B)", "formula": "employees > 1", "steps": STEPS}
            add_workflow(
                object="company",
                name=f"w{at}",
                title=f"W {at}",
                recipe=recipe,
                by=actor(cast.admin),
                on=at == 0,
            )
        text = write_shape(by=actor(cast.admin))
    with in_workspace(cast.marlin.pk):
        Workflow.objects.all().delete()
        by = actor(cast.outsider)
        apply_shape(read_shape(text), by=by, remove=True)
        assert write_shape(by=by) == text
        assert steps_to(read_shape(text)) == []
        assert Workflow.objects.filter(on_at__isnull=False).count() == 1


def test_what_makes_no_sense_is_named_by_its_place(cast):
    with in_workspace(cast.xishan.pk):
        wrong = {
            "when": {"kind": "date", "field": "name"},
            "if": "no_such = 1",
            "formula": "employees +",
            "steps": [
                {"do": "fly"},
                {"do": "change", "values": {"nothing": 1}},
                {"do": "branch", "if": "also_no = 1", "then": [{"do": "notify", "to": ["x"], "text": "y"}]},
                {"do": "call", "url": "ftp://x"},
                {"do": "wait", "for": "soon"},
                {"do": "tag"},
                {"do": "create", "object": "deal", "values": {"amount": 5}},
            ],
        }
        with pytest.raises(InvalidValues) as refused:
            check_recipe("company", wrong, by=actor(cast.admin))
        assert set(refused.value.errors) >= {
            "when.field", "if", "formula", "steps.0", "steps.1.values.nothing", "steps.2.if",
            "steps.2.then.0.to", "steps.3.url", "steps.4.for", "steps.5",
            "steps.6.values.name", "steps.6.values.stage",
        }  # fmt: skip
