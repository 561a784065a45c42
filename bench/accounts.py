"""A customer's statement of account with 10,000 entries, and receivables by age over as many plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction

from bench.making import Bench
from bench.measuring import Result, against, in_turns, statements
from bench.product import bare, browser
from guanxi.people.companies.models import Company
from guanxi.platform.records.inserting import insert_records
from guanxi.platform.tenancy.context import in_workspace
from guanxi.sales.instalments.models import Instalment
from guanxi.sales.invoices.models import Invoice
from guanxi.sales.receipts.models import Receipt

ENTRIES = 10_000
LIMIT = 3.0


def measure(bench: Bench, times: int) -> Iterator[Result]:
    """Half invoices, half receipts of one company of the member who asks."""
    company = _fill(bench)
    cases = (("statement of account", f"/companies/{company}/statement/"), ("receivables", "/receivables/"))
    for name, path in cases:
        ask = partial(browser(bench), path)
        told = statements(ask)
        ours, plain = in_turns(ask, bare(told, bench, page=ask()), times)
        yield against("account", name, rows=ENTRIES, ours=ours, bare=plain, limit=LIMIT, queries=len(told))


def _fill(bench: Bench) -> int:
    now, day = datetime.now(UTC), date(2026, 1, 1)
    kept: dict[str, Any] = {
        "owner_id": bench.member_id, "created_at": now, "updated_at": now, "sort_key": "x", "rate_on": day,
    }  # fmt: skip
    with in_workspace(bench.workspace_id), transaction.atomic():
        company = Company.objects.filter(archived_at=None, owner_id=bench.member_id).order_by("pk").first()
        if company is None:
            plain = {name: value for name, value in kept.items() if name != "rate_on"}
            company = Company(name="Account", workspace_id=bench.workspace_id, **plain)
            company.save(force_insert=True)
        rows: list[tuple[Any, list[Any]]] = []
        each = ENTRIES // 2
        amount = Decimal("1234.50")
        rows.append((Invoice, [
            Invoice(company=company, number=f"A{at}", invoice_no=f"N{at}", status="issued", currency="CNY",
                    amount=amount, amount_base=amount, open=amount, open_base=amount,
                    issued_on=day + timedelta(days=at % 300), **kept)
            for at in range(each)
        ]))  # fmt: skip
        rows.append((Receipt, [
            Receipt(company=company, number=f"R{at}", status="confirmed", amount=amount, amount_base=amount,
                    received_on=day + timedelta(days=at % 300), **kept)
            for at in range(each)
        ]))  # fmt: skip
        rows.append((Instalment, [
            Instalment(company=company, name=f"P{at}", status="due", amount=amount, amount_base=amount,
                       open=amount, open_base=amount, due_on=day + timedelta(days=at % 300), **kept)
            for at in range(ENTRIES)
        ]))  # fmt: skip
        for model, found in rows:
            for one in found:
                one.workspace_id = bench.workspace_id
            insert_records(model, found)
    return int(company.pk)
