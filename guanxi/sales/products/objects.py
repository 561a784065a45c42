from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, LongText, Money, Option, Text
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
            Choice(name="status", label=L("Status", "状态", "狀態"), options=STATUSES, default="sold"),
            LongText(
                name="about", label=L("Description", "说明", "說明"), synonyms=("description", "描述", "备注")
            ),
        ),
    )
)
