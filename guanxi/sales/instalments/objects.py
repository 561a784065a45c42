from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Date, Integer, Link, LongText, Money, Option, Text
from guanxi.platform.metadata.objects import Board, Object, Verb
from guanxi.sales.documents import status_field

STATUSES = (
    Option("planned", L("Not due yet", "待生效", "未到期")),
    Option("due", L("Due", "待回款", "待收款"), "azurite"),
    Option("part_paid", L("Partly paid", "部分回款", "部分收款"), "indigo"),
    Option("overdue", L("Overdue", "逾期", "逾期"), "gamboge"),
    Option("escalated", L("Long overdue", "严重逾期", "嚴重逾期"), "cinnabar"),
    Option("paid", L("Paid", "已回款", "已收款"), "malachite"),
    Option("void", L("Void", "已作废", "已作廢")),
)
METHODS = (
    Option("transfer", L("Bank transfer", "银行转账", "銀行轉帳")),
    Option("cash", L("Cash", "现金", "現金")),
    Option("cheque", L("Cheque", "支票", "支票")),
    Option("draft", L("Bill of exchange", "承兑汇票", "承兌匯票")),
    Option("wechat", L("WeChat Pay", "微信支付", "微信支付")),
    Option("alipay", L("Alipay", "支付宝", "支付寶")),
    Option("card", L("Card", "刷卡", "刷卡")),
    Option("other", L("Other", "其他", "其他")),
)
ACTIONS = "guanxi.sales.instalments.actions"
GOING = ("planned", "due", "part_paid", "overdue", "escalated")

INSTALMENT = registry.register(
    Object(
        name="instalment",
        plural="instalments",
        label=L("Payment plan", "回款计划", "收款計劃"),
        plural_label=L("Payment plans", "回款计划", "收款計劃"),
        icon="calendar-days",
        model="sales.Instalment",
        group="sales",
        order=80,
        tone="gamboge",
        square=True,
        face=False,
        closes="due_on",
        closed="paid_on",
        board=Board(lanes="status", amount="open"),
        verbs=(
            Verb(
                "make_due", "call", L("Make due", "立即到期", "立即到期"), "due", f"{ACTIONS}:make_due",
                ("due_on",), "bell", when={"status": GOING},
                told=L("made due", "立即到期", "立即到期"),
            ),
            Verb(
                "put_off", "postponement", L("Put off", "延期", "展延"), "put_off", f"{ACTIONS}:put_off",
                ("due_on",), "calendar-clock", when={"status": GOING},
            ),
            Verb(
                "void", "annulment", L("Make void", "作废", "作廢"), "voided", f"{ACTIONS}:void",
                icon="ban", when={"status": GOING},
            ),
        ),
        subtitle=("company", "status", "open"),
        columns=("name", "company", "period", "due_on", "amount", "received", "open", "status", "owner"),
        sort="due_on",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), synonyms=("payment", "plan name")),
            Link(
                name="company", label=L("Company", "客户", "客戶"), to="company",
                synonyms=("account", "customer", "客户名称"),
            ),
            Link(name="order", label=L("Order", "订单", "訂單"), to="order"),
            Link(name="contract", label=L("Contract", "合同", "合約"), to="contract"),
            Integer(name="period", label=L("Period", "期次", "期次"), least=1, default=1),
            status_field(STATUSES, default="planned"),
            Date(
                name="due_on", label=L("Due on", "计划日期", "計劃日期"), required=True,
                synonyms=("due date", "计划回款日期"),
            ),
            Date(name="paid_on", label=L("Paid on", "回清日期", "收清日期"), readonly=True),
            Money(
                name="amount", label=L("Planned", "计划金额", "計劃金額"), required=True,
                synonyms=("amount", "计划回款金额"),
            ),
            Money(
                name="received", label=L("Received", "已回款", "已收款"), readonly=True,
                shared="amount_currency",
            ),
            Money(
                name="open", label=L("Open", "未回款", "未收款"), readonly=True, shared="amount_currency"
            ),
            Choice(name="method", label=L("Method", "回款方式", "收款方式"), options=METHODS),
            Integer(
                name="remind_days",
                label=L("Remind, days ahead", "提前提醒\uff08天\uff09", "提前提醒\uff08天\uff09"),
                least=0, default=7,
            ),
            LongText(name="about", label=L("About", "备注", "備註")),
        ),
    )
)  # fmt: skip
