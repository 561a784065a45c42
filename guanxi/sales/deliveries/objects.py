import decimal

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import AutoNumber, Choice, Date, Decimal, Link, LongText, Option, Text
from guanxi.platform.metadata.objects import Board, Object, Verb
from guanxi.sales.documents import status_field

STATUSES = (
    Option("shipped", L("On its way", "运输中", "運送中"), "azurite"),
    Option("signed", L("Signed for", "已签收", "已簽收"), "malachite"),
    Option("cancelled", L("Cancelled", "已取消", "已取消")),
)
KINDS = (
    Option("out", L("To the customer", "发货", "出貨"), "azurite"),
    Option("back", L("Back to us", "退货", "退貨"), "rouge"),
)
ACTIONS = "guanxi.sales.deliveries.actions"

DELIVERY = registry.register(
    Object(
        name="delivery",
        plural="deliveries",
        label=L("Delivery", "发货单", "出貨單"),
        plural_label=L("Deliveries", "发货单", "出貨單"),
        icon="truck",
        model="sales.Delivery",
        part_of="order",
        title="number",
        order=52,
        square=True,
        face=False,
        board=Board(lanes="status"),
        verbs=(
            Verb(
                "sign", "signature", L("Signed for", "登记签收", "登記簽收"), "signed", f"{ACTIONS}:sign",
                ("signed_on", "signed_by"), "check", when={"status": ("shipped",)}, leads=True,
            ),
            Verb(
                "cancel", "cancellation", L("Cancel", "取消", "取消"), "cancelled", f"{ACTIONS}:cancel",
                icon="circle-x", when={"status": ("shipped",)},
            ),
        ),
        subtitle=("order", "kind", "status"),
        columns=(
            "number", "order", "kind", "status", "shipped_on", "carrier", "tracking", "signed_on",
        ),
        sort="-shipped_on",
        fields=(
            AutoNumber(
                name="number", label=L("Number", "发货单号", "出貨單號"), pattern="DN-{year}-{number:4}",
                reset="year", unique=True, identifies=True, max_length=60,
            ),
            Link(name="order", label=L("Order", "订单", "訂單"), to="order", required=True),
            Choice(name="kind", label=L("Direction", "方向", "方向"), options=KINDS, default="out"),
            status_field(STATUSES, default="shipped"),
            Date(
                name="shipped_on", label=L("Sent on", "发出日期", "寄出日期"),
                synonyms=("shipped date", "ship date", "发货日期"),
            ),
            Text(
                name="carrier", label=L("Carrier", "物流公司", "物流公司"), max_length=100,
                synonyms=("shipper", "ship via", "快递公司"),
            ),
            Text(
                name="tracking", label=L("Tracking number", "物流单号", "物流單號"), max_length=100,
                synonyms=("tracking", "快递单号", "运单号"),
            ),
            Date(name="signed_on", label=L("Signed on", "签收日期", "簽收日期")),
            Text(name="signed_by", label=L("Signed by", "签收人", "簽收人"), max_length=100),
            Text(
                name="reason", label=L("Sent back because", "退货原因", "退貨原因"), max_length=300,
                shown_if='kind = "back"',
            ),
            LongText(name="about", label=L("About", "备注", "備註")),
        ),
    )
)  # fmt: skip

DELIVERY_LINE = registry.register(
    Object(
        name="delivery_line",
        plural="delivery_lines",
        label=L("Delivered line", "发货明细", "出貨明細"),
        plural_label=L("Delivered lines", "发货明细", "出貨明細"),
        icon="list",
        model="sales.DeliveryLine",
        part_of="delivery",
        title="title",
        order=53,
        columns=("title", "delivery", "order_line", "quantity"),
        fields=(
            Link(name="delivery", label=L("Delivery", "发货单", "出貨單"), to="delivery", required=True),
            Link(name="order_line",
            label=L("Order line", "订单明细", "訂單明細"), to="order_line", required=True),
            Text(name="title", label=L("Name", "名称", "名稱"), readonly=True),
            Decimal(
                name="quantity", label=L("Quantity", "数量", "數量"), least=0, default=decimal.Decimal(1)
            ),
        ),
    )
)  # fmt: skip
