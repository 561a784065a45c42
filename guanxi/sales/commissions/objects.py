from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Date, Decimal, Link, MemberLink, Option, Percent, Text
from guanxi.platform.metadata.objects import Object, Verb

STATUSES = (
    Option("open", L("Open", "未审定", "未核定"), "azurite"),
    Option("approved", L("Approved", "已审定", "已核定"), "malachite"),
)
KINDS = (
    Option("earned", L("Earned", "计提", "應得"), "malachite"),
    Option("clawback", L("Taken back", "追回", "追回"), "cinnabar"),
)
PERIODS = (
    Option("month", L("Month", "月", "月")),
    Option("quarter", L("Quarter", "季度", "季")),
    Option("year", L("Year", "年", "年")),
)
RATE = L("Rate, %", "比例\uff08%\uff09", "比例\uff08%\uff09")
ACTIONS = "guanxi.sales.commissions.actions"

COMMISSION_RULE = registry.register(
    Object(
        name="commission_rule",
        plural="commission_rules",
        label=L("Commission rule", "提成规则", "獎金規則"),
        plural_label=L("Commission rules", "提成规则", "獎金規則"),
        icon="percent",
        model="sales.CommissionRule",
        owned=False,
        taggable=False,
        columns=("name", "rate", "product", "member", "role", "cap", "cap_per", "valid_from", "valid_until"),
        sort="name",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True),
            Decimal(
                name="rate",
                label=L("Rate, %", "比例\uff08%\uff09", "比例\uff08%\uff09"),
                least=0,
                most=100,
            ),
            Link(name="product", label=L("Product", "产品", "產品"), to="product"),
            MemberLink(name="member", label=L("Member", "成员", "成員")),
            Text(name="role", label=L("Role", "角色", "角色"), max_length=100),
            Date(name="valid_from", label=L("From", "生效日期", "生效日期")),
            Date(name="valid_until", label=L("Until", "截止日期", "截止日期")),
            Decimal(name="cap", label=L("At most", "封顶金额", "上限金額"), digits=2, least=0),
            Choice(
                name="cap_per", label=L("In each", "封顶周期", "上限週期"), options=PERIODS, default="month"
            ),
        ),
    )
)
COMMISSION_TIER = registry.register(
    Object(
        name="commission_tier",
        plural="commission_tiers",
        label=L("Tier", "阶梯", "級距"),
        plural_label=L("Tiers", "阶梯", "級距"),
        icon="percent",
        model="sales.CommissionTier",
        part_of="rule",
        columns=("name", "above", "rate"),
        sort="above",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), readonly=True, follows=("above", "rate")),
            Link(name="rule", label=L("Rule", "规则", "規則"), to="commission_rule", required=True),
            Decimal(
                name="above",
                label=L("Above, in the month", "当月累计超过", "當月累計超過"),
                least=0,
            ),
            Decimal(
                name="rate",
                label=L("Rate, %", "比例\uff08%\uff09", "比例\uff08%\uff09"),
                least=0,
                most=100,
            ),
        ),
    )
)
COMMISSION = registry.register(
    Object(
        name="commission",
        plural="commissions",
        derived=True,
        personal=True,
        label=L("Commission statement", "提成单", "獎金單"),
        plural_label=L("Commission statements", "提成单", "獎金單"),
        icon="coins",
        model="sales.Commission",
        group="sales",
        order=99,
        tone="malachite",
        square=True,
        face=False,
        taggable=False,
        verbs=(
            Verb(
                "approve",
                "approval",
                L("Approve", "审定", "核定"),
                "approved",
                f"{ACTIONS}:approve",
                icon="check",
                when={"status": ("open",)},
                leads=True,
            ),
            Verb(
                "reopen",
                "reopening",
                L("Reopen", "撤销审定", "取消核定"),
                "reopened",
                f"{ACTIONS}:reopen",
                icon="rotate-ccw",
                when={"status": ("approved",)},
            ),
        ),
        subtitle=("month", "status", "total"),
        columns=("name", "month", "owner", "base", "earned", "clawback", "total", "status"),
        sort="-month",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱")),
            Date(name="month", label=L("Month", "月份", "月份"), whole_month=True),
            Choice(
                name="status",
                label=L("Status", "状态", "狀態"),
                options=STATUSES,
                default="open",
                readonly=True,
            ),
            Decimal(
                name="base",
                label=L("Money that came in", "回款基数", "收款基數"),
                digits=2,
                readonly=True,
                adds_up=True,
            ),
            Decimal(name="earned", label=L("Earned", "计提", "應得"), digits=2, readonly=True, adds_up=True),
            Decimal(
                name="clawback", label=L("Taken back", "追回", "追回"), digits=2, readonly=True, adds_up=True
            ),
            Decimal(name="total", label=L("Total", "合计", "合計"), digits=2, readonly=True, adds_up=True),
            MemberLink(
                name="approved_by", label=L("Approved by", "审定人", "核定人"), readonly=True, sortable=False
            ),
            Date(name="approved_on", label=L("Approved on", "审定日期", "核定日期"), readonly=True),
        ),
    )
)
COMMISSION_LINE = registry.register(
    Object(
        name="commission_line",
        plural="commission_lines",
        derived=True,
        label=L("Commission line", "提成明细", "獎金明細"),
        plural_label=L("Commission lines", "提成明细", "獎金明細"),
        icon="coins",
        model="sales.CommissionLine",
        part_of="commission",
        columns=("name", "day", "kind", "base", "share", "rate", "amount", "reason"),
        sort="day",
        fields=(
            Text(name="name", label=L("For", "来自", "來自"), readonly=True),
            Link(
                name="commission", label=L("Statement", "提成单", "獎金單"), to="commission", required=True
            ),
            Link(name="receipt", label=L("Receipt", "回款", "收款"), to="receipt", readonly=True),
            Choice(name="kind", label=L("Kind", "类型", "類型"), options=KINDS, readonly=True),
            Date(name="day", label=L("On", "日期", "日期"), readonly=True),
            Decimal(
                name="base", label=L("Of", "基数", "基數"), digits=2, readonly=True, adds_up=True
            ),
            Percent(name="share", label=L("Share", "分成比例", "分成比例"), readonly=True),
            Decimal(name="rate", label=RATE, readonly=True),
            Decimal(
                name="amount", label=L("Commission", "提成", "獎金"), digits=2, readonly=True, adds_up=True
            ),
            Text(name="reason", label=L("Because", "计算依据", "計算依據"), readonly=True, max_length=300),
        ),
    )
)  # fmt: skip
