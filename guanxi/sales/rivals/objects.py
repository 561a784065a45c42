from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Link, LongText, Money, Option, Text
from guanxi.platform.metadata.objects import Object

STATUSES = (
    Option("in", L("In the race", "竞争中", "競爭中"), "gamboge"),
    Option("out", L("Out", "已出局", "已出局"), "malachite"),
    Option("won", L("Won it", "赢走了", "已得標"), "cinnabar"),
)

RIVAL = registry.register(
    Object(
        name="rival",
        plural="rivals",
        label=L("Competitor", "竞争对手", "競爭對手"),
        plural_label=L("Competitors", "竞争对手", "競爭對手"),
        icon="flame",
        model="sales.Rival",
        part_of="deal",
        order=33,
        columns=("name", "deal", "status", "price", "strengths", "weaknesses"),
        sort="name",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱"), required=True),
            Link(name="deal", label=L("Deal", "商机", "商機"), to="deal", required=True),
            Link(name="company", label=L("Company", "公司", "公司"), to="company"),
            Choice(name="status", label=L("Status", "状态", "狀態"), options=STATUSES, default="in"),
            Money(name="price", label=L("Their price", "对手报价", "對手報價"), adds_up=False),
            LongText(name="strengths", label=L("Strengths", "优势", "優勢")),
            LongText(name="weaknesses", label=L("Weaknesses", "劣势", "劣勢")),
        ),
    )
)
