from guanxi.analytics import roles
from guanxi.analytics.dashboards.homes import offer
from guanxi.analytics.dashboards.panels import Panel
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

WON_AMOUNT = declare(
    Metric(
        name="won_amount",
        label=L("Won", "签约额", "成交額"),
        object="deal",
        date="closed_on",
        filter="status = won",
        sum="amount",
        headline=True,
        order=10,
        words=("revenue", "won amount", "业绩", "签单额", "赢单金额", "成交额"),
    )
)
NEW_DEALS = declare(
    Metric(
        name="new_deals",
        label=L("New deals", "新商机", "新商機"),
        object="deal",
        date="opened_on",
        headline=True,
        order=20,
        words=("deals opened", "新增商机", "新建商机"),
    )
)
WON_DEALS = declare(
    Metric(
        name="won_deals",
        label=L("Deals won", "赢单数", "成交商機數"),
        object="deal",
        date="closed_on",
        filter="status = won",
        order=21,
        words=("won deals", "赢单数量", "成交商机数"),
    )
)
DECIDED_DEALS = declare(
    Metric(
        name="decided_deals",
        label=L("Deals decided", "已结商机数", "已結商機數"),
        object="deal",
        date="closed_on",
        filter="status in (won, lost)",
        order=22,
        help=L(
            "Won and lost, by the day on which it was decided",
            "赢单与输单，按结束日期",
            "成交與失單，按結案日期",
        ),
    )
)
WIN_RATE = declare(
    Metric(
        name="win_rate",
        label=L("Win rate", "赢单率", "成交率"),
        object="deal",
        date="closed_on",
        aggregate="ratio",
        part="won_deals",
        whole="decided_deals",
        unit="percent",
        order=23,
        words=("close rate", "赢率", "胜率", "成单率", "赢单比例"),
    )
)
DAYS_TO_CLOSE = declare(
    Metric(
        name="days_to_close",
        label=L("Days to close", "成交天数", "成交天數"),
        object="deal",
        date="closed_on",
        filter="status = won",
        aggregate="avg",
        formula="closed_on - opened_on",
        better="less",
        order=24,
        help=L(
            "From the day on which a deal began to the day on which it was won, on average",
            "从开始日期到赢单日期，平均天数",
            "從開始日期到成交日期，平均天數",
        ),
        words=(
            "sales cycle",
            "average sales cycle",
            "cycle time",
            "平均成交天数",
            "成交周期",
            "平均成交周期",
            "销售周期",
        ),
    )
)

SOLD = roles.declare(
    roles.Sale(
        object="deal",
        date="closed_on",
        amount="amount",
        where={"status": ("won",)},
        product="product",
        order=20,
    )
)
DECIDED = roles.declare(
    roles.Contest(
        object="deal",
        amount="amount",
        outcome="status",
        won="won",
        lost="lost",
        began="opened_on",
        ended="closed_on",
        reason="lost_reason",
        due="expected_close",
    )
)

offer(
    "sales",
    Panel(("object=deal&columns=closed_on:month&measures=metric:won_amount&date=closed_on",), "lines", 8),
    order=10,
)
offer(
    "sales",
    Panel(
        (
            "object=deal&measures=metric:won_amount&date=closed_on",
            "object=deal&measures=metric:new_deals&date=opened_on",
            "object=deal&measures=metric:win_rate&date=closed_on",
            "object=deal&measures=avg:amount&filter=status = won&date=closed_on",
        ),
        "figures",
    ),
    order=20,
)
offer("sales", Panel(("object=deal&rows=owner&measures=metric:won_amount&date=closed_on",)), order=30)
offer("sales", Panel(("object=deal&rows=stage&measures=sum:amount&filter=status = open",)), order=40)
offer(
    "sales", Panel(("object=deal&rows=company.industry&measures=metric:won_amount&date=closed_on",)), order=50
)
offer(
    "sales",
    Panel(("object=deal&rows=lost_reason&measures=count&filter=status = lost&date=closed_on",), width=6),
    order=60,
)
offer(
    "sales",
    Panel(("object=deal&rows=team:2&columns=closed_on:quarter&measures=metric:won_amount",), "table", 6),
    order=70,
)
offer(
    "ceo",
    Panel(
        (
            "object=deal&measures=metric:won_amount&date=closed_on",
            "object=order&measures=metric:ordered_amount&date=ordered_on",
            "object=invoice&measures=metric:invoiced_amount&date=issued_on",
            "object=receipt&measures=metric:received_amount&date=received_on",
            "object=company&measures=metric:new_companies&date=created_at",
        ),
        "figures",
    ),
    order=20,
)
offer("ceo", Panel(("object=deal&rows=team:2&measures=metric:won_amount&date=closed_on",)), order=40)
