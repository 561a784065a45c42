"""Numbers of shipped fields: without gaps, whoever writes at the same time, in the form that is set."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection, transaction

from guanxi.platform.events.facts import facts_of
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.fields import AutoNumber
from guanxi.platform.metadata.models import Counter
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.numbering import next_number
from guanxi.sales.numbering.numbers import numberings, set_numbering
from tests.cast import Cast, actor, client_for, make_cast

KIND = "product.code"


@contextmanager
def numbered_products() -> Iterator[None]:
    """Products whose code is a number that is asked for, as an invoice's is."""
    product = registry.shipped("product")
    assert product is not None
    field = AutoNumber(
        name="code", label=L("Code"), pattern="P{year}-{number:3}", reset="year", given="asked", unique=True
    )
    others = [field if one.name == "code" else one for one in product.fields]
    registry._objects["product"] = replace(product, fields=tuple(others))
    try:
        yield
    finally:
        registry._objects["product"] = product


@pytest.fixture
def numbered() -> Iterator[None]:
    with numbered_products():
        yield


@pytest.mark.django_db
def test_a_year_begins_anew_and_workspaces_count_apart(cast: Cast, numbered: None):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        assert [next_number(KIND, on=date(2026, 12, day)) for day in (30, 31)] == ["P2026-001", "P2026-002"]
        assert next_number(KIND, on=date(2027, 1, 1)) == "P2027-001"
        assert next_number(KIND, on=date(2026, 12, 31)) == "P2026-003"
    assert next_number(KIND, on=date(2026, 1, 1), workspace=cast.marlin.pk) == "P2026-001"
    with in_workspace(cast.xishan.pk), pytest.raises(KeyError):
        next_number("product.name")


@pytest.mark.django_db
def test_what_is_rolled_back_leaves_no_gap(cast: Cast, numbered: None):
    day = date(2026, 5, 1)

    @transaction.atomic
    def fails() -> None:
        next_number(KIND, on=day)
        raise InvalidValues({})

    with in_workspace(cast.xishan.pk):
        with pytest.raises(InvalidValues):
            fails()
        assert next_number(KIND, on=day) == "P2026-001"


@pytest.mark.django_db
def test_the_form_is_set_by_administrators_only(cast: Cast, numbered: None):
    with in_workspace(cast.xishan.pk):
        by = actor(cast.admin)
        row = set_numbering(KIND, pattern="西山{year}{month}-{number:2}", reset="month", following=7, by=by)
        told = facts_of("number_rule", row.pk).last()
        assert told is not None
        assert told.changes["pattern"] == [
            "P{year}-{number:3}", "西山{year}{month}-{number:2}",
        ]  # fmt: skip
        shown = next(one for one in numberings() if one.kind == KIND)
        assert next_number(KIND) == shown.example
        assert shown.example.endswith("-07")
        for wrong in ("no number", "{number}{x}", "{number}"):
            with pytest.raises(InvalidValues):
                set_numbering(KIND, pattern=wrong, reset="year", by=by)
        with pytest.raises(InvalidValues, match="next one is 8"):
            set_numbering(KIND, pattern="{year}{month}-{number}", reset="month", following=3, by=by)
        with pytest.raises(Refused):
            set_numbering(KIND, pattern="{number}", by=actor(cast.rep))
    page = client_for(cast.admin).get("/settings/numbers/").content.decode()
    assert "西山{year}{month}" in page
    sent = {"kind": KIND, "pattern": "P-{number:4}", "reset": ""}
    assert client_for(cast.rep).post("/settings/numbers/", sent).status_code == 403
    assert client_for(cast.admin).post("/settings/numbers/", sent | {"pattern": "x"}).status_code == 422
    assert client_for(cast.admin).post("/settings/numbers/", sent | {"kind": "deal"}).status_code == 404
    assert client_for(cast.admin).post("/settings/numbers/", sent).status_code == 302
    with in_workspace(cast.xishan.pk):
        assert next_number(KIND) == "P-0001"
    assert next_number(KIND, on=date(2026, 1, 1), workspace=cast.marlin.pk) == "P2026-001"


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_at_once_leave_neither_gap_nor_double():
    cast, each = make_cast(), 3
    start, made = threading.Barrier(20), list[str]()

    def write(number: int) -> None:
        try:
            start.wait()
            for turn in range(each):
                take(undone=number % 4 == 0 and turn == 1)
        finally:
            connection.close()

    def take(*, undone: bool) -> None:
        try:
            with in_workspace(cast.xishan.pk), transaction.atomic():
                number = next_number(KIND, on=date(2026, 3, 3))
                if undone:
                    raise InvalidValues({})
            made.append(number)
        except InvalidValues:
            return

    with numbered_products():
        threads = [threading.Thread(target=write, args=[number]) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(made) == [f"P2026-{number:03}" for number in range(1, 20 * each - 5 + 1)]
    with in_workspace(cast.xishan.pk), reading():
        assert Counter.objects.get(object="product", field="code").last == len(made)
