from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import (
    Addresses,
    Choice,
    Date,
    District,
    Emails,
    Link,
    LongText,
    Option,
    Phones,
    Text,
)
from guanxi.platform.metadata.objects import NextStep, Object

DECISION_ROLES = (
    Option("decider", L("Decides", "决策者", "決策者"), "ochre"),
    Option("influencer", L("Influences", "影响者", "影響者"), "azurite"),
    Option("champion", L("Champions us", "支持者", "支持者"), "malachite"),
    Option("user", L("Uses it", "使用者", "使用者"), "indigo"),
    Option("gatekeeper", L("Keeps the gate", "把关者", "把關者"), "rouge"),
    Option("buyer", L("Buys", "采购", "採購"), "gamboge"),
)
CHANNELS = (
    Option("phone", L("Phone", "电话", "電話"), icon="phone"),
    Option("email", L("Email", "邮件", "電子郵件"), icon="mail"),
    Option("wechat", L("WeChat", "微信", "微信"), icon="message-circle"),
    Option("sms", L("SMS", "短信", "簡訊"), icon="message-square"),
    Option("visit", L("In person", "当面", "當面"), icon="map-pin"),
)
LANGUAGES = (
    Option("en", L("English", "英语", "英語")),
    Option("zh-hans", L("Chinese, simplified", "简体中文", "簡體中文")),
    Option("zh-hant", L("Chinese, traditional", "繁体中文", "繁體中文")),
    Option("other", L("Other", "其他", "其他")),
)

CONTACT = registry.register(
    Object(
        name="contact",
        plural="contacts",
        label=L("Contact", "联系人", "聯絡人"),
        plural_label=L("Contacts", "联系人", "聯絡人"),
        icon="users",
        model="people.Contact",
        group="relations",
        order=10,
        key="P",
        tab=3,
        touched=True,
        pooled=True,
        next_step=NextStep("next_step", "next_step_on"),
        subtitle=("company", "title"),
        columns=("name", "company", "next_step", "last_touch_at", "title", "phones", "owner", "tags"),
        sort="name",
        fields=(
            Text(
                name="name",
                label=L("Name", "姓名", "姓名"),
                required=True,
                synonyms=(
                    "full name",
                    "contact name",
                    "customer name",
                    "contact",
                    "联系人",
                    "聯絡人",
                    "客户姓名",
                    "名字",
                ),
            ),
            Link(
                name="company",
                card="ORG",
                label=L("Company", "公司", "公司"),
                to="company",
                synonyms=(
                    "account",
                    "account name",
                    "account id",
                    "organization",
                    "organisation",
                    "employer",
                    "单位",
                    "客户名称",
                ),
            ),
            Text(
                name="title",
                card="TITLE",
                label=L("Job title", "职务", "職稱"),
                synonyms=("job title", "position", "职位", "职称"),
            ),
            Text(
                name="department",
                card="UNIT",
                label=L("Department", "所在部门", "所在部門"),
                synonyms=("dept",),
            ),
            Phones(
                name="phones",
                label=L("Phones", "电话", "電話"),
                synonyms=(
                    "phone",
                    "mobile",
                    "mobile phone",
                    "telephone",
                    "tel",
                    "手机",
                    "手机号",
                    "联系电话",
                    "行動電話",
                    "手機",
                ),
            ),
            Emails(
                name="emails",
                label=L("Emails", "邮箱", "電子郵件"),
                synonyms=("email", "e-mail", "电子邮箱", "邮件", "信箱"),
            ),
            Addresses(
                name="addresses",
                label=L("Addresses", "地址", "地址"),
                synonyms=("address", "mailing address", "详细地址"),
            ),
            Text(name="country", label=L("Country", "国家", "國家"), readonly=True, follows=("addresses",)),
            Text(name="province", label=L("Province", "省份", "省份"), readonly=True, follows=("addresses",)),
            Text(name="city", label=L("City", "城市", "城市"), readonly=True, follows=("addresses",)),
            District(
                name="district", label=L("District", "区县", "區"), readonly=True, follows=("addresses",)
            ),
            Text(
                name="wechat",
                card="X-WECHAT",
                label=L("WeChat", "微信", "微信"),
                max_length=100,
                identifies=True,
                synonyms=("wechat id", "微信号"),
            ),
            Date(
                name="birthday",
                card="BDAY",
                label=L("Birthday", "生日", "生日"),
                synonyms=("birthdate", "date of birth", "出生日期"),
            ),
            Choice(
                name="decision_role",
                label=L("Role in decisions", "决策角色", "決策角色"),
                options=DECISION_ROLES,
                synonyms=("decision role",),
            ),
            Choice(name="preferred_channel", label=L("Prefers", "偏好渠道", "偏好管道"), options=CHANNELS),
            Text(name="preferred_time", label=L("Best time", "偏好时间", "偏好時間"), max_length=100),
            Choice(name="language", label=L("Language", "语言", "語言"), options=LANGUAGES),
            Text(name="next_step", label=L("Next step", "下一步", "下一步"), max_length=300),
            Date(
                name="next_step_on",
                label=L("Next step on", "下一步日期", "下一步日期"),
                synonyms=("next contact", "下次联系", "下次聯絡"),
            ),
            LongText(
                name="about",
                card="NOTE",
                label=L("About", "备注", "備註"),
                synonyms=("description", "notes", "note", "描述"),
            ),
        ),
    )
)
