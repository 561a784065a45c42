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
from guanxi.sales.documents import IN_APPROVAL, approval_fields, approval_verbs, status_field
from guanxi.sales.lines.fields import COLUMNS, line_fields

STATUSES = (
    Option("requested", L("Requested", "申请", "申請")),
    IN_APPROVAL,
    Option("to_issue", L("To be issued", "待开", "待開"), "ochre"),
    Option("issued", L("Issued", "已开", "已開"), "azurite"),
    Option("mailed", L("Mailed", "已寄", "已寄"), "indigo"),
    Option("settled", L("Settled", "已核销", "已沖銷"), "malachite"),
    Option("red", L("Taken back", "已红冲", "已折讓"), "cinnabar"),
    Option("void", L("Void", "已作废", "已作廢")),
)
KINDS = (
    Option("special", L("VAT special, paper", "增值税专用发票", "增值稅專用發票"), "azurite"),
    Option("ordinary", L("VAT ordinary, paper", "增值税普通发票", "增值稅普通發票")),
    Option("e_special", L("VAT special, digital", "电子专票", "電子專用發票"), "azurite"),
    Option("e_ordinary", L("VAT ordinary, digital", "电子普票", "電子普通發票")),
    Option("commercial", L("Commercial invoice", "形式发票", "商業發票"), "ochre"),
)
ACTIONS = "guanxi.sales.invoices.actions"

INVOICE_TITLE = registry.register(
    Object(
        name="invoice_title",
        plural="invoice_titles",
        label=L("Invoice title", "开票抬头", "發票抬頭"),
        plural_label=L("Invoice titles", "开票抬头", "發票抬頭"),
        icon="id-card",
        model="sales.InvoiceTitle",
        part_of="company",
        order=69,
        columns=("name", "company", "tax_no", "bank", "account"),
        fields=(
            Text(
                name="name", label=L("Made out to", "抬头", "抬頭"), required=True,
                synonyms=("invoice title", "发票抬头", "开票抬头"),
            ),
            Link(
                name="company", label=L("Company", "公司", "公司"), to="company", required=True,
                synonyms=("account", "customer", "客户", "客户名称"),
            ),
            Text(
                name="tax_no", label=L("Tax number", "纳税识别号", "納稅人識別號"), max_length=30,
                identifies=True, synonyms=("tax id", "vat number", "税号", "統一編號"),
            ),
            Text(name="bank", label=L("Bank", "开户行", "開戶銀行"), synonyms=("bank name", "开户银行")),
            Text(
                name="account", label=L("Account", "银行账号", "銀行帳號"), max_length=60,
                synonyms=("bank account", "账号"),
            ),
            Text(name="address", label=L("Address", "注册地址", "註冊地址"), max_length=300),
            Text(name="phone", label=L("Phone", "电话", "電話"), max_length=60),
            Text(
                name="send_to", label=L("Send to", "寄送信息", "寄送資訊"), max_length=300,
                help=L("Email or address to which invoices go", "收票邮箱或地址", "收票信箱或地址"),
            ),
        ),
    )
)  # fmt: skip

INVOICE = registry.register(
    Object(
        name="invoice",
        plural="invoices",
        label=L("Invoice", "发票", "發票"),
        plural_label=L("Invoices", "发票", "發票"),
        icon="receipt",
        model="sales.Invoice",
        group="sales",
        order=70,
        key="I",
        tone="rouge",
        square=True,
        face=False,
        title="number",
        closes="due_on",
        closed="settled_on",
        board=Board(lanes="status", amount="amount"),
        verbs=(
            *approval_verbs(ACTIONS, draft="requested"),
            Verb(
                "issue", "issue", L("Issue", "开具", "開立"), "issued", f"{ACTIONS}:issue",
                ("invoice_no", "issued_on"), "stamp", when={"status": ("requested", "to_issue")}, leads=True,
            ),
            Verb(
                "mail", "mailing", L("Mailed", "登记寄出", "登記寄出"), "mailed", f"{ACTIONS}:mail",
                ("mailed_on", "carrier", "tracking"), "mail", when={"status": ("issued",)},
            ),
            Verb(
                "red_letter", "correction", L("Take back", "红冲", "開立折讓"), "corrected",
                f"{ACTIONS}:red_letter_once", ("reason",), "undo-2",
                when={"status": ("issued", "mailed", "settled"), "corrects_id": ("",)},
                told=L("took back", "红冲", "開立折讓"),
            ),
            Verb(
                "void", "annulment", L("Make void", "作废", "作廢"), "voided", f"{ACTIONS}:void",
                icon="ban", when={"status": ("requested", "in_approval", "to_issue")},
            ),
        ),
        subtitle=("company", "kind", "status", "amount"),
        columns=(
            "number", "invoice_no", "company", "kind", "status", "amount", "open", "issued_on", "owner",
        ),
        sort="-issued_on",
        fields=(
            AutoNumber(
                name="number", label=L("Request number", "申请编号", "申請編號"),
                pattern="KP-{year}-{number:4}", reset="year", unique=True, identifies=True, max_length=60,
            ),
            AutoNumber(
                name="invoice_no", label=L("Invoice number", "发票号码", "發票號碼"),
                pattern="{year}{number:6}", reset="year", given="asked", identifies=True, readonly=True,
                brought=True, max_length=60, synonyms=("invoice", "invoice no", "invoice id", "发票号"),
            ),
            Choice(name="kind", label=L("Kind", "发票类型", "發票類型"), options=KINDS, default="e_ordinary"),
            Link(
                name="company", label=L("Company", "客户", "客戶"), to="company",
                synonyms=("account", "customer", "客户名称", "公司"),
            ),
            Link(name="order", label=L("Order", "订单", "訂單"), to="order"),
            Link(name="contract", label=L("Contract", "合同", "合約"), to="contract"),
            Link(name="billed_to", label=L("Made out to", "开票抬头", "發票抬頭"), to="invoice_title"),
            status_field(STATUSES, default="requested"),
            Link(name="corrects", label=L("Takes back", "红冲发票", "折讓發票"), to="invoice"),
            Text(name="buyer", label=L("Buyer", "购买方", "買方"), readonly=True),
            Text(name="tax_no", label=L("Tax number", "纳税识别号", "納稅人識別號"), readonly=True),
            Date(name="requested_on", label=L("Requested on", "申请日期", "申請日期")),
            Date(
                name="issued_on", label=L("Issued on", "开票日期", "開立日期"), readonly=True, brought=True,
                synonyms=("invoice date", "date"),
            ),
            Date(name="due_on", label=L("Due on", "付款期限", "付款期限"), synonyms=("due date",)),
            Date(name="settled_on", label=L("Settled on", "核销日期", "沖銷日期"), readonly=True),
            Date(name="mailed_on", label=L("Mailed on", "寄出日期", "寄出日期"), readonly=True),
            Text(name="carrier", label=L("Carrier", "快递公司", "快遞公司"), max_length=100),
            Text(name="tracking", label=L("Tracking number", "快递单号", "快遞單號"), max_length=100),
            currency_field(),
            Boolean(
                name="tax_included", label=L("Prices include tax", "单价含税", "單價含稅"), default=True
            ),
            Decimal(
                name="discount_percent",
                label=L("Discount on all, %", "整单折扣\uff08%\uff09", "整單折扣\uff08%\uff09"),
                default=decimal.Decimal(0), least=0, most=100, hidden=True,
            ),
            Money(
                name="amount", label=L("Amount", "价税合计", "含稅金額"), readonly=True, shared="currency"
            ),
            Money(name="net", label=L("Net", "不含税金额", "未稅金額"), readonly=True, shared="currency"),
            Money(name="tax", label=L("Tax", "税额", "稅額"), readonly=True, shared="currency"),
            Money(name="settled", label=L("Settled", "已核销", "已沖銷"), readonly=True, shared="currency"),
            Money(
                name="corrected", label=L("Taken back, amount", "红冲金额", "折讓金額"), readonly=True,
                shared="currency",
            ),
            Money(name="open", label=L("Open", "未核销", "未沖銷"), readonly=True, shared="currency"),
            Text(
                name="reason", label=L("Taken back because", "红冲原因", "折讓原因"), max_length=300,
                shown_if="not empty(corrects)",
            ),
            LongText(name="about", label=L("About", "备注", "備註"), synonyms=("comments", "notes")),
            *approval_fields(),
        ),
    )
)  # fmt: skip

INVOICE_LINE = registry.register(
    Object(
        name="invoice_line",
        plural="invoice_lines",
        label=L("Invoice line", "发票明细", "發票明細"),
        plural_label=L("Invoice lines", "发票明细", "發票明細"),
        icon="list",
        model="sales.InvoiceLine",
        part_of="invoice",
        title="title",
        order=71,
        columns=("title", "invoice", *COLUMNS[1:]),
        sort="position",
        fields=line_fields(
            Link(name="invoice", label=L("Invoice", "发票", "發票"), to="invoice", required=True)
        ),
    )
)  # fmt: skip
