from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    Addresses,
    Choice,
    Date,
    District,
    Emails,
    Integer,
    Link,
    LongText,
    Money,
    Option,
    Phones,
    Position,
    Text,
    Url,
)
from guanxi.platform.metadata.objects import NextStep, Object

ROLES = (
    Option("prospect", L("Prospect", "潜在客户", "潛在客戶"), "indigo"),
    Option("customer", L("Customer", "客户", "客戶"), "malachite"),
    Option("partner", L("Partner", "合作伙伴", "合作夥伴"), "azurite"),
    Option("distributor", L("Distributor", "经销商", "經銷商"), "azurite"),
    Option("supplier", L("Supplier", "供应商", "供應商"), "ochre"),
    Option("competitor", L("Competitor", "竞争对手", "競爭對手"), "rouge"),
    Option("other", L("Other", "其他", "其他")),
)
LEVELS = (
    Option("A", L("A", "A", "A"), "malachite"),
    Option("B", L("B", "B", "B"), "azurite"),
    Option("C", L("C", "C", "C"), "gamboge"),
    Option("D", L("D", "D", "D")),
)

COMPANY = registry.register(
    Object(
        name="company",
        plural="companies",
        label=L("Company", "公司", "公司"),
        plural_label=L("Companies", "公司", "公司"),
        icon="building-2",
        model="people.Company",
        group="relations",
        order=20,
        key="C",
        square=True,
        touched=True,
        pooled=True,
        next_step=NextStep("next_step", "next_step_on"),
        active="role in (prospect, customer, partner, distributor)",
        subtitle=("role", "industry", "city"),
        columns=("name", "industry", "city", "next_step", "last_touch_at", "level", "owner", "tags"),
        sort="name",
        fields=(
            Text(
                name="name",
                card="ORG",
                label=L("Name", "公司名称", "公司名稱"),
                required=True,
                identifies=True,
                synonyms=(
                    "account",
                    "account name",
                    "company name",
                    "customer name",
                    "客户名称",
                    "客戶名稱",
                    "企业名称",
                    "单位名称",
                ),
            ),
            Choice(
                name="role",
                label=L("Role", "关系", "關係"),
                options=ROLES,
                default="prospect",
                synonyms=("type", "客户类型", "客戶類型"),
            ),
            Choice(
                name="level",
                label=L("Level", "分级", "分級"),
                options=LEVELS,
                synonyms=("rating", "grade", "客户级别", "客戶級別", "客戶等級"),
            ),
            Text(
                name="industry", label=L("Industry", "行业", "產業"), synonyms=("sector", "所属行业", "行業")
            ),
            Url(
                name="website",
                label=L("Website", "网站", "網站"),
                identifies=True,
                synonyms=("url", "domain", "homepage", "网址", "官网"),
            ),
            Phones(
                name="phones",
                label=L("Phones", "电话", "電話"),
                synonyms=("phone", "telephone", "tel", "联系电话", "phone number"),
            ),
            Emails(
                name="emails",
                label=L("Emails", "邮箱", "電子郵件"),
                synonyms=("email", "e-mail", "电子邮箱", "邮件"),
            ),
            Addresses(
                name="addresses",
                label=L("Addresses", "地址", "地址"),
                synonyms=("address", "office location", "location", "详细地址"),
            ),
            Position(
                name="position",
                label=L("Position", "坐标", "座標"),
                help=L(
                    "Latitude and longitude of its address: visits are measured by it",
                    "地址的纬度和经度，拜访签到按它算距离",
                    "地址的緯度和經度，拜訪簽到依此計算距離",
                ),
                synonyms=("coordinates", "geo", "lat/lng", "经纬度", "經緯度"),
            ),
            Text(name="country", label=L("Country", "国家", "國家"), readonly=True, follows=("addresses",)),
            Text(name="province", label=L("Province", "省份", "省份"), readonly=True, follows=("addresses",)),
            Text(name="city", label=L("City", "城市", "城市"), readonly=True, follows=("addresses",)),
            District(
                name="district", label=L("District", "区县", "區"), readonly=True, follows=("addresses",)
            ),
            Integer(
                name="employees",
                label=L("Employees", "人数", "人數"),
                least=0,
                adds_up=True,
                synonyms=("number of employees", "headcount", "规模", "员工人数"),
            ),
            Integer(
                name="founded",
                label=L("Founded", "成立年份", "成立年份"),
                least=1,
                most=9999,
                synonyms=("year established", "year founded", "成立时间"),
            ),
            Money(
                name="revenue",
                label=L("Annual revenue", "年营业额", "年營業額"),
                synonyms=("revenue", "annual revenue", "营业收入"),
            ),
            Text(
                name="tax_no",
                label=L("Tax number", "税号", "統一編號"),
                max_length=40,
                identifies=True,
                synonyms=("tax id", "vat", "统一社会信用代码", "纳税识别号"),
            ),
            Link(
                name="parent",
                label=L("Belongs to", "上级单位", "上級單位"),
                to="company",
                synonyms=("parent account", "subsidiary of", "parent company", "母公司"),
            ),
            Integer(
                name="score",
                label=L("Score", "评分", "評分"),
                least=0,
                most=100,
                default=0,
                synonyms=("customer score",),
            ),
            Text(name="next_step", label=L("Next step", "下一步", "下一步"), max_length=300),
            Date(
                name="next_step_on",
                label=L("Next step on", "下一步日期", "下一步日期"),
                synonyms=("next contact", "下次联系"),
            ),
            LongText(
                name="about",
                label=L("About", "简介", "簡介"),
                synonyms=("description", "notes", "note", "备注", "備註", "描述"),
            ),
        ),
    )
)
