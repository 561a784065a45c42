from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Boolean, Integer, Link, Text
from guanxi.platform.metadata.objects import Object

NAME = L("Name", "名称", "名稱")

PASSAGE = registry.register(
    Object(
        name="passage",
        plural="passages",
        label=L("Allowed move", "允许的流转", "允許的移動"),
        plural_label=L("Allowed moves", "允许的流转", "允許的移動"),
        icon="arrow-right",
        model="sales.Passage",
        part_of="stage",
        columns=("name", "stage", "to", "role"),
        sort="name",
        fields=(
            Text(name="name", label=NAME, readonly=True, hidden=True, follows=("stage", "to")),
            Link(name="stage", label=L("From stage", "从阶段", "從階段"), to="stage", required=True),
            Link(name="to", label=L("To stage", "到阶段", "到階段"), to="stage", required=True),
            Text(
                name="role",
                label=L("Role", "角色", "角色"),
                help=L("Empty: for everybody", "留空即所有人", "留空即所有人"),
                max_length=100,
            ),
        ),
    )
)
STAGE_CHECK = registry.register(
    Object(
        name="stage_check",
        plural="stage_checks",
        label=L("Checklist item", "检查项", "檢查項目"),
        plural_label=L("Checklist", "检查清单", "檢查清單"),
        icon="list-checks",
        model="sales.StageCheck",
        part_of="stage",
        columns=("name", "stage", "needed", "position"),
        sort="position",
        fields=(
            Text(name="name", label=NAME, required=True),
            Link(name="stage", label=L("Stage", "阶段", "階段"), to="stage", required=True),
            Boolean(
                name="needed",
                label=L("Needed to go on", "完成后才能进入下一阶段", "完成後才能進入下一階段"),
                default=True,
            ),
            Integer(name="position", label=L("Position", "顺序", "順序"), least=0, default=0),
        ),
    )
)
TICK = registry.register(
    Object(
        name="tick",
        plural="ticks",
        label=L("Ticked item", "已勾选的检查项", "已勾選的檢查項目"),
        plural_label=L("Ticked items", "已勾选的检查项", "已勾選的檢查項目"),
        icon="circle-check",
        model="sales.Tick",
        part_of="deal",
        order=34,
        columns=("name", "deal", "created_by", "created_at"),
        sort="created_at",
        fields=(
            Text(name="name", label=NAME, readonly=True, hidden=True, follows=("item",)),
            Link(name="deal", label=L("Deal", "商机", "商機"), to="deal", required=True),
            Link(
                name="item", label=L("Checklist item", "检查项", "檢查項目"), to="stage_check", required=True
            ),
        ),
    )
)
