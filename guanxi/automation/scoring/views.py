from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from guanxi.automation.scoring.actions import (
    add_model,
    change_model,
    delete_model,
    discard_draft,
    draft_rules,
    find_model,
    publish_rules,
    switch_off,
    switch_on,
)
from guanxi.automation.scoring.dry import dry_run
from guanxi.automation.scoring.models import ScoreModel
from guanxi.automation.scoring.recipe import check_rules, facts_of_rule
from guanxi.automation.scoring.texts import read_score, write_score
from guanxi.automation.scoring.words import one_fact, rule_words, sentence_of, weight_words
from guanxi.automation.workflows.forms import Asked, built
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import Refused
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.sharing.conditions import draw_condition
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

ADDRESS = "/settings/scores/"
_NUMBERS = ("points", "most", "within", "half_life")


@plain_door("GET", "POST")
def scores(request: MemberRequest) -> HttpResponse:
    """All scores with what they say; POST makes a new one and opens it."""
    _administrators(request)
    problems: list[str] = []
    if request.method == "POST":
        try:
            row = add_model(object=request.POST.get("object", ""), by=request.actor)
            return HttpResponseRedirect(f"{ADDRESS}{row.pk}/")
        except InvalidValues as problem:
            problems = _messages(problem)
    rows = [row for row in ScoreModel.objects.order_by("object", "field") if registry.has(row.object)]
    taken = {row.object for row in rows if row.field == "score"}
    context = {
        "listed": [
            (
                row,
                registry.get(row.object),
                sentence_of(registry.get(row.object), row.rules, row.leads, by=request.actor),
            )
            for row in rows
        ],
        "objects": [
            Option(one.name, str(one.plural_label))
            for one in registry.objects()
            if one.group and one.owned and one.name not in taken
        ],
        "problems": problems,
    }
    status = 422 if problems else 200
    return render_page(request, "automation/scores.html", context, title=_("Scores"), status=status)


@plain_door("GET", "POST")
def score(request: MemberRequest, model_id: int) -> HttpResponse:
    """One score: the sentence, its rules, the form of the rule that was chosen."""
    _administrators(request)
    row = find_model(model_id, by=request.actor)
    if request.method == "POST":
        return _changed(request, row)
    return _draw(request, row)


@plain_door("GET")
def dry(request: MemberRequest, model_id: int) -> HttpResponse:
    """Who would gain and who would lose by the draft; without one, by the rules as they are."""
    _administrators(request)
    row = find_model(model_id, by=request.actor)
    rules = row.rules if row.draft is None else row.draft
    problem = ""
    try:
        found = dry_run(row, check_rules(row.object, rules, by=request.actor))
    except InvalidValues as wrong:
        found, problem = None, " ".join(_messages(wrong))
    context = {"row": row, "obj": registry.get(row.object), "found": found, "problem": problem}
    title = _("Dry run · %(title)s") % {"title": row}
    return render_page(request, "automation/score_dry.html", context, title=title)


@plain_door("GET", "POST")
def text(request: MemberRequest, model_id: int) -> HttpResponse:
    """The score as text, to read, to copy, to edit."""
    _administrators(request)
    row = find_model(model_id, by=request.actor)
    typed, problems, status = write_score(row), list[str](), 200
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            draft_rules(row.pk, read_score(typed), by=request.actor)
            return toast(HttpResponseRedirect(f"{ADDRESS}{row.pk}/"), _("Saved as a draft"))
        except InvalidValues as problem:
            problems, status = _messages(problem), 422
        except FieldError as problem:
            problems, status = [str(problem)], 422
    context = {"row": row, "text": typed, "problems": problems}
    title = _("Text · %(title)s") % {"title": row}
    return render_page(request, "automation/score_text.html", context, title=title, status=status)


@plain_door("GET")
def condition(request: MemberRequest, model_id: int, edit: str) -> HttpResponse:
    """Which records a rule is about, put together as the filter of a list is."""
    _administrators(request)
    row = find_model(model_id, by=request.actor)
    used, here = {"edit": edit, "basis": "if"}, f"{ADDRESS}{row.pk}/"
    if not registry.has(row.object) or not (edit == "add" or edit.isdecimal()):
        raise Http404
    return draw_condition(
        request, registry.get(row.object), path=f"{here}condition/{edit}/",
        back=here, used=used,
    )  # fmt: skip


def _changed(request: MemberRequest, row: ScoreModel) -> HttpResponse:
    by, here = request.actor, HttpResponseRedirect(f"{ADDRESS}{row.pk}/")
    try:
        match request.POST.get("do", ""):
            case "on":
                switch_on(row.pk, by=by)
            case "off":
                switch_off(row.pk, by=by)
            case "publish":
                publish_rules(row.pk, by=by)
                return toast(here, _("Saved; every record is weighed anew"))
            case "discard":
                discard_draft(row.pk, by=by)
            case "delete":
                delete_model(row.pk, by=by)
                return HttpResponseRedirect(ADDRESS)
            case "title":
                leads = read_whole(request.POST.get("leads", ""))
                change_model(
                    row.pk, title=request.POST.get("title", ""), leads=-1 if leads is None else leads, by=by
                )
            case "save" | "drop":
                draft_rules(row.pk, _edited(request, row), by=by)
            case "show":
                return _draw(request, row, kind=request.POST.get("basis", ""))
            case _unknown:
                raise Http404
    except InvalidValues as problem:
        return _draw(request, row, problems=_messages(problem), typed=_typed(request))
    return here


def _edited(request: MemberRequest, row: ScoreModel) -> list[Mapping[str, Any]]:
    """The rules with what was typed in place of one, or at their end."""
    rules: list[Mapping[str, Any]] = list(row.rules if row.draft is None else row.draft)
    at = read_whole(request.POST.get("at", ""))
    if at is not None and not 0 <= at < len(rules):
        raise Http404
    if request.POST.get("do") == "drop":
        if at is None:
            raise Http404
        return [one for index, one in enumerate(rules) if index != at]
    typed = _typed(request)
    if at is None:
        return [*rules, typed]
    return [{**typed, "key": one["key"]} if index == at else one for index, one in enumerate(rules)]


def _typed(request: MemberRequest) -> dict[str, Any]:
    post, basis = request.POST, request.POST.get("basis", "if")
    found: dict[str, Any] = {
        name: post[name].strip() for name in ("kind", "label") if post.get(name, "").strip()
    }
    found |= {name: post[name].strip() for name in _NUMBERS if post.get(name, "").strip()}
    if basis == "fact":
        found["fact"] = [
            *post.getlist("fact"),
            *(one for one in post.get("facts", "").replace(",", " ").split()),
        ]
    elif basis == "tag":
        found["tag"] = post.get("tag", "").strip()
    else:
        found["if"] = post.get("if", "").strip()
        if post.get("since"):
            found["since"] = post["since"]
    return found


def _draw(
    request: MemberRequest,
    row: ScoreModel,
    *,
    problems: list[str] | None = None,
    typed: Mapping[str, Any] | None = None,
    kind: str = "",
) -> HttpResponse:
    obj = registry.get(row.object)
    rules = row.rules if row.draft is None else row.draft
    edit = request.GET.get("edit", "")
    context = {
        "row": row,
        "obj": obj,
        "field": obj[row.field] if row.field in obj.fields_by_name else None,
        "sentence": sentence_of(obj, rules, row.leads, by=request.actor),
        "groups": [
            (label, [(at, rule_words(obj, one, by=request.actor), weight_words(obj, one), one["points"] < 0)
                     for at, one in enumerate(rules) if one["kind"] == name])
            for name, label in (("fit", _("Who they are")), ("engagement", _("What they do")))
        ],
        "edit": edit,
        "form": _form(request, obj, rules, edit, typed, kind),
        "problems": problems or [],
    }  # fmt: skip
    return render_page(
        request, "automation/score_model.html", context, title=row.title, status=422 if problems else 200
    )


def _form(
    request: MemberRequest,
    obj: Object,
    rules: list[Mapping[str, Any]],
    edit: str,
    typed: Mapping[str, Any] | None,
    kind: str,
) -> dict[str, Any] | None:
    if not edit or edit == "title":
        return None
    at = None if edit == "add" else read_whole(edit)
    if edit != "add" and (at is None or not 0 <= at < len(rules)):
        raise Http404
    rule: Mapping[str, Any] = typed or (rules[at] if at is not None else {})
    basis = (
        kind
        or request.GET.get("basis")
        or next((one for one in ("fact", "tag", "if") if rule.get(one)), "if")
    )
    if basis not in ("if", "tag", "fact"):
        raise Http404
    return {
        "at": "" if at is None else at,
        "basis": basis,
        "bases": [
            Option("if", _("A condition holds")),
            Option("tag", _("It has a tag")),
            Option("fact", _("Something happens")),
        ],
        "asked": built(_asked(obj, rule, basis), f"{request.path}condition/{edit}/", request.GET.dict()),
    }


def _asked(obj: Object, rule: Mapping[str, Any], basis: str) -> list[Asked]:
    points = Asked("points", _("Points"), "number", rule.get("points", ""), required=True,
                   hint=_("From −100 to 100; each time, if it is something that happens."))  # fmt: skip
    fades = Asked("half_life", _("Halves every so many days"), "number", rule.get("half_life", ""))
    if basis == "tag":
        return [Asked("tag", _("Tag"), value=rule.get("tag", ""), required=True), points, _kind(rule, "fit")]
    if basis == "fact":
        names = list(facts_of_rule(rule))
        known = list(dict.fromkeys([*names, *_facts_about(obj)]))
        options = [Option(one, one_fact(one)) for one in known]
        return [
            Asked("fact", _("What happens"), "checks", names, options=options),
            Asked("facts", _("Others, by name"), value="", hint=_("As in quote.opened"), mono=True),
            points,
            Asked("most", _("All together at most"), "number", rule.get("most", "")),
            Asked("within", _("In the last so many days"), "number", rule.get("within", 14)),
            fades,
            _kind(rule, "engagement"),
        ]  # fmt: skip
    dates = [one for one in obj.fields if one.type in ("date", "datetime") and not one.hidden]
    since = [Option("", _("does not fade")), *(Option(one.name, str(one.label)) for one in dates)]
    example = _("As in a list’s address: %(example)s") % {"example": "level in (A, B) and employees >= 100"}
    return [
        Asked("if", _("Condition"), "area", rule.get("if", ""), required=True, mono=True, hint=example),
        points,
        Asked("since", _("Fades since"), "select", rule.get("since", ""), options=since),
        fades,
        Asked("label", _("What the reason is called"), value=rule.get("label", ""),
              hint=_("Else the condition says itself.")),
        _kind(rule, "fit"),
    ]  # fmt: skip


def _kind(rule: Mapping[str, Any], usual: str) -> Asked:
    options = [Option("fit", _("Who they are")), Option("engagement", _("What they do"))]
    return Asked("kind", _("Says"), "select", rule.get("kind", usual), options=options)


def _facts_about(obj: Object) -> list[str]:
    """Facts that people would count: what the object's own verbs state, and what happens around it."""
    found = [f"{obj.name}.{one.done}" for one in obj.verbs if one.done]
    around = (
        "activity.done",
        "quote.viewed",
        "quote.opened",
        "quote.accepted",
        "deal.won",
        "order.confirmed",
    )
    return [*found, *(one for one in around if registry.has(one.partition(".")[0]) and one not in found)]


def _messages(problem: InvalidValues) -> list[str]:
    return [str(one) for found in problem.errors.values() for one in found]


def _administrators(request: MemberRequest) -> None:
    if not request.actor.administers:
        raise Refused(_("Only administrators look after scores."))
