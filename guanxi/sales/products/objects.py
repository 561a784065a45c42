import decimal

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Decimal, Link, LongText, Money, Option, Text
from guanxi.platform.metadata.objects import Object

STATUSES = (
    Option("sold", L("On sale", "在售", "販售中"), "malachite"),
    Option("ended", L("Off sale", "停售", "停售")),
)

PRODUCT = registry.register(
    Object(
        name="product",
        plural="products",
        label=L("Product", "产品", "產品"),
        plural_label=L("Products", "产品", "產品"),
        icon="package",
        model="sales.Product",
        group="sales",
        order=40,
        tone="ochre",
        square=True,
        owned=False,
        subtitle=("category", "code"),
        columns=("name", "code", "category", "price", "unit", "status"),
        sort="name",
        fields=(
            Text(
                name="name",
                label=L("Name", "产品名称", "產品名稱"),
                required=True,
                identifies=True,
                synonyms=("product", "product name", "产品", "品名"),
            ),
            Text(
                name="code",
                label=L("Code", "编码", "編碼"),
                max_length=60,
                unique=True,
                identifies=True,
                synonyms=("sku", "product code", "产品编号"),
            ),
            Text(
                name="category",
                label=L("Category", "分类", "分類"),
                synonyms=("series", "family", "product line", "系列"),
            ),
            Text(name="unit", label=L("Unit", "单位", "單位"), max_length=40, synonyms=("uom", "计量单位")),
            Money(
                name="price",
                label=L("Price", "标准价", "標準價"),
                adds_up=False,
                synonyms=("sales price", "unit price", "list price", "单价", "价格", "msrp"),
            ),
            Money(
                name="cost",
                label=L("Cost", "成本", "成本"),
                adds_up=False,
                shared="price_currency",
                help=L("In the currency of the price", "币种与标准价相同", "幣別與標準價相同"),
                synonyms=("unit cost", "cost price", "成本价", "buy price"),
            ),
            Decimal(
                name="tax_rate",
                label=L("Tax, %", "税率（%）", "稅率（%）"),
                least=0,
                most=100,
                synonyms=("tax", "vat", "tax rate", "税率"),
            ),
            Link(
                name="variant_of",
                label=L("Variant of", "所属产品", "所屬產品"),
                to="product",
                synonyms=("parent product", "父产品"),
            ),
            Text(
                name="variant",
                label=L("Variant", "规格", "規格"),
                help=L(
                    "What sets it apart: 380 V, IP68",
                    "与其他规格的区别，如 380 V",
                    "與其他規格的區別，如 380 V",
                ),
                synonyms=("specification", "option", "规格型号"),
            ),
            Choice(name="status", label=L("Status", "状态", "狀態"), options=STATUSES, default="sold"),
            LongText(
                name="about", label=L("Description", "说明", "說明"), synonyms=("description", "描述", "备注")
            ),
        ),
    )
)
BUNDLE_ITEM = registry.register(
    Object(
        name="bundle_item",
        plural="bundle_items",
        label=L("Part of the bundle", "套装内容", "套裝內容"),
        plural_label=L("In the bundle", "套装内容", "套裝內容"),
        icon="package",
        model="sales.BundleItem",
        part_of="bundle",
        order=41,
        columns=("name", "bundle", "product", "quantity"),
        sort="name",
        fields=(
            Text(
                name="name", label=L("Name", "名称", "名稱"), readonly=True, hidden=True, follows=("product",)
            ),
            Link(name="bundle", label=L("Bundle", "套装", "套裝"), to="product", required=True),
            Link(name="product", label=L("Product", "产品", "產品"), to="product", required=True),
            Decimal(
                name="quantity",
                label=L("Quantity", "数量", "數量"),
                default=decimal.Decimal(1),
                least=0,
                most=10**6,
            ),
        ),
    )
)
