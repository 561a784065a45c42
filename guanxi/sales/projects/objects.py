import decimal

from django.utils import timezone

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    AutoNumber,
    Boolean,
    Date,
    Decimal,
    Integer,
    Link,
    LongText,
    MemberLink,
    Money,
    Option,
    Percent,
    Text,
)
from guanxi.platform.metadata.objects import OWNER_SYNONYMS, Board, Object, Verb
from guanxi.sales.contracts.objects import CONTRACT
from guanxi.sales.deals.objects import DEAL
from guanxi.sales.documents import status_field
from guanxi.sales.orders.objects import ORDER

STATUSES = (
    Option("initiated", L("Opened", "立项", "立案")),
    Option("planned", L("Planned", "已计划", "已規劃"), "indigo"),
    Option("running", L("Running", "执行中", "執行中"), "azurite"),
    Option("on_hold", L("On hold", "暂停", "暫停"), "gamboge"),
    Option("acceptance", L("In acceptance", "验收中", "驗收中"), "ochre"),
    Option("closed", L("Closed", "已结项", "已結案"), "malachite"),
    Option("cancelled", L("Cancelled", "已取消", "已取消")),
)
MILESTONE_STATUSES = (
    Option("open", L("Open", "未完成", "未完成"), "azurite"),
    Option("accepted", L("Accepted", "已验收", "已驗收"), "malachite"),
    Option("dropped", L("Dropped", "已取消", "已取消")),
)
ACTIONS = "guanxi.sales.projects.actions"
GOING = ("initiated", "planned", "running", "on_hold", "acceptance")

PROJECT = registry.register(
    Object(
        name="project",
        plural="projects",
        label=L("Project", "交付项目", "交付專案"),
        plural_label=L("Projects", "交付项目", "交付專案"),
        icon="folder-kanban",
        model="sales.Project",
        group="sales",
        order=64,
        tone="malachite",
        square=True,
        face=False,
        closes="ends_on",
        closed="closed_on",
        board=Board(lanes="status", amount="amount"),
        verbs=(
            Verb(
                "plan", "plan", L("The plan stands", "计划已定", "計劃已定"), "planned", f"{ACTIONS}:plan",
                icon="list-checks", when={"status": ("initiated",)}, leads=True,
            ),
            Verb(
                "start", "start", L("Start", "启动", "啟動"), "started", f"{ACTIONS}:start", ("started_on",),
                "play", when={"status": ("planned",)}, leads=True,
            ),
            Verb(
                "pause", "pause", L("Put on hold", "暂停", "暫停"), "paused", f"{ACTIONS}:pause",
                ("held_because",), "pause", when={"status": ("running",)},
                told=L("put on hold", "暂停", "暫停"),
            ),
            Verb(
                "resume", "resumption", L("Resume", "恢复", "恢復"), "resumed", f"{ACTIONS}:resume",
                icon="play", when={"status": ("on_hold",)}, leads=True,
            ),
            Verb(
                "hand_in", "handing_in", L("Hand in for acceptance", "提交验收", "提交驗收"), "handed_in",
                f"{ACTIONS}:hand_in", icon="send", when={"status": ("running",)}, leads=True,
                told=L("handed in for acceptance", "提交验收", "提交驗收"),
            ),
            Verb(
                "rework", "rework", L("Back to work", "退回整改", "退回改善"), "reworked",
                f"{ACTIONS}:rework", icon="undo-2", when={"status": ("acceptance",)},
                told=L("took back to work", "退回整改", "退回改善"),
            ),
            Verb(
                "close", "closing", L("Close", "结项", "結案"), "closed", f"{ACTIONS}:close",
                ("accepted_by", "closed_on"), "check-check", when={"status": ("acceptance",)}, leads=True,
            ),
            Verb(
                "use_template", "template",
                L("Milestones from a template", "套用里程碑模板", "套用里程碑範本"),
                "changed", f"{ACTIONS}:use_template", icon="clipboard-list",
                when={"status": ("initiated", "planned", "running")}, page="milestones/",
            ),
            Verb(
                "cancel", "cancellation", L("Cancel", "取消项目", "取消專案"), "cancelled",
                f"{ACTIONS}:cancel", ("held_because",), "circle-x", when={"status": GOING},
            ),
        ),
        subtitle=("number", "company", "status"),
        columns=(
            "name", "company", "status", "progress", "ends_on", "hours_planned", "hours_spent", "amount",
            "owner",
        ),
        sort="ends_on",
        fields=(
            Text(
                name="name", label=L("Name", "项目名称", "專案名稱"), required=True,
                synonyms=("project", "project name", "项目"),
            ),
            AutoNumber(
                name="number", label=L("Number", "项目编号", "專案編號"), pattern="PJ-{year}-{number:4}",
                reset="year", unique=True, identifies=True, max_length=60,
                synonyms=("project number", "project id", "项目号"),
            ),
            MemberLink(
                name="owner", label=L("Project manager", "项目经理", "專案經理"),
                synonyms=("manager", "project manager", "项目负责人", *OWNER_SYNONYMS),
            ),
            Link(
                name="company", label=L("Company", "客户", "客戶"), to="company",
                synonyms=("account", "customer", "客户名称", "公司"),
            ),
            Link(name="deal", label=L("Deal", "商机", "商機"), to="deal"),
            Link(name="order", label=L("Order", "订单", "訂單"), to="order"),
            Link(name="contract", label=L("Contract", "合同", "合約"), to="contract"),
            status_field(STATUSES, default="initiated"),
            Date(
                name="starts_on", label=L("Planned start", "计划开始", "預計開始"),
                synonyms=("start date", "starts on", "开始日期"),
            ),
            Date(
                name="ends_on", label=L("Planned end", "计划结束", "預計結束"),
                synonyms=("end date", "due date", "plan end", "结束日期"),
            ),
            Date(
                name="started_on", label=L("Started on", "启动日期", "啟動日期"), readonly=True, brought=True
            ),
            Date(name="closed_on", label=L("Closed on", "结项日期", "結案日期"), readonly=True, brought=True),
            Percent(
                name="progress", label=L("Progress", "进度", "進度"), readonly=True,
                help=L(
                    "The share of its milestones that is accepted, by their weight",
                    "已验收里程碑按权重所占的比例",
                    "已驗收里程碑依權重所占的比例",
                ),
            ),
            Decimal(
                name="hours_planned", label=L("Hours planned", "计划工时", "預計工時"), readonly=True,
                adds_up=True,
            ),
            Decimal(
                name="hours_spent", label=L("Hours spent", "实际工时", "實際工時"), readonly=True,
                adds_up=True,
            ),
            Money(name="amount", label=L("Amount", "项目金额", "專案金額"), synonyms=("value", "金额")),
            Money(
                name="budget", label=L("Cost budget", "成本预算", "成本預算"), shared="amount_currency",
                help=L("What it may cost us", "我方成本上限", "我方成本上限"),
            ),
            Money(
                name="hour_rate", label=L("Cost of an hour", "工时成本", "每小時成本"),
                shared="amount_currency", adds_up=False,
                help=L(
                    "Of hours for which nobody says another rate",
                    "登记工时没写费率时用它",
                    "登記工時未填費率時用它",
                ),
            ),
            Money(
                name="cost", label=L("Cost so far", "已发生成本", "已發生成本"), readonly=True,
                shared="amount_currency", follows=("hour_rate",),
            ),
            Text(name="held_because", label=L("Reason", "暂停或取消原因", "暫停或取消原因"), max_length=300),
            Text(
                name="accepted_by", label=L("Accepted by", "验收人", "驗收人"), max_length=100,
                help=L("Who said so at the customer's", "客户方验收人", "客戶方驗收人"),
            ),
            LongText(name="about", label=L("About", "备注", "備註"), synonyms=("notes", "comments")),
        ),
        form=(
            "name", "number", "owner", "company", "deal", "order", "contract", "starts_on", "ends_on",
            "amount", "budget", "hour_rate", "tags", "about",
        ),
    )
)  # fmt: skip

MILESTONE = registry.register(
    Object(
        name="milestone",
        plural="milestones",
        label=L("Milestone", "里程碑", "里程碑"),
        plural_label=L("Milestones", "里程碑", "里程碑"),
        icon="milestone",
        model="sales.Milestone",
        part_of="project",
        order=65,
        face=False,
        closes="due_on",
        closed="closed_on",
        board=Board(lanes="status"),
        verbs=(
            Verb(
                "accept", "acceptance", L("Accepted", "登记验收", "登記驗收"), "accepted",
                f"{ACTIONS}:accept", ("accepted_by", "accepted_on", "accepted_note"), "check",
                when={"status": ("open",)}, leads=True,
            ),
            Verb(
                "drop", "dropping", L("Drop", "取消里程碑", "取消里程碑"), "dropped", f"{ACTIONS}:drop",
                icon="circle-x", when={"status": ("open",)},
            ),
            Verb(
                "reopen", "reopening", L("Take back", "撤销", "復原"), "reopened", f"{ACTIONS}:reopen",
                icon="rotate-ccw", when={"status": ("accepted", "dropped")},
            ),
        ),
        subtitle=("project", "status", "due_on"),
        columns=("name", "project", "status", "due_on", "accepted_on", "hours_planned", "instalment"),
        sort="due_on",
        fields=(
            Text(
                name="name", label=L("Milestone", "里程碑", "里程碑"), required=True,
                synonyms=("phase", "阶段"),
            ),
            Link(name="project", label=L("Project", "交付项目", "交付專案"), to="project", required=True),
            Integer(name="position", label=L("Position", "顺序", "順序"), least=0, default=0, hidden=True),
            status_field(MILESTONE_STATUSES, default="open"),
            Date(
                name="due_on", label=L("Due on", "计划日期", "預計日期"), required=True,
                synonyms=("due date", "deadline", "截止日期"),
            ),
            Integer(
                name="weight", label=L("Weight", "权重", "權重"), least=0, most=1000, default=1,
                help=L("Its part of the progress", "在进度中所占的份量", "在進度中所占的份量"),
            ),
            Decimal(
                name="hours_planned", label=L("Hours planned", "计划工时", "預計工時"), least=0, most=10**6,
                default=decimal.Decimal(0), adds_up=True, synonyms=("hours", "effort", "工时"),
            ),
            Link(
                name="instalment", label=L("Payment", "关联回款", "關聯收款"), to="instalment",
                help=L(
                    "Due as soon as this is accepted", "验收后这期回款立即到期", "驗收後這期收款立即到期"
                ),
            ),
            Date(
                name="accepted_on", label=L("Accepted on", "验收日期", "驗收日期"), readonly=True,
                brought=True,
            ),
            Text(
                name="accepted_by", label=L("Accepted by", "验收人", "驗收人"), readonly=True, brought=True,
                max_length=100,
            ),
            Text(
                name="accepted_note", label=L("What was said", "验收意见", "驗收意見"), readonly=True,
                brought=True, max_length=500,
            ),
            Date(name="closed_on", label=L("Done on", "了结日期", "了結日期"), readonly=True, hidden=True),
            Boolean(name="on_time", label=L("On time", "按时", "準時"), readonly=True),
            LongText(name="about", label=L("About", "备注", "備註")),
        ),
    )
)  # fmt: skip

TIME_ENTRY = registry.register(
    Object(
        name="time_entry",
        plural="time_entries",
        label=L("Hours", "工时", "工時"),
        plural_label=L("Hours", "工时", "工時"),
        icon="clock",
        model="sales.TimeEntry",
        part_of="project",
        order=66,
        face=False,
        columns=("name", "project", "milestone", "member", "day", "hours", "cost"),
        sort="-day",
        fields=(
            Text(
                name="name", label=L("What was done", "工作内容", "工作內容"), required=True,
                synonyms=("note", "task", "work", "事项", "说明"),
            ),
            Link(name="project", label=L("Project", "交付项目", "交付專案"), to="project", required=True),
            Link(name="milestone", label=L("Milestone", "里程碑", "里程碑"), to="milestone"),
            MemberLink(
                name="member", label=L("Member", "成员", "成員"),
                help=L("Empty: who notes it", "留空即登记人", "留空即登記人"),
                synonyms=("employee", "who", "人员"),
            ),
            Date(name="day", label=L("Day", "日期", "日期"), default=timezone.localdate, synonyms=("date",)),
            Decimal(
                name="hours", label=L("Hours", "工时", "工時"), required=True, least=0, most=24,
                adds_up=True, synonyms=("time", "duration", "小时"),
            ),
            Money(
                name="rate", label=L("Cost of an hour", "工时成本", "每小時成本"), adds_up=False,
                help=L("Empty: the project's", "留空即用项目的工时成本", "留空即用專案的每小時成本"),
            ),
            Money(
                name="cost", label=L("Cost", "成本", "成本"), readonly=True, shared="rate_currency",
                follows=("rate",),
            ),
        ),
    )
)  # fmt: skip

PROJECT_TEMPLATE = registry.register(
    Object(
        name="project_template",
        plural="project_templates",
        label=L("Project template", "项目模板", "專案範本"),
        plural_label=L("Project templates", "项目模板", "專案範本"),
        icon="clipboard-list",
        model="sales.ProjectTemplate",
        order=67,
        owned=False,
        taggable=False,
        face=False,
        columns=("name", "about"),
        sort="name",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True, unique=True),
            LongText(name="about", label=L("About", "说明", "說明")),
        ),
    )
)
TEMPLATE_STEP = registry.register(
    Object(
        name="template_step",
        plural="template_steps",
        label=L("Milestone of a template", "模板里程碑", "範本里程碑"),
        plural_label=L("Milestones of a template", "模板里程碑", "範本里程碑"),
        icon="milestone",
        model="sales.TemplateStep",
        part_of="template",
        order=68,
        face=False,
        columns=("name", "template", "days", "weight", "hours_planned"),
        sort="days",
        fields=(
            Text(name="name", label=L("Milestone", "里程碑", "里程碑"), required=True),
            Link(
                name="template", label=L("Template", "模板", "範本"), to="project_template", required=True
            ),
            Integer(
                name="days", label=L("Days after the start", "开始后第几天", "開始後第幾天"), least=0,
                most=3650, default=0,
            ),
            Integer(name="weight", label=L("Weight", "权重", "權重"), least=0, most=1000, default=1),
            Decimal(
                name="hours_planned", label=L("Hours planned", "计划工时", "預計工時"), least=0, most=10**6,
                default=decimal.Decimal(0),
            ),
        ),
    )
)  # fmt: skip

SOURCES = (
    (DEAL, ("won",)),
    (ORDER, ("confirmed", "part_delivered", "delivered", "completed")),
    (CONTRACT, ("active", "expiring", "renewed")),
)
for _source, _states in SOURCES:
    registry.extend(
        _source.name,
        verbs=(
            Verb(
                "open_project", "project", L("Open a project", "立项交付", "成立交付專案"), "project_opened",
                f"{ACTIONS}:project_of", icon="folder-kanban", when={"status": _states}, page="project/",
                told=L("opened a project for", "立项交付", "成立交付專案"),
            ),
        ),
    )  # fmt: skip
