"""Files of other products are recognised by their columns, and these find their places."""

from __future__ import annotations

import pytest

from guanxi.platform.metadata import registry
from guanxi.platform.records.importing.guessing import profile_columns
from guanxi.platform.records.importing.matching import match_columns, targets_of
from guanxi.platform.records.importing.planning import kinds_of
from guanxi.platform.records.importing.products import product_of

EXPORTS = [
    (
        "HubSpot", "contact",
        "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Associated Company,Job Title,"
        "Contact owner",
        "external_id name:given name:family emails: phones: phones:mobile company title owner",
    ),
    (
        "HubSpot", "deal",
        "Record ID,Deal Name,Deal Stage,Amount,Close Date,Deal owner,Primary Associated Company",
        "external_id name stage amount expected_close owner company",
    ),
    (
        "Salesforce", "contact",
        "Contact ID,First Name,Last Name,Title,Account Name,Mailing Street,Mailing City,Phone,Mobile,Email,"
        "Account Owner",
        "external_id name:given name:family title company addresses:office:street addresses:office:city"
        " phones: phones:mobile emails: owner",
    ),
    (
        "Salesforce", "deal",
        "Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Close Date,Opportunity Owner",
        "external_id name company stage amount expected_close owner",
    ),
    (
        "Fxiaoke", "company",
        "客户名称,客户级别,行业,网址,负责人,归属部门,最后跟进时间,备注",
        "name * industry website owner * * about",
    ),
    (
        "Fxiaoke", "deal",
        "商机名称,客户名称,商机金额,预计成交日期,销售阶段,负责人",
        "name company amount expected_close stage owner",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("product", "object", "headers", "wanted"), EXPORTS)
def test_an_export_is_recognised_and_its_columns_find_their_places(
    product: str, object: str, headers: str, wanted: str
):
    names = headers.split(",")
    found = product_of(names)
    assert found is not None
    assert found.label.en == product
    obj = registry.get(object)
    kinds = kinds_of(obj)
    profiles = profile_columns(names, [["x"] * len(names)])
    paths = [one.path for one in match_columns(profiles, targets_of(obj.fields, kinds, obj.title), kinds)]
    for header, path, want in zip(names, paths, wanted.split(" "), strict=True):
        assert want in ("*", path), header


def test_a_plain_spreadsheet_is_nobodys():
    assert product_of(["Name", "Company", "Email", "姓名"]) is None
