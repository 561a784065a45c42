from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

WON_AMOUNT = declare(
    Metric(
        name="won_amount",
        label=L("Won", "签约额", "成交額"),
        object="deal",
        date="closed_on",
        filter="status = won",
        sum="amount",
        headline=True,
        order=10,
    )
)
NEW_DEALS = declare(
    Metric(
        name="new_deals",
        label=L("New deals", "新商机", "新商機"),
        object="deal",
        date="opened_on",
        headline=True,
        order=20,
    )
)
