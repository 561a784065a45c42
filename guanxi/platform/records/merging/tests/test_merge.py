"""Merging: what becomes of fields, links, files and addresses; who may; and the way back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.collaboration.activities.actions import log_activity
from guanxi.collaboration.models import Attachment, Follow, TimelineEntry, Traffic
from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.batches.models import BatchPart
from guanxi.platform.records.batches.running import undo_batch
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.importing.lookups import record_lookup
from guanxi.platform.records.merging.actions import best_first, merge_records
from guanxi.platform.records.models import MatchKey, MergedRecord, Share, Value
from guanxi.platform.records.undoing import undo_fact
from guanxi.platform.records.writing import archive_record, change_record, create_record, restore_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db


def make(member, object: str, **values):
    with in_workspace(member.workspace_id), transaction.atomic():
        return create_record(object=object, values=values, by=actor(member))


def merge(member, object: str, *records, **choose):
    with in_workspace(member.workspace_id), transaction.atomic():
        ids = [one.pk for one in records]
        return merge_records(registry.get(object), ids[0], ids[1:], by=actor(member), choose=choose)


def undo(member, winner):
    with in_workspace(member.workspace_id), transaction.atomic():
        return undo_batch(winner.merge_id, by=actor(member))


def state(workspace_id: int) -> dict[str, Any]:
    """All rows that people see, without what says when and how often they were written."""
    passing = {"version", "updated_at", "updated_by_id", "moved_at"}
    with in_workspace(workspace_id), transaction.atomic():
        found: dict[str, Any] = {}
        others: list[Any] = [apps.get_model("sales.Deal"), apps.get_model("collaboration.Activity")]
        every: list[Any] = [Company, Contact, *others, Attachment, Follow, Share, MergedRecord]
        for model in every:
            rows = [
                {k: v for k, v in row.items() if k not in passing}
                for row in model.objects.order_by("pk").values()
            ]
            found[model.__name__] = rows
        for model in (Value, MatchKey):
            found[model.__name__] = sorted(
                str({k: v for k, v in row.items() if k != "id"}) for row in model.objects.values()
            )
        return found


def test_fields_links_and_rows_follow_the_winner(shop):
    rep, by = shop.cast.rep, actor(shop.cast.rep)
    other = make(
        rep,
        "company",
        name="禾木食品有限公司",
        website="hemu.example",
        phones="138 5710 4426",
        external_id="K-17",
    )
    li = make(rep, "contact", name="Li", company=other.pk)
    call = make(
        rep, "activity", kind="call", subject="Called", about=[["company", other.pk]], done_at="2026-11-02"
    )
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        Follow.objects.create(member_id=shop.cast.manager.pk, object="company", record_id=other.pk)
        Follow.objects.create(member_id=rep.pk, object="company", record_id=other.pk)
        Follow.objects.create(member_id=rep.pk, object="company", record_id=shop.company.pk)
        drain_events()
    winner = merge(rep, "company", shop.company, other)
    with in_workspace(shop.cast.xishan.pk), transaction.atomic():
        drain_events()
        winner = Company.objects.get(pk=shop.company.pk)
        assert winner.name == "禾木食品"
        assert winner.website == "https://hemu.example"
        assert {one["number"] for one in winner.phones} == {"+8657188204410", "+8613857104426"}
        assert Contact.objects.get(pk=li.pk).company_id == winner.pk
        assert apps.get_model("collaboration.Activity").objects.get(pk=call.pk).about == [
            ["company", winner.pk]
        ]
        assert Follow.objects.filter(object="company", record_id=winner.pk).count() == 2
        assert (
            not TimelineEntry.objects.filter(object="company", record_id=other.pk)
            .exclude(verb__in=("archived", "merged"))
            .exists()
        )
        assert Traffic.objects.get(object="company", record_id=winner.pk).outgoing == 1
        fact = Fact.objects.get(object="company", verb="merged")
        assert fact.record_id == winner.pk
        lookup = record_lookup(registry.get("company"), "external_id", actor=by, context=field_context(by))
        assert lookup.get("K-17") == winner.pk
        assert (
            record_lookup(registry.get("company"), "name", actor=by, context=field_context(by)).get(
                "禾木食品有限公司"
            )
            == winner.pk
        )


def test_somebody_chooses_field_by_field(cast):
    one = make(cast.rep, "contact", name="A", wechat="wx1", phones="138 5710 4426")
    two = make(cast.rep, "contact", name="B", wechat="wx2", phones="139 0000 1111")
    with pytest.raises(InvalidValues):
        merge(cast.rep, "contact", one, two, name="17")
    with pytest.raises(InvalidValues):
        merge(cast.rep, "contact", one, two, shoe=str(one.pk))
    merge(cast.rep, "contact", one, two, name=str(two.pk), phones=str(one.pk))
    with in_workspace(cast.xishan.pk):
        kept = Contact.objects.get(pk=one.pk)
    assert (kept.name, kept.wechat, [point["number"] for point in kept.phones]) == (
        "B",
        "wx1",
        ["+8613857104426"],
    )


def test_the_most_complete_one_is_proposed_first(cast):
    bare = make(cast.rep, "contact", name="A")
    full = make(cast.rep, "contact", name="A", title="Boss", phones="138 5710 4426")
    assert best_first(registry.get("contact"), [bare, full])[0].pk == full.pk


def test_addresses_of_the_merged_lead_on_and_come_back(cast):
    one, two, three = (make(cast.rep, "contact", name=name) for name in "ABC")
    merge(cast.rep, "contact", two, three)
    winner = merge(cast.rep, "contact", one, two)
    browser = client_for(cast.rep)
    for record in (two, three):
        page = browser.get(f"/contacts/{record.pk}/")
        assert (page.status_code, page["Location"]) == (301, f"/contacts/{one.pk}/")
        assert page["Cache-Control"] == "no-store"
        call = browser.get(f"/api/v1/contacts/{record.pk}")
        assert (call.status_code, call["Location"]) == (308, f"/api/v1/contacts/{one.pk}")
        sent = browser.patch(f"/api/v1/contacts/{record.pk}", json.dumps({"name": "x"}), "application/json")
        assert (sent.status_code, sent["Location"]) == (308, f"/api/v1/contacts/{one.pk}")
    assert "并入了 1 条" in browser.get(f"/contacts/{one.pk}/changes/").content.decode()
    assert client_for(cast.stranger).get(f"/contacts/{two.pk}/").status_code == 404
    assert client_for(cast.outsider).get(f"/contacts/{two.pk}/").status_code == 404
    with in_workspace(cast.xishan.pk), transaction.atomic(), pytest.raises(Refused):
        restore_record(Contact.objects.get(pk=two.pk), by=actor(cast.rep))
    undo(cast.rep, winner)
    assert browser.get(f"/contacts/{two.pk}/").status_code == 200
    assert browser.get(f"/contacts/{three.pk}/")["Location"] == f"/contacts/{two.pk}/"


def test_who_may_not_edit_all_of_them_merges_nothing(cast):
    mine, far = make(cast.rep, "contact", name="A"), make(cast.stranger, "contact", name="B")
    for member in (cast.rep, cast.outsider):
        with pytest.raises(NotFound):
            merge(member, "contact", mine, far)
    with pytest.raises(Refused):
        merge(cast.observer, "contact", mine, far)
    merge(cast.admin, "contact", mine, far)
    with pytest.raises(InvalidValues):
        merge(cast.rep, "contact", mine, mine)


def test_undo_is_for_who_merged_or_administers_and_keeps_what_came_after(cast):
    one = make(cast.rep, "contact", name="A", title="Old")
    two = make(cast.rep, "contact", name="B", title="New", wechat="wx")
    winner = merge(cast.rep, "contact", one, two, title=str(two.pk))
    with in_workspace(cast.xishan.pk), transaction.atomic():
        change_record(Contact.objects.get(pk=one.pk), {"title": "Later"}, by=actor(cast.rep))
    with pytest.raises(NotFound):
        undo(cast.manager, winner)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        undo_fact(winner.last_fact_id, by=actor(cast.admin))
        back = Contact.objects.get(pk=one.pk)
        assert (back.title, back.wechat) == ("Later", None)
        assert Contact.objects.get(pk=two.pk).archived_at is None


def test_a_worker_killed_in_the_middle_has_merged_nothing(cast, monkeypatch):
    one, two = make(cast.rep, "contact", name="A"), make(cast.rep, "contact", name="B", wechat="wx")
    before = state(cast.xishan.pk)

    def killed(*_args: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("guanxi.platform.records.merging.actions.end_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        merge(cast.rep, "contact", one, two)
    assert state(cast.xishan.pk) == before


def test_the_api_merges_and_names_what_undoes_it(cast):
    one, two = make(cast.rep, "contact", name="A"), make(cast.rep, "contact", name="B", wechat="wx")
    browser = client_for(cast.rep)
    path, said = (
        f"/api/v1/contacts/{one.pk}/merger",
        {"others": [str(two.pk)], "choose": {"name": str(two.pk)}},
    )
    assert client_for(cast.stranger).post(path, json.dumps(said), "application/json").status_code == 404
    assert client_for(cast.observer).post(path, json.dumps(said), "application/json").status_code == 403
    wrongs: list[dict[str, Any]] = [
        {},
        {"others": "x"},
        {"others": []},
        {"others": [str(two.pk)], "choose": 3},
    ]
    for wrong in wrongs:
        assert browser.post(path, json.dumps(wrong), "application/json").status_code in (400, 422), wrong
    answer = browser.post(path, json.dumps(said), "application/json")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["name"], answer.json()["wechat"]) == ("B", "wx")
    assert browser.post(f"/undo/batch/{answer.json()['batch']}/").status_code in (204, 302)
    assert browser.get(f"/api/v1/contacts/{two.pk}").json()["name"] == "B"


def test_an_object_of_ones_own_is_merged_with_its_links(cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        add_object(label="Pump", plural_label="Pumps", name="pump", plural="pumps", by=by)
        add_field(object="pump", type="text", label="Serial", name="serial", unique=True, by=by)
        to = {"to": "pump"}
        add_field(object="contact", type="link", label="Pump", name="pump", settings=to, by=by)
        add_field(object="contact", type="links", label="All", name="all_pumps", settings=to, by=by)
        one = create_record(object="pump", values={"name": "P1"}, by=by)
        two = create_record(object="pump", values={"name": "P2", "serial": "S-9"}, by=by)
        li = create_record(
            object="contact", values={"name": "Li", "pump": two.pk, "all_pumps": [two.pk, one.pk]}, by=by
        )
        winner = merge_records(registry.get("pump"), one.pk, [two.pk], by=by)
        assert winner.custom["serial"] == "S-9"
        li = Contact.objects.get(pk=li.pk)
        assert li.custom["pump"] == one.pk
        assert li.custom["all_pumps"] == [one.pk]
        undo_batch(winner.merge_id, by=by)
        li = Contact.objects.get(pk=li.pk)
        assert (li.custom["pump"], li.custom["all_pumps"]) == (two.pk, [two.pk, one.pk])
        rows = registry.get("pump").rows()
        assert rows.get(pk=two.pk).custom["serial"] == "S-9"
        assert "serial" not in rows.get(pk=one.pk).custom


def test_a_parent_and_its_child_become_one_without_a_circle(cast):
    """The hierarchy is G > P > C > D; whoever wins, nothing leads back to itself, and undo restores it."""
    rep = cast.rep
    top = make(rep, "company", name="G")
    parent = make(rep, "company", name="P", parent=top.pk)
    child = make(rep, "company", name="C", parent=parent.pk)
    grandchild = make(rep, "company", name="D", parent=child.pk)
    before = state(rep.workspace_id)

    def parents() -> dict[str, str | None]:
        with in_workspace(rep.workspace_id):
            rows = Company.objects.filter(archived_at=None)
            names = dict(rows.values_list("pk", "name"))
            return {row.name: names.get(row.parent_id) for row in rows}

    for records, expected in (
        ((child, parent), {"G": None, "C": "G", "D": "C"}),
        ((parent, child), {"G": None, "P": "G", "D": "P"}),
        ((top, parent), {"G": None, "C": "G", "D": "C"}),
        ((parent, grandchild), {"G": None, "P": "G", "C": "P"}),
        ((grandchild, parent), {"G": None, "D": "G", "C": "D"}),
        ((top, grandchild), {"G": None, "P": "G", "C": "P"}),
        ((grandchild, top), {"D": None, "P": "D", "C": "P"}),
        ((child, top, parent), {"C": None, "D": "C"}),
    ):
        winner = merge(rep, "company", *records)
        assert parents() == expected, records
        undo(rep, winner)
        assert state(rep.workspace_id) == before
    # Nor where somebody chooses that value, by the page or the API.
    winner = merge(rep, "company", parent, grandchild, parent=str(grandchild.pk))
    assert parents() == {"G": None, "P": "G", "C": "P"}


def test_a_circle_that_was_there_is_no_work_of_the_merge(cast):
    rep = cast.rep
    one = make(rep, "company", name="A")
    two = make(rep, "company", name="B", parent=one.pk)
    with in_workspace(rep.workspace_id), transaction.atomic():
        Company.objects.filter(pk=one.pk).update(parent_id=two.pk)
    other = make(rep, "company", name="X")
    merge(rep, "company", one, other)
    with in_workspace(rep.workspace_id):
        assert Company.objects.get(pk=one.pk).parent_id == two.pk


def test_a_link_of_ones_own_makes_no_circle_either(cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk), transaction.atomic():
        add_object(label="Part", plural_label="Parts", name="piece", plural="pieces", by=by)
        add_field(object="piece", type="link", label="In", name="inside", settings={"to": "piece"}, by=by)
        whole, part = (create_record(object="piece", values={"name": name}, by=by) for name in ("W", "P"))
        change_record(part, {"inside": whole.pk}, by=by)
        winner = merge_records(registry.get("piece"), whole.pk, [part.pk], by=by)
        rows = registry.get("piece").rows()
        assert "inside" not in rows.get(pk=whole.pk).custom
        undo_batch(winner.merge_id, by=by)
        assert rows.get(pk=part.pk).custom["inside"] == whole.pk


FIELDS = {
    "title": st.sampled_from([None, "Boss", "Buyer"]),
    "phones": st.lists(st.sampled_from(["138 5710 4426", "139 0000 1111", "0571 8820 4410"]), max_size=3),
    "emails": st.lists(st.sampled_from(["a@x.example", "b@x.example"]), max_size=2),
    "birthday": st.sampled_from([None, "1990-02-03", "1991-01-01"]),
    "wechat": st.sampled_from([None, "wx1", "wx2"]),
    "about": st.sampled_from([None, "line one\nline two"]),
}


@pytest.mark.slow
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people=st.lists(st.fixed_dictionaries(FIELDS), min_size=2, max_size=5),
    links=st.lists(st.integers(0, 4), max_size=4),
    chosen=st.dictionaries(st.sampled_from(sorted(FIELDS)), st.integers(0, 4), max_size=3),
)
def test_merge_then_undo_changes_nothing(shop, people, links, chosen):
    rep = shop.cast.rep
    records = [make(rep, "contact", name=f"P{at}", **values) for at, values in enumerate(people)]
    pick: Sequence[Any] = [records[at % len(records)] for at in links]
    for at, record in enumerate(pick):
        make(
            rep,
            "activity",
            kind="note",
            subject=f"N{at}",
            about=[["contact", record.pk], ["contact", records[0].pk]],
        )
        with in_workspace(rep.workspace_id), transaction.atomic():
            Follow.objects.get_or_create(member_id=rep.pk, object="contact", record_id=record.pk)
            if at == 0:
                change_record(shop.deal, {"contact": record.pk}, by=actor(rep))
    before = state(rep.workspace_id)
    winner = merge(
        rep, "contact", *records, **{name: str(records[at % len(records)].pk) for name, at in chosen.items()}
    )
    assert state(rep.workspace_id) != before
    undo(rep, winner)
    assert state(rep.workspace_id) == before
    with in_workspace(rep.workspace_id), transaction.atomic():
        for record in records:
            archive_record(Contact.objects.get(pk=record.pk), by=actor(rep))


def test_what_follows_from_a_merge_and_was_made_anew_since_is_nothing_that_stays(cast):
    """Timelines are made anew when their activities lead to the winner: undo says of none that it stays."""
    one, other = make(cast.rep, "company", name="甲公司"), make(cast.rep, "company", name="乙公司")
    with in_workspace(cast.xishan.pk):
        for n in range(3):
            log_activity(kind="call", about=[("company", other.pk)], body=f"call {n}", by=actor(cast.rep))
        drain_events()
        before = TimelineEntry.objects.filter(object="company", record_id=other.pk).count()
    winner = merge(cast.rep, "company", one, other)
    with in_workspace(cast.xishan.pk):
        drain_events()
        undone = undo_batch(winner.merge_id, by=actor(cast.rep))
        parts = BatchPart.objects.filter(batch=undone)
        assert (undone.refused, [why for part in parts for why in part.refusals]) == (0, [])
        drain_events()
        assert TimelineEntry.objects.filter(object="company", record_id=other.pk).count() >= before
