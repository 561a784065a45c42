from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

REPORTS = declare(
    Metric(
        name="work_reports",
        label=L("Work reports handed in", "已提交工作报告", "已提交工作報告"),
        object="work_report",
        date="day",
        filter="status in (submitted, read)",
        order=34,
    )
)
