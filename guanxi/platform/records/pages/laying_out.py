"""Settings › Objects and fields › Layout: which fields stand where, for everybody or for a role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from guanxi.platform.i18n.languages import active_language
from guanxi.platform.i18n.numbers import read_whole
from guanxi.platform.identity.models import Role
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.layouts import PHONE_FIELDS, find_layout, over, set_layout
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import may_shape
from guanxi.platform.metadata.versions import StaleVersion
from guanxi.platform.records.access import Refused
from guanxi.platform.records.addresses import with_query
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.panels import panels_beside
from guanxi.web.components import Option
from guanxi.web.pages import render_page, toast

PARTS = ("sections", "columns", "peek", "card", "phone", "panels")
SPARE_SECTIONS = 2
TEMPLATE = "records/layout.html"


@dataclass(frozen=True, slots=True)
class Line:
    """A field or a panel of the form. `section` is the number of its section, "" behind all of them."""

    name: str
    label: str
    chosen: bool
    section: str = ""


@plain_door("GET", "POST")
def layout(request: MemberRequest, name: str) -> HttpResponse:
    """One part of the layout of an object; POST saves that part, or goes back to what stands behind it."""
    if not may_shape(request.actor):
        raise Refused("object.change")
    if not registry.has(name):
        raise Http404
    obj = registry.get(name)
    asked = request.POST if request.method == "POST" else request.GET
    role = _role(asked.get("role", ""))
    part = asked.get("part", PARTS[0])
    if part not in PARTS:
        raise Http404
    here = _url(obj, part, role)
    if request.method == "GET":
        return _draw(request, obj, part, role)
    version, of = read_whole(asked.get("version", "")), role.pk if role else None
    drops = asked.get("do") == "drop"
    sent = {one: [] for one in _KEPT_IN.get(part, (part,))} if drops else _read(obj, part, asked)
    if problems := _section_problems(sent.get("sections", [])):
        return _draw(request, obj, part, role, sent, problems, 422)
    try:
        set_layout(obj.name, sent, role=of, version=version, by=request.actor)
    except StaleVersion as problem:
        return _draw(request, obj, part, role, {} if drops else sent, _stale_words(problem), 409)
    return toast(HttpResponseRedirect(here), _dropped_words(role) if drops else _("Saved the layout."))


_KEPT_IN = {"panels": ("panels", "without")}  # which parts of a layout a form keeps, where not its own


def _draw(
    request: MemberRequest,
    obj: Object,
    part: str,
    role: Role | None,
    sent: Mapping[str, Any] | None = None,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """The form, with what stands there, or what was sent and could not be saved."""
    made = find_layout(obj.name, role.pk if role else None)
    own: dict[str, Any] = made.parts if made else {}
    everybody = find_layout(obj.name) if role else None
    kept = over(everybody.parts if everybody else {}, own) | dict(sent or {})
    language = active_language()
    sections = [
        (number, one["label"].get(language) or next(iter(one["label"].values()), ""), one["label"])
        for number, one in enumerate(kept.get("sections") or [], start=1)
    ]
    spare = range(len(sections) + 1, len(sections) + 1 + SPARE_SECTIONS)
    roles = Role.objects.order_by("pk")
    context = {
        "obj": obj,
        "objects": [one for one in registry.objects() if one.group],
        "part": part,
        "role": role,
        "version": made.version if made else 0,
        "problems": problems,
        "laid_out": any(one in own for one in _KEPT_IN.get(part, (part,))),
        "drop": _("As everybody has it") if role else _("As it comes with the product"),
        "parts": [Option(one, part_words(one), href=_url(obj, one, role)) for one in PARTS],
        "roles": [
            Option("", _("Everybody"), href=_url(obj, part, None)),
            *(Option(str(one.pk), str(one), href=_url(obj, part, one)) for one in roles),
        ],
        "lines": _lines(obj, part, kept),
        "sections": [*sections, *((number, "", {}) for number in spare)] if part == "sections" else [],
        "hint": hint_words(part),
    }
    title = _("Layout of %(objects)s") % {"objects": obj.plural_label.within}
    return render_page(request, TEMPLATE, context, title=title, status=status)


def _section_problems(sections: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a section lacks: nothing that was typed is left out without a word."""
    language, said = active_language(), []
    for number, one in enumerate(sections, start=1):
        if not one["label"].get(language):
            said.append(_("Section %(number)d has fields but no name. Give it one.") % {"number": number})
        elif not one["fields"]:
            name = one["label"][language]
            said.append(
                _("Section “%(name)s” has no fields. Choose some for it, or clear its name.") % {"name": name}
            )
    return said


def _stale_words(problem: StaleVersion) -> list[str]:
    """Who was faster, and what to do."""
    who = problem.last.actor_name if problem.last else ""
    first = _("%(name)s has changed this while you had it open.") if who else str(problem)
    keeps = _("Nothing was saved; what you typed still stands here. Saving again writes it over theirs.")
    return [first % {"name": who}, keeps]


def _dropped_words(role: Role | None) -> str:
    return _("As everybody has it again.") if role else _("As it comes with the product again.")


def part_words(part: str) -> str:
    return {
        "sections": _("Page and form"),
        "columns": _("List"),
        "peek": _("Preview"),
        "card": _("Card"),
        "phone": _("Phone"),
        "panels": _("Beside the record"),
    }[part]


def hint_words(part: str) -> str:
    return {
        "sections": _("Fields that stand in no section come behind the others."),
        "columns": _("For lists whose view says nothing itself."),
        "peek": _("What is filled in stands in the preview, in this order."),
        "card": _("On boards and in galleries."),
        "phone": _("The first %(count)d that the list has: under the title, at the end, and under that.")
        % {"count": PHONE_FIELDS},
        "panels": _("What is not chosen is not shown."),
    }[part]


def _lines(obj: Object, part: str, kept: dict[str, Any]) -> list[Line]:
    """Everything that can stand in a part: what is chosen first, in order."""
    if part == "panels":
        names = {one.name: str(one.label) for one in panels_beside(obj)}
        order = [name for name in kept.get("panels") or [] if name in names]
        order += [name for name in names if name not in order]
        return [Line(name, names[name], name not in (kept.get("without") or [])) for name in order]
    labels = {one.name: str(one.label) for one in obj.fields if not one.hidden}
    if part == "sections":
        within = {
            name: str(number)
            for number, one in enumerate(kept.get("sections") or [], start=1)
            for name in one["fields"]
        }
        order = [name for name in within if name in labels]
        order += [name for name in labels if name not in within and name != obj.title]
        return [Line(name, labels[name], name in within, within.get(name, "")) for name in order]
    chosen = [name for name in kept.get(part) or _shipped(obj, part) if name in labels]
    order = [*chosen, *(name for name in labels if name not in chosen)]
    return [Line(name, labels[name], name in chosen) for name in order]


def _shipped(obj: Object, part: str) -> tuple[str, ...]:
    return obj.columns if part == "columns" else ()


def _read(obj: Object, part: str, sent: QueryDict) -> dict[str, Any]:
    """The part as the form says it."""
    names = [name.removeprefix("at-") for name in sent if name.startswith("at-")]
    names.sort(key=lambda name: _number(sent.get(f"at-{name}", "")))
    chosen = [name for name in names if f"on-{name}" in sent]
    if part == "panels":
        return {"panels": names, "without": [name for name in names if name not in chosen]}
    if part != "sections":
        return {part: chosen}
    found = []
    language = active_language()
    for number in range(1, 30):
        if f"section-{number}" not in sent:
            continue
        label = {
            key.removeprefix(f"section-{number}-"): sent[key]
            for key in sent
            if key.startswith(f"section-{number}-")
        }
        label[language] = str(sent[f"section-{number}"]).strip()
        fields = [name for name in names if sent.get(f"in-{name}") == str(number)]
        if fields or label[language]:
            found.append({"label": label, "fields": fields})
    return {"sections": found}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")


def _role(text: str) -> Role | None:
    if not text:
        return None
    found: Role | None = (
        Role.objects.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else None
    )
    if found is None:
        raise Http404
    return found


def _url(obj: Object, part: str, role: Role | None) -> str:
    return with_query(f"/settings/objects/{obj.name}/layout/", part=part, role=role.pk if role else "")
