from guanxi.analytics import roles
from guanxi.analytics.dashboards.homes import offer
from guanxi.analytics.dashboards.panels import Panel
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

GOING = "confirmed, part_delivered, delivered, completed"
ORDERED = declare(
    Metric(
        name="ordered_amount",
        label=L("Ordered", "订单额", "訂單額"),
        object="order",
        date="ordered_on",
        filter=f"status in ({GOING})",
        sum="amount",
        order=21,
        words=("order amount", "sales", "sales amount", "订单金额", "销售额"),
    )
)
ORDERED_NET = declare(
    Metric(
        name="ordered_net",
        label=L("Ordered, net", "订单额\uff08不含税\uff09", "訂單額\uff08未稅\uff09"),
        object="order",
        date="ordered_on",
        filter=f"status in ({GOING})",
        sum="net",
        order=22,
    )
)
ORDERED_FULL = declare(
    Metric(
        name="ordered_before_discount",
        label=L("Ordered, before discount", "订单额\uff08折前\uff09", "訂單額\uff08折前\uff09"),
        object="order",
        date="ordered_on",
        filter=f"status in ({GOING})",
        sum="before_discount",
        order=23,
    )
)
ORDERS = declare(
    Metric(
        name="orders",
        label=L("Orders", "订单数", "訂單數"),
        object="order",
        date="ordered_on",
        filter=f"status in ({GOING})",
        order=24,
    )
)

SOLD = roles.declare(
    roles.Sale(
        object="order",
        date="ordered_on",
        amount="amount",
        where={"status": tuple(GOING.split(", "))},
        lines=roles.Lines(object="order_line", whole="order", cost="cost"),
        order=10,
    )
)

offer(
    "ceo",
    Panel(
        ("object=order&columns=ordered_on:month&measures=metric:ordered_amount&date=ordered_on",), "lines", 8
    ),
    order=10,
)
offer(
    "ceo",
    Panel(("object=order&rows=company&measures=metric:ordered_amount&date=ordered_on&top=8",)),
    order=50,
)
offer(
    "ceo",
    Panel(("object=order_line&rows=product&measures=sum:net&date=order.ordered_on&top=8",)),
    order=60,
)
