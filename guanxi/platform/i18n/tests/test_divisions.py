"""Divisions of China: as forms offer them, and as addresses of one line are read by them."""

from __future__ import annotations

import pytest

from guanxi.platform.i18n.divisions import cities, completed, districts, provinces, split_address


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("浙江省杭州市余杭区文一西路998号", ("浙江省", "杭州市", "余杭区", "文一西路998号")),
        ("浙江杭州余杭区文一西路998号", ("浙江省", "杭州市", "余杭区", "文一西路998号")),
        ("北京朝阳区建国路 88 号", ("北京市", "北京市", "朝阳区", "建国路 88 号")),
        ("廣東省深圳市南山區科技園", ("广东省", "深圳市", "南山区", "科技園")),
        ("杭州市西湖区", ("浙江省", "杭州市", "西湖区", "")),
        ("湖北省仙桃市沔阳大道", ("湖北省", "仙桃市", "", "沔阳大道")),
        ("上海路12号", ("", "", "", "上海路12号")),
        ("12 Orchard Road, Singapore", ("", "", "", "12 Orchard Road, Singapore")),
    ],
)
def test_an_address_of_one_line_is_taken_apart(line: str, parts: tuple[str, ...]):
    found = split_address(line)
    assert tuple(found.get(name, "") for name in ("province", "city", "district", "street")) == parts


def test_every_level_knows_the_next():
    assert len(provinces()) == 34
    for province in provinces():
        assert cities(province), province
    assert "余杭区" in districts("浙江", "杭州")
    assert "余杭区" in districts("", "杭州市")
    assert districts("浙江省", "深圳市") == ()
    assert cities("Bavaria") == ()


def test_what_is_said_of_china_is_completed_and_the_rest_left_alone():
    assert completed({"city": "杭州", "district": "西湖"}) == {
        "province": "浙江省", "city": "杭州市", "district": "西湖区",
    }  # fmt: skip
    abroad = {"country": "US", "province": "浙江", "city": "Reno"}
    assert completed(abroad) == abroad
    assert completed({"province": "Bavaria", "city": "München"}) == {"province": "Bavaria", "city": "München"}
