"""Settings › Learned models: which there are, how good each is, its versions, on and off, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.analytics.insights.studies import Cell, Column, Table, Todo
from guanxi.analytics.insights.todos import make_todos
from guanxi.analytics.insights.wording import assumption_words, doubt_words, percent
from guanxi.analytics.learning.actions import (
    add_learned,
    begin_training,
    change_learned,
    choose_version,
    delete_learned,
    find_learned,
    learned_models,
    stop_training,
    switch_off,
    switch_on,
)
from guanxi.analytics.learning.customers import SOLD
from guanxi.analytics.learning.drawing import draw_calibration, draw_lift
from guanxi.analytics.learning.kinds import KINDS, Kind
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.learning.telling import column_words, value_words
from guanxi.analytics.learning.wording import happened, leak_words, measures, watch_words
from guanxi.platform.i18n.dates import format_datetime
from guanxi.platform.i18n.numbers import format_number, read_whole
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.jobs.models import Job
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import list_url
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.saved_views import Look, save_view
from guanxi.web.components import Job as Work
from guanxi.web.components import Option
from guanxi.web.pages import is_htmx, render_fragment, render_page, toast

ADDRESS = "/settings/learned/"
ASKED = 8  # to-dos at once


@plain_door("GET", "POST")
def index(request: MemberRequest) -> HttpResponse:
    """All models with how they stand; POST makes a new one and opens it."""
    rows = learned_models(by=request.actor)
    problems: list[str] = []
    if request.method == "POST":
        kind, _dot, name = request.POST.get("what", "").partition(".")
        try:
            row = add_learned(
                kind=kind,
                object=name,
                came=request.POST.get("came", "").strip(),
                gone=request.POST.get("gone", "").strip(),
                by=request.actor,
            )
            return HttpResponseRedirect(f"{ADDRESS}{row.pk}/")
        except InvalidValues as problem:
            problems = _messages(problem)
    versions = {(one.model_id, one.number): one for one in ModelVersion.objects.filter(model__in=rows)}
    context = {
        "listed": [
            {
                "row": one,
                "kind": KINDS[one.kind],
                "obj": registry.get(one.object),
                "said": happened(one, versions.get((one.pk, one.number or 0))),
            }
            for one in rows
        ],
        "choices": _choices({(one.kind, one.object) for one in rows}),
        "problems": problems,
    }
    status = 422 if problems else 200
    return render_page(
        request, "analytics/learning/index.html", context, title=_("Learned models"), status=status
    )


@plain_door("GET", "POST")
def model(request: MemberRequest, model_id: int) -> HttpResponse:
    """One model: how good it is, what it reads, its classes, its versions."""
    row = find_learned(model_id, by=request.actor)
    if request.method == "POST":
        try:
            return _changed(request, row)
        except InvalidValues as problem:
            return _draw(request, row, problems=_messages(problem))
    return _draw(request, row)


@plain_door("POST")
def on(request: MemberRequest, model_id: int) -> HttpResponse:
    """It speaks; the toast takes that back."""
    switch_on(model_id, by=request.actor)
    undo = f"{ADDRESS}{model_id}/off/"
    return toast(
        HttpResponseRedirect(f"{ADDRESS}{model_id}/"), _("On: it is writing what it says"), undo=undo
    )


@plain_door("POST")
def off(request: MemberRequest, model_id: int) -> HttpResponse:
    """Back to the rules; the toast takes that back."""
    switch_off(model_id, by=request.actor)
    undo = f"{ADDRESS}{model_id}/on/"
    return toast(HttpResponseRedirect(f"{ADDRESS}{model_id}/"), _("Back to the rules"), undo=undo)


@plain_door("POST")
def version(request: MemberRequest, model_id: int, number: int) -> HttpResponse:
    """Another version speaks; the toast goes back to the one before."""
    before = find_learned(model_id, by=request.actor).number
    choose_version(model_id, number, by=request.actor)
    said = _("Version %(number)d speaks now") % {"number": number}
    undo = f"{ADDRESS}{model_id}/versions/{before}/" if before else ""
    return toast(HttpResponseRedirect(f"{ADDRESS}{model_id}/"), said, undo=undo)


@plain_door("GET")
def progress(request: MemberRequest, model_id: int) -> HttpResponse:
    """The row that reports itself while a training runs; afterwards the page is drawn anew."""
    work = _work(find_learned(model_id, by=request.actor))
    if work is None or work.state != "running":
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render_fragment(request, "records/importing/progress.html", {"work": work})


@plain_door("POST")
def stop(request: MemberRequest, model_id: int) -> HttpResponse:
    """End a training; what speaks now goes on speaking."""
    row = stop_training(model_id, by=request.actor)
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(f"{ADDRESS}{row.pk}/")


def _changed(request: MemberRequest, row: LearnedModel) -> HttpResponse:
    by, post = request.actor, request.POST
    here = HttpResponseRedirect(f"{ADDRESS}{row.pk}/")
    match post.get("do", ""):
        case "train":
            begin_training(row.pk, by=by)
        case "schedule":
            change_learned(row.pk, schedule=post.get("schedule", ""), by=by)
            return toast(here, _("Saved"))
        case "marks":
            high, middle = read_whole(post.get("high", "")), read_whole(post.get("middle", ""))
            change_learned(row.pk, high=high or 0, middle=middle or 0, by=by)
            return toast(here, _("Saved; the classes are made anew"))
        case "left_out":
            change_learned(row.pk, left_out=post.getlist("left_out"), by=by)
            return toast(here, _("Saved; it holds from the next training"))
        case "view":
            return _keep_view(request, row, post.get("tier", ""))
        case "todos":
            return toast(here, _todos(request, row, post.get("tier", "")))
        case "delete":
            delete_learned(row.pk, by=by)
            return toast(HttpResponseRedirect(ADDRESS), _("Deleted"))
        case _unknown:
            raise Http404
    return here


def _draw(request: MemberRequest, row: LearnedModel, *, problems: list[str] | None = None) -> HttpResponse:
    obj, kind = registry.get(row.object), KINDS[row.kind]
    versions = list(ModelVersion.objects.filter(model=row).order_by("-number"))
    speaks = next((one for one in versions if one.number == row.number), None)
    context: dict[str, Any] = {
        "row": row,
        "obj": obj,
        "kind": kind,
        "speaks": speaks,
        "said": happened(row, speaks),
        "work": _work(row),
        "watch": watch_words(row),
        "tiers": _tiers(row, obj, kind, speaks),
        "versions": [_version(one, row) for one in versions],
        "schedules": [
            Option("", _("by hand")),
            Option("week", _("every week")),
            Option("month", _("every month")),
        ],
        "problems": problems or [],
    }
    if speaks is not None:
        context |= _evaluation(row, obj, kind, speaks)
        context["groups"] = _groups(obj, kind, speaks)
        told = {one["name"]: one["told"] for one in context["groups"]}
        context["tiers"] = [{**one, "told": told.get(one["name"], "")} for one in context["tiers"]]
    title = f"{kind.label} · {obj.plural_label}"
    status = 422 if problems else 200
    return render_page(request, "analytics/learning/model.html", context, title=title, status=status)


def _evaluation(row: LearnedModel, obj: Object, kind: Kind, speaks: ModelVersion) -> dict[str, Any]:
    bins: Sequence[Sequence[float]] = speaks.figures.get("bins") or []
    rate = float(speaks.figures.get("rate") or 0)
    tables = []
    if bins:
        cells = tuple(
            (
                Cell(str(place + 1)),
                Cell(format_number(int(one[0]))),
                Cell(percent(one[1], digits=0)),
                Cell(percent(one[2], digits=0), meter=one[2] * 100),
            )
            for place, one in enumerate(reversed(bins))
        )
        heads = (
            Column(_("Tenth")),
            Column(_("Cases"), True),
            Column(_("Predicted"), True),
            Column(_("Came")),
        )
        tables.append(Table(_("What was said and what came"), heads, cells))
    left = row.left_out
    leaks = [
        {
            "column": one["column"],
            "label": column_words(obj, one["column"]),
            "signs": leak_words(one["signs"]),
            "alone": percent(one["alone"], digits=0),
            "out": one["column"] in left if left is not None else one["left_out"],
        }
        for one in speaks.leaks
    ]
    named = {one["column"] for one in speaks.leaks}
    return {
        "stats_shown": measures(speaks, kind),
        "calibration": draw_calibration(
            bins, label=_("What was said and what came"), said=_("Said, in %"), came=_("Came, in %")
        )
        if bins
        else "",
        "lift": draw_lift(
            bins,
            rate,
            label=_("How many times the usual share"),
            first=_("Tenths, the highest chance first"),
            usual=_("usual"),
        )
        if bins
        else "",
        "tables": tables,
        "leaks": leaks,
        "others_out": [one for one in left or () if one not in named],
        "features": [column_words(obj, one) for one in speaks.features],
        "doubts": [doubt_words(one) for one in speaks.doubts],
        "assumes": [assumption_words(one) for one in speaks.assumes],
    }


def _tiers(row: LearnedModel, obj: Object, kind: Kind, speaks: ModelVersion | None) -> list[dict[str, Any]]:
    """The classes with how many records are in each, and the list of them."""
    if speaks is None or row.on_at is None:
        return []
    rows = Estimate.objects.filter(model=row).exclude(tier="").values("tier").annotate(count=Count("pk"))
    counts = {one["tier"]: one["count"] for one in rows}
    name = _tier_field(row, obj)
    test = f"{row.field} is not empty" if row.kind == "offers" else f"{name} = %s"
    return [
        {
            "name": tier,
            "label": label,
            "tone": kind.tone if tier == kind.alarm else "",
            "count": format_number(counts.get(tier, 0)),
            "any": bool(counts.get(tier)),
            "href": list_url(obj, filter=test.replace("%s", tier), sort=_sort(row, kind)),
        }
        for tier, label in kind.tiers_of(speaks).items()
    ]


def _groups(obj: Object, kind: Kind, speaks: ModelVersion) -> list[dict[str, str]]:
    """The groups that a training found, each told by where it stands apart from everybody."""
    if kind.groups is None:
        return []
    labels = kind.groups(speaks)
    found = []
    for name, group in zip(speaks.recipe["names"], speaks.recipe["groups"], strict=True):
        told = [
            _("%(column)s %(middle)s, all %(overall)s")
            % {
                "column": column_words(obj, f"{SOLD}{column}"),
                "middle": value_words(obj, f"{SOLD}{column}", middle),
                "overall": value_words(obj, f"{SOLD}{column}", overall),
            }
            for column, middle, overall, _apart in group["traits"]
        ]
        found.append(
            {
                "name": name,
                "label": str(labels[name]),
                "told": " · ".join(told),
                "size": format_number(group["size"]),
            }
        )
    return found


def _version(one: ModelVersion, row: LearnedModel) -> dict[str, Any]:
    auc = one.figures.get("auc")
    return {
        "number": one.number,
        "when": format_datetime(one.made_at),
        "who": one.made_by or _("by the clock"),
        "size": format_number(one.size),
        "auc": f"{auc:.3f}" if auc is not None else "–",
        "features": len(one.features),
        "speaks": one.number == row.number,
        "href": f"{ADDRESS}{row.pk}/versions/{one.number}/",
    }


def _keep_view(request: MemberRequest, row: LearnedModel, tier: str) -> HttpResponse:
    """A class as a saved view, which is a segment: whoever enters the class enters it."""
    obj, kind = registry.get(row.object), KINDS[row.kind]
    label = _tier_label(row, tier)
    columns = [one for one in obj.columns if one in obj.fields_by_name][:6]
    shown = tuple(dict.fromkeys([*columns, row.field, _tier_field(row, obj)]))
    test = f"{row.field} is not empty" if row.kind == "offers" else f"{_tier_field(row, obj)} = {tier}"
    look = Look(filter=test, sort=_sort(row, kind), columns=shown)
    view = save_view(obj, look, name=str(label), by=request.actor)
    return toast(HttpResponseRedirect(list_url(obj, view=view.pk)), _("Saved as a view"))


def _todos(request: MemberRequest, row: LearnedModel, tier: str) -> str:
    """A to-do about each of the first of a class."""
    label = _tier_label(row, tier)
    rows = Estimate.objects.filter(model=row, tier=tier)
    ids = [one.record_id for one in sorted(rows, key=lambda one: _weight(one), reverse=True)[:ASKED]]
    text = f"{KINDS[row.kind].label}{_(': ')}{label}"
    made = make_todos(Todo("", row.object, tuple(ids), text), by=request.actor)
    return ngettext("%(count)d to-do made", "%(count)d to-dos made", made) % {"count": made}


def _tier_label(row: LearnedModel, tier: str) -> Any:
    speaks = ModelVersion.objects.filter(model=row, number=row.number or 0).first()
    tiers = KINDS[row.kind].tiers_of(speaks) if speaks is not None else {}
    if tier not in tiers or row.on_at is None:
        raise Http404
    return tiers[tier]


def _weight(one: Estimate) -> float:
    return float(one.value) if isinstance(one.value, int | float) else 0.0


def _tier_field(row: LearnedModel, obj: Object) -> str:
    name = f"{row.field}_class"
    return name if name in obj.fields_by_name else row.field


def _sort(row: LearnedModel, kind: Kind) -> str:
    return f"-{row.field}" if kind.chance else ""


def _work(row: LearnedModel) -> Work | None:
    """The training as a row, while it runs or where it broke down."""
    job = Job.objects.filter(pk=row.training_id).first() if row.training_id else None
    if job is None or job.state in (Job.State.SUCCESSFUL, Job.State.CANCELLED):
        return None
    done, total = ((job.progress or {}).get(name) or 0 for name in ("done", "total"))
    broken = job.state == Job.State.FAILED
    told = _("%(done)s of %(total)s. You may leave this page.")
    return Work(
        key=str(job.pk),
        title=_("The training has failed; what spoke before goes on speaking.") if broken else _("Training"),
        state="failed" if broken else "running",
        icon="graduation-cap",
        done=done,
        of=total,
        note=told % {"done": format_number(done), "total": format_number(total)}
        if total and not broken
        else "",
        url=f"{ADDRESS}{row.pk}/progress/",
        cancel_url=f"{ADDRESS}{row.pk}/cancel/",
    )


def _choices(taken: set[tuple[str, str]]) -> list[Option]:
    """Every kind for every object that it fits and that has none yet."""
    return [
        Option(f"{kind.name}.{name}", f"{kind.label} · {registry.get(name).plural_label}")
        for kind in KINDS.values()
        for name in kind.fit()
        if (kind.name, name) not in taken
    ]


def _messages(problem: InvalidValues) -> list[str]:
    return [str(one) for found in problem.errors.values() for one in found]
