from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast, overload

from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Date, Decimal, Link, LongText, Option, Text
from guanxi.platform.metadata.metrics import plain_metrics
from guanxi.platform.metadata.objects import Object

SCOPES = (
    Option("member", L("Member", "个人", "個人"), "azurite"),
    Option("team", L("Team", "团队", "團隊"), "malachite"),
    Option("firm", L("The firm", "公司", "公司"), "gamboge"),
)


class _Metrics(Sequence[Option]):
    """Every metric that any noun declares; asked when it is needed, for nouns are loaded one by one."""

    @overload
    def __getitem__(self, at: int) -> Option: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Option, ...]: ...
    def __getitem__(self, at: int | slice) -> Any:
        return tuple(self)[at]

    def __len__(self) -> int:
        return len(plain_metrics())

    def __iter__(self) -> Iterator[Option]:
        return iter([Option(one.name, one.label) for one in plain_metrics()])


TARGET = registry.register(
    Object(
        name="target",
        plural="targets",
        personal=True,
        label=L("Target", "业绩目标", "業績目標"),
        plural_label=L("Targets", "业绩目标", "業績目標"),
        icon="target",
        model="sales.Target",
        group="sales",
        order=97,
        tone="malachite",
        square=True,
        face=False,
        taggable=False,
        subtitle=("metric", "month", "value"),
        columns=("name", "metric", "month", "scope", "owner", "team", "product", "value"),
        sort="-month",
        fields=(
            Text(
                name="name", label=L("Name", "名称", "名稱"),
                help=L("Left empty it names itself", "留空则自动命名", "留空則自動命名"),
            ),
            Choice(
                name="metric", label=L("Metric", "指标", "指標"),
                options=cast("tuple[Option, ...]", _Metrics()), default="won_amount",
                synonyms=("kpi", "measure", "考核指标", "目标类型"),
            ),
            Choice(
                name="scope", label=L("For", "适用范围", "適用範圍"), options=SCOPES, default="member",
                synonyms=("scope", "level", "目标范围"),
            ),
            Link(
                name="product", label=L("Product", "产品", "產品"), to="product", synonyms=("product name",)
            ),
            Date(
                name="month", label=L("Month", "月份", "月份"), whole_month=True,
                synonyms=("period", "期间", "考核月份"),
            ),
            Decimal(
                name="value", label=L("Target", "目标值", "目標值"), least=0, adds_up=True,
                synonyms=("target", "quota", "goal", "amount", "目标", "目标金额", "任务"),
            ),
            LongText(name="about", label=L("About", "备注", "備註")),
        ),
    )
)  # fmt: skip
