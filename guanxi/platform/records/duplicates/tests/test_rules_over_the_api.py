"""What is here already, asked before it is written, and what is done about it, by a program."""

from __future__ import annotations

import pytest

from guanxi.api.tests.test_rest import Program
from guanxi.platform.records.tests.pages import Shop, shop  # noqa: F401

pytestmark = pytest.mark.django_db
EVERYTHING = ["*:read", "*:write"]
PHONE = {"phones": "0571 8820 4410", "name": "别的公司", "employees": "many"}


def test_what_is_here_already_is_told_before_it_is_written(shop: Shop):  # noqa: F811
    rep, stranger = Program(shop.cast.rep, EVERYTHING), Program(shop.cast.stranger, EVERYTHING)
    sent = {"object": "company", "values": PHONE}
    told = rep("POST", "/duplicate-checks", sent).json()
    assert ([one["id"] for one in told["alike"]], told["refused"]) == ([str(shop.company.pk)], False)
    besides = rep("POST", "/duplicate-checks", {**sent, "besides": str(shop.company.pk)}).json()
    assert besides["alike"] == []
    (unseen,) = stranger("POST", "/duplicate-checks", sent).json()["alike"]
    assert (unseen["id"], unseen["title"], unseen["owner"]) == (None, None, None)
    assert Program(shop.cast.outsider, EVERYTHING)("POST", "/duplicate-checks", sent).json()["alike"] == []
    assert Program(shop.cast.rep, ["*:read"])("POST", "/duplicate-checks", sent).status_code == 403
    assert rep("POST", "/duplicate-checks", {"object": "cow", "values": {}}).status_code == 404
    assert rep("POST", "/duplicate-checks", {"object": "company"}).status_code == 422


def test_an_administrator_chooses_what_is_done(shop: Shop):  # noqa: F811
    admin = Program(shop.cast.admin, EVERYTHING)
    rules = {one["object"]: one for one in admin("GET", "/duplicate-rules").json()["data"]}
    assert (rules["company"]["action"], "phone" in rules["company"]["possible"]) == ("warn", True)
    chosen = {"object": "company", "action": "refuse", "kinds": ["phone"], "others": "owner"}
    told = admin("POST", "/duplicate-rules", chosen).json()
    assert {name: told[name] for name in chosen} == chosen
    assert (
        admin("POST", "/duplicate-checks", {"object": "company", "values": PHONE}).json()["refused"] is True
    )
    assert admin("POST", "/companies", {"name": "别的公司", "phones": PHONE["phones"]}).status_code == 422
    (unseen,) = Program(shop.cast.stranger, EVERYTHING)(
        "POST", "/duplicate-checks", {"object": "company", "values": PHONE}
    ).json()["alike"]
    assert unseen["owner"] == "林知遥"
    for wrong in ({"action": "shout"}, {"kinds": ["colour"]}, {"others": "all"}):
        assert admin("POST", "/duplicate-rules", chosen | wrong).status_code == 422
    assert admin("POST", "/duplicate-rules", chosen | {"object": "stage"}).status_code == 404
    for member in (shop.cast.rep, shop.cast.stranger):
        assert Program(member, EVERYTHING)("POST", "/duplicate-rules", chosen).status_code == 403
        assert Program(member, EVERYTHING)("GET", "/duplicate-rules").status_code == 403
    outsiders = Program(shop.cast.outsider, EVERYTHING)("GET", "/duplicate-rules").json()["data"]
    assert {one["action"] for one in outsiders} == {"warn"}
