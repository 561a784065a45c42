"""What a role leaves of an object, and of the values that it masks."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from guanxi.platform.events.facts import facts_of
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.permissions import covers, parse_grants, validate_grants
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import Refused
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.metadata.masks import DOTS, mask
from guanxi.platform.metadata.rights import Masked, as_seen, right_of
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.duplicates.finding import find_alike
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db
ALL: dict[str, Any] = {"verbs": ["*"], "see": "all", "edit": "all"}


def limited(by: Actor, **fields: dict[str, str]) -> Actor:
    grants = {"*": ALL, **{name: {"fields": rights} for name, rights in fields.items()}}
    validate_grants(grants)
    return replace(by, grants=parse_grants(grants))


def test_masks_show_what_their_grade_says(cast: Cast):
    phones, emails = registry.get("contact")["phones"], registry.get("contact")["emails"]
    number = [{"number": "+8613857104426", "typed": "138 5710 4426", "kind": "mobile"}]
    assert [mask(phones, number, grade) for grade in (1, 2, 3)] == ["138****4426", "****4426", DOTS]
    address = [{"email": "anna.berg@example.com", "kind": "work"}]
    assert [mask(emails, address, grade) for grade in (1, 2, 3)] == ["a****@example.com", "****.com", DOTS]
    amount = registry.get("deal")["amount"]
    shown = [mask(amount, Amount(Decimal(268_000), "CNY"), grade) for grade in (1, 2, 3)]
    assert shown == ["200,000+ CNY", "100,000+ CNY", DOTS]
    assert mask(amount, Amount(Decimal(7), "CNY"), 1) == DOTS
    title = registry.get("contact")["title"]
    assert [mask(title, word, 1) for word in ("Buyer", "\u738b", "\u738b\u82b3")] == [
        "B****r",
        "\u738b****",
        "\u738b****",
    ]
    assert mask(registry.get("contact")["birthday"], datetime.date(1980, 5, 4), 2) == "1980"
    assert mask(registry.get("contact")["decision_role"], "buyer", 1) == DOTS


def test_who_sees_all_is_handed_the_object_itself(cast: Cast):
    contact = registry.get("contact")
    assert as_seen(contact, actor(cast.rep)) is contact
    by = limited(actor(cast.rep), contact={"phones": "masked1", "wechat": "hidden", "about": "see"})
    seen = as_seen(contact, by)
    assert as_seen(contact, by) is seen
    assert as_seen(seen, by) is seen
    assert isinstance(seen["phones"], Masked)
    assert "wechat" not in seen.fields_by_name
    assert seen["about"].readonly
    assert contact["about"] is not seen["about"]
    assert right_of(contact, "name", limited(by, contact={"name": "hidden"})) == "see"


def test_what_follows_from_a_hidden_field_is_hidden_too(cast: Cast):
    with in_workspace(cast.xishan.pk):
        admin = actor(cast.admin)
        machine = add_object(label="Machine", by=admin).name
        add_field(
            object=machine, type="link", label="Firm", name="firm", settings={"to": "company"}, by=admin
        )
        add_field(object=machine, type="integer", label="Cost", name="cost", by=admin)
        for name, formula in (("twice", "cost * 2"), ("four", "twice * 2")):
            add_field(
                object=machine, type="formula", label=name, name=name, settings={"formula": formula}, by=admin
            )
        lookup = {"link": "firm", "field": "about"}
        add_field(object=machine, type="lookup", label="Of firm", name="of_firm", settings=lookup, by=admin)
        roll_up = {"of": machine, "link": "firm", "do": "sum", "field": "cost", "filter": ""}
        add_field(object="company", type="roll_up", label="Cost", name="cost_sum", settings=roll_up, by=admin)
        rep = actor(cast.rep)
        by = limited(rep, **{machine: {"cost": "masked1"}})
        assert {"twice", "four"} & set(as_seen(registry.get(machine), by).fields_by_name) == set()
        assert "cost_sum" not in as_seen(registry.get("company"), by).fields_by_name
        assert "of_firm" in as_seen(registry.get(machine), by).fields_by_name
        by = limited(rep, company={"about": "hidden"})
        assert "of_firm" not in as_seen(registry.get(machine), by).fields_by_name
        assert "four" in as_seen(registry.get(machine), by).fields_by_name
        assert (
            right_of(registry.get("contact"), "city", limited(rep, contact={"addresses": "hidden"}))
            == "hidden"
        )


@pytest.mark.parametrize("reach", ["own", "team", "team_below"])
def test_a_figure_over_records_that_are_not_all_seen_is_hidden_or_for_everybody(cast: Cast, reach: str):
    with in_workspace(cast.xishan.pk):
        admin, company = actor(cast.admin), "company"
        over = {"of": "contact", "link": "company", "do": "count", "field": "", "filter": ""}
        told = {**over, "for_all": True}
        add_field(object=company, type="roll_up", label="a", name="people", settings=over, by=admin)
        add_field(object=company, type="roll_up", label="b", name="everyone", settings=told, by=admin)
        formula = {"formula": "people * 2"}
        add_field(object=company, type="formula", label="c", name="twice", settings=formula, by=admin)
        lookup = {"link": "company", "field": "industry"}
        add_field(object="contact", type="lookup", label="d", name="trade", settings=lookup, by=admin)
        rep = actor(cast.rep)
        grants = parse_grants({"*": ALL, "contact": {**ALL, "see": reach, "edit": "own"}})
        by = replace(rep, grants=grants)
        seen = as_seen(registry.get(company), by).fields_by_name
        assert {"people", "everyone", "twice"} & set(seen) == {"everyone"}
        assert "trade" in as_seen(registry.get("contact"), by).fields_by_name
        by = replace(rep, grants=parse_grants({"*": ALL, "company": {**ALL, "see": reach, "edit": "own"}}))
        assert "trade" not in as_seen(registry.get("contact"), by).fields_by_name
        assert "people" in as_seen(registry.get(company), by).fields_by_name
        whole = replace(rep, grants=parse_grants({"*": ALL}))
        assert as_seen(registry.get(company), whole) is registry.get(company)
        narrow = replace(whole, scopes=frozenset({"company:read"}))
        assert "people" not in as_seen(registry.get(company), narrow).fields_by_name


def test_a_record_without_its_hidden_values_is_never_saved(cast: Cast):
    with in_workspace(cast.xishan.pk):
        values = {"name": "A", "about": "quiet", "phones": ["13857104426"]}
        made = create_record(object="contact", values=values, by=actor(cast.rep))
        by = limited(actor(cast.rep), contact={"about": "hidden", "phones": "masked1"})
        contact = registry.get("contact")
        found = find_record(contact, made.pk, by=by)
        assert (found.about, found.phones) == (None, [])
        assert as_seen(contact, by)["phones"].get(found) == "138****4426"
        with pytest.raises(TypeError):
            found.save()
        changed = change_record(found, {"name": "B"}, by=by)
        again = find_record(contact, made.pk, by=actor(cast.rep))
        assert (again.name, again.about) == ("B", "quiet")
        assert again.phones[0]["number"] == "+8613857104426"
        # Who asks with the whole object gets nothing of what is hidden, and the mask by the object as seen.
        query = ListQuery(obj=contact, columns=("name", "about", "phones"))
        assert list_records(query, by=by).rows[0].values == {"name": "B", "about": None, "phones": []}
        query = ListQuery(obj=as_seen(contact, by), columns=("name", "phones"))
        assert list_records(query, by=by).rows[0].values == {"name": "B", "phones": "138****4426"}
        assert find_alike(contact, {"phones": again.phones}, by=by) == []
        assert find_alike(contact, {"phones": again.phones}, by=actor(cast.rep))
        assert changed.last_fact_id


def test_undo_takes_back_nothing_that_is_not_the_actors_to_write(cast: Cast):
    with in_workspace(cast.xishan.pk):
        made = create_record(object="contact", values={"name": "A", "about": "one"}, by=actor(cast.rep))
        fact = change_record(made, {"about": "two"}, by=actor(cast.rep)).last_fact_id
        by = limited(actor(cast.rep), contact={"about": "hidden"})
        untouched = change_record(made, {"name": "B"}, by=actor(cast.rep)).last_fact_id
        for since in (None, "three"):
            if since:
                change_record(made, {"about": since}, by=actor(cast.rep))
            answers = []
            for fact_id, field in ((fact, ""), (fact, "about"), (untouched, "about")):
                with pytest.raises(Refused) as told:
                    undo_fact(fact_id, by=by, field=field)
                answers.append(str(told.value))
            assert set(answers) == {"There is nothing to undo."}, "one answer, whatever it touched"


def test_a_whole_undo_takes_back_what_the_actor_writes_and_leaves_the_rest(cast: Cast):
    with in_workspace(cast.xishan.pk):
        made = create_record(object="contact", values={"name": "A", "about": "one"}, by=actor(cast.rep))
        fact = change_record(made, {"name": "B", "about": "two"}, by=actor(cast.rep)).last_fact_id
        change_record(made, {"about": "three"}, by=actor(cast.rep))
        undo_fact(fact, by=limited(actor(cast.rep), contact={"about": "hidden"}))
        again = find_record(registry.get("contact"), made.pk, by=actor(cast.rep))
        assert (again.name, again.about) == ("A", "three")


def test_looking_behind_a_mask_is_granted_by_name_and_written_down(cast: Cast):
    with in_workspace(cast.xishan.pk):
        values = {"name": "A", "phones": ["13857104426"], "about": "quiet"}
        made = create_record(object="contact", values=values, by=actor(cast.rep))
    fields = {"fields": {"phones": "masked1", "about": "hidden"}}
    role = give_role(cast.rep, {"*": ALL, "contact": {**ALL, **fields}})
    rep, door = client_for(cast.rep), f"/contacts/{made.pk}/reveal/phones/"
    assert rep.get(door).status_code == 403
    assert rep.post(door).status_code == 403
    with in_workspace(cast.xishan.pk):
        role.grants = {"*": ALL, "contact": {**ALL, **fields, "verbs": ["*", "reveal"]}}
        role.save()
    page = rep.get(f"/contacts/{made.pk}/").content.decode()
    assert "138****4426" in page
    assert door in page
    assert "138 5710 4426" not in rep.get(door).content.decode()
    with in_workspace(cast.xishan.pk):
        assert not facts_of("contact", made.pk).filter(verb="revealed").exists()
    assert "138 5710 4426" in rep.post(door).content.decode()
    assert rep.post(f"/contacts/{made.pk}/reveal/about/").status_code == 404
    api = f"/api/v1/contacts/{made.pk}/reveal"
    answer = rep.post(api, json.dumps({"field": "phones"}), content_type="application/json")
    assert answer.json()["value"][0]["number"] == "+8613857104426"
    assert rep.post(api, json.dumps({"field": "about"}), content_type="application/json").status_code == 422
    assert client_for(cast.stranger).post(door).status_code == 404
    assert client_for(cast.outsider).post(door).status_code == 404
    with in_workspace(cast.xishan.pk):
        facts = facts_of("contact", made.pk).filter(verb="revealed")
        assert [(fact.actor_id, fact.data) for fact in facts] == [(cast.rep.pk, {"field": "phones"})] * 2


def test_a_file_fills_no_field_that_is_not_the_importers_to_write(cast: Cast):
    from guanxi.platform.records.importing.plans import ColumnPlan, FilePlan
    from guanxi.platform.records.importing.rows import RowReader

    with in_workspace(cast.xishan.pk):
        by = limited(actor(cast.rep), contact={"phones": "hidden"}, company={"external_id": "hidden"})
        for path, link_by in (("phones:mobile", ""), ("company", "external_id")):
            column = ColumnPlan(index=0, header="x", path=path, link_by=link_by)
            with pytest.raises(Refused):
                RowReader(FilePlan(object="contact", columns=[column]), actor=by)


def test_nobody_hands_on_a_field_that_is_hidden_from_them(cast: Cast):
    giver = limited(actor(cast.manager), contact={"phones": "masked1"})
    for right, given in (("edit", False), ("see", False), ("masked1", True), ("hidden", True)):
        grants = parse_grants({"*": ALL, "contact": {**ALL, "fields": {"phones": right}}})
        assert covers(giver, grants) is given
    assert not covers(giver, parse_grants({"*": ALL}))
