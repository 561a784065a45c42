"""Leads of a fair and of the website, and the pools: of customers and of leads that belong to nobody."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guanxi.config.demo import cast
from guanxi.platform.i18n.divisions import completed
from guanxi.platform.identity.models import Team
from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.writing import create_record, create_records
from guanxi.sales.pools.members import add_to_pool

if TYPE_CHECKING:
    from guanxi.config.demo.story import Story

SOURCES = {
    "zh-hans": ("环博会", "官网留言", "客户介绍", "百度推广"),
    "zh-hant": ("環保展", "官網留言", "客戶介紹"),
    "en": ("Singapore Water Week", "Website", "Referral"),
}
CURRENCIES = {"zh-hans": "CNY", "zh-hant": "HKD", "en": "SGD"}
# Owner, language, name, firm, job title, what they want, what it could be worth, status, score, days ago.
LEADS = (
    (
        cast.LIN,
        "zh-hans",
        "徐嘉木",
        "云栖净水科技",
        "设备工程师",
        "WQ-200 在线监测",
        "134000",
        "qualified",
        82,
        6,
    ),
    (
        cast.LIN,
        "zh-hans",
        "何晓舟",
        "春汛环保工程",
        "项目经理",
        "COD-80 监测站",
        "372000",
        "contacted",
        74,
        9,
    ),
    (cast.LIN, "zh-hans", "唐一宁", "临港第三水厂", "化验室主任", "浊度仪更换", "51200", "assigned", 61, 2),
    (cast.LIN, "zh-hans", "陆星辰", "白鹭乳业", "品控主管", "酸度计", "37200", "contacted", 55, 14),
    (cast.LIN, "zh-hans", "贺知秋", "天目印染", "环保专员", "", "", "disqualified", 12, 40),
    (cast.XU, "zh-hans", "程砚秋", "鼎湖制药", "采购", "实验室成套设备", "320000", "qualified", 88, 11),
    (cast.XU, "zh-hans", "罗小禾", "东溪自来水", "运维班长", "溶解氧传感器", "46000", "assigned", 43, 3),
    (cast.XU, "zh-hans", "秦山", "远洲化工", "安环经理", "", "", "contacted", 39, 20),
    (cast.ZHOU, "zh-hans", "姚望舒", "海宁皮革园", "园区主任", "排口监测", "558000", "contacted", 67, 8),
    (cast.WONG, "zh-hant", "梁淑儀", "維港食品", "品管經理", "濁度計", "24000", "contacted", 58, 7),
    (cast.WONG, "zh-hant", "鄭家豪", "新界水務工程", "工程師", "在線監測", "146000", "assigned", 47, 4),
    (
        cast.KELVIN,
        "en",
        "Aisha Rahman",
        "Straits Desalination",
        "Process engineer",
        "Online turbidity",
        "38000",
        "qualified",
        79,
        5,
    ),
    (
        cast.KELVIN,
        "en",
        "Daniel Lim",
        "Orchid Breweries",
        "Plant manager",
        "pH probes",
        "9000",
        "contacted",
        52,
        12,
    ),
    (
        cast.KELVIN,
        "en",
        "Priya Nair",
        "GreenTank Aquaculture",
        "Founder",
        "Dissolved oxygen",
        "14000",
        "assigned",
        44,
        1,
    ),
)
NOBODYS = (
    ("zh-hans", "沈南星", "银杏饮料", "厂长", 35, 2),
    ("zh-hans", "方既白", "江东电镀园", "环保主管", 28, 5),
    ("zh-hans", "汪以安", "玉泉矿泉水", "设备主管", 22, 9),
)
ABROAD = (
    ("en", "Farah Idris", "Selat Desalination", "Plant engineer", 31, 3),
    ("en", "Marcus Yeo", "Jurong Plating Works", "Environment officer", 26, 6),
    ("en", "Linh Tran", "Mekong Rice Mills", "Quality manager", 24, 8),
)
POOLED = (
    ("钱塘污水处理有限公司", "市政水务", "杭州", "丁渺", "厂长", "超过 30 天未跟进"),
    ("松雪生物科技有限公司", "生物制药", "苏州", "季明川", "实验室主任", "客户长期无回应"),
    ("四明印染有限公司", "纺织印染", "宁波", "虞清和", "环保经理", "超过 30 天未跟进"),
    ("九溪茶业有限公司", "食品饮料", "杭州", "叶问秋", "生产副总", "负责区域调整"),
    ("吴兴污水厂", "市政水务", "湖州", "邵知行", "化验员", "超过 30 天未跟进"),
)


def add_leads(story: Story) -> None:
    """The leads, each its owner's, and what stands in the pools."""
    for owner, language, name, firm, title, wish, worth, status, score, ago in LEADS:
        values = _lead(story, language, name, firm, title, score) | {"status": status}
        values |= {"interest": wish} if wish else {}
        if worth:
            values["amount"] = Amount(Decimal(worth), CURRENCIES[language])
        if status == "disqualified":
            values |= {"reason": "need", "reason_note": "产线已停"}
        if status == "qualified":
            values |= {
                "next_step": "约时间上门看现场" if language != "en" else "Visit the site",
                "next_step_on": story.today + timedelta(days=2),
            }
        moment = story.at(ago, owner)
        story.add("lead", owner, values | {"arrived_on": moment.date()}, moment)
    story.write("lead")
    _pools(story)


def _lead(story: Story, language: str, name: str, firm: str, title: str, score: int) -> dict[str, Any]:
    dice = story.dice
    number = (
        f"+86139{dice.randrange(10**8):08d}" if language == "zh-hans" else f"+659{dice.randrange(10**7):07d}"
    )
    return {
        "name": name,
        "company_name": firm,
        "title": title,
        "phones": [{"kind": "mobile", "number": number, "typed": number}],
        "source": dice.choice(SOURCES[language]),
        "score": score,
        "status": "new",
    }


def _pools(story: Story) -> None:
    admin, dice = story.actors["gu"], story.dice
    east = Team.objects.get(name="华东")
    common = {"claim_limit": 5, "hold_limit": 60, "wait_days": 7, "daily_view": 50}
    made = {
        name: create_record(object="pool", values={"name": name, "holds": holds, **common, **more}, by=admin)
        for name, holds, more in (
            ("华东客户公海", "company", {"about": "华东区 30 天没有跟进的客户。领取后才能看到联系方式。"}),
            ("线索池", "lead", {"hold_limit": 100}),
            (
                "Overseas leads",
                "lead",
                {"about": "Enquiries that nobody follows yet. Whoever claims one sees how to reach them."},
            ),
        )
    }
    abroad = made["Overseas leads"]
    add_to_pool(abroad, "team", Team.objects.get(name="海外 Overseas").pk, by=admin)
    add_to_pool(abroad, "member", story.members[cast.KELVIN].pk, by=admin, administers=True)
    for pool in (made["华东客户公海"], made["线索池"]):
        add_to_pool(pool, "team", east.pk, by=admin)
        add_to_pool(pool, "member", story.members[cast.ZHOU].pk, by=admin, administers=True)
    rule = {"name": "超过 30 天未跟进", "pool": made["华东客户公海"].pk, "kind": "silent", "days": 30}
    create_record(object="pool_rule", values=rule | {"filter": "role = prospect", "active": False}, by=admin)
    pool_id = made["华东客户公海"].pk
    firms = create_records(
        object="company",
        rows=[
            {
                "name": name,
                "industry": industry,
                "role": "prospect",
                "pool": pool_id,
                "addresses": [completed({"kind": "office", "country": "中国", "city": city})],
            }
            for name, industry, city, _who, _title, _why in POOLED
        ],
        by=admin,
        made=[story.at(dice.randrange(60, 200), "gu") for _one in POOLED],
    )
    numbers = [f"+86137{dice.randrange(10**8):08d}" for _one in POOLED]
    create_records(
        object="contact",
        rows=[
            {
                "name": who,
                "title": title,
                "company": firm.pk,
                "pool": pool_id,
                "phones": [{"kind": "mobile", "number": number, "typed": number}],
            }
            for firm, number, (_name, _industry, _city, who, title, _why) in zip(
                firms, numbers, POOLED, strict=True
            )
        ],
        by=admin,
    )
    for firm, one in zip(firms, POOLED, strict=True):
        type(firm).objects.filter(pk=firm.pk).update(
            pool_reason=one[5], pooled_from_id=story.members[cast.XU].pk
        )
    create_records(
        object="lead",
        rows=[
            _lead(story, language, name, firm, title, score) | {"pool": made[pool].pk}
            for pool, those in (("线索池", NOBODYS), ("Overseas leads", ABROAD))
            for language, name, firm, title, score, _ago in those
        ],
        by=admin,
        made=[story.at(ago, "gu") for *_rest, ago in (*NOBODYS, *ABROAD)],
    )
