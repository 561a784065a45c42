import decimal

from guanxi.people.companies.objects import LEVELS
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Date, Decimal, Link, LongText, Text
from guanxi.platform.metadata.objects import Object

PRICE_BOOK = registry.register(
    Object(
        name="price_book",
        plural="price_books",
        label=L("Price book", "价格表", "價目表"),
        plural_label=L("Price books", "价格表", "價目表"),
        icon="coins",
        model="sales.PriceBook",
        group="sales",
        order=45,
        tone="ochre",
        square=True,
        owned=False,
        subtitle=("currency", "customer_level"),
        columns=("name", "currency", "customer_level", "valid_from", "valid_until"),
        sort="name",
        fields=(
            Text(
                name="name",
                label=L("Name", "名称", "名稱"),
                required=True,
                unique=True,
                identifies=True,
                synonyms=("price list", "price book name", "价格表名称"),
            ),
            Text(
                name="currency",
                label=L("Currency", "币种", "幣別"),
                max_length=3,
                help=L("CNY, USD, EUR …", "如 CNY、USD", "如 TWD、USD"),
            ),
            Choice(
                name="customer_level",
                label=L("For customers of level", "适用客户级别", "適用客戶級別"),
                options=LEVELS,
                help=L("Empty: for everybody", "留空即所有客户", "留空即所有客戶"),
            ),
            Date(name="valid_from", label=L("Valid from", "生效日期", "生效日期")),
            Date(name="valid_until", label=L("Valid until", "失效日期", "失效日期")),
            LongText(name="about", label=L("About", "备注", "備註")),
        ),
    )
)
PRICE = registry.register(
    Object(
        name="price",
        plural="prices",
        label=L("Price", "价格", "價格"),
        plural_label=L("Prices", "价格", "價格"),
        icon="tag",
        model="sales.Price",
        part_of="price_book",
        title="name",
        order=46,
        columns=("name", "price_book", "product", "least_quantity", "unit_price"),
        sort="name",
        fields=(
            Text(
                name="name",
                label=L("Name", "名称", "名稱"),
                readonly=True,
                hidden=True,
                follows=("product", "least_quantity"),
            ),
            Link(
                name="price_book",
                label=L("Price book", "价格表", "價目表"),
                to="price_book",
                required=True,
                synonyms=("price list",),
            ),
            Link(
                name="product",
                label=L("Product", "产品", "產品"),
                to="product",
                required=True,
                synonyms=("product code", "sku", "产品编码"),
            ),
            Decimal(
                name="least_quantity",
                label=L("From quantity", "起订量", "起訂量"),
                default=decimal.Decimal(0),
                least=0,
                most=10**9,
                synonyms=("min quantity", "tier", "阶梯"),
            ),
            Decimal(
                name="unit_price",
                label=L("Unit price", "单价", "單價"),
                required=True,
                least=0,
                most=10**12,
                synonyms=("price", "价格"),
            ),
        ),
    )
)
