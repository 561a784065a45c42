"""The files of a cube, opened by who reads such files: the same figures as on the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from pyarrow.parquet import read_table
from python_calamine import CalamineWorkbook

from guanxi.analytics.cube.tests.test_cell import _table
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = pytest.mark.django_db
QUERY = (
    "object=company&rows=industry&rows=owner&columns=next_step_on%3Ayear"
    "&measures=count&measures=avg%3Aemployees&measures=rate%3Aemployees+%3E+15"
)


@pytest.fixture
def firms(cast: Cast, fed: Callable[[], int]) -> None:
    with in_workspace(cast.xishan.pk):
        for number, member in enumerate((cast.rep, cast.rep, cast.stranger, cast.stranger, cast.rep)):
            values = {
                "name": f"客户 {number}",
                "industry": ("水务", "=1+1")[number % 2],
                "employees": 10 + number * 3,
            }
            day = f"202{5 + number // 3}-05-04"
            create_record(object="company", values=values | {"next_step_on": day}, by=actor(member))
        fed()


@pytest.mark.slow
@pytest.mark.parametrize("more", ["", "&show=share&sort=-1"])
def test_every_file_says_what_the_page_says(cast: Cast, firms: None, more: str):
    admin = client_for(cast.admin)
    shown = [_number(text) for _asked, text in _table(admin, QUERY + more)]
    assert len([one for one in shown if one is not None]) > 20
    book = CalamineWorkbook.from_filelike(io.BytesIO(_file(admin, "xlsx", more)))
    cells = book.get_sheet_by_index(0).to_python()
    text = _file(admin, "csv", more).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    for head, *rows in (cells, lines):
        assert head[:2] == lines[0][:2]
        figures = [_exact(one) for row in rows for one in row[2:]]
        assert figures == pytest.approx(shown, abs=0.006)
    assert {row[0] for row in cells} >= {"水务", "=1+1"}  # as text, no formula
    assert {row[0] for row in lines} >= {"水务", "'=1+1"}
    table = read_table(io.BytesIO(_file(admin, "parquet", more)))
    assert table.num_rows > 0
    picture = Image.open(io.BytesIO(_file(admin, "png", more)))
    assert picture.format == "PNG"
    assert len(picture.convert("RGB").getcolors(2**24) or ()) > 10  # something is drawn


def _file(client: Any, form: str, more: str) -> bytes:
    answer = client.get(f"/analytics/cube/export.{form}?{QUERY}{more}")
    assert answer.status_code == 200
    assert f".{form}" in answer["Content-Disposition"]
    return bytes(answer.content)


def _number(text: str) -> float | None:
    """A figure as the page writes it."""
    if not text:
        return None
    return float(text.rstrip("%").replace(",", "")) / (100 if text.endswith("%") else 1)


def _exact(value: Any) -> float | None:
    return None if value == "" else float(value)
