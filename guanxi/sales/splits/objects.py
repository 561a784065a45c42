from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link, MemberLink, Percent, Text
from guanxi.platform.metadata.objects import Object

SPLIT = registry.register(
    Object(
        name="split",
        plural="splits",
        label=L("Share of the deal", "业绩分成", "業績分成"),
        plural_label=L("Shares of the deal", "业绩分成", "業績分成"),
        icon="percent",
        model="sales.Split",
        part_of="deal",
        order=34,
        columns=("name", "deal", "percent", "part"),
        sort="-percent",
        fields=(
            Text(name="name", label=L("Name", "姓名", "姓名"), readonly=True, follows=("member",)),
            Link(name="deal", label=L("Deal", "商机", "商機"), to="deal", required=True),
            MemberLink(name="member", label=L("Member", "成员", "成員"), required=True),
            Percent(name="percent", label=L("Share", "分成比例", "分成比例"), required=True, default=100),
            Text(name="part", label=L("For what", "分工", "分工"), max_length=100),
        ),
    )
)
