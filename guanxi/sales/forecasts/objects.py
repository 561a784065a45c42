from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Date, Decimal, Text
from guanxi.platform.metadata.objects import Object
from guanxi.sales.targets.objects import SCOPES

FORECAST = registry.register(
    Object(
        name="forecast",
        plural="forecasts",
        personal=True,
        label=L("Kept forecast", "预测快照", "預測快照"),
        plural_label=L("Kept forecasts", "预测快照", "預測快照"),
        icon="history",
        model="sales.Forecast",
        group="sales",
        order=98,
        tone="indigo",
        square=True,
        face=False,
        taggable=False,
        subtitle=("month", "taken_on", "called"),
        columns=(
            "name", "month", "taken_on", "scope", "owner", "closed", "commit", "best_case", "total", "called",
            "reason",
        ),
        sort="-taken_on",
        fields=(
            Text(name="name", label=L("Name", "名称", "名稱")),
            Choice(name="scope", label=L("For", "适用范围", "適用範圍"), options=SCOPES, default="member"),
            Date(name="month", label=L("Month", "月份", "月份"), whole_month=True, synonyms=("period",)),
            Date(name="taken_on", label=L("Taken on", "预测日期", "預測日期"), readonly=True, brought=True),
            Decimal(name="closed", label=L("Closed", "已成交", "已成交"), digits=2, readonly=True),
            Decimal(name="commit", label=L("Commit", "承诺", "承諾"), digits=2, readonly=True),
            Decimal(name="best_case", label=L("Best case", "乐观", "樂觀"), digits=2, readonly=True),
            Decimal(name="total", label=L("With the pipeline", "含管道", "含醞釀"), digits=2, readonly=True),
            Decimal(name="weighted", label=L("Weighted", "加权", "加權"), digits=2, readonly=True),
            Decimal(name="low", label=L("Not below", "下限", "下限"), digits=2, readonly=True),
            Decimal(name="high", label=L("Not above", "上限", "上限"), digits=2, readonly=True),
            Decimal(name="called", label=L("Called", "提报值", "提報值"), digits=2, least=0),
            Text(name="reason", label=L("Because", "调整原因", "調整原因"), max_length=300),
        ),
    )
)  # fmt: skip
