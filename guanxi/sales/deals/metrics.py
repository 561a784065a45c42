from guanxi.analytics import roles
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

SOLD = roles.declare(
    roles.Sale(
        object="deal",
        date="closed_on",
        amount="amount",
        where={"status": ("won",)},
        product="product",
        order=20,
    )
)
DECIDED = roles.declare(
    roles.Contest(
        object="deal",
        amount="amount",
        outcome="status",
        won="won",
        lost="lost",
        began="opened_on",
        ended="closed_on",
        reason="lost_reason",
        due="expected_close",
    )
)
