from guanxi.analytics import roles
from guanxi.analytics.dashboards.homes import offer
from guanxi.analytics.dashboards.panels import Panel
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

NEW_LEADS = declare(
    Metric(
        name="new_leads",
        label=L("New leads", "新线索", "新名單"),
        object="lead",
        date="arrived_on",
        headline=True,
        order=15,
        words=("leads received", "新增线索", "新增名单", "新增潜在客户"),
    )
)
CONVERTED_LEADS = declare(
    Metric(
        name="converted_leads",
        label=L("Converted leads", "已转化线索", "已轉換名單"),
        object="lead",
        date="converted_on",
        filter="status = converted",
        order=16,
        words=("leads converted", "转化线索"),
    )
)

PROSPECTS = roles.declare(
    roles.Prospect(
        object="lead",
        outcome="status",
        won="converted",
        lost="disqualified",
        began="arrived_on",
        rules="score",
        order=10,
    )
)

offer(
    "marketing",
    Panel(("object=lead&columns=arrived_on:month&measures=metric:new_leads&date=arrived_on",), "lines", 8),
    order=10,
)
offer(
    "marketing",
    Panel(
        (
            "object=lead&measures=metric:new_leads&date=arrived_on",
            "object=lead&measures=metric:converted_leads&date=converted_on",
            "object=lead&measures=rate:status = converted&date=arrived_on",
        ),
        "figures",
    ),
    order=20,
)
offer(
    "marketing",
    Panel(("object=lead&rows=source&measures=metric:new_leads&date=arrived_on",), width=6),
    order=30,
)
offer(
    "marketing",
    Panel(("object=lead&rows=source&measures=rate:status = converted&date=arrived_on",), width=6),
    order=40,
)
