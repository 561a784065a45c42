"""Exchange rates: given by administrators, by day; what waited for one is in the sums from then on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from guanxi.people.companies.models import Company
from guanxi.platform.events.facts import facts_of
from guanxi.platform.i18n.models import Rate
from guanxi.platform.identity.models import Workspace
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.pages.rates import ADDRESS
from guanxi.platform.records.pricing import give_rate, price_amounts, waiting_amounts
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import actor, client_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(cast) -> Company:
    with in_workspace(cast.xishan.pk):
        made: Company = create_record(
            object="company", values={"name": "Delta", "revenue": "10 MNT"}, by=actor(cast.admin)
        )
    return made


def fresh(cast, company) -> Company:
    with in_workspace(cast.xishan.pk), reading():
        found: Company = Company.objects.get(pk=company.pk)
    return found


def test_a_rate_that_is_given_puts_what_waited_into_the_sums(cast, company):
    browser = client_for(cast.admin)
    page = browser.get(ADDRESS).content.decode()
    assert '<option value="MNT" selected>' in page, "the currency that amounts wait for is offered first"
    assert browser.post(ADDRESS, {"currency": "MNT", "day": "2020-01-01", "rate": "0.5"}).status_code == 302
    run_pending_jobs()
    assert fresh(cast, company).revenue_base == Decimal(5)
    with in_workspace(cast.xishan.pk), reading():
        assert waiting_amounts() == []
        rate = Rate.objects.get()
        assert [one.name for one in facts_of("rate", rate.pk)] == ["rate.given"]
    with in_workspace(cast.xishan.pk):
        give_rate(currency="MNT", day=date(2020, 1, 2), rate="0.7", by=actor(cast.admin))
        price_amounts.func(currency="MNT")
    assert fresh(cast, company).revenue_base == Decimal(5), "what was converted keeps its rate"
    browser.post(f"{ADDRESS}{rate.pk}/withdrawal/")
    with in_workspace(cast.xishan.pk), reading():
        assert not Rate.objects.filter(pk=rate.pk).exists()


def test_what_is_no_rate_is_said(cast):
    browser = client_for(cast.admin)
    for wrong in (
        {"rate": "0"},
        {"rate": "viel"},
        {"currency": "CNY"},
        {"currency": "XXQ"},
        {"day": "soon"},
    ):
        sent = {"currency": "EUR", "day": "2026-01-01", "rate": "7.8"} | wrong
        assert browser.post(ADDRESS, sent).status_code == 422, wrong
    with in_workspace(cast.xishan.pk), reading():
        assert not Rate.objects.exists()


def test_only_administrators_give_and_withdraw(cast):
    with in_workspace(cast.xishan.pk):
        rate = give_rate(currency="EUR", day=date(2026, 1, 1), rate="7.8", by=actor(cast.admin))
    browser = client_for(cast.rep)
    assert browser.get(ADDRESS).status_code == 403
    assert browser.post(ADDRESS, {"currency": "EUR", "day": "2026-01-01", "rate": "9"}).status_code == 403
    assert browser.post(f"{ADDRESS}{rate.pk}/withdrawal/").status_code == 403
    assert client_for(cast.outsider).post(f"{ADDRESS}{rate.pk}/withdrawal/").status_code == 404
    with in_workspace(cast.xishan.pk), reading():
        assert Rate.objects.get().rate == Decimal("7.8")


def test_the_command_gives_loads_and_lists(cast, company, capsys, tmp_path):
    file = tmp_path / "rates.csv"
    file.write_text("date,currency,rate\n2026-01-01,EUR,7.8\n2020-02-01,MNT,0.0021\n")
    call_command("rate", "list", "--workspace", "xishan")
    assert "MNT: 1 amounts wait" in capsys.readouterr().out
    call_command("rate", "load", str(file), "--workspace", "xishan")
    call_command("rate", "set", "USD", "7.1", "--on", "2026-02-01", "--workspace", "xishan")
    run_pending_jobs()
    capsys.readouterr()
    call_command("rate", "list", "--workspace", "xishan")
    said = capsys.readouterr().out
    assert "EUR 2026-01-01 7.8" in said
    assert "USD 2026-02-01 7.1" in said
    assert "wait" not in said
    file.write_text("date,currency,rate\n2026-03-01,EUR,7.9\n2026-03-01,EUR,none\n")
    with pytest.raises(CommandError, match="rate 2"):
        call_command("rate", "load", str(file), "--workspace", "xishan")
    with in_workspace(cast.xishan.pk), reading():
        assert Rate.objects.filter(date=date(2026, 3, 1)).count() == 0
    assert Workspace.objects.count() == 2


def test_an_amount_of_an_object_of_their_own_keeps_nobody_from_the_rates(cast, company):
    with in_workspace(cast.xishan.pk):
        add_object(label={"en": "Machine"}, by=actor(cast.admin))
        add_field(object="machine", type="money", label={"en": "Price"}, by=actor(cast.admin))
        create_record(object="machine", values={"name": "WQ", "price": "10 MNT"}, by=actor(cast.admin))
    browser = client_for(cast.admin)
    assert "MNT" in browser.get(ADDRESS).content.decode()
    assert browser.post(ADDRESS, {"currency": "MNT", "day": "2020-01-01", "rate": "0.5"}).status_code == 302
    run_pending_jobs()
    assert fresh(cast, company).revenue_base == Decimal(5)
