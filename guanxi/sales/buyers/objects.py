from guanxi.people.contacts.objects import DECISION_ROLES
from guanxi.platform.i18n.labels import L
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Choice, Link, LongText, Option, Text
from guanxi.platform.metadata.objects import Object

STANCES = (
    Option("for", L("For us", "支持", "支持"), "malachite"),
    Option("neutral", L("Neutral", "中立", "中立"), "gamboge"),
    Option("against", L("Against us", "反对", "反對"), "cinnabar"),
    Option("unknown", L("Not known", "态度不明", "態度不明")),
)
INFLUENCES = (
    Option("much", L("Much", "高", "高"), "ochre"),
    Option("some", L("Some", "中", "中")),
    Option("little", L("Little", "低", "低")),
)

BUYER = registry.register(
    Object(
        name="buyer",
        plural="buyers",
        label=L("Person in the decision", "决策人", "決策人"),
        plural_label=L("Decision chain", "决策链", "決策鏈"),
        icon="network",
        model="sales.Buyer",
        part_of="deal",
        seen_with="contact",
        order=32,
        columns=("name", "deal", "role", "stance", "influence", "reports_to"),
        sort="name",
        fields=(
            Text(name="name", label=L("Name", "姓名", "姓名"), readonly=True, follows=("contact",)),
            Link(name="deal", label=L("Deal", "商机", "商機"), to="deal", required=True),
            Link(name="contact", label=L("Contact", "联系人", "聯絡人"), to="contact", required=True),
            Choice(
                name="role", label=L("Role in the decision", "决策角色", "決策角色"), options=DECISION_ROLES
            ),
            Choice(name="stance", label=L("Stance", "态度", "態度"), options=STANCES, default="unknown"),
            Choice(
                name="influence", label=L("Influence", "影响力", "影響力"), options=INFLUENCES, default="some"
            ),
            Link(name="reports_to", label=L("Answers to", "上级", "上級"), to="buyer"),
            LongText(name="note", label=L("Note", "备注", "備註")),
        ),
    )
)
