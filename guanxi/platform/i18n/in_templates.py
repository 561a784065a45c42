"""What every template can say about numbers, money, dates and phones: `{{ deal.amount|money("CNY") }}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guanxi.platform.i18n import addresses, dates, money, names, numbers, phones, positions

FILTERS: dict[str, Callable[..., Any]] = {
    "money": money.format_money,
    "number": numbers.format_number,
    "percent": numbers.format_percent,
    "compact": numbers.format_compact,
    "filesize": numbers.format_size,
    "join_words": numbers.join_words,
    "date": dates.format_date,
    "time": dates.format_time,
    "datetime": dates.format_datetime,
    "day": dates.format_day,
    "month": dates.format_month,
    "relative": dates.format_relative,
    "due": dates.format_due,
    "duration": dates.format_duration,
    "phone": phones.format_phone,
    "phone_link": phones.phone_link,
    "country": addresses.country_name,
    "distance": positions.format_distance,
    "comma_list": numbers.comma_list,
    "labelled": numbers.labelled,
    "short_company": names.short_company_name,
}

GLOBALS: dict[str, Callable[..., Any]] = {
    "month_names": dates.month_names,
    "weekday_names": dates.weekday_names,
    "format_range": dates.format_range,
    "currency_sign": money.currency_sign,
    "sentence_gap": numbers.sentence_gap,
}
