"""Districts of addresses are what lists are filtered and grouped by, as provinces and cities are."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from guanxi.people.companies.models import Company
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.pools import is_contact_data
from guanxi.platform.records.derived import keep_districts
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.grouping import grouping_of, groups_of
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import actor

FILE = """客户名称,省,市,区,详细地址
绿源环保,浙江省,杭州市,西湖区,文三路 9 号
清河水务,浙江,杭州,西湖,
南湖印染,,,,浙江省嘉兴市南湖区中环南路 1 号
"""


@pytest.mark.django_db(transaction=True)
def test_columns_of_provinces_cities_and_districts_can_be_filtered_and_grouped(
    cast: Any, settings: Any, tmp_path: Path
):
    settings.DATA_DIR = tmp_path
    file = tmp_path / "客户.csv"
    file.write_text(FILE, encoding="utf-8")
    call_command(
        "import", str(file), "--yes", "--by", "gu@xishan.example", "--workspace", "xishan", stdout=StringIO()
    )
    obj = registry.get("company")
    with in_workspace(cast.xishan.pk), reading():
        by = actor(cast.admin)
        asked = parse_filter('province = "浙江省" and district = "西湖区"')
        found = list_records(ListQuery(obj=obj, columns=("name", "district"), filter=asked), by=by)
        assert {row.values["name"] for row in found.rows} == {"绿源环保", "清河水务"}
        for name, wanted in {
            "province": {"浙江省": 3},
            "city": {"杭州市": 2, "嘉兴市": 1},
            "district": {"西湖区": 2, "南湖区": 1},
        }.items():
            grouping = grouping_of(obj, name)
            assert grouping is not None
            groups = groups_of(ListQuery(obj=obj, columns=("name",)), grouping, by=by)
            assert {one.label: one.figures.count for one in groups.heads} == wanted


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_get_their_district(cast: Any):
    with in_workspace(cast.xishan.pk):
        place = {"kind": "office", "city": "杭州市", "district": "西湖区"}
        row, other = (
            create_record(object="company", values=values, by=actor(cast.admin))
            for values in ({"name": "西溪", "addresses": [place]}, {"name": "东湖"})
        )
        with transaction.atomic():
            Company.objects.update(district=None)
    with connection.schema_editor(atomic=True) as editor:
        keep_districts("people", "Company", "Contact")(apps, editor)
    with in_workspace(cast.xishan.pk), reading():
        assert Company.objects.get(pk=row.pk).district == "西湖区"
        assert Company.objects.get(pk=other.pk).district is None


def test_a_district_is_as_near_as_an_address():
    for name in ("company", "contact", "lead"):
        fields = registry.get(name).fields_by_name
        assert is_contact_data(fields["district"])
        assert not is_contact_data(fields["city"])
