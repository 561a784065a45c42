from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

INVOICED = declare(
    Metric(
        name="invoiced_amount",
        label=L("Invoiced", "开票额", "開票額"),
        object="invoice",
        date="issued_on",
        filter="status in (issued, mailed, settled, red)",
        sum="amount",
        order=26,
        words=("invoice amount", "开票金额", "发票金额"),
    )
)
