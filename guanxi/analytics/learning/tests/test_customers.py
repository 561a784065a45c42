"""What is learned of customers: who leaves, which groups there are, who is like them, what comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guanxi.analytics.insights.alikes import INSIGHT
from guanxi.analytics.insights.studies import Ask
from guanxi.analytics.learning.actions import add_learned, switch_on
from guanxi.analytics.learning.jobs import learn_by_night
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.learning.telling import offers_for
from guanxi.analytics.learning.tests.past import decided_leads, shoppers
from guanxi.analytics.learning.training import learner, train, write_all
from guanxi.analytics.learning.watching import watch
from guanxi.automation.today.stream import stream
from guanxi.automation.workflows.tests.settling import settle
from guanxi.collaboration.notifications.models import Notification
from guanxi.people.companies.models import Company
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import NotFound
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.products.models import Product
from tests.cast import Cast, actor, client_for, give_role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.WAREHOUSE_DIR = tmp_path


def speaking(kind: str, by: Actor) -> tuple[LearnedModel, ModelVersion]:
    model = add_learned(kind=kind, object="company", by=by)
    version = train(model.pk)
    assert version is not None, LearnedModel.objects.get(pk=model.pk).last
    switch_on(model.pk, by=by)
    settle()
    return LearnedModel.objects.get(pk=model.pk), version


def named(text: str, by: Actor) -> list[int]:
    query = ListQuery(obj=registry.get("company"), columns=("name",), filter=parse_filter(text), limit=500)
    return [row.id for row in list_records(query, by=by).rows]


def test_who_is_about_to_leave_is_a_class_and_a_row_of_today(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        shoppers(rep)
        _model, version = speaking("churn", admin)
        assert version.figures["auc"] > 0.6
        assert version.figures["by_time"]
        assert version.figures["sale"] == "deal"
        danger = named("churn_class = high", rep)
        assert danger
        assert set(danger) == set(Estimate.objects.filter(tier="high").values_list("record_id", flat=True))
        rows = [one for one in stream(by=rep) if one.rule.name == "estimated"]
        assert rows
        assert rows[0].signal.record_id in danger
        assert "%" in rows[0].signal.why
        learn_by_night.func()
        settle()
        assert LearnedModel.objects.get().watch["moved"] < 0.05


def test_groups_of_customers_are_told_and_keep_their_names(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        firms = shoppers(rep)
        model, version = speaking("segments", admin)
        assert version.figures["silhouette"] > 0.4
        field = registry.get("company")["segment"]
        options = {one.value: str(one.label) for one in field.options if not one.archived}  # type: ignore[attr-defined]
        assert set(options) == set(version.recipe["names"])
        groups = [set(named(f"segment = {one}", rep)) for one in options]
        heavy = {one.pk for one in firms[:90]}
        assert any(len(heavy & group) > 60 for group in groups)
        assert not any(len(heavy & group) > 20 and len(group - heavy) > 20 for group in groups)
        before = dict(Estimate.objects.values_list("record_id", "tier"))
        again = train(model.pk)
        assert again is not None
        write_all(model.pk)
        assert dict(Estimate.objects.values_list("record_id", "tier")) == before
    page = client_for(cast.admin).get(f"/settings/learned/{model.pk}/").content.decode()
    assert all(f'name="tier" value="{one}"' in page for one in options)


def test_who_never_bought_and_is_like_customers(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        firms = shoppers(rep, heavy=110, light=20, others=60)
        speaking("alikes", admin)
        best = named("likeness_class = high", rep)
        assert best, list(Estimate.objects.values_list("value", "tier", "reasons")[:9])
        marine = set(Company.objects.filter(industry="marine").values_list("pk", flat=True))
        bought = {one.pk for one in firms[:130]}
        assert set(best) <= marine - bought
        study = INSIGHT.run(Ask(rep, datetime.now(UTC).date(), 12, {"record": str(firms[0].pk)}))
        listed = {cell.href for row in study.tables[0].rows for cell in row[:1]}
        assert listed
        assert listed <= {f"/companies/{one}/" for one in marine - bought}
        with pytest.raises(NotFound):
            INSIGHT.run(Ask(actor(cast.rep), datetime.now(UTC).date(), 12, {"record": str(2**60)}))
        give_role(
            cast.rep, {"*": {"see": "all"}, "company": {"see": "all", "fields": {"industry": "hidden"}}}
        )
        cast.rep.refresh_from_db()
        hidden = INSIGHT.run(Ask(actor(cast.rep), datetime.now(UTC).date(), 12, {}))
        assert "marine" not in str(hidden.tables)
    address = f"/analytics/insights/alikes/?record={firms[0].pk}"
    assert client_for(cast.admin).get(address).status_code == 200
    assert client_for(cast.outsider).get(address).status_code in (403, 404)


def test_what_comes_next_stands_on_the_customer_and_in_the_quote(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        firms = shoppers(rep)
        fresh = firms[-1]
        _model, version = speaking("offers", admin)
        assert version.figures["rules"] > 0
        probe = Product.objects.get(name="Probe")
        meter = Product.objects.get(name="Meter")
        said = Estimate.objects.filter(tier="offer").first()
        assert said is not None
        assert said.record_id in named(f"next_product = {said.value}", rep)
        then, _have, figures = said.reasons[0]
        assert int(then) == said.value
        assert figures[2] > 1
        offers = offers_for("company", fresh.pk, [meter.pk], by=admin)
        assert offers
        assert [one.product_id for one in offers] == [probe.pk]
        assert "%" in offers[0].why
        quote = create_record(object="quote", values={"company": fresh.pk, "name": "Q"}, by=admin)
        create_record(object="quote_line", values={"quote": quote.pk, "product": meter.pk}, by=admin)
        wanted = offers[0].product_id
    client = client_for(cast.admin)
    page = client.get(f"/quotes/{quote.pk}/quote_lines/")
    page = page if page.status_code == 200 else client.get(f"/quotes/{quote.pk}/")
    assert f'value="add:{wanted}"' in page.content.decode()
    assert client.post(f"/lines/quote_lines/{quote.pk}/", {"do": f"add:{wanted}"}).status_code in (
        200,
        302,
        303,
    )
    with in_workspace(cast.xishan.pk):
        give_role(cast.rep, {"*": {"see": "all"}, "order": {"see": "own"}, "invoice": {"see": "own"}})
        cast.rep.refresh_from_db()
        (told,) = offers_for("company", fresh.pk, [meter.pk], by=actor(cast.rep))
        assert (told.product_id, "%" in told.why, "Meter" in told.why) == (wanted, False, True)
        give_role(cast.rep, {"*": {"see": "all"}, "order": {"see": "none"}, "invoice": {"see": "none"}})
        cast.rep.refresh_from_db()
        assert offers_for("company", fresh.pk, [meter.pk], by=actor(cast.rep)) == []
        lines = registry.get("quote_line").rows().filter(quote_id=quote.pk)
        assert {one.product_id for one in lines} == {meter.pk, wanted}
        give_role(cast.rep, {"*": {"see": "all"}, "product": {"see": "none"}})
        cast.rep.refresh_from_db()
        assert offers_for("company", fresh.pk, [meter.pk], by=actor(cast.rep)) == []


def test_a_world_that_moves_is_told_to_the_administrators_once(cast: Cast) -> None:
    with in_workspace(cast.xishan.pk):
        admin, rep = actor(cast.admin), actor(cast.rep)
        decided_leads(rep, open_=90)
        model = add_learned(kind="chance", object="lead", by=admin)
        train(model.pk)
        switch_on(model.pk, by=admin)
        settle()
        Estimate.objects.filter(model=model).update(value=3, at=datetime.now(UTC) - timedelta(days=1))
        for _again in range(2):
            watch(model.pk, by=learner())
            settle()
        row = LearnedModel.objects.get()
        assert row.watch["moved"] > 0.25
        assert row.warned_at is not None
        told = Notification.objects.get(kind="drifted")
        assert told.member_id == cast.admin.pk
        assert told.record_id == model.pk
    client = client_for(cast.admin)
    assert client.get(f"/notifications/{told.pk}/")["Location"] == f"/settings/learned/{model.pk}/"
    assert client.get("/notifications/").status_code == 200
