"""The fields that every line has, whatever it is a line of."""

import decimal

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.fields import Decimal, Field, Integer, Link, LongText, Money, Text
from guanxi.platform.metadata.objects import Verb
from guanxi.sales.lines.models import LAST

_UNFOLDING = "guanxi.sales.lines.unfolding"
UNFOLD = (
    Verb(
        "unfold",
        "unfolding",
        L("Unfold, price kept", "展开套装，总价不变", "展開套裝，總價不變"),
        "unfolded",
        f"{_UNFOLDING}:unfold",
        icon="package",
        offered=f"{_UNFOLDING}:is_bundle",
    ),
    Verb(
        "unfold_at_prices",
        "priced-unfolding",
        L("Unfold at the parts' prices", "展开套装，按各自价格", "展開套裝，按各自價格"),
        "unfolded",
        f"{_UNFOLDING}:unfold_at_prices",
        icon="package",
        offered=f"{_UNFOLDING}:is_bundle",
    ),
)
COLUMNS = ("title", "quantity", "unit", "unit_price", "discount_percent", "tax_rate", "net", "gross")


def line_fields(document: Link) -> tuple[Field, ...]:
    """They, with the link to the document."""
    return (
        document,
        Text(
            name="title",
            label=L("Name", "名称", "名稱"),
            synonyms=("item", "description", "product name", "品名", "产品名称", "项目"),
        ),
        Link(
            name="product",
            label=L("Product", "产品", "產品"),
            to="product",
            synonyms=("product id", "product code", "sku", "产品编码", "物料"),
        ),
        Decimal(
            name="quantity",
            label=L("Quantity", "数量", "數量"),
            required=True,
            default=decimal.Decimal(1),
            least=-(10**9),
            most=10**9,
            synonyms=("qty", "quantity ordered", "units", "件数"),
        ),
        Text(name="unit", label=L("Unit", "单位", "單位"), max_length=40, synonyms=("uom", "计量单位")),
        Decimal(
            name="list_price",
            label=L("List price", "标准价", "標準價"),
            least=0,
            most=10**12,
            synonyms=("msrp", "catalogue price", "目录价"),
        ),
        Decimal(
            name="unit_price",
            label=L("Unit price", "单价", "單價"),
            least=0,
            most=10**12,
            synonyms=("price", "price each", "sale price", "售价"),
        ),
        Decimal(
            name="discount_percent",
            label=L("Discount, %", "折扣（%）", "折扣（%）"),
            help=L(
                "Taken off the unit price: 8 is 8 % less",
                "从单价中减去：填 8 即减 8%",
                "從單價中扣除：填 8 即減 8%",
            ),
            required=True,
            default=decimal.Decimal(0),
            least=0,
            most=100,
            synonyms=("discount", "discount percent", "折扣", "折扣率"),
        ),
        Decimal(
            name="tax_rate",
            label=L("Tax, %", "税率（%）", "稅率（%）"),
            least=0,
            most=100,
            synonyms=("tax", "vat", "tax rate", "税率", "增值税"),
        ),
        Decimal(name="cost", label=L("Cost of one", "单位成本", "單位成本"), least=0, most=10**12),
        Money(name="net", label=L("Net", "不含税金额", "未稅金額"), readonly=True, shared="currency"),
        Money(name="tax", label=L("Tax", "税额", "稅額"), readonly=True, shared="currency"),
        Money(name="gross", label=L("Amount", "价税合计", "含稅金額"), readonly=True, shared="currency"),
        Integer(name="position", label=L("Position", "顺序", "順序"), least=0, required=True, default=LAST),
        LongText(name="details", label=L("Details", "说明", "說明"), synonyms=("notes", "备注")),
    )
