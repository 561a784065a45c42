from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

MILESTONES_DUE = declare(
    Metric(
        name="milestones_due",
        label=L("Milestones due", "应完成里程碑", "應完成里程碑"),
        object="milestone",
        date="due_on",
        filter="status in (open, accepted)",
        order=30,
    )
)
MILESTONES_ON_TIME = declare(
    Metric(
        name="milestones_on_time",
        label=L("Milestones accepted on time", "按时验收里程碑", "準時驗收里程碑"),
        object="milestone",
        date="due_on",
        filter="on_time = true",
        order=31,
    )
)
PROJECTS_CLOSED = declare(
    Metric(
        name="projects_closed",
        label=L("Projects closed", "结项项目", "結案專案"),
        object="project",
        date="closed_on",
        filter="status = closed",
        order=32,
    )
)
DELIVERY_COST = declare(
    Metric(
        name="delivery_cost",
        label=L("Cost of delivery", "交付工时成本", "交付工時成本"),
        object="time_entry",
        date="day",
        sum="cost",
        better="less",
        order=33,
    )
)
DELIVERY_HOURS = declare(
    Metric(
        name="delivery_hours",
        label=L("Hours of delivery", "交付工时", "交付工時"),
        object="time_entry",
        date="day",
        sum="hours",
        unit="h",
        order=34,
    )
)
