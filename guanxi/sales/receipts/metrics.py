from guanxi.analytics import roles
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

RECEIVED = declare(
    Metric(
        name="received_amount",
        label=L("Received", "回款额", "收款額"),
        object="receipt",
        date="received_on",
        filter="status in (confirmed, allocated)",
        sum="amount",
        order=29,
        words=("receipts amount", "cash received", "回款额", "回款金额", "收款额", "收款金额"),
    )
)

COLLECTED = roles.declare(
    roles.Sale(
        object="receipt",
        date="received_on",
        amount="amount",
        where={"status": ("confirmed", "allocated")},
        order=30,
    )
)
