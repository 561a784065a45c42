import decimal

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    AutoNumber,
    Boolean,
    Choice,
    Date,
    Decimal,
    Link,
    LongText,
    Money,
    Option,
    Text,
)
from guanxi.platform.metadata.objects import Board, Object, Verb
from guanxi.sales.currencies import currency_field
from guanxi.sales.documents import DRAFT, IN_APPROVAL, approval_fields, approval_verbs, status_field
from guanxi.sales.lines.fields import COLUMNS, UNFOLD, line_fields

STATUSES = (
    DRAFT,
    IN_APPROVAL,
    Option("changed", L("Being changed", "变更中", "變更中"), "gamboge"),
    Option("confirmed", L("Confirmed", "已确认", "已確認"), "azurite"),
    Option("part_delivered", L("Partly delivered", "部分发货", "部分出貨"), "indigo"),
    Option("delivered", L("Delivered", "全部发货", "全部出貨"), "malachite"),
    Option("completed", L("Completed", "已完成", "已完成"), "malachite"),
    Option("returned", L("Returned", "已退货", "已退貨"), "rouge"),
    Option("cancelled", L("Cancelled", "已取消", "已取消")),
)
DELIVERED = (
    Option("none", L("Not delivered", "未发货", "未出貨")),
    Option("part", L("Partly", "部分发货", "部分出貨"), "indigo"),
    Option("full", L("Delivered", "已发齐", "已出齊"), "malachite"),
)
PAID = (
    Option("none", L("Nothing paid", "未回款", "未收款")),
    Option("part", L("Partly paid", "部分回款", "部分收款"), "gamboge"),
    Option("full", L("Paid", "已回清", "已收清"), "malachite"),
)
ROUNDINGS = (
    Option("line", L("Each line to the coin", "每行取到分", "每行取到分")),
    Option("exact", L("Exact, as it came in", "不取整\uff0c保留原值", "不取整\uff0c保留原值")),
)
ACTIONS = "guanxi.sales.orders.actions"
OPEN = ("draft", "changed")
GOING = ("confirmed", "part_delivered", "delivered", "returned")

ORDER = registry.register(
    Object(
        name="order",
        plural="orders",
        label=L("Order", "订单", "訂單"),
        plural_label=L("Orders", "订单", "訂單"),
        icon="shopping-cart",
        model="sales.Order",
        group="sales",
        order=50,
        key="O",
        tone="ochre",
        square=True,
        face=False,
        title="number",
        closes="due_on",
        closed="delivered_on",
        board=Board(lanes="status", amount="amount"),
        verbs=(
            *approval_verbs(ACTIONS),
            Verb(
                "confirm", "confirmation", L("Confirm", "确认订单", "確認訂單"), "confirmed",
                f"{ACTIONS}:confirm", icon="circle-check", when={"status": OPEN}, leads=True,
            ),
            Verb(
                "deliver", "delivery", L("Deliver", "发货", "出貨"), "delivered", f"{ACTIONS}:deliver_rest",
                icon="truck", when={"status": ("confirmed", "part_delivered", "returned")}, page="deliver/",
                leads=True,
            ),
            Verb(
                "take_back", "take-back", L("Take goods back", "退货", "退貨"), "taken_back",
                f"{ACTIONS}:take_all_back", icon="undo-2",
                when={"status": ("part_delivered", "delivered", "completed")}, page="take-back/",
                told=L("took goods back of", "退货", "退貨"),
            ),
            Verb(
                "invoice", "invoice", L("Request an invoice", "申请开票", "申請開票"), "invoiced",
                f"{ACTIONS}:invoice_rest", icon="receipt",
                when={"status": (*GOING, "completed")}, page="invoice/",
                told=L("requested an invoice for", "申请开票", "申請開票"),
            ),
            Verb(
                "plan", "plan", L("Plan payments", "制定回款计划", "排定收款計劃"), "planned",
                f"{ACTIONS}:plan_at_once", icon="calendar-days",
                when={"status": (*OPEN, *GOING)}, page="plan/",
                told=L("planned the payments of", "制定回款计划", "排定收款計劃"),
            ),
            Verb(
                "amend", "amendment", L("Change the order", "变更订单", "變更訂單"), "amended",
                f"{ACTIONS}:amend", icon="pencil", when={"status": ("confirmed",)},
            ),
            Verb(
                "complete", "completion", L("Complete", "完成", "完成"), "completed", f"{ACTIONS}:complete",
                icon="check-check", when={"status": ("delivered",)},
            ),
            Verb(
                "cancel", "cancellation", L("Cancel", "取消订单", "取消訂單"), "cancelled",
                f"{ACTIONS}:cancel", icon="circle-x",
                when={"status": ("draft", "changed", "in_approval", "confirmed")},
            ),
            Verb(
                "copy", "copy", L("Copy", "复制", "複製"), "copied", f"{ACTIONS}:copy_order", icon="copy",
                page="copy/", access="see",
            ),
        ),
        subtitle=("company", "status", "amount"),
        columns=(
            "number", "company", "status", "amount", "payment", "invoiced", "ordered_on", "due_on", "owner",
        ),
        sort="-ordered_on",
        fields=(
            AutoNumber(
                name="number", label=L("Number", "订单编号", "訂單編號"), pattern="SO-{year}-{number:4}",
                reset="year", unique=True, identifies=True, max_length=60,
                synonyms=("order", "order number", "order id", "order no", "订单号", "訂單號"),
            ),
            Link(
                name="company", label=L("Company", "客户", "客戶"), to="company",
                synonyms=("account", "customer", "customer id", "customer number", "客户名称", "公司"),
            ),
            Link(name="contact", label=L("Contact", "联系人", "聯絡人"), to="contact"),
            Link(name="deal", label=L("Deal", "商机", "商機"), to="deal"),
            Link(
                name="quote", label=L("Quote", "报价单", "報價單"), to="quote",
                synonyms=("quote number", "报价单号"),
            ),
            Link(name="contract", label=L("Contract", "合同", "合約"), to="contract"),
            status_field(STATUSES),
            Date(
                name="ordered_on", label=L("Ordered on", "下单日期", "下單日期"),
                synonyms=("order date", "date", "订单日期"),
            ),
            Date(
                name="due_on", label=L("Deliver by", "交货日期", "交貨日期"),
                synonyms=("required date", "delivery date", "交期"),
            ),
            Date(
                name="delivered_on", label=L("Delivered on", "发齐日期", "出齊日期"), readonly=True,
                brought=True, synonyms=("shipped date", "ship date"),
            ),
            currency_field(),
            Boolean(
                name="tax_included", label=L("Prices include tax", "单价含税", "單價含稅"), default=True
            ),
            Decimal(
                name="discount_percent",
                label=L("Discount on all, %", "整单折扣\uff08%\uff09", "整單折扣\uff08%\uff09"),
                default=decimal.Decimal(0), least=0, most=100,
            ),
            Choice(
                name="rounding", label=L("Rounding", "取整", "取整"), options=ROUNDINGS, default="line",
                hidden=True,
            ),
            Money(
                name="amount", label=L("Amount", "订单金额", "訂單金額"), readonly=True, shared="currency"
            ),
            Money(name="net", label=L("Net", "不含税金额", "未稅金額"), readonly=True, shared="currency"),
            Money(name="tax", label=L("Tax", "税额", "稅額"), readonly=True, shared="currency"),
            Money(
                name="before_discount", label=L("Before discount", "折前金额", "折前金額"), readonly=True,
                shared="currency",
            ),
            Money(name="received", label=L("Received", "已回款", "已收款"), readonly=True, shared="currency"),
            Money(name="invoiced", label=L("Invoiced", "已开票", "已開票"), readonly=True, shared="currency"),
            Choice(
                name="delivery", label=L("Delivery", "发货状态", "出貨狀態"), options=DELIVERED,
                readonly=True,
            ),
            Choice(
                name="payment", label=L("Payment", "回款状态", "收款狀態"), options=PAID, readonly=True
            ),
            Boolean(
                name="invoice_freely",
                label=L("May be invoiced beyond its amount", "允许超额开票", "允許超額開票"),
                default=False,
            ),
            Text(
                name="ship_to", label=L("Ship to", "收货地址", "收貨地址"), max_length=500,
                synonyms=("shipping address", "ship address", "收货信息"),
            ),
            LongText(
                name="about", label=L("About", "备注", "備註"), synonyms=("comments", "notes", "备注")
            ),
            *approval_fields(),
        ),
    )
)  # fmt: skip

ORDER_LINE = registry.register(
    Object(
        name="order_line",
        plural="order_lines",
        label=L("Order line", "订单明细", "訂單明細"),
        plural_label=L("Order lines", "订单明细", "訂單明細"),
        icon="list",
        model="sales.OrderLine",
        part_of="order",
        title="title",
        verbs=UNFOLD,
        order=51,
        columns=("title", "order", *COLUMNS[1:], "delivered"),
        sort="position",
        fields=(
            *line_fields(
                Link(
                    name="order", label=L("Order", "订单", "訂單"), to="order", required=True,
                    synonyms=("order number", "order id", "订单编号", "订单号"),
                )
            ),
            Decimal(name="delivered", label=L("Delivered", "已发数量", "已出數量"), readonly=True),
        ),
    )
)  # fmt: skip
