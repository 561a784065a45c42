"""Names, mailboxes and streets in the form in which two that are the same are equal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanxi.platform.i18n.folding import fold
from guanxi.platform.records.duplicates import normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州青禾水务集团有限公司", "青禾水務"),
        ("青禾水务（杭州）有限公司", "杭州市青禾水务股份有限公司"),
        ("北京华维科技有限公司上海分公司", "华维科技有限公司"),
        ("上海银行股份有限公司", "上海銀行"),
        ("Acme Co., Ltd.", "ACME"),
        ("Meridian Instruments Pte. Ltd.", "Meridian Instruments GmbH"),
        ("Acme (Shanghai) Co.,Ltd", "Shanghai Acme Company Limited"),
        ("Bosch S.A. de C.V.", "Bosch SA de CV"),
        ("Müller GmbH & Co. KG", "MULLER"),
    ],
)
def test_companies_without_place_and_legal_form(one: str, other: str):
    assert normal.company_name(one) == normal.company_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海银行", "北京银行"),
        ("中国移动通信集团有限公司", "中国联通"),
        ("青禾水务有限公司", "清河水务有限公司"),
        ("Acme Pumps Ltd", "Acme Valves Ltd"),
        ("China Group Ltd", "Hong Kong Holdings Ltd"),
    ],
)
def test_other_companies_stay_others(one: str, other: str):
    assert normal.company_name(one) != normal.company_name(other)


def test_a_name_sounds_the_same_in_either_script():
    assert normal.sounds_of_company("杭州青禾水务有限公司") == normal.sounds_of_company(
        "Qinghe Shuiwu Co., Ltd."
    )
    assert set(normal.sounds_of_person("Ruoxi Wang")) & set(normal.sounds_of_person("王若溪"))
    assert normal.person_name("Dr. Ruoxi WANG") == normal.person_name("Wang, Ruoxi")
    assert normal.person_name("王若溪 先生") == "王若溪"


def test_mailboxes_and_streets():
    assert normal.email("Li.Lei+crm@Gmail.com") == normal.email("lilei@googlemail.com")
    assert normal.email("li.lei@firm.example") != normal.email("lilei@firm.example")
    assert normal.host_of_firm("a@qq.com") == ""
    assert normal.host_of_firm("a@www.firm.example") == "firm.example"
    assert normal.street("12 High Street") == normal.street("12, high st.")
    assert normal.street("文三路 478 号") == normal.street("文三路478号")
    assert normal.street("High Street") == ""  # without a number it is no address


@pytest.mark.slow
@given(st.text(max_size=80))
def test_no_text_breaks_it_and_none_is_lost(text: str):
    for make in (
        normal.company_name,
        normal.person_name,
        normal.plain_name,
        normal.street,
        normal.code,
        normal.email,
    ):
        assert isinstance(make(text), str)
    said = any(sign.isalnum() for sign in fold(text))
    assert bool(normal.company_name(text)) == said
