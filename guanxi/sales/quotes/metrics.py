from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

QUOTED = declare(
    Metric(
        name="quoted_amount",
        label=L("Quoted", "报价额", "報價額"),
        object="quote",
        date="quoted_on",
        sum="total",
        order=60,
    )
)
ACCEPTED = declare(
    Metric(
        name="accepted_amount",
        label=L("Quotes accepted", "报价成交额", "報價成交額"),
        object="quote",
        date="answered_at",
        filter="status = accepted",
        sum="total",
        order=61,
    )
)
