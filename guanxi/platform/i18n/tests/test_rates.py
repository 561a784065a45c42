from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from guanxi.platform.i18n.models import Rate
from guanxi.platform.i18n.rates import convert, rate_book, rate_on, set_rate
from guanxi.platform.tenancy.context import NoWorkspace, in_workspace
from guanxi.platform.tenancy.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def hangzhou():
    """A workspace that counts in yuan and knows two rates of the dollar."""
    workspace = Workspace.objects.create(slug="hangzhou", name="Hangzhou", currency="CNY")
    with in_workspace(workspace.pk), transaction.atomic():
        set_rate(currency="USD", date=date(2026, 11, 1), rate=Decimal("7.1"), source="typed")
        set_rate(currency="USD", date=date(2026, 11, 20), rate=Decimal("7.2"))
        yield workspace


def test_the_last_rate_that_was_known_holds(hangzhou):
    for ask in (rate_on, rate_book().rate_on):
        assert ask("USD", date(2026, 10, 31)) is None
        assert ask("USD", date(2026, 11, 1)) == Decimal("7.1")
        assert ask("USD", date(2026, 11, 19)) == Decimal("7.1")
        assert ask("USD", date(2027, 1, 1)) == Decimal("7.2")
        assert ask("EUR", date(2027, 1, 1)) is None
        assert ask("CNY", date(1990, 1, 1)) == 1


def test_amounts_are_converted_and_rounded_to_the_coin(hangzhou):
    for into in (convert, rate_book().convert):
        assert into(Decimal("100.01"), "USD", date(2026, 11, 2)) == (Decimal("710.07"), Decimal("7.1"))
        assert into(Decimal("5"), "CNY", date(2026, 11, 2)) == (Decimal("5.00"), Decimal(1))
        assert into(Decimal("5"), "EUR", date(2026, 11, 2)) is None


def test_a_second_rate_for_a_day_replaces_the_first(hangzhou):
    set_rate(currency="USD", date=date(2026, 11, 20), rate=Decimal("7.25"))
    assert rate_on("USD", date(2026, 11, 20)) == Decimal("7.25")
    assert Rate.objects.count() == 2


@pytest.mark.parametrize(("currency", "rate"), [("XYZ", "1"), ("usd", "1"), ("USD", "0"), ("USD", "-7")])
def test_what_can_be_no_rate_is_refused(hangzhou, currency, rate):
    with pytest.raises(ValueError, match=r"currency|above zero"):
        set_rate(currency=currency, date=date(2026, 11, 20), rate=Decimal(rate))


def test_another_workspace_has_its_own_rates(hangzhou):
    other = Workspace.objects.create(slug="taipei", name="Taipei", currency="TWD")
    with in_workspace(other.pk):
        assert rate_on("USD", date(2026, 11, 20)) is None
        assert rate_on("TWD", date(2026, 11, 20)) == 1


def test_without_a_workspace_there_are_none(db):
    with pytest.raises(NoWorkspace):
        rate_on("USD", date(2026, 11, 20))
