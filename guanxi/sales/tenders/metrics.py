from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

TENDERS = declare(
    Metric(
        name="tenders_found",
        label=L("Tenders found", "发现标讯", "發現標案"),
        object="tender",
        date="created_at",
        order=13,
    )
)
TENDERS_CONVERTED = declare(
    Metric(
        name="tenders_converted",
        label=L("Tenders made leads", "标讯转线索", "標案轉名單"),
        object="tender",
        date="created_at",
        filter="status = converted",
        order=14,
    )
)
