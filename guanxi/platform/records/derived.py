"""What several objects derive from their fields in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from guanxi.platform.i18n.money import currency_digits
from guanxi.platform.i18n.rates import MOST, convert, own_currency, rate_on
from guanxi.platform.metadata.fields.number import half_up, to_units
from guanxi.platform.tenancy.context import everywhere, in_workspace

Place = tuple[str | None, str | None, str | None, str | None]

PLACE = ("country", "province", "city", "district")


def first_place(addresses: Sequence[Mapping[str, Any]]) -> Place:
    """Country, province, city and district of the first address."""
    first = addresses[0] if addresses else {}
    country, province, city, district = (first.get(part) or None for part in PLACE)
    return country, province, city, district


def keep_districts(app: str, *names: str) -> Callable[[Any, Any], None]:
    """What a migration runs to fill the district of rows that have had an address since before."""

    def run(known: Any, schema_editor: Any) -> None:
        connection = schema_editor.connection
        found = "addresses #>> '{0,district}'"
        if connection.vendor == "sqlite":
            found = "json_extract(addresses, '$[0].district')"
        with everywhere("districts of all workspaces are filled"), connection.cursor() as cursor:
            for name in names:
                table = known.get_model(app, name)._meta.db_table
                cursor.execute(
                    f"UPDATE \"{table}\" SET district = substr({found}, 1, 200) WHERE {found} <> ''"
                )

    return run


def in_base(
    value: Decimal | None, currency: str, workspace_id: int, on: date | None = None
) -> Decimal | None:
    """An amount in the workspace's currency by the rate of the day; None where no rate is known."""
    if value is None:
        return None
    with in_workspace(workspace_id):
        converted = convert(value, currency, on or timezone.localdate())
    return converted.amount if converted else None


def units_in_base(currency: str, on: date) -> Callable[[int], int | None]:
    """`in_base` for many amounts of one currency and day, as columns hold them: in 10⁻⁴.

    What needs no rate is not rounded: it has the decimals of its currency.
    """
    own, rate = own_currency(), rate_on(currency, on)
    if rate is None:
        return lambda units: None
    if currency == own:
        return lambda units: units
    (times, by), coin, most = rate.as_integer_ratio(), 10 ** (4 - currency_digits(own)), to_units(MOST) or 0

    def convert_units(units: int) -> int | None:
        there = units * times
        return half_up(there, by * coin) * coin if abs(there) < most * by else None

    return convert_units
