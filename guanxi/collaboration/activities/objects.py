from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    About,
    Choice,
    DateTime,
    Duration,
    Integer,
    LongText,
    Option,
    Position,
    Text,
)
from guanxi.platform.metadata.objects import Object, Verb

KINDS = (
    Option("note", L("Note", "记录", "記錄"), icon="notebook-pen"),
    Option("call", L("Call", "通话", "通話"), icon="phone"),
    Option("meeting", L("Meeting", "会议", "會議"), icon="users-round"),
    Option("visit", L("Visit", "拜访", "拜訪"), icon="map-pin"),
    Option("email", L("Email", "邮件", "電子郵件"), icon="mail"),
    Option("message", L("Message", "消息", "訊息"), icon="message-circle"),
    Option("todo", L("To-do", "待办", "待辦"), icon="square-check"),
)
DIRECTIONS = (
    Option("in", L("They came to us", "他们来", "對方來")),
    Option("out", L("We went to them", "我们去", "我方去")),
    Option("none", L("Internal", "内部", "內部")),
)
OUTCOMES = (
    Option("good", L("Went well", "顺利", "順利"), "malachite"),
    Option("neutral", L("Neutral", "一般", "一般")),
    Option("bad", L("Went badly", "不顺", "不順"), "cinnabar"),
    Option("no_answer", L("No answer", "没接通", "未接通"), "gamboge"),
)

ACTIVITY = registry.register(
    Object(
        name="activity",
        plural="activities",
        label=L("Activity", "活动", "活動"),
        plural_label=L("Activities", "活动", "活動"),
        icon="calendar",
        model="collaboration.Activity",
        title="subject",
        group="relations",
        order=25,
        tone="indigo",
        face=False,
        due="due_at",
        done="done_at",
        starts="starts_at",
        about="about",
        verbs=(
            Verb(
                "check_in",
                "arrival",
                L("Check in", "签到", "簽到"),
                "checked_in",
                "guanxi.collaboration.visits.actions:check_in",
                ("position", "accuracy"),
                "map-pin",
                offered="guanxi.collaboration.visits.actions:may_check_in",
                page="arrival/",
                leads=True,
                told=L("checked in for", "签到了", "簽到了"),
            ),
            Verb(
                "check_out",
                "departure",
                L("Check out", "签退", "簽退"),
                "done",
                "guanxi.collaboration.visits.actions:check_out",
                ("outcome", "body"),
                "log-out",
                offered="guanxi.collaboration.visits.actions:may_check_out",
                page="departure/",
                leads=True,
                told=L("finished", "完成了", "完成了"),
            ),
            Verb(
                "finish",
                "completion",
                L("Mark as done", "标为完成", "標為完成"),
                "done",
                "guanxi.collaboration.activities.actions:finish_activity",
                ("outcome",),
                "check",
                when={"done_at": ("",)},
                told=L("finished", "完成了", "完成了"),
            ),
            Verb(
                "reopen",
                "reopening",
                L("Reopen", "重新打开", "重新開啟"),
                "reopened",
                "guanxi.collaboration.activities.actions:reopen_activity",
                (),
                "rotate-ccw",
                when={"done_at": ("*",)},
            ),
        ),
        subtitle=("kind", "due_at"),
        columns=("subject", "kind", "about", "starts_at", "due_at", "done_at", "outcome", "owner"),
        sort="-created_at",
        fields=(
            Text(
                name="subject",
                label=L("Subject", "主题", "主旨"),
                required=True,
                max_length=300,
                synonyms=("title", "summary", "标题", "標題"),
            ),
            Choice(
                name="kind",
                label=L("Kind", "类型", "類型"),
                options=KINDS,
                default="note",
                synonyms=("type", "activity type"),
            ),
            Choice(
                name="direction", label=L("Direction", "方向", "方向"), options=DIRECTIONS, default="none"
            ),
            About(
                name="about",
                label=L("About", "关于", "關於"),
                synonyms=("related to", "regarding", "what id", "who id"),
            ),
            DateTime(
                name="starts_at",
                label=L("Starts", "开始", "開始"),
                synonyms=("start", "start date", "activity date", "开始时间"),
            ),
            DateTime(
                name="ends_at",
                card="DTEND",
                label=L("Ends", "结束", "結束"),
                synonyms=("end", "end date", "结束时间"),
            ),
            DateTime(
                name="due_at",
                label=L("Due", "截止", "截止"),
                synonyms=("due date", "deadline", "截止时间"),
                in_words=True,
            ),
            DateTime(name="remind_at", label=L("Remind at", "提醒时间", "提醒時間"), in_words=True),
            DateTime(
                name="done_at",
                label=L("Done", "完成时间", "完成時間"),
                synonyms=("completed", "completed at"),
            ),
            Duration(
                name="minutes",
                card="DURATION",
                label=L("Minutes", "时长（分钟）", "時長（分鐘）"),
                synonyms=("duration",),
            ),
            Choice(
                name="outcome", label=L("Outcome", "结果", "結果"), options=OUTCOMES, synonyms=("result",)
            ),
            Text(
                name="place",
                card="LOCATION",
                label=L("Place", "地点", "地點"),
                max_length=300,
                synonyms=("location",),
            ),
            DateTime(
                name="checked_in_at",
                label=L("Checked in", "签到时间", "簽到時間"),
                readonly=True,
            ),
            DateTime(
                name="checked_out_at",
                label=L("Checked out", "签退时间", "簽退時間"),
                readonly=True,
                follows=("done_at",),
            ),
            Position(
                name="position",
                label=L("Position", "签到坐标", "簽到座標"),
                help=L(
                    "Latitude and longitude, as the phone told them",
                    "手机定位的纬度和经度",
                    "手機定位的緯度和經度",
                ),
                readonly=True,
            ),
            Integer(
                name="accuracy",
                label=L("Accuracy in metres", "定位精度（米）", "定位精度（公尺）"),
                least=0,
                most=10_000_000,
                readonly=True,
            ),
            Integer(
                name="distance",
                label=L("Metres from the customer", "偏差（米）", "偏差（公尺）"),
                help=L(
                    "From the customer's position, when somebody checked in",
                    "签到时离客户坐标的距离",
                    "簽到時離客戶座標的距離",
                ),
                readonly=True,
            ),
            LongText(
                name="body",
                card="DESCRIPTION",
                label=L("What was said", "内容", "內容"),
                synonyms=("description", "note", "notes", "comments", "备注"),
            ),
        ),
    )
)
