from __future__ import annotations

from dataclasses import dataclass

import pytest

from guanxi.platform.i18n.labels import L
from guanxi.platform.records.importing.guessing import profile_columns
from guanxi.platform.records.importing.matching import Kinds, match_columns, targets_of


@dataclass
class Field:
    name: str
    type: str
    label: L
    synonyms: tuple[str, ...] = ()
    readonly: bool = False
    brought: bool = False


CONTACT = [
    Field("name", "text", L("Name", "姓名", "姓名")),
    Field("company", "link", L("Company", "公司", "公司")),
    Field("title", "text", L("Job title", "职务", "職稱")),
    Field("phones", "phones", L("Phones", "电话", "電話")),
    Field("emails", "emails", L("Emails", "邮箱", "電子郵件")),
    Field("addresses", "addresses", L("Addresses", "地址", "地址")),
    Field("birthday", "date", L("Birthday", "生日", "生日")),
    Field("owner", "member", L("Owner", "负责人", "負責人")),
    Field("tags", "tags", L("Tags", "标签", "標籤")),
    Field("about", "long_text", L("About", "备注", "備註")),
    Field("external_id", "text", L("Number elsewhere", "外部编号", "外部編號")),
    Field("created_at", "datetime", L("Created", "创建时间", "建立時間"), readonly=True),
]
KINDS = Kinds(("contact", "联系人", "lead"), is_person=True)


def paths(headers: str, *rows: str) -> list[str]:
    names = headers.split(",")
    profiles = profile_columns(names, [row.split(",") for row in rows or ("x," * len(names),)])
    return [match.path for match in match_columns(profiles, targets_of(CONTACT, KINDS, "name"), KINDS)]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Name,Company,Job title,Mobile,Work email", "name company title phones:mobile emails:work"),
        (
            "姓名,单位全称,职务,手机,电子邮箱,接待人,备注",
            "name company title phones:mobile emails: owner about",
        ),
        ("姓名,公司名稱,職稱,手機,電子郵件,負責人", "name company title phones:mobile emails: owner"),
        (
            "id,account_id,mobile_phone,mailing_city,other_street,owner_id",
            "external_id company phones:mobile addresses:office:city addresses:other:street owner",
        ),
        ("Contact Name,Primary Email Address,Organisation", "name emails: company"),
        ("first_name,last_name", "name:given name:family"),
        ("收货城市,开票地址", "addresses:shipping:city addresses:billing:street"),
        ("is_deleted,system_modstamp,photo_url", "  "),
        ("Phone,Phone 2,Fax", "phones: phones: phones:fax"),
    ],
)
def test_headers_of_many_products_and_languages_are_understood(headers, expected):
    assert paths(headers) == expected.split(" ")


def test_the_whole_name_goes_before_its_parts():
    assert paths("first_name,last_name,name") == ["", "", "name"]


def test_what_is_in_a_column_tells_where_it_goes_and_where_not():
    assert paths("Reach,When", "anna@x.com,1", "bert@y.org,2") == ["emails:", ""]
    assert paths("Location", *["Kenya"] * 4, *["Japan"] * 3) == ["addresses::country"]
    assert paths("Address", "Elm Street 1", "Oak Street 2") == ["addresses::street"]


def test_a_field_that_holds_one_value_takes_one_column():
    assert paths("Company,Employer") == ["company", ""]


def test_every_match_says_why():
    profiles = profile_columns(["Name", "Contact email", "x"], [["Anna", "a@b.com", "1"]])
    found = match_columns(profiles, targets_of(CONTACT, KINDS, "name"), KINDS)
    assert [(one.reason, one.sure) for one in found] == [
        ("header", True),
        ("header", True),
        ("nothing", False),
    ]
