from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.objects import Object
from guanxi.sales.lines.fields import COLUMNS, UNFOLD, line_fields

DEAL_LINE = registry.register(
    Object(
        name="deal_line",
        plural="deal_lines",
        label=L("Deal line", "商机明细", "商機明細"),
        plural_label=L("Deal lines", "商机明细", "商機明細"),
        icon="list",
        model="sales.DealLine",
        part_of="deal",
        title="title",
        verbs=UNFOLD,
        order=31,
        columns=("title", "deal", *COLUMNS[1:]),
        sort="position",
        fields=line_fields(Link(name="deal", label=L("Deal", "商机", "商機"), to="deal", required=True)),
    )
)
