from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import AutoNumber, Choice, Date, Link, LongText, Money, Option, Text
from guanxi.platform.metadata.objects import Board, Object, Verb
from guanxi.sales.documents import DRAFT, IN_APPROVAL, approval_fields, approval_verbs, status_field
from guanxi.sales.instalments.objects import METHODS

STATUSES = (
    DRAFT,
    IN_APPROVAL,
    Option("confirmed", L("Confirmed", "已确认", "已確認"), "azurite"),
    Option("allocated", L("Allocated", "已核销", "已沖銷"), "malachite"),
    Option("reversed", L("Reversed", "已冲销", "已沖回"), "cinnabar"),
)
ACTIONS = "guanxi.sales.receipts.actions"
COUNTED = ("confirmed", "allocated")
IS_REVERSED = 'status = "reversed"'

RECEIPT = registry.register(
    Object(
        name="receipt",
        plural="receipts",
        label=L("Receipt", "回款", "收款"),
        plural_label=L("Receipts", "回款", "收款"),
        icon="wallet",
        model="sales.Receipt",
        group="sales",
        order=90,
        key="R",
        tone="malachite",
        square=True,
        face=False,
        title="number",
        board=Board(lanes="status", amount="amount"),
        verbs=(
            *approval_verbs(ACTIONS),
            Verb(
                "confirm", "confirmation", L("Confirm", "确认到账", "確認入帳"), "confirmed",
                f"{ACTIONS}:confirm", icon="circle-check", when={"status": ("draft",)}, leads=True,
            ),
            Verb(
                "allocate", "allocation", L("Allocate", "核销", "沖銷"), "allocated",
                f"{ACTIONS}:allocate_oldest", icon="list-checks", when={"status": ("confirmed", "allocated")},
                page="allocate/", leads=True,
            ),
            Verb(
                "release", "release", L("Take allocations back", "撤销核销", "取消沖銷"), "released",
                f"{ACTIONS}:release", icon="undo-2", when={"status": COUNTED},
                told=L("took back the allocations of", "撤销核销", "撤銷沖銷"),
            ),
            Verb(
                "reverse", "reversal", L("Reverse", "冲销", "沖回"), "reversed", f"{ACTIONS}:reverse",
                ("reason", "reversed_on"), "rotate-ccw", when={"status": COUNTED},
            ),
        ),
        subtitle=("company", "status", "amount"),
        columns=(
            "number", "company", "received_on", "amount", "open", "method", "reference", "status", "owner",
        ),
        sort="-received_on",
        fields=(
            AutoNumber(
                name="number", label=L("Number", "回款编号", "收款編號"), pattern="HK-{year}-{number:4}",
                reset="year", unique=True, identifies=True, max_length=60,
                synonyms=("receipt", "receipt number"),
            ),
            Link(
                name="company", label=L("Company", "客户", "客戶"), to="company",
                synonyms=("account", "customer", "customer number", "客户名称", "公司"),
            ),
            Link(name="order", label=L("Order", "订单", "訂單"), to="order"),
            Link(name="contract", label=L("Contract", "合同", "合約"), to="contract"),
            status_field(STATUSES),
            Date(
                name="received_on", label=L("Received on", "回款日期", "收款日期"),
                synonyms=("payment date", "date", "到账日期"),
            ),
            Money(
                name="amount", label=L("Amount", "回款金额", "收款金額"), required=True,
                synonyms=("payment amount", "amount", "金额", "到账金额"),
            ),
            Money(
                name="open", label=L("Not allocated", "未核销", "未沖銷"), readonly=True,
                shared="amount_currency",
            ),
            Money(
                name="allocated", label=L("Allocated to plans", "已核销计划", "已沖銷計劃"), readonly=True,
                shared="amount_currency",
            ),
            Money(
                name="matched", label=L("Allocated to invoices", "已核销发票", "已沖銷發票"), readonly=True,
                shared="amount_currency",
            ),
            Choice(name="method", label=L("Method", "回款方式", "收款方式"), options=METHODS),
            Text(name="account", label=L("Into account", "收款账户", "收款帳戶"), max_length=100),
            Text(name="payer", label=L("Payer", "付款方", "付款方"), synonyms=("paid by",)),
            Text(
                name="reference", label=L("Bank reference", "银行流水号", "銀行交易序號"), max_length=100,
                identifies=True, synonyms=("check number", "cheque number", "reference", "流水号"),
            ),
            Text(
                name="reason", label=L("Reversed because", "冲销原因", "沖回原因"), max_length=300,
                shown_if=IS_REVERSED,
            ),
            Date(name="reversed_on", label=L("Reversed on", "冲销日期", "沖回日期"), shown_if=IS_REVERSED),
            LongText(name="about", label=L("About", "备注", "備註"), synonyms=("comments", "notes")),
            *approval_fields(),
        ),
    )
)  # fmt: skip

ALLOCATION = registry.register(
    Object(
        name="allocation",
        plural="allocations",
        label=L("Allocation", "核销明细", "沖銷明細"),
        plural_label=L("Allocations", "核销明细", "沖銷明細"),
        icon="list-checks",
        model="sales.Allocation",
        part_of="receipt",
        order=91,
        columns=("name", "receipt", "instalment", "invoice", "amount", "created_at"),
        fields=(
            Text(name="name", label=L("For", "用于", "用於"), readonly=True),
            Link(name="receipt", label=L("Receipt", "回款", "收款"), to="receipt", required=True),
            Link(name="instalment", label=L("Payment plan", "回款计划", "收款計劃"), to="instalment"),
            Link(name="order", label=L("Order", "订单", "訂單"), to="order"),
            Link(name="contract", label=L("Contract", "合同", "合約"), to="contract"),
            Link(name="invoice", label=L("Invoice", "发票", "發票"), to="invoice"),
            Money(name="amount", label=L("Amount", "核销金额", "沖銷金額"), required=True),
            Money(name="settled", label=L("In its currency", "折合金额", "折合金額"), readonly=True),
        ),
    )
)  # fmt: skip
