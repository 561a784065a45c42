from guanxi.people.companies.objects import COMPANY
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Boolean, Choice, Integer, Link, LongText, Option, Text
from guanxi.platform.metadata.objects import Object, Verb
from guanxi.sales.leads.objects import LEAD

HELD = (
    Option("company", L("Companies", "公司", "公司")),
    Option("lead", L("Leads", "线索", "名單")),
)
KINDS = (
    Option("silent", L("Without contact", "未跟进", "未跟進")),
    Option("no_deal", L("Without a deal", "未建商机", "未建立商機")),
    Option("date", L("After a day", "按日期", "依日期")),
    Option("contract", L("Before the contract ends", "合同到期前", "合約到期前")),
)

POOL = registry.register(
    Object(
        name="pool",
        plural="pools",
        label=L("Pool", "公海", "公海"),
        plural_label=L("Pools", "公海", "公海"),
        icon="inbox",
        model="sales.Pool",
        owned=False,
        taggable=False,
        columns=("name", "holds", "blind", "claim_limit", "hold_limit", "wait_days"),
        sort="name",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True, unique=True),
            Choice(name="holds", label=L("Holds", "存放", "存放"), options=HELD, default="company"),
            Boolean(
                name="blind",
                label=L("Contact data hidden until claimed", "领取前隐藏联系方式", "領取前隱藏聯絡方式"),
                default=True,
            ),
            Integer(name="claim_limit", label=L("Claims a day", "每日领取上限", "每日領取上限"), least=1),
            Integer(name="hold_limit", label=L("Most that one owns", "库容上限", "持有上限"), least=1),
            Boolean(
                name="count_won", label=L("Customers who bought count", "成交客户占库容", "成交客戶計入上限")
            ),
            Integer(
                name="wait_days",
                label=L("Owner before waits (days)", "前负责人限制领取（天）", "前負責人限制領取（天）"),
                least=1,
            ),
            Integer(
                name="daily_view", label=L("Records opened a day", "每日查看上限", "每日檢視上限"), least=1
            ),
            LongText(name="about", label=L("About", "说明", "說明")),
        ),
    )
)
POOL_RULE = registry.register(
    Object(
        name="pool_rule",
        plural="pool_rules",
        label=L("Recycling rule", "回收规则", "回收規則"),
        plural_label=L("Recycling rules", "回收规则", "回收規則"),
        icon="rotate-ccw",
        model="sales.PoolRule",
        owned=False,
        taggable=False,
        columns=("name", "pool", "kind", "days", "warn_days", "active"),
        sort="name",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True),
            Link(name="pool", label=L("Pool", "公海", "公海"), to="pool", required=True),
            Choice(name="kind", label=L("Kind", "条件", "條件"), options=KINDS, default="silent"),
            Integer(name="days", label=L("Days", "天数", "天數"), default=30),
            Text(name="date_field", label=L("Field of the day", "日期字段", "日期欄位"), max_length=60),
            Boolean(name="work_days", label=L("Working days", "按工作日计", "依工作日計")),
            LongText(name="filter", label=L("Which records", "适用范围", "適用範圍")),
            Boolean(
                name="keep_won", label=L("Who bought stays", "成交客户不回收", "成交客戶不回收"), default=True
            ),
            Integer(
                name="warn_days",
                label=L("Warn before (days)", "提前提醒（天）", "提前提醒（天）"),
                least=0,
                default=3,
            ),
            Boolean(name="active", label=L("Active", "启用", "啟用"), default=True),
        ),
    )
)
_VERBS = (
    Verb(
        "claim",
        "claim",
        L("Claim", "领取", "領取"),
        "claimed",
        "guanxi.sales.pools.actions:claim_record",
        (),
        "user-round-check",
        when={"pool_id": ("*",)},
        access="see",
        leads=True,
        offered="guanxi.sales.pools.holding:may_claim",
    ),
    Verb(
        "place",
        "placement",
        L("Assign from the pool", "从公海分配", "從公海指派"),
        "claimed",
        "guanxi.sales.pools.actions:place_record",
        ("owner",),
        "user-plus",
        when={"pool_id": ("*",)},
        access="see",
        offered="guanxi.sales.pools.holding:may_place",
    ),
    Verb(
        "transfer",
        "transfer",
        L("Move to another pool", "转移公海", "轉移公海"),
        "pooled",
        "guanxi.sales.pools.actions:transfer_record",
        ("pool",),
        "arrow-left-right",
        when={"pool_id": ("*",)},
        access="see",
        offered="guanxi.sales.pools.holding:may_place",
    ),
    Verb(
        "return",
        "return",
        L("Return to a pool", "退回公海", "退回公海"),
        "pooled",
        "guanxi.sales.pools.actions:return_record",
        ("pool", "pool_reason"),
        "undo-2",
        when={"pool_id": ("",), "owner_id": ("*",)},
        offered="guanxi.sales.pools.holding:has_pool",
    ),
)
for _held in (COMPANY, LEAD):
    registry.extend(_held.name, verbs=_VERBS)
