"""What a record is worth, through every way in which that changes."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from guanxi.automation.scoring.actions import (
    add_model,
    delete_model,
    draft_rules,
    publish_rules,
    switch_off,
    switch_on,
)
from guanxi.automation.scoring.dry import dry_run
from guanxi.automation.scoring.jobs import weigh_by_night
from guanxi.automation.scoring.models import Score, ScoreHit, ScoreModel
from guanxi.automation.scoring.recipe import check_rules
from guanxi.automation.workflows.tests.settling import settle
from guanxi.platform.events.facts import facts_of, state_fact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.texts import read_shape, to_toml
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.tagging import add_tag
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor

RULES = [
    {"if": "employees >= 100", "points": 20},
    {"if": "level = A", "points": 30, "label": "A customer of the first rank"},
    {"if": "role = competitor", "points": -40},
    {"fact": "company.greeted", "points": 10, "most": 30, "within": 14, "half_life": 7},
]


@pytest.fixture
def firm(cast):
    with in_workspace(cast.xishan.pk):
        ScoreModel.objects.all().delete()
        yield cast


def fresh(record):
    return registry.get(record.object_name).rows().get(pk=record.pk)


def greet(company, by, *, about=()):
    with transaction.atomic():
        state_fact("company", "greeted", company.pk, by=by, title=str(company), about=about)


def reasons(company):
    row = Score.objects.get(record_id=company.pk)
    return {key: points for key, points, _count in row.parts} | {"given": row.given}


@pytest.mark.slow
def test_a_score_follows_conditions_and_facts_and_says_why(firm):
    rep = actor(firm.rep)
    model = add_model(object="company", rules=RULES, by=actor(firm.admin), on=True)
    settle()
    one = create_record(object="company", values={"name": "One", "employees": 300}, by=rep)
    settle()
    assert fresh(one).score == 20
    change_record(fresh(one), {"level": "A"}, by=rep)
    settle()
    assert (fresh(one).score, fresh(one).version) == (50, 2)  # a score is no edit
    for _count in range(4):
        greet(one, rep)
    settle()
    assert fresh(one).score == 80  # 4 × 10, at most 30
    assert reasons(one) == {"r1": 20, "r2": 30, "r4": 30, "given": 0}
    row = Score.objects.get(record_id=one.pk)
    assert (row.fit, row.engagement, row.total) == (50, 30, 80)
    change_record(fresh(one), {"role": "competitor", "employees": 3}, by=rep)
    settle()
    assert fresh(one).score == 20
    fact = facts_of("company", one.pk).filter(verb="scored").last()
    assert fact is not None
    assert fact.changes == {"score": [80, 20]}
    assert (fact.actor_name, fact.depth) == (model.title, 1)
    other = create_record(object="company", values={"name": "Other", "employees": 100}, by=rep)
    settle()
    rows = list_records(
        ListQuery(obj=registry.get("company"), columns=("name", "score"), sort="-score", limit=5), by=rep
    ).rows
    assert {row.id: row.values["score"] for row in rows} == {one.pk: 20, other.pk: 20}


def test_time_takes_away_what_fades_and_what_has_left_its_window(firm):
    rep = actor(firm.rep)
    add_model(object="company", rules=RULES, by=actor(firm.admin), on=True)
    settle()
    one = create_record(object="company", values={"name": "One"}, by=rep)
    for _count in range(2):
        greet(one, rep)
    settle()
    assert fresh(one).score == 20
    ScoreHit.objects.update(at=timezone.now() - timedelta(days=7))
    weigh_by_night.call()
    settle()
    assert fresh(one).score == 10
    ScoreHit.objects.update(at=timezone.now() - timedelta(days=15))
    weigh_by_night.call()
    settle()
    assert fresh(one).score == 0
    told = facts_of("company", one.pk).filter(verb="scored")
    assert [fact.changes["score"] for fact in told] == [[0, 20], [20, 10], [10, 0]]
    ScoreHit.objects.update(at=timezone.now() - timedelta(days=400))
    weigh_by_night.call()
    assert not ScoreHit.objects.exists()


def test_what_people_write_stays_on_top_of_the_rules(firm):
    rep, admin = actor(firm.rep), actor(firm.admin)
    one = create_record(object="company", values={"name": "One", "score": 35, "employees": 500}, by=rep)
    model = add_model(object="company", rules=RULES, by=admin, on=True)
    settle()
    assert fresh(one).score == 55
    change_record(fresh(one), {"score": 90}, by=rep)
    settle()
    assert fresh(one).score == 90
    assert reasons(one) == {"r1": 20, "given": 70}
    change_record(fresh(one), {"level": "A"}, by=rep)
    settle()
    assert fresh(one).score == 100
    switch_off(model.pk, by=admin)
    change_record(fresh(one), {"score": 60, "employees": 1}, by=rep)
    settle()
    assert fresh(one).score == 60
    switch_on(model.pk, by=admin)
    settle()
    assert (fresh(one).score, reasons(one)) == (
        60,
        {"r2": 30, "given": 30},
    )  # 70 − 40 by hand while it was off
    delete_model(model.pk, by=admin)
    assert fresh(one).score == 30
    assert not Score.objects.exists()


def test_rules_are_tried_before_they_count(firm):
    rep, admin = actor(firm.rep), actor(firm.admin)
    large = create_record(object="company", values={"name": "Large", "employees": 900}, by=rep)
    greeted = create_record(object="company", values={"name": "Greeted", "level": "A"}, by=rep)
    greet(large, rep, about=[("company", greeted.pk)])
    model = add_model(object="company", rules=RULES[:2], by=admin, on=True)
    settle()
    assert (fresh(large).score, fresh(greeted).score) == (20, 30)
    draft_rules(
        model.pk,
        [{"fact": "company.greeted", "points": 45, "within": 30}, {"if": "level = A", "points": 10}],
        by=admin,
    )
    settle()
    row = ScoreModel.objects.get()
    found = dry_run(row, row.draft)
    assert (found.looked_at, found.gain, found.lose, found.over) == (2, 2, 0, 1)
    assert {(one.title, one.now, one.then) for one in found.gainers} == {
        ("Large", 20, 45),
        ("Greeted", 30, 55),
    }
    assert (fresh(large).score, fresh(greeted).score) == (20, 30)
    publish_rules(model.pk, by=admin)
    settle()
    assert (fresh(large).score, fresh(greeted).score) == (45, 55)  # what had happened before counts, too
    assert ScoreModel.objects.get().weighed_at is not None


def test_any_object_gets_a_score_of_its_own_that_lists_can_sort(firm):
    rep, admin = actor(firm.rep), actor(firm.admin)
    hot = add_tag(name="Hot", by=admin)
    rules = [{"tag": "Hot", "points": 60}, {"if": "title is not empty", "points": 5}]
    add_model(object="contact", rules=rules, by=admin, on=True)
    settle()
    plain = create_record(object="contact", values={"name": "Plain", "title": "CEO"}, by=rep)
    warm = create_record(object="contact", values={"name": "Warm", "tags": [hot.pk]}, by=rep)
    settle()
    obj = registry.get("contact")
    query = ListQuery(obj=obj, columns=("name", "score"), sort="-score", limit=5)
    assert [(row.id, row.values["score"]) for row in list_records(query, by=rep).rows] == [
        (warm.pk, 60),
        (plain.pk, 5),
    ]
    assert obj["score"].get(fresh(warm)) == 60


def test_wrong_rules_are_named_and_only_administrators_make_them(firm):
    admin = actor(firm.admin)
    with pytest.raises(InvalidValues) as wrong:
        check_rules(
            "company",
            [
                {"if": "no_such = 1", "points": 3},
                {"if": "level = A", "tag": "Hot", "points": 3},
                {"if": "level = A", "points": 0},
                {"fact": "nothing", "points": 3},
                {"if": "level = A", "points": 3, "half_life": 4},
                {"if": "level = A", "points": 300},
                {"tag": "x", "points": 1, "colour": "red"},
            ],
            by=admin,
        )
    assert set(wrong.value.errors) == {f"rules.{at}" for at in range(7)}
    for member in (firm.rep, firm.manager, firm.observer):
        with pytest.raises(Refused):
            add_model(object="company", rules=RULES, by=actor(member))
    with pytest.raises(InvalidValues):
        add_model(object="company", field="name", by=admin)
    add_model(object="company", rules=RULES, by=admin)
    with pytest.raises(InvalidValues):
        add_model(object="company", by=admin)


def test_it_is_text_that_gives_the_same_again(firm):
    from guanxi.automation.scoring.texts import scores_as_text, set_score_as_text

    admin = actor(firm.admin)
    add_model(object="company", rules=RULES, by=admin, on=True, leads=40)
    told = scores_as_text()
    shape = read_shape(to_toml({"objects": {name: {"scores": some} for name, some in told.items()}}))
    ScoreModel.objects.all().delete()
    set_score_as_text("company", "score", shape["objects"]["company"]["scores"]["score"], admin)
    assert scores_as_text() == told
    set_score_as_text("company", "score", None, admin)
    assert ScoreModel.objects.get().on_at is None
