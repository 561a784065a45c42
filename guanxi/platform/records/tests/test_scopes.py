"""How far each kind of access goes over the rows: for a row at hand and in SQL alike, by every door."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.permissions import parse_grants, validate_grants
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import NotFound, Refused
from guanxi.platform.records.access import counting_rules, find_record, reaches, row_rule
from guanxi.platform.records.exporting.tables import export_lines
from guanxi.platform.records.listing import ListQuery, count_records
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import archive_record, change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def companies_of_all(cast: Cast) -> dict[str, int]:
    """One company of each member, and one of nobody."""
    made = {}
    for name in ("admin", "manager", "rep", "below", "stranger"):
        record = create_record(object="company", values={"name": name}, by=actor(getattr(cast, name)))
        made[name] = record.pk
    alone = create_record(object="company", values={"name": "alone", "owner": None}, by=actor(cast.admin))
    return made | {"alone": alone.pk}


def as_role(by: Actor, **grant: object) -> Actor:
    grants = {"*": {"verbs": ["*"], **grant}}
    validate_grants(grants)
    return replace(by, grants=parse_grants(grants))


def test_each_access_has_a_reach_of_its_own(cast: Cast):
    with in_workspace(cast.xishan.pk):
        made = companies_of_all(cast)
        company = registry.get("company")
        north, shenzhen = str(cast.north.pk), str(cast.shenzhen.pk)
        by = as_role(actor(cast.rep), see=[north, shenzhen], edit=[shenzhen], delete="none", export="own")

        def reached(access: str) -> set[str]:
            rule = row_rule(company, by, access=access)
            rows = fetch(f'SELECT r.id FROM "{company.table}" r WHERE {rule.text}', rule.params)
            return {name for name, record_id in made.items() if (record_id,) in rows}

        assert reached("see") == {"rep", "below", "stranger"}
        assert reached("edit") == {"rep", "below"}
        assert reached("delete") == set()
        assert reached("export") == {"rep"}
        assert count_records(ListQuery(obj=company, columns=()), by=by) == 3
        exported = "".join(export_lines(ListQuery(obj=company, columns=("name",)), by=by))
        assert "rep" in exported
        assert "below" not in exported

        below = find_record(company, made["below"], by=by)
        change_record(below, {"name": "below again"}, by=by)
        with pytest.raises(Refused):
            archive_record(below, by=by)
        with pytest.raises(Refused):
            change_record(find_record(company, made["stranger"], by=by), {"name": "x"}, by=by)
        with pytest.raises(NotFound):
            find_record(company, made["manager"], by=by)


def test_deleting_may_go_further_than_editing(cast: Cast):
    with in_workspace(cast.xishan.pk):
        made = companies_of_all(cast)
        by = as_role(actor(cast.rep), see="team", edit="none", delete="team")
        company = registry.get("company")
        gone = archive_record(find_record(company, made["manager"], by=by), by=by)
        assert gone.archived_at
        assert undo_fact(gone.last_fact_id, by=by).archived_at is None
        with pytest.raises(Refused):
            change_record(gone, {"name": "x"}, by=by)


def test_the_rule_in_sql_is_the_rule_for_a_row(cast: Cast):
    some = [str(cast.north.pk), str(cast.south.pk)]
    scopes: list[object] = ["none", "own", "team", "team_below", some, "all"]
    with in_workspace(cast.xishan.pk):
        companies_of_all(cast)
        company = registry.get("company")
        rows = list(company.rows())
        for member in (cast.rep, cast.manager, cast.admin):
            person = actor(member)
            for see, other in itertools.product(scopes, scopes):
                grants = {"*": {"verbs": ["*"], "see": see, "edit": other, "delete": other, "export": other}}
                by = replace(person, grants=parse_grants(grants))
                for access in ("see", "edit", "delete", "export"):
                    rule = row_rule(company, by, access=access)
                    sql = fetch(f'SELECT r.id FROM "{company.table}" r WHERE {rule.text}', rule.params)
                    at_hand = {row.pk for row in rows if reaches(company, row, by, access=access)}
                    assert {row[0] for row in sql} == at_hand, (see, other, access)
                counted = [
                    fetch(f'SELECT r.id FROM "{company.table}" r WHERE {rule.text}', rule.params)
                    for rule in counting_rules(company, by)
                ]
                found = [row[0] for part in counted for row in part]
                assert len(found) == len(set(found))
                assert set(found) == {row.pk for row in rows if reaches(company, row, by)}


def test_bringing_in_files_is_a_verb_that_is_asked(cast: Cast):
    assert client_for(cast.rep).get("/import/").status_code == 403
    assert client_for(cast.manager).get("/import/").status_code == 200
