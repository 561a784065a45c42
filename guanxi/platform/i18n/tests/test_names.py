import pytest
from django.utils import translation

from guanxi.platform.i18n import addresses, names


def test_the_order_of_a_name_follows_its_script():
    assert names.person_name(given="若溪", family="王") == "王若溪"
    assert names.person_name(given="Rachel", family="Tan") == "Rachel Tan"
    assert names.person_name(family="高峻") == "高峻"


@pytest.mark.parametrize(
    ("name", "family", "given", "greeted"),
    [
        ("王若溪", "王", "若溪", "王若溪"),
        ("歐陽明遠", "歐陽", "明遠", "歐陽明遠"),
        ("单于", "单", "于", "单于"),
        ("Rachel Tan", "Tan", "Rachel", "Rachel"),
        ("Tan, Rachel", "Tan", "Rachel", "Rachel"),
        ("Prince", "", "Prince", "Prince"),
        ("", "", "", ""),
    ],
)
def test_family_and_given_name(name, family, given, greeted):
    assert names.split_name(name) == (family, given)
    assert names.greeting_name(name) == greeted


@pytest.mark.parametrize(
    ("name", "small", "wide"),
    [
        ("王若溪", "溪", "若溪"),
        ("高峻", "峻", "高峻"),
        ("欧阳明远", "远", "明远"),
        ("Rachel Tan", "R", "RT"),
        ("rachel", "R", "R"),
        ("🙂", "🙂", "🙂"),
        ("", "·", "·"),
    ],
)
def test_avatars_of_people(name, small, wide):
    assert names.avatar_text(name) == small
    assert names.avatar_text(name, wide=True) == wide


def test_avatars_of_companies():
    assert names.avatar_text("杭州青禾水务集团有限公司", company=True) == "青"
    assert names.avatar_text("杭州青禾水务集团有限公司", company=True, wide=True) == "青禾"
    assert names.avatar_text("Meridian Instruments Pte. Ltd.", company=True, wide=True) == "MI"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("青禾水务集团有限公司", "青禾水务"),
        ("杭州青禾水务集团有限公司", "青禾水务"),
        ("深圳市腾讯计算机系统有限公司", "腾讯计算机系统"),
        ("臺北市詩遙儀器股份有限公司", "詩遙儀器"),
        ("浙江省杭州市余杭区云帆（杭州）科技有限公司", "云帆科技"),
        ("上海银行股份有限公司", "上海银行"),
        ("中国移动通信集团有限公司", "中国移动通信"),
        ("北京大学", "北京大学"),
        ("有限公司", "有限公司"),
        ("Acme Co., Ltd.", "Acme"),
        ("Meridian Instruments Pte. Ltd.", "Meridian Instruments"),
        ("Foo GmbH & Co. KG", "Foo"),
        ("Petronas Sdn Bhd", "Petronas"),
        ("Société Générale S.A.", "Société Générale"),
        ("Ltd", "Ltd"),
        ("", ""),
    ],
)
def test_what_people_call_a_company(name, short):
    assert names.short_company_name(name) == short


def test_names_sort_as_a_reader_expects():
    expected = [
        *("aaron", "Ärzte", "Bao", "包青", "鲍勃", "重庆", "李娜", "李伟", "黎明", "林"),
        *("Site 2", "Site 10", "王 若", "王若溪", "Zoe", "!!"),
    ]
    shuffled = expected[::2] + expected[1::2]
    assert sorted(shuffled, key=names.sort_key) == expected


def test_a_person_sorts_under_the_surname():
    assert names.sort_key("单雪").startswith("dan.")
    assert names.sort_key("單雪", person=True).startswith("shan.")
    assert names.index_letter("曾国", person=True) == "Z"
    assert names.index_letter("42") == "#"


def test_a_sort_key_is_plain_and_short():
    key = names.sort_key("杭州青禾水务Ａcmé集团有限公司" * 30)
    assert key.isascii()
    assert len(key) <= 160
    assert names.sort_key("軟體") == names.sort_key("软体")
    assert names.sort_key("") == "~"


def test_addresses_follow_their_script():
    assert addresses.format_address(
        street="文一西路 998 号", district="余杭区", city="杭州市", region="浙江省", postcode="311121"
    ) == ["311121", "浙江省杭州市余杭区文一西路 998 号"]
    assert addresses.format_address(street="南京西路 1 号", city="上海市", region="上海市") == [
        "上海市南京西路 1 号"
    ]
    singapore = {"street": "1 Fusionopolis Way", "city": "Singapore", "postcode": "138632", "country": "SG"}
    assert addresses.address_line(**singapore, home="SG") == "1 Fusionopolis Way, Singapore 138632"
    with translation.override("zh-hans"):
        assert addresses.format_address(**singapore, home="CN")[-1] == "新加坡"


def test_countries_are_named_and_sorted_in_the_language():
    with translation.override("zh-hans"):
        choices = addresses.country_choices()
        assert choices[0] == ("CN", "中国")
        assert choices[7][1].startswith("阿")
        assert addresses.country_name("HK") == "香港"
    with translation.override("en"):
        assert addresses.country_name("HK") == "Hong Kong"
        assert addresses.country_name("??") == "??"
