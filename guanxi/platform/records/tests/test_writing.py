"""The ordinary verbs, on the objects that the product ships."""

from __future__ import annotations

import pytest

from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.models import Value
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import (
    StaleRecord,
    archive_record,
    change_record,
    create_record,
    restore_record,
)
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def test_create_states_one_fact_and_finds_by_phone(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "青禾水务集团有限公司"}, by=rep)
        contact = create_record(
            object="contact",
            values={
                "name": " 王若溪 ",
                "company": company.pk,
                "phones": [{"kind": "手机", "typed": "138 5710 4426"}, "0571-88204410"],
                "addresses": [{"country": "中国", "province": "浙江", "city": "杭州"}],
            },
            by=rep,
        )
        assert contact.name == "王若溪"
        assert contact.city == "杭州市"
        assert (contact.owner_id, contact.team_id) == (cast.rep.pk, cast.south.pk)
        assert [point["number"] for point in contact.phones] == ["+8613857104426", "+8657188204410"]
        assert set(
            Value.objects.filter(object="contact", record_id=contact.pk, field="phones").values_list(
                "value", flat=True
            )
        ) == {"+8613857104426", "+8657188204410"}
        (fact,) = facts_of("contact", contact.pk)
        assert (fact.verb, fact.actor_id, fact.title) == ("created", cast.rep.pk, "王若溪")
        assert fact.about == [["company", company.pk]]
        assert fact.changes["name"] == [None, "王若溪"]


def test_wrong_values_name_every_field_and_save_nothing(cast: Cast):
    with in_workspace(cast.xishan.pk):
        with pytest.raises(InvalidValues) as caught:
            create_record(
                object="contact",
                values={"name": "", "emails": "nobody", "phones": "none", "company": 17, "nonsense": 1},
                by=actor(cast.rep),
            )
        assert {name: [one.code for one in found] for name, found in caught.value.errors.items()} == {
            "name": ["required"],
            "emails": ["email"],
            "phones": ["phone"],
            "company": ["link"],
            "nonsense": ["unknown_field"],
        }
        assert not Contact.objects.exists()


def test_a_link_to_another_teams_record_does_not_exist(cast: Cast):
    with in_workspace(cast.xishan.pk):
        hidden = create_record(object="company", values={"name": "Hidden"}, by=actor(cast.stranger))
        with pytest.raises(InvalidValues, match="does not exist"):
            create_record(object="contact", values={"name": "A", "company": hidden.pk}, by=actor(cast.rep))


def test_change_keeps_what_others_changed_elsewhere(cast: Cast):
    rep, manager = actor(cast.rep), actor(cast.manager)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A", "industry": "water"}, by=rep)
        change_record(company, {"website": "a.example"}, by=manager, version=1)
        kept = change_record(company, {"industry": "food"}, by=rep, version=1)
        assert (kept.website, kept.industry, kept.version) == ("https://a.example", "food", 3)
        with pytest.raises(StaleRecord) as caught:
            change_record(company, {"industry": "paper"}, by=manager, version=1)
        assert caught.value.conflicts == {"industry": ("food", "paper")}
        assert caught.value.last is not None
        assert caught.value.last.actor_name == "林知遥"


def test_nothing_changed_states_nothing(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A"}, by=rep)
        same = change_record(company, {"name": "A"}, by=rep)
        assert same.last_fact_id is None
        assert same.version == 1
        assert facts_of("company", company.pk).count() == 1


def test_undo_of_each_verb(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A"}, by=rep)
        changed = change_record(company, {"name": "B"}, by=rep)
        assert undo_fact(changed.last_fact_id, by=rep).name == "A"
        archived = archive_record(company, by=rep)
        assert undo_fact(archived.last_fact_id, by=rep).archived_at is None
        again = change_record(company, {"name": "C"}, by=rep)
        change_record(company, {"name": "D"}, by=rep)
        with pytest.raises(StaleRecord):
            undo_fact(again.last_fact_id, by=rep)
        assert Company.objects.get().name == "D"


def test_the_stranger_the_observer_and_the_other_firm(cast: Cast):
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A"}, by=actor(cast.rep))
        for verb in (archive_record, restore_record):
            with pytest.raises(NotFound):
                verb(company, by=actor(cast.stranger))
            with pytest.raises(Refused):
                verb(company, by=actor(cast.observer))
        with pytest.raises(NotFound):
            change_record(company, {"name": "mine"}, by=actor(cast.stranger))
    outsider = actor(cast.outsider)
    with in_workspace(cast.marlin.pk), pytest.raises(NotFound):
        change_record(company, {"name": "ours"}, by=outsider)


def test_handing_over_moves_the_team_along(cast: Cast):
    manager = actor(cast.manager)
    with in_workspace(cast.xishan.pk):
        company = create_record(object="company", values={"name": "A"}, by=manager)
        moved = change_record(company, {"owner": cast.below.pk}, by=manager)
        assert (moved.owner_id, moved.team_id) == (cast.below.pk, cast.shenzhen.pk)
        assert [fact.verb for fact in facts_of("company", company.pk)] == ["created", "assigned"]


def test_a_unique_value_is_free_again_after_archiving(cast: Cast):
    admin = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        first = create_record(object="product", values={"name": "WQ-200", "code": "WQ"}, by=admin)
        with pytest.raises(InvalidValues, match="taken"):
            create_record(object="product", values={"name": "Other", "code": "WQ"}, by=admin)
        archive_record(first, by=admin)
        create_record(object="product", values={"name": "Other", "code": "WQ"}, by=admin)
        with pytest.raises(InvalidValues, match="taken"):
            restore_record(first, by=admin)
