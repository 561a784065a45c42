from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from guanxi.automation.workflows import forms
from guanxi.automation.workflows.actions import (
    add_workflow,
    archive_workflow,
    change_workflow,
    discard_draft,
    find_run,
    find_workflow,
    may_automate,
    press_button,
    publish_workflow,
    renew_hook,
    restore_workflow,
    retry_run,
    return_to_version,
    stop_run,
    switch_off,
    switch_on,
    undo_run,
)
from guanxi.automation.workflows.dry import Dry, dry_run
from guanxi.automation.workflows.hooks import receive
from guanxi.automation.workflows.matching import rule_of
from guanxi.automation.workflows.models import Run, RunStep, Workflow, WorkflowVersion
from guanxi.automation.workflows.recipe import linked_object
from guanxi.automation.workflows.sweeping import count_matching
from guanxi.automation.workflows.telling import STATES, tell_runs, tell_steps
from guanxi.automation.workflows.texts import read_workflow, write_workflow
from guanxi.automation.workflows.words import lines_of, sentence_of
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.models import Member
from guanxi.platform.identity.queries import member_names
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.filters import FilterSyntaxError
from guanxi.platform.records.pages.doors import object_door, plain_door
from guanxi.platform.records.sharing.conditions import draw_condition
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

PER_PAGE = 50
ADDRESS = "/automations/"


@plain_door("GET", "POST")
def workflows(request: MemberRequest) -> HttpResponse:
    """All workflows with what they say; POST makes a new one and opens it."""
    _administrators(request)
    if request.method == "POST":
        return _add(request)
    archived = "archived" in request.GET
    rows = list(Workflow.objects.filter(archived_at__isnull=not archived).order_by("position", "id"))
    counts = _counts(rows)
    listed = [
        {
            "row": one,
            "sentence": sentence_of(one.object, one.draft or one.recipe, by=request.actor),
            "icon": registry.get(one.object).icon if registry.has(one.object) else "box",
            "ran": counts.get(one.pk, (0, 0, 0))[0],
            "failed": counts.get(one.pk, (0, 0, 0))[1],
            "waiting": counts.get(one.pk, (0, 0, 0))[2],
        }
        for one in rows
    ]
    context = {"listed": listed, "archived": archived}
    return render_page(request, "automation/workflows.html", context, title=_("Automations"))


@plain_door("GET")
def new(request: MemberRequest) -> HttpResponse:
    _administrators(request)
    return _draw_new(request, {})


@plain_door("GET", "POST")
def workflow(request: MemberRequest, workflow_id: int) -> HttpResponse:
    """The builder: the sentence, its lines, the form of the line that was chosen; else its runs."""
    _administrators(request)
    row = find_workflow(workflow_id, by=request.actor)
    if request.method == "POST":
        return _changed(request, row)
    return _draw(request, row)


@plain_door("GET")
def dry(request: MemberRequest, workflow_id: int) -> HttpResponse:
    """What it would have done lately: counted, and each record named."""
    _administrators(request)
    row = find_workflow(workflow_id, by=request.actor)
    days = min(max(read_whole(request.GET.get("days", "")) or 30, 1), 366)
    try:
        found: Dry | None = dry_run(row, days=days)
        problem = ""
    except (FieldError, FilterSyntaxError, InvalidValues) as raised:
        found, problem = None, str(raised)
    context = {
        "row": row,
        "plural": registry.get(row.object).plural if registry.has(row.object) else "",
        "found": found,
        "days": days,
        "problem": problem,
        "spans": (7, 30, 90),
    }
    return render_page(
        request, "automation/dry_run.html", context, title=_("Dry run · %(title)s") % {"title": row}
    )


@plain_door("GET")
def runs(request: MemberRequest, workflow_id: int) -> HttpResponse:
    """The log of runs, newest first; `state` picks some."""
    _administrators(request)
    row = find_workflow(workflow_id, by=request.actor)
    state = request.GET.get("state", "")
    found = Run.objects.filter(workflow=row)
    if state in Run.State.values:
        found = found.filter(state=state)
    before = read_whole(request.GET.get("before", ""))
    if before:
        found = found.filter(pk__lt=before)
    listed = list(found.order_by("-pk")[: PER_PAGE + 1])
    context = {
        "row": row,
        "days": tell_runs(listed[:PER_PAGE], by=request.actor),
        "state": state,
        "states": [Option("", _("All")), *(Option(name, str(one.label)) for name, one in STATES.items())],
        "older": listed[PER_PAGE - 1].pk if len(listed) > PER_PAGE else None,
    }
    return render_page(request, "automation/runs.html", context, title=_("Runs · %(title)s") % {"title": row})


@plain_door("GET", "POST")
def run(request: MemberRequest, run_id: int) -> HttpResponse:
    """One run step by step; POST tries it again, stops it, or takes back what it did."""
    _administrators(request)
    row = find_run(run_id, by=request.actor)
    said: list[str] = []
    if request.method == "POST":
        match request.POST.get("do", ""):
            case "retry":
                retry_run(row.pk, by=request.actor)
                said_so = _("It is tried again, as version %(number)s says") % {"number": row.version}
                return toast(HttpResponseRedirect(request.path), said_so)
            case "stop":
                stop_run(row.pk, by=request.actor)
                return toast(HttpResponseRedirect(request.path), _("Stopped"))
            case "undo":
                undone = undo_run(row.pk, by=request.actor)
                said = [
                    _("Step %(number)s stays: %(why)s") % {"number": number, "why": why}
                    for number, why in undone.left
                ]
                if not said:
                    return toast(HttpResponseRedirect(request.path), _("Taken back"))
                row = find_run(run_id, by=request.actor)
            case _unknown:
                raise Http404
    steps = list(RunStep.objects.filter(run=row).order_by("number"))
    flow = Workflow.objects.get(pk=row.workflow_id)
    context = {
        "run": row,
        "row": flow,
        "told": tell_runs([row], by=request.actor)[0][1][0],
        "steps": tell_steps(steps, flow, row, by=request.actor),
        "said": said,
        "newer": flow.version if flow.version > row.version else 0,
        "undoable": any(one.fact_id and one.state == RunStep.State.DONE for one in steps),
        "data": json.dumps(row.data, ensure_ascii=False, indent=1) if row.data else "",
    }
    return render_page(
        request,
        "automation/run.html",
        context,
        title=_("Run · %(title)s") % {"title": row.title or flow.title},
    )


@plain_door("GET", "POST")
def versions(request: MemberRequest, workflow_id: int) -> HttpResponse:
    """What it said in each version; POST makes an older one the draft."""
    _administrators(request)
    row = find_workflow(workflow_id, by=request.actor)
    if request.method == "POST":
        return_to_version(row.pk, read_whole(request.POST.get("version", "")) or 0, by=request.actor)
        return toast(HttpResponseRedirect(_address(row)), _("That version is the draft now"))
    kept = list(WorkflowVersion.objects.filter(workflow=row).order_by("-number")[:100])
    names = member_names({one.made_by_id for one in kept if one.made_by_id})
    listed = [
        (one, sentence_of(row.object, one.recipe, by=request.actor), names.get(one.made_by_id or 0))
        for one in kept
    ]
    return render_page(
        request,
        "automation/versions.html",
        {"row": row, "listed": listed},
        title=_("Versions · %(title)s") % {"title": row},
    )


@plain_door("GET", "POST")
def text(request: MemberRequest, workflow_id: int) -> HttpResponse:
    """The workflow as text, to read, to copy, to edit."""
    _administrators(request)
    row = find_workflow(workflow_id, by=request.actor)
    typed, problems, status = write_workflow(row), list[str](), 200
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            change_workflow(row.pk, recipe=read_workflow(typed, row), by=request.actor)
            return toast(HttpResponseRedirect(_address(row)), _("Saved as a draft"))
        except InvalidValues as problem:
            problems, status = _messages(problem), 422
        except FieldError as problem:
            problems, status = [str(problem)], 422
    context = {"row": row, "text": typed, "problems": problems}
    return render_page(
        request,
        "automation/workflow_text.html",
        context,
        title=_("Text · %(title)s") % {"title": row},
        status=status,
    )


@plain_door("GET")
def condition(request: MemberRequest, workflow_id: int, edit: str, kind: str) -> HttpResponse:
    """Which records a workflow, or one of its steps, is about, put together as the filter of a list is."""
    _administrators(request)
    row = find_workflow(workflow_id, by=request.actor)
    recipe = row.draft or row.recipe
    obj = registry.get(row.object) if registry.has(row.object) else None
    if edit != "if" and obj is not None:
        step = None if edit.startswith("add:") else forms.step_at(recipe, edit)
        obj = _object_in(obj, recipe, edit[4:] if edit.startswith("add:") else edit.rpartition(".")[0])
        if kind == "each" and obj is not None and step is not None:
            obj = linked_object(obj, step.get("of", ""))
    if obj is None or kind not in ("if", "branch", "each"):
        raise Http404
    used = {"edit": edit} | ({} if kind == "if" else {"do_kind": kind})
    path = f"{_address(row)}condition/{quote(edit)}/{kind}/"
    return draw_condition(request, obj, path=path, back=_address(row), used=used, layout="layouts/app.html")


@object_door("POST")
def press(request: MemberRequest, obj: Object, record_id: int, workflow_id: int) -> HttpResponse:
    """A button on a record."""
    record = find_record(obj, record_id, by=request.actor, access="edit")
    row = Workflow.objects.filter(pk=workflow_id, object=obj.name).first()
    if row is None:
        raise Http404
    press_button(row.pk, record, by=request.actor)
    return toast(
        HttpResponseRedirect(record_url(obj, record_id)), _("“%(title)s” has begun") % {"title": row}
    )


@csrf_exempt
@require_POST
def hook(request: HttpRequest, secret: str) -> HttpResponse:
    """Another system calls: 202 with the run's id, 404 for an address that is not (or no longer) one."""
    if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
        # In pieces of no said length: WSGI hands over nothing of it, and it would be taken for empty.
        refused = {"code": "length", "title": _("Say how long it is: Content-Length.")}
        return HttpResponse(json.dumps(refused), status=411, content_type="application/json")
    status, body = receive(secret, request.body, request.headers.get("Idempotency-Key", ""))
    return HttpResponse(json.dumps(body), status=status, content_type="application/json")


# Drawing


def _draw(
    request: MemberRequest,
    row: Workflow,
    problem: InvalidValues | None = None,
    shown: Mapping[str, Any] | None = None,
) -> HttpResponse:
    by, recipe = request.actor, row.draft or row.recipe
    obj = registry.get(row.object) if registry.has(row.object) else None
    if obj is None:
        return render_page(request, "automation/workflow_lost.html", {"row": row}, title=row.title)
    edit = shown["edit"] if shown else request.GET.get("edit", "")
    form = _form(request, obj, recipe, edit, shown) if edit else None
    if edit and form is None:
        raise Http404
    month = timezone.now() - timedelta(days=30)
    counted = Run.objects.filter(workflow=row, begun_at__gte=month).aggregate(
        ran=Count("pk"), failed=Count("pk", filter=Q(state__in=("failed", "parked")))
    )
    context = {
        "row": row,
        "obj": obj,
        "sentence": sentence_of(row.object, recipe, by=by),
        "lines": lines_of(row.object, recipe, by=by),
        "frames": _frames(recipe),
        "edit": edit,
        "form": form,
        "problems": _messages(problem) if problem else [],
        "ran": counted["ran"],
        "failed": counted["failed"],
        "matches": _matches(row, recipe) if recipe.get("if") else None,
        "recent": tell_runs(list(Run.objects.filter(workflow=row).order_by("-pk")[:12]), by=by),
        "weeks": _weeks(row),
        "members": [Option("", _("Guanxi itself"))]
        + [
            Option(str(one.pk), one.display_name)
            for one in Member.objects.filter(left_at=None).select_related("user").order_by("id")[:500]
        ],
        "acts_as": member_names([row.acts_as_id]).get(row.acts_as_id) if row.acts_as_id else None,
        "secret": shown.get("secret", "") if shown else "",
        "hook_url": shown.get("hook_url", "") if shown else "",
    }
    return render_page(
        request, "automation/workflow.html", context, title=row.title, status=422 if problem else 200
    )


def _form(
    request: MemberRequest, obj: Object, recipe: Mapping[str, Any], edit: str, shown: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The form of a line: `when`, `if`, `title`, a step's path, or `add:` with a frame."""
    given = request.POST if shown else request.GET
    if edit == "title":
        return {"title": _("Name and rights"), "kind": "title", "asked": []}
    if edit == "when":
        kind = given.get("kind") or recipe["when"]["kind"]
        if kind not in {one.value for one in forms.trigger_options()}:
            return None
        when = forms.read_when(request.POST, kind) if shown and shown.get("typed") else recipe["when"]
        return {
            "title": _("What begins it"), "kind": "when", "kinds": forms.trigger_options(), "chosen": kind,
            "asked": forms.when_form(obj, when, kind),
        }  # fmt: skip
    if edit == "if":
        typed = request.POST if shown and shown.get("typed") else recipe
        return {
            "title": _("If"),
            "kind": "if",
            "names": forms.names_for(obj, {}),
            "asked": forms.built(
                [
                    forms.Asked(
                        "if",
                        _("Condition"),
                        "area",
                        typed.get("if", ""),
                        hint=_("As in a list’s address: %(example)s")
                        % {"example": "level in (A, B) and employees >= 100"},
                        mono=True,
                    ),
                    forms.Asked(
                        "formula",
                        _("And this formula"),
                        "area",
                        typed.get("formula", ""),
                        hint=_("A formula that says yes or no: employees > 0 or empty(website)"),
                        mono=True,
                    ),
                    forms.Asked(
                        "imports",
                        _("Also for records that an import brings"),
                        "check",
                        bool(recipe.get("imports")),
                    ),
                    forms.Asked(
                        "most_a_day",
                        _("At most so often a day for one owner"),
                        "number",
                        recipe.get("most_a_day", ""),
                        hint=_("For what the clock starts; the rest waits for the next day."),
                    ),
                ],
                f"{request.path}condition/if/if/",
                request.GET.dict(),
            ),
        }
    adding = edit.startswith("add:")
    frame = edit[4:] if adding else edit.rpartition(".")[0]
    step = None if adding else forms.step_at(recipe, edit)
    if not forms.has_frame(recipe, frame) if adding else step is None:
        return None
    kind = given.get("do_kind") or (step["do"] if step else "notify")
    if kind not in {one.value for one in forms.step_options()}:
        return None
    at_hand = _object_in(obj, recipe, frame)
    if shown and shown.get("typed"):
        shown_step: Mapping[str, Any] = forms.read_step(request.POST, kind, step)
    else:
        shown_step = step if step and step["do"] == kind else {"do": kind}
    return {
        "title": _("Add a step") if adding else _("Step"),
        "kind": "step",
        "adding": adding,
        "kinds": forms.step_options(),
        "chosen": kind,
        "names": forms.names_for(at_hand, shown_step),
        "asked": forms.built(
            forms.step_form(at_hand, shown_step),
            f"{request.path}condition/{quote(edit)}/{kind}/",
            request.GET.dict(),
        ),
    }


def _object_in(obj: Object, recipe: Mapping[str, Any], frame: str) -> Object | None:
    """The object of the records that the steps of a frame are about."""
    parts = frame.split(".") if frame else []
    path = ""
    found: Object | None = obj
    for index, name in zip(parts[::2], parts[1::2], strict=False):
        path = f"{path}.{index}" if path else index
        step = forms.step_at(recipe, path)
        if name == "steps" and step is not None and found is not None:
            found = linked_object(found, step.get("of", ""))
        path = f"{path}.{name}"
    return found


def _frames(recipe: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where a step can be added beside the end: branches and loops, by the number of their step."""
    found = []

    def walk(steps: Any, path: str) -> None:
        for at, step in enumerate(steps):
            here = f"{path}.{at}" if path else str(at)
            names = {"branch": ("then", "else"), "each": ("steps",), "approve": ("else",)}.get(step["do"], ())
            for name in names:
                words = {
                    "then": _("if so"),
                    "else": _("not approved") if step["do"] == "approve" else _("else"),
                    "steps": _("each"),
                }[name]
                number = ".".join(str(int(one) + 1) for one in here.split(".") if one.isdecimal())
                found.append((f"{here}.{name}", f"{number} · {words}"))
                walk(step.get(name, ()), f"{here}.{name}")

    walk(recipe.get("steps", ()), "")
    return found


def _matches(row: Workflow, recipe: Mapping[str, Any]) -> int | None:
    try:
        return count_matching(rule_of(row, recipe))
    except (FieldError, FilterSyntaxError, KeyError):
        return None


def _weeks(row: Workflow) -> list[dict[str, Any]]:
    """Runs of the last four weeks, as bars."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    begins = [monday - timedelta(weeks=one) for one in (3, 2, 1, 0)]
    rows = Run.objects.filter(workflow=row, begun_at__gte=timezone.now() - timedelta(days=35))
    counts = dict.fromkeys(begins, 0)
    for begun in rows.values_list("begun_at", flat=True)[:50_000]:
        day = timezone.localtime(begun).date()
        week = day - timedelta(days=day.weekday())
        if week in counts:
            counts[week] += 1
    most = max(counts.values()) or 1
    return [{"day": day, "count": count, "height": round(78 * count / most)} for day, count in counts.items()]


def _counts(rows: list[Workflow]) -> dict[int, tuple[int, int, int]]:
    """Of each: runs of the last 30 days, how many of them failed, how many wait."""
    since = timezone.now() - timedelta(days=30)
    found = (
        Run.objects.filter(workflow__in=rows, begun_at__gte=since)
        .values_list("workflow_id")
        .annotate(
            ran=Count("pk"),
            failed=Count("pk", filter=Q(state__in=("failed", "parked"))),
            waiting=Count("pk", filter=Q(state="waiting")),
        )
        .order_by()
    )
    return {key: (ran, failed, waiting) for key, ran, failed, waiting in found}


def _draw_new(
    request: MemberRequest, typed: Mapping[str, Any], problem: InvalidValues | None = None
) -> HttpResponse:
    context = {
        "objects": forms.object_options(),
        "kinds": forms.trigger_options(),
        "typed": typed,
        "problems": _messages(problem) if problem else [],
    }
    return render_page(
        request,
        "automation/workflow_new.html",
        context,
        title=_("New automation"),
        status=422 if problem else 200,
    )


# Changing


def _add(request: MemberRequest) -> HttpResponse:
    """A new one with the least that makes sense: its owner is told; the rest is said in the builder."""
    object, kind = request.POST.get("object", ""), request.POST.get("kind", "fact")
    title = request.POST.get("title", "")
    recipe = {
        **_begin(object, kind, title),
        "steps": [{"do": "notify", "to": ["owner"], "text": f"{{{_title_of(object)}}}"}],
    }
    try:
        with transaction.atomic():
            row = add_workflow(object=object, title=title, recipe=recipe, by=request.actor, publish=False)
    except InvalidValues as problem:
        return _draw_new(request, request.POST.dict(), problem)
    return HttpResponseRedirect(f"{_address(row)}?edit=when")


def _begin(object: str, kind: str, title: str) -> dict[str, Any]:
    obj = registry.get(object) if registry.has(object) else None
    dates = [one.name for one in obj.fields if one.type in ("date", "datetime")] if obj else []
    ways: dict[str, dict[str, Any]] = {
        "fact": {"verb": "created"},
        "date": {"field": dates[0] if dates else "", "days": 0},
        "held": {"for": "30d"},
        "schedule": {"cron": "0 9 * * 1-5"},
        "button": {"label": title[:60] or "…"},
    }
    found: dict[str, Any] = {"when": {"kind": kind, **ways.get(kind, {})}}
    if kind in ("enters", "leaves", "held") and obj is not None:
        found["if"] = f"{obj.title} is not empty"
    return found


def _title_of(object: str) -> str:
    return registry.get(object).title if registry.has(object) else "name"


def _changed(request: MemberRequest, row: Workflow) -> HttpResponse:
    by, back = request.actor, HttpResponseRedirect(_address(row))
    do, edit = request.POST.get("do", ""), request.POST.get("edit", "")
    try:
        with transaction.atomic():
            match do:
                case "on":
                    switch_on(row.pk, by=by)
                    return toast(back, _("Switched on"))
                case "off":
                    switch_off(row.pk, by=by)
                    return toast(back, _("Switched off"))
                case "publish":
                    row = publish_workflow(row.pk, by=by)
                    return toast(back, _("Published as version %(number)s") % {"number": row.version})
                case "discard":
                    discard_draft(row.pk, by=by)
                    return toast(back, _("Back to what is published"))
                case "archive":
                    archive_workflow(row.pk, by=by)
                    return toast(HttpResponseRedirect(ADDRESS), _("Archived %(name)s") % {"name": row})
                case "restore":
                    restore_workflow(row.pk, by=by)
                    return toast(back, _("%(name)s is back") % {"name": row})
                case "hook":
                    secret = renew_hook(row.pk, by=by)
                    address = request.build_absolute_uri(f"/hooks/{secret}/")
                    return _draw(
                        request, find_workflow(row.pk, by=by), shown={"edit": "title", "hook_url": address}
                    )
                case "show":  # another kind was chosen: the same form, asked for that
                    return _draw(request, row, shown={"edit": edit})
                case "save" | "drop" | "up" | "down":
                    recipe = _edited(request, row, do, edit)
                    if edit == "title":
                        acts_as = read_whole(request.POST.get("acts_as", ""))
                        change_workflow(row.pk, title=request.POST.get("title", ""), acts_as=acts_as, by=by)
                    else:
                        change_workflow(row.pk, recipe=recipe, by=by)
                    return back
    except InvalidValues as problem:
        return _draw(request, find_workflow(row.pk, by=by), problem, shown={"edit": edit, "typed": True})
    raise Http404


def _edited(request: MemberRequest, row: Workflow, do: str, edit: str) -> dict[str, Any]:
    """The recipe after what a form says."""
    recipe = dict(row.draft or row.recipe)
    try:
        match edit, do:
            case "title", _any:
                return recipe
            case "when", _any:
                return {**recipe, "when": forms.read_when(request.POST, request.POST.get("kind", ""))}
            case "if", _any:
                typed = {name: request.POST.get(name, "").strip() for name in ("if", "formula")}
                most = request.POST.get("most_a_day", "").strip()
                return {**recipe, **typed, "imports": "imports" in request.POST, "most_a_day": most}
            case path, "drop":
                return forms.put_step(recipe, path, None)
            case path, "up" | "down":
                return forms.move_step(recipe, path, -1 if do == "up" else 1)
        kind = request.POST.get("do_kind", "")
        if kind not in {one.value for one in forms.step_options()}:
            raise Http404
        if edit.startswith("add:"):
            return forms.add_step(recipe, edit[4:], forms.read_step(request.POST, kind))
        return forms.put_step(recipe, edit, forms.read_step(request.POST, kind, forms.step_at(recipe, edit)))
    except (IndexError, KeyError, ValueError) as problem:
        raise Http404 from problem


def _messages(problem: InvalidValues) -> list[str]:
    found = []
    for path, errors in problem.errors.items():
        at = path.removeprefix("steps.")
        number = at.partition(".")[0]
        prefix = (
            _("Step %(number)d: ") % {"number": int(number) + 1}
            if path.startswith("steps.") and number.isdecimal()
            else ""
        )
        found += [f"{prefix}{one.message}" for one in errors]
    return found


def _administrators(request: MemberRequest) -> None:
    if not may_automate(request.actor):
        raise PermissionDenied


def _address(row: Workflow) -> str:
    return f"{ADDRESS}{row.pk}/"
