"""Parts that bear somebody's name are read by who may see that somebody, in the files as in lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guanxi.analytics.semantic.answering import ask
from guanxi.analytics.semantic.cubes import Cube
from guanxi.analytics.warehouse.feeding import rebuild
from guanxi.analytics.warehouse.reading import connect, shown_beside
from guanxi.analytics.warehouse.store import Store
from guanxi.platform.identity.models import Member
from guanxi.platform.metadata import registry
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = pytest.mark.django_db


def test_who_sees_the_deal_but_not_the_contact_counts_and_reads_no_name(
    cast: Cast, fed: Callable[[], int]
) -> None:
    def listed(by: Member) -> set[str]:
        rows = list_records(ListQuery(obj=registry.get("buyer"), columns=("name",)), by=actor(by)).rows
        return {row.values["name"] for row in rows}

    def read(by: Member) -> set[str]:
        db, people = connect(actor(by), "buyer", "contact"), "SELECT id, name FROM contact"
        rows = db.execute(
            f"SELECT coalesce(c.name, '?') FROM buyer b LEFT JOIN ({people}) c ON c.id = contact_id"
        )
        return {row[0] for row in rows.fetchall()}

    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        line = create_record(object="pipeline", values={"name": "Instruments"}, by=by)
        values = {"name": "Qualified", "pipeline": line.pk, "position": 0, "kind": "open"}
        values = {"name": "WQ-200", "stage": create_record(object="stage", values=values, by=by).pk}
        deal = create_record(object="deal", values=values, by=actor(cast.rep))
        for name in ("Director Ho", "Engineer Gao"):
            person = create_record(object="contact", values={"name": name}, by=actor(cast.rep))
            create_record(object="buyer", values={"deal": deal.pk, "contact": person.pk}, by=actor(cast.rep))
        to = To("member", cast.stranger.pk)
        share_record(deal, to=to, by=actor(cast.rep))
        share_record(person, to=to, by=actor(cast.rep))
        both = {"Director Ho", "Engineer Gao"}
        for fill in (fed, lambda: rebuild(("deal", "contact", "buyer"))):
            fill()
            for member, names in ((cast.rep, both), (cast.admin, both), (cast.stranger, {"Engineer Gao"})):
                assert listed(member) == read(member) == names
                told = ask(Cube("buyer", ("deal",)), actor(member))
                assert {told.figure(row, (), 0) for row in told.rows} == {len(names)}
        beside = (
            shown_beside(registry.get("buyer"), actor(one), Store(cast.xishan.pk))
            for one in (cast.admin, cast.stranger)
        )
        assert [bool(one) for one in beside] == [True, False]
    with in_workspace(cast.marlin.pk):
        assert ask(Cube("buyer"), actor(cast.outsider)).figure((), (), 0) in (0, None)
