"""The statement of account of a customer, and the receivables of all."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from guanxi.platform.i18n.dates import format_date
from guanxi.platform.i18n.money import currency_digits, format_money
from guanxi.platform.i18n.numbers import format_number, format_percent
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.records.access import Refused, find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.titles import titles_of
from guanxi.sales.statements.files import as_csv, as_workbook, kinds
from guanxi.sales.statements.queries import (
    BUCKETS,
    DSO_DAYS,
    Account,
    Figures,
    accounts_of,
    ageing,
    figures,
    summed,
)
from guanxi.web.pages import render_page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200  # customers of the receivables page


@plain_door("GET")
def statement(request: MemberRequest, company_id: int) -> HttpResponse:
    """The account of a company between two days (`since`, `until`); `as` csv or xlsx makes it a file."""
    by = request.actor
    company = find_record(registry.get("company"), company_id, by=by)
    if not (by.may("see", "invoice") or by.may("see", "receipt")):
        raise Refused("invoice.see")
    since, until = _day(request.GET.get("since", "")), _day(request.GET.get("until", ""))
    accounts = accounts_of(company.pk, by=by, since=since, until=until)
    title = _("Statement of account · %(name)s") % {"name": company}
    form = request.GET.get("as", "")
    if form:
        if not (by.may("export", "invoice") and by.may("export", "receipt")):
            raise Refused("invoice.export")
        return _file(accounts, title, form)
    context = {
        "company": company,
        "company_url": record_url(registry.get("company"), company.pk),
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
        "accounts": [_shown(one) for one in accounts],
        "may_export": by.may("export", "invoice") and by.may("export", "receipt"),
        "aged": [
            (str(label), _money(amount, by.currency))
            for label, amount in zip(bucket_labels(), _aged_of(company.pk, by).buckets.values(), strict=True)
        ],
    }
    return render_page(request, "sales/statement.html", context, title=title)


def _aged_of(company_id: int, by: Any) -> Any:
    return summed(ageing(by=by, on=timezone.localdate(), company_id=company_id))


@plain_door("GET")
def receivables(request: MemberRequest) -> HttpResponse:
    """What customers owe by payment plans, by how late it is; DSO, collection and overdue rate."""
    by, today = request.actor, timezone.localdate()
    if not by.may("see", "instalment"):
        raise Refused("instalment.see")
    rows = ageing(by=by, on=today)
    refs = titles_of({("company", one.company_id) for one in rows[:SHOWN] if one.company_id}, by=by)
    total = summed(rows)
    context = {
        "stats_shown": figure_stats(figures(by=by, on=today), by.currency),
        "buckets": bucket_labels(),
        "rows": [
            {
                "name": ref.title if (ref := refs.get(("company", one.company_id or 0))) else _("No company"),
                "href": f"/companies/{one.company_id}/statement/" if ref else "",
                "cells": [_money(one.buckets[name], by.currency) for name in BUCKETS],
                "total": _money(one.total, by.currency),
            }
            for one in rows[:SHOWN]
        ],
        "more": max(len(rows) - SHOWN, 0),
        "total": [_money(total.buckets[name], by.currency) for name in BUCKETS],
        "sum": _money(total.total, by.currency),
        "waiting": total.waiting,
    }
    return render_page(request, "sales/receivables.html", context, title=_("Receivables"))


def bucket_labels() -> list[str]:
    return [_("Not due"), _("0–30 days"), _("31–60 days"), _("61–90 days"), _("Over 90 days")]


def figure_stats(found: Figures, currency: str) -> list[tuple[str, str, str]]:
    """(label, value, what it is made of) of the figures of receivables."""
    of = _("%(part)s of %(whole)s")
    return [
        (_("Open invoices"), format_money(found.receivable, currency, compact=True), ""),
        (
            _("Days sales outstanding"),
            "–" if found.dso is None else format_number(round(found.dso)),
            _("of %(amount)s invoiced in %(days)s days")
            % {"amount": format_money(found.revenue, currency, compact=True), "days": DSO_DAYS},
        ),
        (
            _("Collected"),
            _percent(found.collected),
            of
            % {
                "part": format_money(found.received, currency, compact=True),
                "whole": format_money(found.due, currency, compact=True),
            },
        ),
        (_("Overdue"), _percent(found.overdue), ""),
    ]


def _percent(share: Any) -> str:
    return "–" if share is None else format_percent(share, digits=1)


def _money(amount: Any, currency: str) -> str:
    return format_money(amount, currency) if amount else ""


def _shown(account: Account) -> dict[str, Any]:
    """An account as the page shows it: texts, so that ten thousand entries cost little."""
    words, digits = kinds(), currency_digits(account.currency)
    day = lru_cache(maxsize=4096)(format_date)
    pattern = f"{{:,.{digits}f}}"
    return {
        "currency": account.currency,
        "opening": pattern.format(account.opening),
        "charged": pattern.format(account.charged),
        "paid": pattern.format(account.paid),
        "closing": pattern.format(account.closing),
        "count": len(account.entries),
        "entries": [
            (
                day(one.on),
                f"/{'invoices' if one.kind == 'invoice' else 'receipts'}/{one.id}/",
                words[one.kind],
                one.number,
                pattern.format(one.charged) if one.charged else "",
                pattern.format(one.paid) if one.paid else "",
                pattern.format(one.balance),
            )
            for one in account.entries
        ],
    }


def _file(accounts: list[Account], title: str, form: str) -> HttpResponse:
    if form == "csv":
        answer = HttpResponse(as_csv(accounts), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        answer = HttpResponse(as_workbook(accounts, title), content_type=XLSX)
    else:
        raise Http404
    answer["Content-Disposition"] = content_disposition_header(True, f"{title}.{form}") or "attachment"
    return answer


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
