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
    Text,
    Url,
)
from guanxi.platform.metadata.objects import Board, Object, Verb
from guanxi.sales.documents import status_field

STATUSES = (
    Option("new", L("New", "新标讯", "新標案"), "indigo"),
    Option("followed", L("Followed", "关注中", "關注中"), "azurite"),
    Option("converted", L("Made a lead", "已转线索", "已轉名單"), "malachite"),
    Option("ignored", L("Passed over", "已忽略", "已略過")),
)
STAGES = (
    Option("notice", L("Announced", "预告", "預告")),
    Option("bidding", L("Bidding", "招标", "招標"), "azurite"),
    Option("awarded", L("Awarded", "中标", "決標"), "malachite"),
)
ACTIONS = "guanxi.sales.tenders.actions"
WITH_COMMAS = L("Several with commas between them", "多个用逗号隔开", "多個以逗號分隔")

TENDER = registry.register(
    Object(
        name="tender",
        plural="tenders",
        label=L("Tender", "标讯", "標案"),
        plural_label=L("Tenders", "标讯", "標案"),
        icon="gavel",
        model="sales.Tender",
        group="sales",
        order=27,
        tone="ochre",
        square=True,
        face=False,
        board=Board(lanes="status", amount="budget"),
        verbs=(
            Verb(
                "follow", "following", L("Follow", "关注", "關注"), "followed", f"{ACTIONS}:follow",
                icon="star", when={"status": ("new",)},
            ),
            Verb(
                "ignore", "ignoring", L("Pass over", "忽略", "略過"), "ignored", f"{ACTIONS}:ignore",
                icon="ban", when={"status": ("new", "followed")}, told=L("passed over", "忽略", "略過"),
            ),
            Verb(
                "reopen", "reopening", L("Look at it again", "重新查看", "重新檢視"), "reopened",
                f"{ACTIONS}:reopen", icon="rotate-ccw", when={"status": ("ignored",)},
            ),
            Verb(
                "convert", "conversion", L("Make a lead", "转为线索", "轉為名單"), "converted",
                f"{ACTIONS}:convert", icon="user-plus", when={"status": ("new", "followed")}, leads=True,
            ),
        ),
        subtitle=("buyer", "deadline", "status"),
        columns=("name", "buyer", "budget", "region", "deadline", "stage", "status", "matched", "owner"),
        sort="-published_on",
        fields=(
            Text(
                name="name", label=L("Title", "标题", "標題"), required=True,
                synonyms=("title", "project", "项目名称", "公告标题", "标讯标题"),
            ),
            Text(
                name="buyer", label=L("Buyer", "招标单位", "招標機關"),
                synonyms=("purchaser", "authority", "采购人", "采购单位", "招标人"),
            ),
            Link(name="company", label=L("Company here", "对应客户", "對應客戶"), to="company"),
            Money(
                name="budget", label=L("Budget", "预算", "預算"),
                synonyms=("amount", "value", "预算金额", "最高限价"),
            ),
            Text(name="region", label=L("Region", "地区", "地區"), synonyms=("location", "province", "省份")),
            Date(
                name="published_on", label=L("Published on", "发布日期", "發布日期"),
                synonyms=("published", "publish date", "公告日期"),
            ),
            Date(
                name="deadline", label=L("Deadline", "截止日期", "截止日期"),
                synonyms=("closing date", "due date", "投标截止", "截止时间"),
            ),
            Choice(name="stage", label=L("Stage", "阶段", "階段"), options=STAGES, default="bidding"),
            status_field(STATUSES, default="new"),
            Url(
                name="url", label=L("Address", "原文链接", "原文連結"),
                synonyms=("link", "链接", "公告链接"),
            ),
            Link(name="feed", label=L("Feed", "标讯源", "標案來源"), to="feed"),
            Link(name="subscription", label=L("Subscription", "标讯订阅", "標案訂閱"), to="subscription"),
            Text(name="matched", label=L("Words found", "命中关键词", "命中關鍵字"), readonly=True),
            Link(name="lead", label=L("Lead", "线索", "名單"), to="lead", readonly=True),
            LongText(
                name="about", label=L("Text", "正文", "內文"), synonyms=("description", "summary", "内容")
            ),
        ),
    )
)  # fmt: skip

SUBSCRIPTION = registry.register(
    Object(
        name="subscription",
        plural="subscriptions",
        label=L("Tender subscription", "标讯订阅", "標案訂閱"),
        plural_label=L("Tender subscriptions", "标讯订阅", "標案訂閱"),
        icon="bell",
        model="sales.Subscription",
        group="sales",
        order=97,
        tone="ochre",
        square=True,
        face=False,
        columns=("name", "any_words", "not_words", "regions", "budget_least", "makes_leads", "owner"),
        sort="name",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True),
            Link(
                name="feed", label=L("Feed", "标讯源", "標案來源"), to="feed",
                help=L("Empty: all feeds", "留空即全部标讯源", "留空即全部標案來源"),
            ),
            Text(
                name="any_words", label=L("One of these words", "包含任一关键词", "包含任一關鍵字"),
                max_length=500, synonyms=("keywords", "关键词"),
                help=L(
                    "Several with commas between them; empty: the name",
                    "多个用逗号隔开\uff0c留空即用名称",
                    "多個以逗號分隔\uff0c留空即用名稱",
                ),
            ),
            Text(
                name="all_words", label=L("All of these words", "必须全部包含", "必須全部包含"),
                max_length=500, help=WITH_COMMAS,
            ),
            Text(
                name="not_words", label=L("None of these words", "不能包含", "不得包含"), max_length=500,
                help=WITH_COMMAS,
            ),
            Text(name="regions", label=L("Regions", "地区", "地區"), max_length=500, help=WITH_COMMAS),
            Money(
                name="budget_least", label=L("Budget from", "预算不低于", "預算不低於"),
                shared="budget_currency", adds_up=False,
                help=L(
                    "Tenders that say no budget come too", "没写预算的标讯也会推送", "未寫預算的標案也會收到"
                ),
            ),
            Money(
                name="budget_most", label=L("Budget up to", "预算不高于", "預算不高於"),
                shared="budget_currency", adds_up=False,
            ),
            Boolean(
                name="makes_leads", label=L("Make leads at once", "自动转为线索", "自動轉為名單"),
                default=True,
                help=L(
                    "With the deadline, and a next step before it",
                    "线索带截止日期和下一步",
                    "名單附截止日期與下一步",
                ),
            ),
            Boolean(name="active", label=L("Active", "启用", "啟用"), default=True),
        ),
    )
)  # fmt: skip

FEED = registry.register(
    Object(
        name="feed",
        plural="feeds",
        label=L("Tender feed", "标讯源", "標案來源"),
        plural_label=L("Tender feeds", "标讯源", "標案來源"),
        icon="rss",
        model="sales.Feed",
        group="sales",
        order=98,
        owned=False,
        taggable=False,
        square=True,
        face=False,
        verbs=(
            Verb(
                "fetch", "fetching", L("Read now", "立即读取", "立即讀取"), "fetched",
                f"{ACTIONS}:fetch_now", icon="refresh-cw", leads=True,
            ),
        ),
        columns=("name", "address", "hours", "active", "read_at", "found", "error"),
        sort="name",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True, unique=True),
            Url(
                name="address", label=L("Address", "地址", "網址"), required=True,
                help=L(
                    "RSS, Atom, JSON Feed or CSV", "支持 RSS、Atom、JSON Feed、CSV",
                    "支援 RSS、Atom、JSON Feed、CSV",
                ),
            ),
            Integer(
                name="hours",
                label=L("Read every (hours)", "读取间隔\uff08小时\uff09", "讀取間隔\uff08小時\uff09"),
                least=1, most=168, default=6,
            ),
            Boolean(name="active", label=L("Active", "启用", "啟用"), default=True),
            DateTime(name="read_at", label=L("Last read", "上次读取", "上次讀取"), readonly=True),
            Integer(name="found", label=L("Entries there", "条目数", "條目數"), readonly=True),
            Text(name="error", label=L("What went wrong", "失败原因", "失敗原因"), readonly=True),
            LongText(name="about", label=L("About", "备注", "備註")),
        ),
    )
)  # fmt: skip
