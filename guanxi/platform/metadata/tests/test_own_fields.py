import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import *
from guanxi.platform.records.filters import parse_filter
from guanxi.platform.records.listing import ListQuery, list_records
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import *

pytestmark = pytest.mark.django_db


def test_it(cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        for t, s in [
            ("text", {}),
            ("integer", {}),
            ("decimal", {}),
            ("money", {}),
            ("boolean", {}),
            ("date", {}),
            ("datetime", {}),
            ("choice", {"options": ["Gold", "Silver"]}),
            ("choices", {"options": ["a", "b"]}),
            ("link", {"to": "company"}),
            ("phones", {}),
            ("emails", {}),
            ("member", {}),
            ("percent", {}),
            ("team", {}),
            ("tags", {}),
            ("addresses", {}),
            ("duration", {}),
            ("url", {}),
            ("long_text", {}),
        ]:
            add_field(object="company", type=t, label=f"My {t}", settings=s, by=by)
        obj = registry.get("company")
        a = create_record(
            object="company",
            values={
                "name": "A",
                "my_text": "x",
                "my_integer": 5,
                "my_decimal": "2.5",
                "my_money": "100",
                "my_boolean": "1",
                "my_date": "2026-01-02",
                "my_datetime": "2026-01-02 03:04",
                "my_choice": "gold",
                "my_choices": ["a", "b"],
                "my_phones": "13857104426",
                "my_member": cast.rep.pk,
                "my_percent": 20,
            },
            by=by,
        )
        b = create_record(
            object="company",
            values={"name": "B", "my_link": a.pk, "my_integer": 3, "my_team": cast.south.pk},
            by=by,
        )
        print(a.custom, b.custom)

        def find(text, sort="name"):
            page = list_records(
                ListQuery(
                    obj=registry.get("company"),
                    columns=tuple(f.name for f in obj.fields),
                    filter=parse_filter(text),
                    sort=sort,
                ),
                by=by,
            )
            return [r.values["name"] for r in page.rows], page

        for text, want in [
            ("my_integer = 5", ["A"]),
            ("my_integer < 5", ["B"]),
            ("my_text contains X", ["A"]),
            ("my_decimal >= 2.5", ["A"]),
            ("my_money > 50", ["A"]),
            ("my_boolean = true", ["A"]),
            ("my_boolean = false", ["B"]),
            ("my_date = 2026-01-02", ["A"]),
            ("my_date < today", ["A"]),
            ("my_datetime >= 2026-01-01", ["A"]),
            ("my_choice = gold", ["A"]),
            ("my_choice is empty", ["B"]),
            ("my_choices = b", ["A"]),
            (f"my_link = {a.pk}", ["B"]),
            (f"my_link != {a.pk}", ["A"]),
            ("my_link.my_integer = 5", ["B"]),
            ("my_phones = 13857104426", ["A"]),
            (f"my_member = {cast.rep.pk}", ["A"]),
            (f"my_team below {cast.top.pk}", ["B"]),
            ("my_percent between (10,30)", ["A"]),
            ("my_link is empty", ["A"]),
        ]:
            assert find(text)[0] == want, text
        for f in obj.fields:
            if f.sortable:
                for d in ("", "-"):
                    got = find("", d + f.name)
                    assert len(got[0]) == 2
                    one = list_records(ListQuery(obj=obj, columns=("name",), sort=d + f.name, limit=1), by=by)
                    two = list_records(
                        ListQuery(obj=obj, columns=("name",), sort=d + f.name, limit=1, after=one.after),
                        by=by,
                    )
                    assert sorted([one.rows[0].id, two.rows[0].id]) == sorted([a.pk, b.pk]), f.name
        page = find("")[1]
        for f in obj.fields:
            if f.own:
                assert page.rows[0].values[f.name] == f.get(a), f.name
        c = change_record(a, {"my_integer": 7, "my_choice": None}, by=by)
        assert c.custom.get("my_choice") is None
