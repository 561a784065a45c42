"""What is part of something: the rights of a deal's line are those of its deal, by every door."""

from decimal import Decimal

import pytest
from django.db import transaction

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.facts import facts_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, NotFound, Refused
from guanxi.platform.records.access import find_record, reached_ids, reaches
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.search.finding import CANDIDATES, find_records
from guanxi.platform.records.sharing.actions import end_share, share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.trash.actions import delete_record, empty_one, restore_deleted
from guanxi.platform.records.writing import archive_record, change_record, create_record, create_records
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.deals.models import Stage
from guanxi.sales.lines.models import DealLine
from guanxi.sales.lines.objects import DEAL_LINE
from tests.cast import actor, client_for, give_role

EVERYBODY = ("admin", "manager", "rep", "below", "stranger", "observer")


@pytest.fixture
def deal(cast):
    """A deal of the rep's whose amount follows its lines."""
    with in_workspace(cast.xishan.pk), transaction.atomic():
        stage = Stage.objects.order_by("position").first()
        values = {"name": "WQ-200 x 4", "stage": stage.pk, "by_lines": True}
        yield create_record(object="deal", values=values, by=actor(cast.rep))


def add_line(deal, by, **values):
    given = {"deal": deal.pk, "title": "Analyser", "quantity": 4, "unit_price": 52000, "tax_rate": 13}
    return create_record(object="deal_line", values={**given, **values}, by=by)


def test_a_line_is_seen_and_edited_by_whom_its_deal_is(cast, deal):
    line = add_line(deal, actor(cast.rep))
    with transaction.atomic():
        for name in EVERYBODY:
            by = actor(getattr(cast, name))
            for access in ("see", "edit", "delete", "export"):
                on_deal = {"delete": "edit"}.get(access, access)
                expected = reaches(registry.get("deal"), deal, by, access=on_deal)
                assert reaches(DEAL_LINE, line, by, access=access) == expected, (name, access)
                found = reached_ids(DEAL_LINE, [line.pk], by, access=access)
                assert found == ({line.pk} if expected else set())
    assert not by.may("assign", "deal_line")


def test_what_the_stranger_does_not_see_has_no_lines_for_him(cast, deal):
    line, him = add_line(deal, actor(cast.rep)), actor(cast.stranger)
    drain_events()
    with transaction.atomic():
        with pytest.raises(NotFound):
            find_record(DEAL_LINE, line.pk, by=him)
        assert list_records(ListQuery(obj=DEAL_LINE, columns=("title",)), by=him).rows == []
        assert len(list_records(ListQuery(obj=DEAL_LINE, columns=("title",)), by=actor(cast.rep)).rows) == 1
        assert [hit.ref.id for hit in find_records("Analyser", by=actor(cast.rep))] == [line.pk]
        assert find_records("Analyser", by=him) == []
        with pytest.raises(InvalidValues):
            add_line(deal, him)
        with pytest.raises(NotFound):
            change_record(line, {"quantity": 1}, by=him)


def test_own_lines_are_found_among_more_of_others_than_search_looks_at(cast, deal):
    him = actor(cast.stranger)
    with transaction.atomic():
        lines = [
            {"deal": deal.pk, "title": f"Analyser {at}", "quantity": Decimal(1), "unit_price": Decimal(1)}
            for at in range(CANDIDATES)
        ]
        create_records(object="deal_line", rows=lines, by=actor(cast.rep))
        his = create_record(
            object="deal", values={"name": "Pumps", "stage": deal.stage_id, "by_lines": True}, by=him
        )
        mine = add_line(his, him)
    drain_events()
    with transaction.atomic():
        assert [hit.ref.id for hit in find_records("Analyser", by=him)] == [mine.pk]
        assert mine.pk not in {
            hit.ref.id for hit in find_records("Analyser", by=actor(cast.rep), limit=CANDIDATES)
        }


@pytest.mark.parametrize("who", ["stranger", "outsider"])
def test_no_door_of_a_line_opens_to_others(cast, deal, who):
    line = add_line(deal, actor(cast.rep))
    browser = client_for(getattr(cast, who))
    for path in (f"/deal_lines/{line.pk}/", f"/deal_lines/{line.pk}/edit/", f"/api/v1/deal_lines/{line.pk}"):
        assert browser.get(path).status_code == 404, path
    assert browser.patch(f"/api/v1/deal_lines/{line.pk}", {}, "application/json").status_code in (403, 404)
    assert b"Analyser" not in browser.get("/deal_lines/").content
    assert b"Analyser" not in browser.get("/api/v1/deal_lines").content


def test_the_page_of_the_deal_has_its_lines_and_the_menu_has_not(cast, deal):
    add_line(deal, actor(cast.rep))
    page = client_for(cast.rep).get(f"/deals/{deal.pk}/").content.decode()
    assert "Analyser" in page or "/deal_lines/" in page
    assert 'href="/deal_lines/"' not in client_for(cast.rep).get("/deals/").content.decode()


def test_who_may_only_read_the_deal_only_reads_its_lines(cast, deal):
    line, by = add_line(deal, actor(cast.rep)), actor(cast.observer)
    assert find_record(DEAL_LINE, line.pk, by=by).pk == line.pk
    assert not by.may("change", "deal_line")
    assert not by.may("create", "deal_line")
    with pytest.raises(Refused):
        archive_record(line, by=by)


def test_a_share_of_the_deal_opens_its_lines(cast, deal):
    line = add_line(deal, actor(cast.rep))
    to = To("member", cast.stranger.pk)
    share = share_record(deal, to=to, by=actor(cast.rep))
    assert find_record(DEAL_LINE, line.pk, by=actor(cast.stranger)).pk == line.pk
    with pytest.raises(Refused):
        change_record(line, {"quantity": 1}, by=actor(cast.stranger))
    end_share(share, by=actor(cast.rep))
    with pytest.raises(NotFound):
        find_record(DEAL_LINE, line.pk, by=actor(cast.stranger))


def test_a_line_moves_only_to_a_deal_that_one_may_edit(cast, deal):
    line = add_line(deal, actor(cast.rep))
    stage = Stage.objects.order_by("position").first()
    theirs = create_record(
        object="deal", values={"name": "Theirs", "stage": stage.pk}, by=actor(cast.stranger)
    )
    with pytest.raises(InvalidValues):
        change_record(line, {"deal": theirs.pk}, by=actor(cast.rep))
    assert change_record(line, {"deal": theirs.pk}, by=actor(cast.admin)).deal_id == theirs.pk


def test_the_amount_follows_the_lines_by_every_verb(cast, deal):
    by = actor(cast.rep)
    line = add_line(deal, by)
    deal.refresh_from_db()
    assert (deal.amount, deal.amount_base) == (Decimal(208_000), Decimal(208_000))
    change_record(line, {"discount_percent": "8"}, by=by)
    deal.refresh_from_db()
    assert deal.amount == Decimal(191_360)
    cleaned = {"deal": deal.pk, "title": "Pack", "quantity": Decimal(2), "unit_price": Decimal(100)}
    create_records(object="deal_line", rows=[cleaned, cleaned], by=by)
    archive_record(line, by=by)
    deal.refresh_from_db()
    assert deal.amount == Decimal(400)
    assert facts_of("deal", deal.pk).count() == 5
    with pytest.raises(InvalidValues, match="follows"):
        change_record(deal, {"amount": 7}, by=by)


def test_facts_of_a_line_are_about_its_deal(cast, deal):
    line = add_line(deal, actor(cast.rep))
    fact = facts_of("deal_line", line.pk).get()
    assert fact.name == "deal_line.created"
    assert ["deal", deal.pk] in [[name, int(key)] for name, key in fact.about]


def test_lines_go_into_the_trash_and_out_with_their_deal(cast, deal):
    by = actor(cast.admin)
    line = add_line(deal, by)
    delete_record(deal, by=by)
    with pytest.raises(NotFound):
        find_record(DEAL_LINE, line.pk, by=by)
    restore_deleted(registry.get("deal"), deal.pk, by=by)
    assert find_record(DEAL_LINE, line.pk, by=by).pk == line.pk
    delete_record(deal, by=by)
    empty_one(registry.get("deal"), deal.pk, by=by)
    assert not DealLine.objects.filter(pk=line.pk).exists()


def test_a_role_can_hide_the_cost_of_lines_and_nothing_else_is_said_of_them(cast, deal):
    line = add_line(deal, actor(cast.rep), cost=31000)
    everything = {"verbs": ["*"], "see": "all", "edit": "all"}
    give_role(cast.rep, {"*": everything, "deal_line": {"fields": {"cost": "hidden"}}})
    by = actor(cast.rep)
    assert find_record(DEAL_LINE, line.pk, by=by).cost is None
    with pytest.raises(InvalidValues):
        change_record(line, {"cost": 1}, by=by)
