from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    Boolean,
    Choice,
    Date,
    DateTime,
    Integer,
    Link,
    LongText,
    Money,
    Option,
    Percent,
    Text,
)
from guanxi.platform.metadata.objects import Board, NextStep, Object, Verb

STATUSES = (
    Option("open", L("Open", "进行中", "進行中"), "azurite"),
    Option("won", L("Won", "赢单", "成交"), "malachite"),
    Option("lost", L("Lost", "输单", "失單"), "cinnabar"),
)
LOST_REASONS = (
    Option("price", L("Price", "价格", "價格")),
    Option("competitor", L("Went to a competitor", "选了竞争对手", "選了競爭對手")),
    Option("budget", L("No budget", "没有预算", "沒有預算")),
    Option("need", L("No need any more", "需求没了", "需求消失")),
    Option("timing", L("Not now", "时机不对", "時機不對")),
    Option("silence", L("No answer", "没有回音", "沒有回音")),
    Option("product", L("Product does not fit", "产品不合适", "產品不合適")),
    Option("other", L("Other", "其他", "其他")),
)

PIPELINE = registry.register(
    Object(
        name="pipeline",
        plural="pipelines",
        label=L("Pipeline", "销售流程", "銷售流程"),
        plural_label=L("Pipelines", "销售流程", "銷售流程"),
        icon="square-kanban",
        model="sales.Pipeline",
        owned=False,
        taggable=False,
        columns=("name", "position"),
        sort="position",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True, unique=True),
            Integer(name="position", label=L("Position", "顺序", "順序"), least=0, default=0),
        ),
    )
)
STAGE = registry.register(
    Object(
        name="stage",
        plural="stages",
        label=L("Stage", "阶段", "階段"),
        plural_label=L("Stages", "阶段", "階段"),
        icon="milestone",
        model="sales.Stage",
        owned=False,
        taggable=False,
        columns=("name", "pipeline", "position", "probability", "kind"),
        sort="position",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True),
            Link(name="pipeline", label=L("Pipeline", "销售流程", "銷售流程"), to="pipeline", required=True),
            Integer(name="position", label=L("Position", "顺序", "順序"), least=0, default=0),
            Percent(name="probability", label=L("Probability", "赢率", "成交機率"), default=0),
            Choice(name="kind", label=L("Kind", "类型", "類型"), options=STATUSES, default="open"),
            Integer(
                name="rot_days", label=L("Days until stale", "停留上限（天）", "停留上限（天）"), least=1
            ),
        ),
    )
)
DEAL = registry.register(
    Object(
        name="deal",
        plural="deals",
        label=L("Deal", "商机", "商機"),
        plural_label=L("Deals", "商机", "商機"),
        icon="square-kanban",
        model="sales.Deal",
        group="sales",
        order=30,
        key="D",
        tab=2,
        tone="azurite",
        square=True,
        touched=True,
        next_step=NextStep("next_step", "next_step_on"),
        closes="expected_close",
        closed="closed_on",
        board=Board(lanes="stage", amount="amount", group="pipeline", since="stage_since"),
        verbs=(
            Verb(
                "move",
                "move",
                L("Move to a stage", "移到阶段", "移到階段"),
                "moved",
                "guanxi.sales.deals.actions:move_deal",
                ("stage", "lost_reason", "lost_note"),
                "arrow-right",
            ),
            Verb(
                "win",
                "win",
                L("Mark as won", "标为赢单", "標為成交"),
                "won",
                "guanxi.sales.deals.actions:win_deal",
                ("closed_on",),
                "trophy",
            ),
            Verb(
                "lose",
                "loss",
                L("Mark as lost", "标为输单", "標為失單"),
                "lost",
                "guanxi.sales.deals.actions:lose_deal",
                ("lost_reason", "lost_note", "closed_on"),
                "circle-x",
            ),
            Verb(
                "order",
                "order",
                L("Make an order", "转为订单", "轉為訂單"),
                "ordered",
                "guanxi.sales.orders.actions:order_of_deal",
                icon="shopping-cart",
                when={"status": ("won",)},
                page="order/",
            ),
            Verb(
                "contract",
                "contract",
                L("Make a contract", "起草合同", "擬定合約"),
                "contracted",
                "guanxi.sales.contracts.actions:contract_for_deal",
                icon="file-signature",
                when={"status": ("open", "won")},
                page="contract/",
            ),
            Verb(
                "reopen",
                "reopening",
                L("Reopen", "重新打开", "重新開啟"),
                "reopened",
                "guanxi.sales.deals.actions:reopen_deal",
                ("stage",),
                "rotate-ccw",
            ),
        ),
        subtitle=("company", "stage", "amount"),
        columns=(
            "name",
            "company",
            "stage",
            "amount",
            "expected_close",
            "next_step",
            "last_touch_at",
            "owner",
        ),
        sort="-expected_close",
        fields=(
            Text(
                name="name",
                label=L("Name", "商机名称", "商機名稱"),
                required=True,
                synonyms=("opportunity", "opportunity name", "deal name", "deal", "项目名称", "机会名称"),
            ),
            Link(
                name="company",
                label=L("Company", "公司", "公司"),
                to="company",
                synonyms=(
                    "account",
                    "account name",
                    "account id",
                    "customer",
                    "客户",
                    "客户名称",
                    "客戶名稱",
                ),
            ),
            Link(
                name="contact",
                label=L("Contact", "联系人", "聯絡人"),
                to="contact",
                synonyms=("primary contact", "contact id", "contact name"),
            ),
            Link(
                name="product",
                label=L("Product", "产品", "產品"),
                to="product",
                synonyms=("product name", "product id", "item"),
            ),
            Link(
                name="pipeline",
                label=L("Pipeline", "销售流程", "銷售流程"),
                to="pipeline",
                readonly=True,
                follows=("stage",),
            ),
            Link(
                name="stage",
                label=L("Stage", "阶段", "階段"),
                to="stage",
                required=True,
                synonyms=("deal stage", "stage name", "sales stage", "销售阶段", "商机阶段"),
            ),
            Choice(
                name="status",
                label=L("Status", "状态", "狀態"),
                options=STATUSES,
                readonly=True,
                follows=("stage",),
            ),
            Percent(
                name="probability",
                label=L("Probability", "赢率", "成交機率"),
                readonly=True,
                follows=("stage",),
            ),
            Money(
                name="amount",
                label=L("Amount", "金额", "金額"),
                synonyms=("close value", "value", "deal value", "amount", "预计金额", "商机金额", "销售金额"),
            ),
            Boolean(
                name="by_lines",
                label=L("Amount follows the lines", "金额按明细", "金額依明細"),
                default=False,
            ),
            Date(
                name="opened_on",
                label=L("Opened on", "开始日期", "開始日期"),
                synonyms=("engage date", "start date", "create date", "创建日期"),
            ),
            Date(
                name="expected_close",
                label=L("Expected close", "预计成交", "預計成交"),
                synonyms=(
                    "close date",
                    "expected close date",
                    "closing date",
                    "预计成交日期",
                    "预计结单日期",
                ),
            ),
            Date(
                name="closed_on",
                label=L("Closed on", "成交日期", "結案日期"),
                synonyms=("won date", "actual close date", "结单日期"),
            ),
            DateTime(
                name="stage_since",
                label=L("In stage since", "进入阶段时间", "進入階段時間"),
                readonly=True,
                follows=("stage",),
            ),
            Text(name="next_step", label=L("Next step", "下一步", "下一步"), max_length=300),
            Date(name="next_step_on", label=L("Next step on", "下一步日期", "下一步日期")),
            Choice(
                name="lost_reason",
                label=L("Lost because", "输单原因", "失單原因"),
                options=LOST_REASONS,
                synonyms=("loss reason", "closed lost reason"),
            ),
            Text(name="lost_note", label=L("What happened", "输单说明", "失單說明"), max_length=500),
            LongText(
                name="about", label=L("About", "备注", "備註"), synonyms=("description", "notes", "描述")
            ),
        ),
    )
)
