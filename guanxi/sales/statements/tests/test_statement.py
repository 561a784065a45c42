"""A customer's account and what is owed by age: from what was invoiced, what came in and what is planned."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.invoices import actions as invoicing
from guanxi.sales.invoices.making import invoice_order
from guanxi.sales.orders.tests.test_order_to_receipt import an_order
from guanxi.sales.receipts import actions as receiving
from guanxi.sales.statements.queries import accounts_of, ageing, figures, summed
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
LATE = (0, 30, 31, 60, 61, 90, 91, -1)


@pytest.fixture
def company(cast: Cast) -> int:
    """An invoice, two receipts of which one bounced, and payments that are late in all grades."""
    with in_workspace(cast.xishan.pk):
        order, by = an_order(cast), actor(cast.rep)
        today = timezone.localdate()
        invoicing.issue(invoice_order(order, by=by), by=by, issued_on=today - timedelta(days=10))
        for amount, days in (("84005", 5), ("1000", 3)):
            day = today - timedelta(days=days)
            values = {"company": order.company_id, "amount": amount, "received_on": day}
            receipt = receiving.confirm(create_record(object="receipt", values=values, by=by), by=by)
        receiving.reverse(receipt, by=by, reason="bounced", reversed_on=today - timedelta(days=1))
        for late in LATE:
            values = {"company": order.company_id, "amount": 100, "due_on": today - timedelta(days=late)}
            create_record(object="instalment", values=values, by=by)
        found: int = order.company_id
        return found


def test_every_line_says_what_is_owed_after_it(cast: Cast, company: int):
    with in_workspace(cast.xishan.pk), reading():
        by, today = actor(cast.rep), timezone.localdate()
        [account] = accounts_of(company, by=by)
        assert [one.kind for one in account.entries] == ["invoice", "receipt", "receipt", "reversal"]
        assert [one.balance for one in account.entries] == [1084005, 1000000, 999000, 1000000]
        assert account.closing == account.opening + account.charged - account.paid == Decimal(1000000)
        [part] = accounts_of(company, by=by, since=today - timedelta(days=5), until=today - timedelta(days=4))
        assert (part.opening, part.closing) == (Decimal(1084005), Decimal(1000000))
        assert len(part.entries) == 1
        assert accounts_of(company, by=actor(cast.stranger)) == []


def test_late_payments_stand_under_their_age(cast: Cast, company: int):
    with in_workspace(cast.xishan.pk), reading():
        by, today = actor(cast.rep), timezone.localdate()
        [one] = ageing(by=by, on=today)
        assert one.company_id == company
        assert list(one.buckets.values()) == [100, 200, 200, 200, 100]
        assert (one.total, one.late) == (Decimal(800), Decimal(700))
        assert summed(ageing(by=actor(cast.stranger), on=today)).total == 0
        found = figures(by=by, on=today)
        assert (found.receivable, found.revenue) == (Decimal(1084005), Decimal(1084005))
        assert (found.dso, found.due) == (Decimal(90), Decimal(700))
        assert (found.collected, found.overdue) == (Decimal(0), Decimal("0.875"))


def test_it_is_a_page_and_a_file_for_who_may_have_it(cast: Cast, company: int):
    address = f"/companies/{company}/statement/"
    manager = client_for(cast.manager)
    page = manager.get(address).content.decode()
    assert "1,000,000.00" in page
    text = manager.get(f"{address}?as=csv").content.decode("utf-8-sig")
    assert text.splitlines()[-1].endswith("1085005,85005,1000000") or "1000000" in text.splitlines()[-1]
    book = CalamineWorkbook.from_filelike(BytesIO(manager.get(f"{address}?as=xlsx").content))
    assert book.get_sheet_by_index(0).to_python()[-1][6] == 1000000
    assert manager.get(f"{address}?as=exe").status_code == 404
    assert client_for(cast.rep).get(f"{address}?as=csv").status_code == 403  # sales people don't export
    assert client_for(cast.stranger).get(address).status_code == 404
    assert client_for(cast.outsider).get(address).status_code == 404
    assert "800" in manager.get("/receivables/").content.decode()
    assert "800" not in client_for(cast.stranger).get("/receivables/").content.decode()


def test_steps_have_pages(cast: Cast, company: int):
    with in_workspace(cast.xishan.pk):
        order = an_order(cast)
        values = {"company": company, "amount": "150"}
        by = actor(cast.rep)
        receipt = receiving.confirm(create_record(object="receipt", values=values, by=by), by=by)
        [one, other] = order.lines.order_by("title")
    rep, strange = client_for(cast.rep), (client_for(cast.stranger), client_for(cast.outsider))
    pages = [f"/orders/{order.pk}/{name}/" for name in ("deliver", "take-back", "plan", "invoice")]
    for page in (*pages, f"/receipts/{receipt.pk}/allocate/"):
        assert rep.get(page).status_code == 200, page
        assert [client.get(page).status_code for client in strange] == [404, 404], page
        assert [client.post(page, {}).status_code for client in strange] == [404, 404], page
    sent = {f"line-{one.pk}": "4", f"line-{other.pk}": "x"}
    assert rep.post(pages[0], sent).status_code == 422
    assert rep.post(pages[0], sent | {f"line-{other.pk}": "1", "carrier": "SF"}).status_code == 302
    assert rep.post(pages[2], {"share-0": "100", "day-0": "no"}).status_code == 422
    assert rep.post(pages[2], {"share-0": "100", "day-0": date.today().isoformat()}).status_code == 302
    assert rep.post(pages[3], {"amount": "1000", "kind": "e_ordinary"}).status_code == 302
    shown = rep.get(f"/receipts/{receipt.pk}/allocate/").content.decode()
    assert shown.count('value="100"') >= 1
    with in_workspace(cast.xishan.pk), reading():
        order.refresh_from_db()
        assert (order.status, order.lines.get(pk=one.pk).delivered) == ("part_delivered", 4)
