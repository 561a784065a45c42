"""Who decides, who else wants it, who has which share, what a stage needs: with the rights of the deal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata.errors import InvalidValues, NotFound
from guanxi.platform.records.access import find_record, reached_ids, reaches
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.titles import titles_of
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.buyers.models import Buyer
from guanxi.sales.buyers.objects import BUYER
from guanxi.sales.buyers.panels import gaps_of
from guanxi.sales.deals.history import stays_of
from guanxi.sales.deals.models import Deal
from guanxi.sales.deals.tests.test_move_deal import pipeline
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db


def a_deal(cast: Cast) -> tuple[Deal, dict[str, int]]:
    stages = pipeline(actor(cast.admin))
    values = {"name": "WQ-200", "stage": stages["Qualified"]}
    return create_record(object="deal", values=values, by=actor(cast.rep)), stages


def test_the_chain_is_drawn_from_the_top_and_says_what_it_lacks(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        deal, _stages = a_deal(cast)

        def buyer(name: str, **more: Any) -> Buyer:
            person = create_record(object="contact", values={"name": name}, by=rep)
            values = {"deal": deal.pk, "contact": person.pk, **more}
            made: Buyer = create_record(object="buyer", values=values, by=rep)
            return made

        def gaps(by: Any) -> list[str]:
            rows = list(Buyer.objects.all())
            return gaps_of(rows, titles_of({("contact", one.contact_id) for one in rows}, by=by))

        top = buyer("Director Ho", influence="much", stance="against")
        middle = buyer("Engineer Gao", reports_to=top.pk, role="influencer")
        assert len(gaps(rep)) == 3
        assert "Director Ho" not in str(gaps(actor(cast.stranger)))
        with pytest.raises(InvalidValues, match="above themselves"):
            change_record(top, {"reports_to": middle.pk}, by=rep)
        with pytest.raises(InvalidValues, match="already"):
            create_record(object="buyer", values={"deal": deal.pk, "contact": top.contact_id}, by=rep)
        change_record(top, {"role": "decider", "stance": "for"}, by=rep)
        assert gaps(rep) == []
        with pytest.raises(NotFound):
            find_record(BUYER, top.pk, by=actor(cast.stranger))
    page = client_for(cast.rep).get(f"/deals/{deal.pk}/").content.decode()
    assert page.index("Director Ho") < page.index("Engineer Gao")
    assert f"/buyers/{top.pk}/" in page
    assert client_for(cast.outsider).get(f"/buyers/{top.pk}/").status_code == 404


def test_shares_come_to_a_hundred_at_most_and_rivals_are_kept(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        deal, _stages = a_deal(cast)
        values = {"deal": deal.pk, "member": cast.rep.pk, "percent": 70}
        create_record(object="split", values=values, by=rep)
        with pytest.raises(InvalidValues, match="30"):
            create_record(object="split", values={**values, "member": cast.below.pk}, by=rep)
        more = {**values, "member": cast.below.pk, "percent": 30}
        assert create_record(object="split", values=more, by=rep).name
        rival = {"deal": deal.pk, "name": "Hach", "price": "52,000", "weaknesses": "Service"}
        assert create_record(object="rival", values=rival, by=rep).price_base == 52000
        with pytest.raises(InvalidValues):
            create_record(object="rival", values=rival, by=actor(cast.stranger))


def test_a_stage_names_what_a_deal_must_have(cast: Cast):
    rep, admin = actor(cast.rep), actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        deal, stages = a_deal(cast)
        quoted = type(deal.stage).objects.get(pk=stages["Quoted"])
        with pytest.raises(InvalidValues, match="unicorn"):
            change_record(quoted, {"needs": "unicorn"}, by=admin)
        change_record(quoted, {"needs": "amount, next_step"}, by=admin)
        with pytest.raises(InvalidValues) as problem:
            change_record(deal, {"stage": quoted.pk}, by=rep)
        assert set(problem.value.errors) == {"amount", "next_step"}
        values = {"stage": quoted.pk, "amount": "268,000", "next_step": "Send it"}
        assert change_record(deal, values, by=rep).stage_id == quoted.pk


def test_how_long_a_deal_stood_in_each_stage(cast: Cast):
    rep = actor(cast.rep)
    with in_workspace(cast.xishan.pk):
        deal, stages = a_deal(cast)
        Fact.objects.filter(object="deal").update(at=datetime.now(UTC) - timedelta(days=9))
        change_record(deal, {"stage": stages["Quoted"]}, by=rep)
        first, second = stays_of(deal)
        assert (first.stage_id, first.days, second.stage_id, second.until) == (
            stages["Qualified"], 9, stages["Quoted"], None,
        )  # fmt: skip
    page = client_for(cast.rep).get(f"/deals/{deal.pk}/panels/side/stages/").content.decode()
    assert "Qualified" in page
    assert client_for(cast.stranger).get(f"/deals/{deal.pk}/panels/side/stages/").status_code == 404


def test_who_sees_the_deal_but_not_the_contact_reads_no_name(cast: Cast):
    """The chart says that somebody is there, and what they think; no door says who."""
    with in_workspace(cast.xishan.pk), transaction.atomic():
        deal, _stages = a_deal(cast)
        secret = create_record(object="contact", values={"name": "Director Ho"}, by=actor(cast.rep))
        known = create_record(object="contact", values={"name": "Engineer Gao"}, by=actor(cast.rep))
        for person in (secret, known):
            values = {"deal": deal.pk, "contact": person.pk, "influence": "much", "stance": "for"}
            create_record(object="buyer", values=values, by=actor(cast.rep))
        to = To("member", cast.stranger.pk)
        share_record(deal, to=to, writes=True, by=actor(cast.rep))
        share_record(known, to=to, by=actor(cast.rep))
        hidden, shown = Buyer.objects.order_by("pk")
    drain_events()
    browser = client_for(cast.stranger)
    for page in (
        f"/deals/{deal.pk}/",
        f"/deals/{deal.pk}/buyers/",
        f"/deals/{deal.pk}/timeline/",
        "/buyers/",
        "/buyers/?columns=name,reports_to&figures=1",
        "/buyers/export.csv",
        "/search/?q=Director",
        "/api/v1/buyers",
        "/api/v1/buyers?filter=name+contains+Director",
        f"/api/v1/deals/{deal.pk}",
    ):
        assert "Director Ho" not in browser.get(page).content.decode(), page
    listed = [one["name"] for one in browser.get("/api/v1/buyers").json()["data"]]
    assert listed == ["Engineer Gao"]
    assert browser.get(f"/buyers/{hidden.pk}/").status_code == 404
    assert browser.get(f"/api/v1/buyers/{hidden.pk}").status_code == 404
    assert browser.get(f"/buyers/{shown.pk}/").status_code == 200
    assert client_for(cast.rep).get(f"/buyers/{hidden.pk}/").status_code == 200
    with in_workspace(cast.xishan.pk):
        for member in (cast.stranger, cast.rep, cast.admin, cast.manager, cast.below):
            by = actor(member)
            seen = reached_ids(BUYER, [hidden.pk, shown.pk], by)
            assert seen == {one.pk for one in (hidden, shown) if reaches(BUYER, one, by)}
