from guanxi.analytics import roles
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata.metrics import Metric, declare

TALKS = declare(
    Metric(
        name="talks",
        label=L("Conversations", "有效往来", "有效往來"),
        object="activity",
        date="done_at",
        filter="kind in (call, meeting, visit, email, message)",
        headline=True,
        order=30,
    )
)
CHECK_INS = declare(
    Metric(
        name="check_ins",
        label=L("Visits with check-in", "签到拜访", "簽到拜訪"),
        object="activity",
        date="checked_in_at",
        filter="kind = visit",
        order=32,
    )
)
VISITS = declare(
    Metric(
        name="visits",
        label=L("Visits", "拜访", "拜訪"),
        object="activity",
        date="done_at",
        filter="kind = visit",
        order=31,
    )
)
WORK = roles.declare(
    roles.Effort(
        object="activity",
        date="done_at",
        minutes="minutes",
        about="about",
        channel="kind",
        direction="direction",
        came="in",
        went="out",
        where={"kind": ("call", "meeting", "visit", "email", "message")},
    )
)
