from guanxi.analytics import roles
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

SIGNED = declare(
    Metric(
        name="contract_amount",
        label=L("Contracts signed", "合同签订额", "合約簽訂額"),
        object="contract",
        date="signed_on",
        filter="status in (active, expiring, expired, renewed)",
        sum="total",
        order=25,
    )
)
TERMS = roles.declare(
    roles.Term(
        object="contract",
        begins="starts_on",
        ends="runs_until",
        amount="total",
        where={"status": ("active", "expiring", "expired", "renewed", "terminated")},
    )
)
