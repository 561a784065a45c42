"""A sweep of the few records that somebody begins with: nothing can be learnt of them, and equal is equal."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import transaction

from guanxi.api.tests.test_rest import Program
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_object
from guanxi.platform.records.duplicates.models import DuplicatePair
from guanxi.platform.records.duplicates.sweeping import begin_sweep, sweep_records
from guanxi.platform.records.writing import create_records
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
OTHERS = ["周砚", "Ada Lovelace", "林知遥", "何北", "顾明", "沈观"]


def phone(number: str) -> list[dict[str, str]]:
    return [{"kind": "mobile", "number": number, "typed": number}]


def email(address: str) -> list[dict[str, str]]:
    return [{"kind": "work", "email": address}]


def swept(cast: Cast, object: str, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The titles of the pairs that wait, after these records and a sweep."""
    with in_workspace(cast.xishan.pk):
        obj = registry.get(object)
        with transaction.atomic():
            create_records(object=object, rows=rows, by=actor(cast.admin))
            sweep = begin_sweep(obj, by=actor(cast.admin))
        assert sweep_records(sweep, obj).state == "done"
        with transaction.atomic():
            pairs = DuplicatePair.objects.filter(object=object).order_by("-permille")
            titles = dict(obj.rows().values_list("pk", obj.title))
            return [(titles[one.low_id], titles[one.high_id]) for one in pairs]


@pytest.fixture(autouse=True)
def data(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "陈小满"}, {"name": "陳小滿"}),
        ({"name": "Grace Hopper"}, {"name": "Hopper, Grace"}),
        ({"name": "A", "phones": phone("+8613857104426")}, {"name": "B", "phones": phone("+8613857104426")}),
        ({"name": "A", "emails": email("a@b.example")}, {"name": "B", "emails": email("A@B.example")}),
        ({"name": "A", "wechat": "chen_1"}, {"name": "B", "wechat": "Chen_1"}),
    ],
)
def test_two_of_eight_contacts_that_are_equal_wait_to_be_looked_at(cast: Cast, one: Any, other: Any):
    others = [
        {"name": name, "phones": phone(f"+861380000100{at}"), "emails": email(f"{at}@x.example")}
        for at, name in enumerate(OTHERS)
    ]
    assert swept(cast, "contact", [*others, one, other]) == [(one["name"], other["name"])]
    page = client_for(cast.admin).get("/contacts/duplicates/").content.decode()
    assert one["name"] in page
    assert other["name"] in page


def test_colleagues_are_nobodys_doubles(cast: Cast):
    names = [f"{family}{given}" for family in "赵钱孙李周吴郑王冯陈褚卫" for given in "明芳伟静强"]
    cities = ["杭州市", "苏州市", "上海市", "深圳市", "宁波市", "绍兴市"]
    with in_workspace(cast.xishan.pk), transaction.atomic():
        firms = [{"name": f"{city}{at}厂"} for at in range(4) for city in cities]
        made = create_records(object="company", rows=firms, by=actor(cast.admin))
    dice = random.Random(7)
    rows = [
        {
            "name": name,
            "company": made[at % len(made)].pk,
            "phones": phone(f"+86138{dice.randrange(10**8):08}"),
            "emails": email(f"p{100 + 13 * at}@mail.example"),
            "addresses": [{"kind": "office", "city": cities[at % len(cities)]}],
        }
        for at, name in enumerate(names)
    ]
    assert swept(cast, "contact", rows) == []


def test_two_records_are_enough(cast: Cast):
    assert swept(cast, "company", [{"name": "杭州青禾水务有限公司"}, {"name": "青禾水务"}])


def test_what_has_nothing_but_a_name_is_compared_by_it(cast: Cast):
    with in_workspace(cast.xishan.pk), transaction.atomic():
        made = add_object(label="Machine", plural_label="Machines", by=actor(cast.admin))
    rows = [{"name": name} for name in ("WQ-200", "COD-80", "WQ-300", "wq-200")]
    assert swept(cast, made.name, rows) == [("WQ-200", "wq-200")]
    admin = Program(cast.admin, ["*:read", "*:write"])
    asked = {"object": made.name, "values": {"name": "ＣＯＤ-80"}}
    assert [one["title"] for one in admin("POST", "/duplicate-checks", asked).json()["alike"]] == ["COD-80"]
    assert made.name in {one["object"] for one in admin("GET", "/duplicate-rules").json()["data"]}
    form = client_for(cast.admin).post(f"/{made.plural}/new/", {"name": "COD-80"})
    assert (form.status_code, "COD-80" in form.content.decode()) == (422, True)
