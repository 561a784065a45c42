from guanxi.analytics import roles
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
