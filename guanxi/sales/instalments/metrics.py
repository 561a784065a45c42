from guanxi.analytics import roles
from guanxi.analytics.dashboards.homes import offer
from guanxi.analytics.dashboards.panels import Panel
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

FALLING_DUE = declare(
    Metric(
        name="falling_due",
        label=L("Falling due", "应回款", "應收款"),
        object="instalment",
        date="due_on",
        filter="status in (planned, due, part_paid, overdue, escalated, paid)",
        sum="amount",
        order=27,
    )
)
OVERDUE = declare(
    Metric(
        name="overdue_amount",
        label=L("Overdue", "逾期未回款", "逾期未收款"),
        object="instalment",
        date="due_on",
        filter="status in (overdue, escalated)",
        sum="open",
        better="less",
        order=28,
        words=(
            "overdue receivables",
            "overdue amount",
            "逾期应收",
            "逾期应收款",
            "逾期应收账款",
            "逾期账款",
            "逾期应收帐款",
            "逾期帐款",
            "逾期款",
        ),
    )
)

OWED = roles.declare(
    roles.Claim(
        object="instalment",
        date="due_on",
        amount="amount",
        open="open",
        where={"status": ("planned", "due", "part_paid", "overdue", "escalated")},
        settled=("paid",),
    )
)

offer("ceo", Panel(("object=instalment&rows=company&measures=metric:overdue_amount&top=8",)), order=70)
