from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    AutoNumber,
    Boolean,
    Choice,
    Date,
    Integer,
    Link,
    LongText,
    Money,
    Option,
    Text,
)
from guanxi.platform.metadata.objects import Board, Object, Verb
from guanxi.sales.documents import DRAFT, IN_APPROVAL, approval_fields, approval_verbs, status_field

STATUSES = (
    DRAFT,
    IN_APPROVAL,
    Option("to_sign", L("To be signed", "待签", "待簽"), "ochre"),
    Option("active", L("Active", "执行中", "執行中"), "azurite"),
    Option("expiring", L("Ends soon", "即将到期", "即將到期"), "gamboge"),
    Option("expired", L("Ended", "已到期", "已到期")),
    Option("renewed", L("Renewed", "已续签", "已續約"), "malachite"),
    Option("terminated", L("Terminated", "已终止", "已終止"), "cinnabar"),
    Option("void", L("Void", "已作废", "已作廢")),
)
KINDS = (
    Option("sale", L("Sale", "销售合同", "銷售合約")),
    Option("service", L("Service", "服务合同", "服務合約")),
    Option("frame", L("Framework", "框架协议", "框架協議")),
    Option("lease", L("Lease", "租赁合同", "租賃合約")),
    Option("other", L("Other", "其他", "其他")),
)
RENEWALS = (
    Option("ask", L("Ask before it ends", "到期前提醒", "到期前提醒")),
    Option("once", L("Ends for good", "到期不续", "到期不續")),
)
ROLES = (
    Option("a", L("Party A", "甲方", "甲方"), "azurite"),
    Option("b", L("Party B", "乙方", "乙方"), "malachite"),
    Option("c", L("Party C", "丙方", "丙方"), "ochre"),
    Option("guarantor", L("Guarantor", "担保方", "擔保方")),
)
ACTIONS = "guanxi.sales.contracts.actions"
RUNNING = ("active", "expiring", "expired")
PAYABLE = (*RUNNING, "renewed")  # one that is renewed ahead of its end runs on until then

CONTRACT = registry.register(
    Object(
        name="contract",
        plural="contracts",
        label=L("Contract", "合同", "合約"),
        plural_label=L("Contracts", "合同", "合約"),
        icon="file-signature",
        model="sales.Contract",
        group="sales",
        order=60,
        tone="indigo",
        square=True,
        face=False,
        closes="runs_until",
        closed="closed_on",
        board=Board(lanes="status", amount="total"),
        verbs=(
            *approval_verbs(ACTIONS),
            Verb(
                "sign", "signature", L("Signed", "登记签订", "登記簽訂"), "signed", f"{ACTIONS}:sign",
                ("signed_on", "signer"), "pen-line", when={"status": ("draft", "to_sign")}, leads=True,
            ),
            Verb(
                "plan", "plan", L("Plan payments", "制定回款计划", "排定收款計劃"), "planned",
                f"{ACTIONS}:plan_at_once", icon="calendar-days",
                when={"status": ("draft", "to_sign", *PAYABLE)}, page="plan/",
                told=L("planned the payments of", "制定回款计划", "排定收款計劃"),
            ),
            Verb(
                "invoice", "invoice", L("Request an invoice", "申请开票", "申請開票"), "invoiced",
                f"{ACTIONS}:invoice_rest", icon="receipt", when={"status": PAYABLE}, page="invoice/",
                told=L("requested an invoice for", "申请开票", "申請開票"),
            ),
            Verb(
                "renew", "renewal", L("Renew", "续签", "續約"), "renewed", f"{ACTIONS}:renew_once",
                icon="refresh-cw", when={"status": RUNNING},
            ),
            Verb(
                "terminate", "termination", L("Terminate", "终止", "終止"), "terminated",
                f"{ACTIONS}:terminate", ("ended_because", "closed_on"), "circle-stop",
                when={"status": ("active", "expiring")},
            ),
            Verb(
                "void", "annulment", L("Make void", "作废", "作廢"), "voided", f"{ACTIONS}:void",
                icon="ban", when={"status": ("draft", "in_approval", "to_sign", "active")},
            ),
        ),
        subtitle=("number", "company", "status"),
        columns=(
            "name", "number", "company", "status", "total", "received", "signed_on", "runs_until", "owner",
        ),
        sort="-signed_on",
        fields=(
            Text(
                name="name", label=L("Name", "合同名称", "合約名稱"), required=True,
                synonyms=("contract name", "contract", "subject"),
            ),
            AutoNumber(
                name="number", label=L("Number", "合同编号", "合約編號"), pattern="HT-{year}-{number:4}",
                reset="year", unique=True, identifies=True, max_length=60,
                synonyms=("contract number", "contract id", "合同号", "合約號"),
            ),
            Link(
                name="company", label=L("Company", "客户", "客戶"), to="company",
                synonyms=("account", "customer", "客户名称", "公司"),
            ),
            Link(name="contact", label=L("Contact", "联系人", "聯絡人"), to="contact"),
            Link(name="deal", label=L("Deal", "商机", "商機"), to="deal"),
            Link(name="renews", label=L("Renews", "续签自", "續約自"), to="contract"),
            status_field(STATUSES),
            Choice(name="kind", label=L("Kind", "合同类型", "合約類型"), options=KINDS),
            Date(name="signed_on", label=L("Signed on", "签订日期", "簽訂日期"), synonyms=("date signed",)),
            Date(name="starts_on", label=L("Starts on", "开始日期", "開始日期"), synonyms=("start date",)),
            Date(name="ends_on",
            label=L("Ends on", "结束日期", "結束日期"), synonyms=("end date", "到期日期")),
            Date(name="runs_until", label=L("Runs until", "到期日", "到期日"), readonly=True),
            Date(name="closed_on", label=L("Ended on", "终止日期", "終止日期")),
            Money(
                name="amount", label=L("Amount as signed", "签订金额", "簽訂金額"),
                synonyms=("amount", "contract value", "合同金额", "金额"),
            ),
            Money(
                name="total", label=L("Amount", "合同金额", "合約金額"), readonly=True,
                shared="amount_currency",
            ),
            Money(
                name="received", label=L("Received", "已回款", "已收款"), readonly=True,
                shared="amount_currency",
            ),
            Money(
                name="invoiced", label=L("Invoiced", "已开票", "已開票"), readonly=True,
                shared="amount_currency",
            ),
            Text(name="signer", label=L("Signed by", "签约人", "簽約人"), max_length=100),
            Choice(name="renewal", label=L("Renewal", "续签", "續約"), options=RENEWALS, default="ask"),
            Integer(
                name="remind_days",
                label=L("Remind, days ahead", "提前提醒\uff08天\uff09", "提前提醒\uff08天\uff09"),
                least=0, default=30,
            ),
            Text(name="ended_because", label=L("Ended because", "终止原因", "終止原因"), max_length=300),
            Boolean(
                name="invoice_freely",
                label=L("May be invoiced beyond its amount", "允许超额开票", "允許超額開票"),
                default=False,
            ),
            LongText(name="about", label=L("About", "备注", "備註"), synonyms=("comments", "notes")),
            *approval_fields(),
        ),
    )
)  # fmt: skip

PARTY = registry.register(
    Object(
        name="party",
        plural="parties",
        label=L("Party", "签约方", "簽約方"),
        plural_label=L("Parties", "签约方", "簽約方"),
        icon="users",
        model="sales.Party",
        part_of="contract",
        order=61,
        columns=("name", "contract", "role", "company", "signer"),
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True),
            Link(name="contract", label=L("Contract", "合同", "合約"), to="contract", required=True),
            Choice(name="role", label=L("Role", "身份", "身分"), options=ROLES, default="b"),
            Link(name="company", label=L("Company", "公司", "公司"), to="company"),
            Text(name="signer", label=L("Signed by", "签约人", "簽約人"), max_length=100),
            Text(
                name="credit_code",
                label=L("Credit code", "统一社会信用代码", "統一社會信用代碼"), max_length=30
            ),
            Text(name="address", label=L("Address", "地址", "地址"), max_length=300),
        ),
    )
)  # fmt: skip

AMENDMENT = registry.register(
    Object(
        name="amendment",
        plural="amendments",
        label=L("Amendment", "补充协议", "補充協議"),
        plural_label=L("Amendments", "补充协议", "補充協議"),
        icon="file-plus",
        model="sales.Amendment",
        part_of="contract",
        order=62,
        columns=("name", "contract", "signed_on", "change", "ends_on"),
        sort="-signed_on",
        fields=(
            Text(name="name", label=L("What changes", "变更内容", "變更內容"), required=True),
            Link(name="contract", label=L("Contract", "合同", "合約"), to="contract", required=True),
            Date(
                name="signed_on", label=L("Signed on", "签订日期", "簽訂日期"),
                help=L("It holds from this day on", "从这天起生效", "從這天起生效"),
            ),
            Money(name="change", label=L("Change of the amount", "金额增减", "金額增減")),
            Date(name="ends_on", label=L("Runs until", "延至", "延至")),
            LongText(name="about", label=L("About", "备注", "備註")),
        ),
    )
)  # fmt: skip
