"""What is delivered to customers, and the tenders that were found."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guanxi.platform.metadata.fields.money import Amount
from guanxi.platform.records.writing import create_record
from guanxi.sales.orders.models import Order
from guanxi.sales.projects import actions as delivering
from guanxi.sales.projects.models import Milestone
from guanxi.sales.tenders.actions import convert, follow, ignore

if TYPE_CHECKING:
    from guanxi.config.demo.story import Story

# Milestones with the days after the start, their weight and hours; what was done; who accepted.
WORDS: dict[str, dict[str, Any]] = {
    "CNY": {
        "template": "安装与验收",
        "steps": ("现场勘察", "设备到货", "安装调试", "培训", "终验"),
        "work": ("现场勘察与布点", "接线和通电测试", "标定与对比试验"),
        "accepted_by": "设备科 王科长",
        "note": "资料齐全，同意进入下一阶段。",
    },
    "HKD": {
        "template": "安裝與驗收",
        "steps": ("現場勘察", "設備到貨", "安裝調試", "培訓", "終驗"),
        "work": ("現場勘察與佈點", "接線和通電測試", "標定與比對試驗"),
        "accepted_by": "工程部 陳經理",
        "note": "資料齊全，同意進入下一階段。",
    },
    "SGD": {
        "template": "Installation and acceptance",
        "steps": ("Site survey", "Goods on site", "Installation", "Training", "Final acceptance"),
        "work": ("Survey of the site", "Wiring and first tests", "Calibration against the lab"),
        "accepted_by": "Plant manager",
        "note": "Papers complete; go on.",
    },
}
STEPS = ((10, 1, 16), (35, 1, 8), (55, 3, 80), (62, 1, 12), (75, 2, 8))  # days, weight, hours
HOURS = ("7.5", "8", "6")
TENDERS: tuple[tuple[str, str, str, int, int, str], ...] = (
    ("kelvin", "Online analysers for reservoirs, two years", "PUB Singapore", 640_000, 24, "follow"),
    ("lin", "东江水源地水质自动监测站建设", "东江水务局", 2_860_000, 31, "convert"),
    ("lin", "污水处理厂在线 COD 仪表采购", "滨海新区城投水务", 430_000, 12, ""),
    ("lin", "水质实验室家具采购", "省环境监测中心", 180_000, 9, "ignore"),
    ("wong", "沙田濾水廠水質監測儀器", "水務署", 1_200_000, 27, "convert"),
)
SUBSCRIPTIONS = {
    "lin": ("水质监测", "水质, COD, 在线监测", "家具"),
    "kelvin": ("Water analysers", "analyser, water quality", "furniture"),
    "wong": ("水質監測", "水質, 監測儀器", "家具"),
}


def add_delivery(story: Story) -> None:
    """Projects of some orders, each a little further; subscriptions, and what they found."""
    _projects(story)
    _tenders(story)


def _projects(story: Story) -> None:
    admin = story.actors["gu"]
    templates: dict[str, Any] = {}
    going = Order.objects.filter(status__in=("confirmed", "part_delivered", "delivered"), archived_at=None)
    for at, order in enumerate(going.select_related("deal", "company").order_by("-ordered_on", "number")[:5]):
        said = WORDS[order.currency]
        template = templates.get(order.currency) or _template(said, admin)
        templates[order.currency] = template
        by = next((one for one in story.actors.values() if one.member_id == order.owner_id), admin)
        begins = story.today - timedelta(days=50 - 12 * at)
        project = delivering.open_project(
            order, by=by, template=template, name=f"{order.company} · {said['template']}", starts_on=begins,
            ends_on=begins + timedelta(days=STEPS[-1][0]), hour_rate=Amount(Decimal(120), order.currency),
            budget=Amount(Decimal(20_000), order.currency),
        )  # fmt: skip
        if at == 4:
            continue
        delivering.plan(project, by=by)
        if at == 3:
            continue
        delivering.start(project, by=by, started_on=begins)
        _hours(story, project, said["work"], by)
        steps = list(Milestone.objects.filter(project=project, instalment=None).order_by("position"))
        for one in steps[: 2 - at]:
            delivering.accept(
                one, by=by, accepted_on=min(one.due_on or story.today, story.today),
                accepted_by=said["accepted_by"], accepted_note=said["note"],
            )  # fmt: skip


def _template(said: dict[str, Any], by: Any) -> Any:
    template = create_record(object="project_template", values={"name": said["template"]}, by=by)
    for name, (days, weight, hours) in zip(said["steps"], STEPS, strict=True):
        values = {"template": template.pk, "name": name, "days": days, "weight": weight}
        create_record(object="template_step", values=values | {"hours_planned": hours}, by=by)
    return template


def _hours(story: Story, project: Any, work: tuple[str, ...], by: Any) -> None:
    for ago, (what, hours) in enumerate(zip(work, HOURS, strict=True), 1):
        values = {"project": project.pk, "name": what, "hours": hours}
        create_record(
            object="time_entry", values=values | {"day": story.today - timedelta(days=3 * ago)}, by=by
        )


def _tenders(story: Story) -> None:
    # It is not read: nobody's demo asks addresses on the web.
    feed = create_record(
        object="feed",
        values={"name": "tenders.example", "address": "https://tenders.example/rss", "active": False},
        by=story.actors["gu"],
    )
    for owner, (name, some, none) in SUBSCRIPTIONS.items():
        values = {"name": name, "any_words": some, "not_words": none}
        create_record(object="subscription", values=values, by=story.actors[owner])
    verbs = {"follow": follow, "ignore": ignore, "convert": convert}
    for at, (owner, title, buyer, budget, days, verb) in enumerate(TENDERS):
        by = story.actors[owner]
        currency = {"lin": "CNY", "wong": "HKD"}.get(owner, "SGD")
        given: dict[str, Any] = {
            "name": title, "buyer": buyer, "budget": Amount(Decimal(budget), currency), "feed": feed.pk,
            "published_on": story.today - timedelta(days=at + 1),
            "deadline": story.today + timedelta(days=days),
            "url": f"https://tenders.example/{2026_000 + at}",
        }  # fmt: skip
        tender = create_record(object="tender", values=given, by=by)
        if verb:
            verbs[verb](tender, by=by)
