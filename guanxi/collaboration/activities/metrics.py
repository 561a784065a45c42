from guanxi.analytics import roles
from guanxi.analytics.dashboards.homes import offer
from guanxi.analytics.dashboards.panels import Panel
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

TALKS = declare(
    Metric(
        name="talks",
        label=L("Conversations", "有效往来", "有效往來"),
        object="activity",
        date="done_at",
        filter="kind in (call, meeting, visit, email, message)",
        headline=True,
        order=30,
    )
)
CHECK_INS = declare(
    Metric(
        name="check_ins",
        label=L("Visits with check-in", "签到拜访", "簽到拜訪"),
        object="activity",
        date="checked_in_at",
        filter="kind = visit",
        order=32,
    )
)
VISITS = declare(
    Metric(
        name="visits",
        label=L("Visits", "拜访", "拜訪"),
        object="activity",
        date="done_at",
        filter="kind = visit and done_at is not empty",
        order=31,
    )
)
VISITED = declare(
    Metric(
        name="visited_customers",
        label=L("Customers visited", "拜访客户数", "拜訪客戶數"),
        object="activity",
        date="done_at",
        filter="kind = visit and done_at is not empty",
        aggregate="distinct",
        concerned="company",
        order=33,
        help=L(
            "Different companies that visits were to; one that was visited twice counts once.",
            "拜访过的不同公司数，同一家公司拜访多次只计一次。",
            "拜訪過的不同公司數，同一家公司拜訪多次只計一次。",
        ),
        words=("visited companies", "去过的客户", "拜访过的客户", "拜訪過的客戶"),
    )
)
WORK = roles.declare(
    roles.Effort(
        object="activity",
        date="done_at",
        minutes="minutes",
        about="about",
        channel="kind",
        direction="direction",
        came="in",
        went="out",
        where={"kind": ("call", "meeting", "visit", "email", "message")},
    )
)

offer(
    "service",
    Panel(("object=activity&columns=done_at:month&measures=metric:talks&date=done_at",), "lines", 8),
    order=10,
)
offer(
    "service",
    Panel(
        (
            "object=activity&measures=metric:talks&date=done_at",
            "object=activity&measures=metric:visits&date=done_at",
        ),
        "figures",
    ),
    order=20,
)
offer("service", Panel(("object=activity&rows=kind&measures=count&date=done_at",), width=6), order=30)
offer("service", Panel(("object=activity&rows=owner&measures=metric:talks&date=done_at",), width=6), order=40)
