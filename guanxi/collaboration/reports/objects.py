from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    Choice,
    Date,
    DateTime,
    Integer,
    Links,
    LongText,
    MemberLink,
    Option,
    Text,
)
from guanxi.platform.metadata.objects import Object, Verb

PERIODS = (
    Option("day", L("Daily", "日报", "日報")),
    Option("week", L("Weekly", "周报", "週報")),
)
STATUSES = (
    Option("draft", L("Draft", "草稿", "草稿"), "gamboge"),
    Option("submitted", L("Handed in", "已提交", "已提交"), "indigo"),
    Option("read", L("Read", "已阅", "已閱"), "malachite"),
)
ACTIONS = "guanxi.collaboration.reports.actions"

WORK_REPORT = registry.register(
    Object(
        name="work_report",
        plural="work_reports",
        label=L("Work report", "工作报告", "工作報告"),
        plural_label=L("Work reports", "工作报告", "工作報告"),
        icon="clipboard-list",
        model="collaboration.WorkReport",
        group="relations",
        opens="/work_reports/day/",
        order=28,
        tone="indigo",
        square=True,
        face=False,
        taggable=False,
        personal=True,
        private_until="submitted_at",
        verbs=(
            Verb(
                "hand_in",
                "submission",
                L("Hand in", "提交", "提交"),
                "submitted",
                f"{ACTIONS}:hand_in",
                ("review", "plan"),
                "send",
                offered=f"{ACTIONS}:may_hand_in",
                page="writing/",
                leads=True,
                told=L("handed in", "提交了", "提交了"),
            ),
            Verb(
                "take_back",
                "withdrawal",
                L("Take back", "撤回", "撤回"),
                "withdrawn",
                f"{ACTIONS}:take_back",
                icon="undo-2",
                offered=f"{ACTIONS}:may_take_back",
            ),
            Verb(
                "mark_read",
                "reading",
                L("Mark as read", "标为已阅", "標示為已閱"),
                "read",
                f"{ACTIONS}:mark_read",
                ("comment",),
                "check",
                offered=f"{ACTIONS}:may_mark_read",
                leads=True,
            ),
        ),
        subtitle=("period", "day", "status"),
        columns=("name", "period", "status", "activities", "companies", "review", "submitted_at", "owner"),
        form=("period", "day", "review", "plan"),
        sort="-day",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), follows=("period", "day")),
            Choice(
                name="period",
                label=L("Period", "周期", "週期"),
                options=PERIODS,
                default="day",
                synonyms=("type", "报告类型", "報告類型"),
            ),
            Date(
                name="day",
                label=L("Day", "日期", "日期"),
                help=L("Of a week its Monday", "周报为周一的日期", "週報為週一的日期"),
                synonyms=("date", "报告日期", "報告日期"),
            ),
            Choice(
                name="status",
                label=L("Status", "状态", "狀態"),
                options=STATUSES,
                default="draft",
                readonly=True,
            ),
            Integer(
                name="activities",
                label=L("Activities done", "完成活动数", "完成活動數"),
                least=0,
                readonly=True,
                adds_up=True,
            ),
            Links(
                name="companies",
                label=L("Customers", "涉及客户", "涉及客戶"),
                to="company",
                back=L("Work reports", "工作报告", "工作報告"),
            ),
            LongText(
                name="review",
                label=L("What it means", "总结", "總結"),
                synonyms=("review", "summary", "小结", "小結", "工作总结", "工作總結"),
            ),
            LongText(
                name="plan",
                label=L("Plan", "计划", "計劃"),
                synonyms=("next", "工作计划", "工作計劃", "明日计划", "明日計劃"),
            ),
            LongText(name="comment", label=L("Comment", "批语", "批語"), readonly=True),
            DateTime(name="submitted_at", label=L("Handed in", "提交时间", "提交時間"), readonly=True),
            MemberLink(
                name="read_by", label=L("Read by", "批阅人", "批閱人"), readonly=True, sortable=False
            ),
            DateTime(name="read_at", label=L("Read at", "批阅时间", "批閱時間"), readonly=True),
        ),
    )
)  # fmt: skip
