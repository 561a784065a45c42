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
    )
)
