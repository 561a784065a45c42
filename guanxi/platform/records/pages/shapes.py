"""Settings › Objects and fields: what records there are, and what is kept of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from guanxi.platform.events.facts import facts_of
from guanxi.platform.i18n.folding import matches
from guanxi.platform.i18n.labels import L
from guanxi.platform.i18n.languages import active_language
from guanxi.platform.i18n.numbers import comma_list, join_words, labelled, read_whole
from guanxi.platform.identity.requests import MemberRequest
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.computed import FormulaFault, roll_ups_of
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.fields import Field, Link
from guanxi.platform.metadata.formulas import kind_of_field
from guanxi.platform.metadata.kinds import KINDS, MOST_DIGITS, RESULTS, ROLL_UPS, TONES
from guanxi.platform.metadata.models import OwnField, OwnObject, Retyping, Rule
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import (
    CONDITIONS,
    GROUPS,
    MOST_FIELDS,
    add_field,
    add_object,
    add_rule,
    archive_field,
    archive_object,
    archive_rule,
    change_field,
    change_object,
    change_rule,
    fields_made,
    may_shape,
    objects_made,
    order_fields,
    restore_field,
    restore_object,
    restore_rule,
    rules_made,
)
from guanxi.platform.metadata.uses import uses_of
from guanxi.platform.metadata.versions import StaleVersion
from guanxi.platform.records.pages.doors import plain_door
from guanxi.platform.records.pages.tags import tone_words
from guanxi.platform.records.retyping import (
    FROM,
    TYPES,
    last_retyping,
    leave_type,
    preview_retype,
    restore_type,
    retype_field,
)
from guanxi.web.components import Option
from guanxi.web.navigation import GROUPS as NAVIGATION
from guanxi.web.pages import redirect_whole, render_page, toast

ADDRESS = "/settings/objects/"
TEMPLATE = "records/shapes.html"
LOOKED_THROUGH = 12  # fields; above that the list can be searched
LANGUAGES = (("zh-hans", "简体"), ("zh-hant", "繁體"), ("en", "English"))
ICONS = {
    "box": L("Box", "盒子", "盒子"),
    "package": L("Package", "包裹", "包裹"),
    "briefcase-business": L("Briefcase", "公文包", "公事包"),
    "building-2": L("Building", "楼房", "大樓"),
    "users": L("People", "多人", "多人"),
    "user": L("Person", "一个人", "一個人"),
    "file-text": L("Document", "文档", "文件"),
    "clipboard-list": L("Checklist", "清单", "清單"),
    "receipt": L("Receipt", "票据", "收據"),
    "wallet": L("Wallet", "钱包", "錢包"),
    "coins": L("Coins", "硬币", "硬幣"),
    "handshake": L("Handshake", "握手", "握手"),
    "calendar": L("Calendar", "日历", "日曆"),
    "map-pin": L("Place", "地点", "地點"),
    "globe": L("Globe", "地球", "地球"),
    "key-round": L("Key", "钥匙", "鑰匙"),
    "monitor": L("Screen", "显示器", "螢幕"),
    "smartphone": L("Phone", "手机", "手機"),
    "printer": L("Printer", "打印机", "印表機"),
    "flame": L("Flame", "火焰", "火焰"),
    "zap": L("Lightning", "闪电", "閃電"),
    "star": L("Star", "星星", "星星"),
    "trophy": L("Trophy", "奖杯", "獎盃"),
    "target": L("Target", "靶心", "靶心"),
    "layers": L("Layers", "层叠", "層疊"),
    "folder": L("Folder", "文件夹", "資料夾"),
    "book-open": L("Book", "书", "書"),
    "message-square": L("Message", "对话", "對話"),
    "shield": L("Shield", "盾牌", "盾牌"),
    "cake": L("Cake", "蛋糕", "蛋糕"),
}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One row of the table: a shipped field is locked, one's own leads to its form."""

    id: int | None
    name: str
    label: str
    type: str
    icon: str
    required: bool
    unique: bool
    shown: str
    first: bool = False
    last: bool = False
    place: int = 0


@plain_door("GET", "POST")
def shapes(request: MemberRequest) -> HttpResponse:
    """The first object; POST adds an object."""
    _administrators(request)
    if request.method == "POST":
        return _add_object(request)
    if "new" in request.GET:
        return _draw_new_object(request)
    first = next(one for one in registry.objects() if one.group)
    return HttpResponseRedirect(f"{ADDRESS}{first.name}/")


@plain_door("GET", "POST")
def shape(request: MemberRequest, name: str) -> HttpResponse:
    """One object with its fields; POST does what its buttons say."""
    _administrators(request)
    if request.method == "GET":
        return _draw(request, _object(name))
    match request.POST.get("do", ""):
        case "add":
            return _add_field(request, _object(name))
        case "order":
            order_fields(name, _moved(request, name), by=request.actor)
            return HttpResponseRedirect(f"{ADDRESS}{name}/")
        case "archive":
            row = _own_object(name)
            try:
                archive_object(row.pk, by=request.actor)
            except InvalidValues as problem:
                return _draw(request, _object(name), problem)
            return toast(redirect_whole(request, ADDRESS), _("Archived %(name)s") % {"name": row})
        case "restore":
            row = restore_object(_own_object(name).pk, by=request.actor)
            back = redirect_whole(request, f"{ADDRESS}{name}/")
            return toast(back, _("%(name)s is back") % {"name": row})
        case "change":
            return _change_object(request, name)
    raise Http404


@plain_door("GET", "POST")
def shape_field(request: MemberRequest, name: str, field_id: int) -> HttpResponse:
    """One field of one's own; POST saves, archives or restores it."""
    _administrators(request)
    row = OwnField.objects.filter(object=name, pk=field_id).first()
    if row is None:
        raise Http404
    back = f"{ADDRESS}{name}/"
    match request.POST.get("do", "") if request.method == "POST" else "":
        case "":
            return _draw(request, _object(name), edited=row)
        case "archive":
            try:
                archive_field(row.pk, by=request.actor)
            except InvalidValues as problem:
                return _draw(request, _object(name), said=_messages(problem), edited=row)
            return toast(
                HttpResponseRedirect(back), _("Archived %(name)s. Its values are kept.") % {"name": row}
            )
        case "restore":
            restore_field(row.pk, by=request.actor)
            return toast(HttpResponseRedirect(back), _("%(name)s is back") % {"name": row})
    version = request.POST.get("version", "")
    try:
        values = read_field_form(request.POST, row.type)
        change_field(row.pk, values, by=request.actor, version=read_whole(version))
    except InvalidValues as problem:
        return _draw(request, _object(name), problem, edited=row)
    except StaleVersion as problem:
        return _draw(request, _object(name), stale=problem, edited=OwnField.objects.get(pk=row.pk))
    running = last_retyping(row.pk)
    said = _("Saved %(name)s")
    if running is not None and running.state == Retyping.State.RUNNING:
        said = _("Saved %(name)s. Its values are being written anew.")
    return toast(HttpResponseRedirect(back), said % {"name": row})


@plain_door("GET", "POST")
def shape_type(request: MemberRequest, name: str, field_id: int) -> HttpResponse:
    """Another type for a field: GET shows what it would make of the values, POST begins or takes back."""
    _administrators(request)
    row = OwnField.objects.filter(object=name, pk=field_id, archived_at=None).first()
    if row is None:
        raise Http404
    obj, by, last = _object(name), request.actor, last_retyping(row.pk)
    type = request.POST.get("type", request.GET.get("type", ""))
    preview, said, status = None, list[str](), 200
    try:
        if request.method == "POST" and request.POST.get("do") == "back":
            restore_type(row.pk, by=by)
            return toast(HttpResponseRedirect(request.path), _("The type before is being brought back"))
        if request.method == "POST" and request.POST.get("do") == "leave":
            leave_type(row.pk, by=by)
            return toast(HttpResponseRedirect(request.path), _("The field stays as it is"))
        if request.method == "POST":
            retype_field(row.pk, type, by=by, version=read_whole(request.POST.get("version", "")))
            return toast(
                HttpResponseRedirect(request.path), _("The values are being written in their new type")
            )
        if type:
            preview = preview_retype(row.pk, type, by=by)
    except InvalidValues as problem:
        said, status = _messages(problem), 422
    except (StaleVersion, Refused) as problem:
        said = stale_words(problem) if isinstance(problem, StaleVersion) else [problem.words]
        status = 409
    context = {
        "objects": [one for one in registry.objects() if one.group],
        "obj": obj,
        "row": row,
        "types": [Option(one, str(KINDS[one].label)) for one in TYPES if one != row.type],
        "type": type,
        "now": str(KINDS[row.type].label),
        "preview": preview,
        "outcomes": [
            ("kept", _("stay as they are")),
            ("changed", _("are written differently")),
            ("lost", _("don’t fit: the field becomes empty")),
        ],
        "drops": _dropped_words(row) if preview else [],
        "last": last,
        "was": str(KINDS[last.before["type"]].label) if last else "",
        "problems": said,
    }  # fmt: skip
    title = _("Type of %(field)s") % {"field": label_in(row.label)}
    return render_page(request, "records/shape_type.html", context, title=title, status=status)


def _dropped_words(row: OwnField) -> list[str]:
    """What a field with another type no longer has, in sentences."""
    said = []
    if row.unique:
        said.append(
            _("Afterwards two records may have the same value; you can forbid it again at the field.")
        )
    if row.default is not None:
        said.append(_("Afterwards new records begin without a value here; you can set another at the field."))
    return said


@plain_door("GET", "POST")
def shape_rules(request: MemberRequest, name: str) -> HttpResponse:
    """The rules that an object's records must keep; POST adds, saves, archives or restores one."""
    _administrators(request)
    obj, sent = _object(name), request.POST
    if request.method == "GET":
        return _draw_rules(request, obj)
    known = sent.get("id", "")
    row = Rule.objects.filter(object=name, pk=read_whole(known) or 0).first()
    if known and row is None:
        raise Http404
    values: dict[str, Any] = {
        "label": _label(sent, "label"),
        "formula": read_formula(sent, "formula"),
        "field": sent.get("field", ""),
    }
    back = HttpResponseRedirect(f"{ADDRESS}{name}/rules/")
    try:
        match sent.get("do", ""), row:
            case "add", None:
                row = add_rule(object=name, by=request.actor, **values)
                return toast(back, _("Records keep this rule from now on"))
            case "save", Rule():
                version = sent.get("version", "")
                change_rule(row.pk, values, by=request.actor, version=read_whole(version))
                return toast(back, _("Saved"))
            case "archive", Rule():
                archive_rule(row.pk, by=request.actor)
                return toast(back, _("The rule is not asked any more"))
            case "restore", Rule():
                restore_rule(row.pk, by=request.actor)
                return toast(back, _("The rule is asked again"))
    except InvalidValues as problem:
        return _draw_rules(request, obj, problem, row)
    except StaleVersion as problem:
        return _draw_rules(request, obj, stale=problem, edited=Rule.objects.get(pk=row.pk if row else 0))
    raise Http404


def _draw_rules(
    request: MemberRequest,
    obj: Object,
    problem: InvalidValues | None = None,
    edited: Rule | None = None,
    stale: StaleVersion | None = None,
) -> HttpResponse:
    wanted = request.GET.get("rule", "")
    if edited is None and wanted:
        edited = Rule.objects.filter(object=obj.name, pk=read_whole(wanted) or 0).first()
    sent = request.POST if problem or stale else None
    context = {
        "objects": [one for one in registry.objects() if one.group],
        "obj": obj,
        "rules": [(one, label_in(one.label), _field_label(obj, one.field)) for one in rules_made(obj.name)],
        "archived": [(one, label_in(one.label)) for one in rules_made(obj.name, archived=True)],
        "edited": edited,
        "adding": "new" in request.GET or (problem is not None and edited is None),
        "form": {
            "label": _label(sent, "label") if sent else edited.label if edited else {},
            "formula": read_formula(sent, "formula") if sent else edited.formula if edited else "",
            "field": sent.get("field", "") if sent else edited.field if edited else "",
            "marks": _marks(problem, sent),
        },
        "fields": [Option(one.name, str(one.label)) for one in obj.fields if not one.hidden],
        "languages": _languages(),
        "problems": stale_words(stale) if stale else _messages(problem),
    }
    status = 422 if problem else 409 if stale else 200
    title = _("Rules of %(object)s") % {"object": obj.plural_label}
    return render_page(request, "records/shape_rules.html", context, title=title, status=status)


def _field_label(obj: Object, name: str) -> str:
    return str(obj[name].label) if name in obj.fields_by_name else ""


def read_field_form(sent: QueryDict, type: str) -> dict[str, Any]:
    """What the form of a field says, as `add_field` and `change_field` take it."""
    return {
        "label": _label(sent, "label"),
        "help": _label(sent, "help"),
        "required": "required" in sent,
        "unique": "unique" in sent,
        "default": sent.get("default", "").strip() or None,
        "settings": _settings(sent, type),
        **{name: read_formula(sent, name) for name in CONDITIONS},
    }


# Verbs of the page


def _add_field(request: MemberRequest, obj: Object) -> HttpResponse:
    sent = request.POST
    try:
        values = read_field_form(sent, sent.get("type", ""))
        row = add_field(
            object=obj.name,
            type=sent.get("type", ""),
            name=sent.get("name", "").strip(),
            by=request.actor,
            **values,
        )
    except InvalidValues as problem:
        return _draw(request, obj, problem, adding=sent.get("type", "text"))
    said = _("Added %(name)s") % {"name": row}
    return toast(HttpResponseRedirect(f"{ADDRESS}{obj.name}/{row.pk}/"), said)


def _add_object(request: MemberRequest) -> HttpResponse:
    try:
        row = add_object(by=request.actor, **_read_object(request.POST, new=True))
    except InvalidValues as problem:
        return _draw_new_object(request, problem)
    said = _("Added %(name)s") % {"name": row}
    return toast(redirect_whole(request, f"{ADDRESS}{row.name}/?new"), said)


def _change_object(request: MemberRequest, name: str) -> HttpResponse:
    row = _own_object(name)
    version = request.POST.get("version", "")
    try:
        values = _read_object(request.POST)
        change_object(row.pk, values, by=request.actor, version=read_whole(version))
    except InvalidValues as problem:
        return _draw(request, _object(name), problem, object_form=True)
    except StaleVersion as problem:
        return _draw(request, _object(name), stale=problem, object_form=True)
    return toast(redirect_whole(request, f"{ADDRESS}{name}/"), _("Saved %(name)s") % {"name": row})


def _read_object(sent: QueryDict, *, new: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {
        "label": _label(sent, "label"),
        "plural_label": _label(sent, "plural_label"),
        "icon": sent.get("icon", "box"),
        "group": sent.get("group", "operations"),
        "touched": "touched" in sent,
    }
    if new:
        return {**found, "name": sent.get("name", "").strip(), "plural": sent.get("plural", "").strip()}
    return {**found, "title_label": _label(sent, "title_label"), "board": sent.get("board", "")}


def _moved(request: MemberRequest, name: str) -> list[str]:
    """The names in their new order: all as the page carried them, or one of them at a place, up or down."""
    if "name" in request.POST:
        return request.POST.getlist("name")
    names = [one.name for one in fields_made(name, by=request.actor)]
    place, wanted = request.POST.get("moved", ""), read_whole(request.POST.get("at", ""), least=1)
    if place in names and wanted is not None and not {"up", "down"} & set(request.POST):
        names.remove(place)
        names.insert(min(wanted, MOST_FIELDS) - 1, place)
        return names
    for word, step in (("up", -1), ("down", 1)):
        moved = request.POST.get(word, "")
        if moved in names:
            at = names.index(moved)
            names.insert(max(at + step, 0), names.pop(at))
    return names


# Drawing


def _draw(
    request: MemberRequest,
    obj: Object,
    problem: InvalidValues | None = None,
    *,
    edited: OwnField | None = None,
    adding: str = "",
    object_form: bool = False,
    said: list[str] | None = None,
    stale: StaleVersion | None = None,
) -> HttpResponse:
    by = request.actor
    adding = adding or request.GET.get("add", "")
    made = {one.name: one for one in fields_made(obj.name, by=by)}
    lines, sought = _lines(obj, made), request.GET.get("q", "").strip()[:100]
    own = OwnObject.objects.filter(name=obj.name).first()
    if own is not None and object_form and (problem or stale):
        for part, typed in _read_object(request.POST).items():  # shown, not saved
            setattr(own, part, typed)
    messages = stale_words(stale) if stale else said or _messages(problem)
    context = {
        "objects": [one for one in registry.objects() if one.group],
        "obj": obj,
        "own": own,
        "lines": [one for one in lines if matches(f"{one.label} {one.name} {one.type}", sought)],
        "sought": sought,
        "many": len(lines) > LOOKED_THROUGH,
        "archived": fields_made(obj.name, by=by, archived=True),
        "archived_objects": objects_made(by=by, archived=True),
        "kinds": [Option(one.name, str(one.label), icon=one.icon) for one in KINDS.values()],
        "edited": edited,
        "adding": adding if adding in KINDS or adding == "choose" else "",
        "form": _form(obj, request, edited, adding, problem or stale) if edited or adding in KINDS else None,
        "uses": uses_of(obj.name, edited.name) if edited and edited.archived_at is None else [],
        "history": history_of_field(edited) if edited else [],
        "retypable": edited is not None and edited.type in FROM and edited.archived_at is None,
        "object_form": own if own is not None and (object_form or "object" in request.GET) else None,
        "problems": messages,
        **_words(own),
    }
    status = 422 if problem else 409 if said or stale else 200
    return render_page(request, TEMPLATE, context, title=_("Objects and fields"), status=status)


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of a definition: who did what when, and which parts of it changed from what to what."""

    who: str
    did: str
    at: datetime
    changes: Sequence[tuple[str, str, str]]


def history_of_field(row: OwnField) -> list[Told]:
    """Who changed a field's definition, the last change first."""
    words = {
        "created": _("added it"), "changed": _("changed it"), "archived": _("archived it"),
        "restored": _("brought it back"), "retyped": _("changed its type"),
    }  # fmt: skip
    return [
        Told(
            fact.actor_name,
            words.get(fact.verb, fact.verb),
            fact.at,
            [
                (_part_words(name), _shortly(pair[0]), _shortly(pair[1]))
                for name, pair in fact.changes.items()
                if fact.verb != "created"
            ],
        )
        for fact in reversed(facts_of("field", row.pk))
    ]


def stale_words(problem: StaleVersion) -> list[str]:
    """Who was faster, what they changed, and what to do: shown above the form with what was typed."""
    who = problem.last.actor_name if problem.last else ""
    first = _("%(name)s has changed this while you had it open.") if who else str(problem)
    keeps = _("Nothing was saved; what you typed still stands here. Saving again writes it over theirs.")
    changed = [
        labelled(_part_words(name), f"{_shortly(was)} → {_shortly(now)}")
        for name, (was, now) in problem.changes.items()
    ]
    return [first % {"name": who}, *changed, keeps]


def _part_words(name: str) -> str:
    words = {
        "plural_label": _("Several are called"), "title_label": _("What names a record"),
        "board": _("Board by"), "group": _("Where it stands in the navigation"), "icon": _("Sign"),
        "formula": _("Formula"),
        "label": pgettext("thing", "Name"), "help": _("Help"), "required": _("Must be filled in"),
        "unique": _("No two records may have the same"), "default": _("New records begin with"),
        "settings": _("Settings"), "visible_if": _("Shown only if"), "required_if": _("Must be filled in if"),
        "type": _("Type"),
    }  # fmt: skip
    return words.get(name, name)


def _shortly(value: Any) -> str:
    """A part of a definition in a few words."""
    if value in (None, "", {}, []):
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict) and set(value) <= {one for one, _words in LANGUAGES}:
        return label_in(value)
    if isinstance(value, dict) and "options" in value:
        return comma_list(label_in(one["label"]) for one in value["options"])[:200]
    if isinstance(value, dict):
        return comma_list(labelled(key, one) for key, one in value.items() if one not in (None, "", {}))[:200]
    return str(value)[:200]


def _draw_new_object(request: MemberRequest, problem: InvalidValues | None = None) -> HttpResponse:
    context = {
        "objects": [one for one in registry.objects() if one.group],
        "obj": None,
        "archived_objects": objects_made(by=request.actor, archived=True),
        "problems": _messages(problem),
        "sent": request.POST if problem else QueryDict(),
        **_words(None),
    }
    title = _("New object")
    return render_page(
        request, "records/new_object.html", context, title=title, status=422 if problem else 200
    )


def _words(own: OwnObject | None) -> dict[str, Any]:
    """What the selects of an object's form offer."""
    boards = OwnField.objects.filter(object=own.name, type="choice", archived_at=None) if own else []
    return {
        "languages": _languages(),
        "icons": [Option(name, str(label)) for name, label in ICONS.items()],
        "groups": [Option(one, str(NAVIGATION[one])) for one in GROUPS],
        "boards": [Option(one.name, str(label_in(one.label))) for one in boards],
    }


def _lines(obj: Object, made: Mapping[str, OwnField]) -> list[FieldLine]:
    lines = [_line(obj, one, made.get(one.name)) for one in obj.fields if not one.hidden]
    own = [one for one in lines if one.id is not None]
    return [
        line
        if line.id is None
        else FieldLine(
            line.id, line.name, line.label, line.type, line.icon, line.required, line.unique, line.shown,
            first=line is own[0], last=line is own[-1], place=own.index(line) + 1,
        )
        for line in lines
    ]  # fmt: skip


def _line(obj: Object, field: Field, row: OwnField | None) -> FieldLine:
    kind = KINDS.get(row.type if row else field.type)
    places = [_("list")] if field.name in obj.columns or field.name == obj.title else []
    if field.name in obj.subtitle:
        places.append(_("title line"))
    places.append(_("record"))
    words = str(kind.label) if kind else _("Link to records")
    if field.type == "link" and registry.has(getattr(field, "to", "")):
        words = f"{words} → {registry.get(getattr(field, 'to', '')).label}"
    return FieldLine(
        id=row.pk if row else None,
        name=field.name,
        label=str(field.label),
        type=words,
        icon=kind.icon if kind else "link-2",
        required=field.required,
        unique=field.unique,
        shown=join_words(places),
    )


def _computing(obj: Object, kind: str) -> dict[str, list[Option]]:
    """What the form of a computed field offers."""
    if kind == "formula":
        words = {"": _("What the formula gives"), **{one: str(KINDS[one].label) for one in RESULTS[:4]}}
        return {"results": [Option(one, said) for one, said in words.items()]}
    if kind == "lookup":
        found = []
        for link in obj.fields:
            if isinstance(link, Link) and registry.has(link.to):
                target = registry.get(link.to)
                found += [
                    Option(f"{link.name}.{one.name}", f"{link.label} › {one.label}", group=str(link.label))
                    for one in target.fields
                    if kind_of_field(one) is not None and not one.multiple and not one.hidden
                ]
        return {"lookups": found}
    leading = [
        (other, one)
        for other in registry.objects()
        for one in other.fields
        if isinstance(one, Link) and one.to == obj.name and one.type == "link"
    ]
    others = {other.name: other for other, _link in leading}
    return {
        "leading": [
            Option(f"{other.name}.{one.name}", f"{other.plural_label} · {one.label}")
            for other, one in leading
        ],
        "dos": [Option(one, roll_up_words(one)) for one in ROLL_UPS],
        "of_fields": [
            Option(
                f"{other.name}.{one.name}",
                f"{other.plural_label} › {one.label}",
                group=str(other.plural_label),
                fits=" ".join(figures),
            )
            for other in others.values()
            for one in other.fields
            if (figures := roll_ups_of(one)) and not one.hidden
        ],
    }


def roll_up_words(do: str) -> str:
    return {
        "count": _("Count"),
        "sum": _("Sum"),
        "average": _("Average"),
        "min": _("Smallest"),
        "max": _("Largest"),
        "first": _("First"),
        "last": _("Last"),
    }[do]


def _form(
    obj: Object,
    request: MemberRequest,
    row: OwnField | None,
    type: str,
    problem: InvalidValues | StaleVersion | None,
) -> dict[str, Any]:
    """What the form of a field shows: the row, or what was typed if that could not be saved."""
    kind = KINDS[row.type if row else type]
    sent = request.POST if problem else None
    settings: Mapping[str, Any] = row.settings if row else {}
    return {
        "kind": kind.name,
        "kind_label": str(kind.label),
        "icon": kind.icon,
        "name": row.name if row else sent.get("name", "") if sent else "",
        "version": row.version if row else "",
        "label": _label(sent, "label") if sent else (row.label if row else {}),
        "help": _label(sent, "help") if sent else (row.help if row else {}),
        "required": "required" in sent if sent else bool(row and row.required),
        "unique": "unique" in sent if sent else bool(row and row.unique),
        **{name: read_formula(sent, name) if sent else getattr(row, name, "") for name in CONDITIONS},
        "default": (sent.get("default") if sent else default_words(row)) or "",
        "tells_apart": kind.tells_apart,
        "has_default": kind.defaults,
        "takes_options": kind.name in ("choice", "choices"),
        "takes_bounds": kind.name in ("integer", "decimal"),
        "digits": _digits_offered(kind.name, settings),
        "takes_target": kind.name in ("link", "links"),
        "leads_to": str(registry.get(to).label) if registry.has(to := settings.get("to", "")) else to,
        "takes_back": kind.name == "links",
        "takes_stars": kind.name == "rating",
        "takes_pattern": kind.name == "auto_number",
        "resets": [
            Option("", _("never")), Option("year", _("every year")), Option("month", _("every month")),
        ],
        "computed": kind.computed,
        "computing": _computing(obj, kind.name) if kind.computed else None,
        "options": _settings(sent, kind.name)["options"] if sent and kind.name in ("choice", "choices")
        else [*settings.get("options", ())],
        "settings": _settings(sent, kind.name) if sent else settings,
        "targets": [Option(one.name, str(one.label)) for one in registry.objects() if one.group],
        "tones": [Option(one, tone_words(one) if one else _("Without a colour")) for one in TONES],
        "archived": bool(row and row.archived_at),
        "marks": _marks(problem, sent),
    }  # fmt: skip


def _digits_offered(type: str, settings: Mapping[str, Any]) -> list[Option]:
    """How many decimals a field of this type may show; empty for a type that has none."""
    if type not in ("decimal", "percent", "formula"):
        return []
    numbers = [Option(str(one), str(one)) for one in range(MOST_DIGITS + 1)]
    if type != "percent":
        return [Option("", _("As they are")), *numbers]
    # Whole percentages are kept as such until decimals are asked for; then they are kept, shown or not.
    return numbers if "digits" in settings else [Option("", "0"), *numbers[1:]]


def _marks(
    problem: InvalidValues | StaleVersion | None, sent: QueryDict | None
) -> dict[str, dict[str, str | bool]]:
    """Where formulas make no sense, by the control: the first character, from 0, and how many they are, as
    browsers count. The page begins there."""
    found: dict[str, dict[str, str | bool]] = {}
    for name, some in problem.errors.items() if isinstance(problem, InvalidValues) and sent else ():
        control = name if name in CONDITIONS else "formula"
        for one in some:
            if isinstance(one, FormulaFault):
                text = read_formula(sent or {}, control)
                start, end = (_units(text[:at]) for at in (one.at, one.at + one.length))
                place = f"{start} {max(end - start, 1)}"
                found.setdefault(control, {"data-mark": place, "autofocus": True})
    return found


def _units(text: str) -> int:
    """How long a text is for a browser, for which a rare sign is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read_formula(sent: Mapping[str, Any], name: str) -> str:
    """A formula as it was typed, with lines that end as in the browser: its characters are counted."""
    return str(sent.get(name, "")).replace("\r\n", "\n").strip()


def default_words(row: OwnField | None) -> str:
    """A kept default as the form shows it."""
    value = row.default if row else None
    if isinstance(value, dict):
        return f"{value.get('amount', '')} {value.get('currency', '')}".strip()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def label_in(label: Mapping[str, str]) -> str:
    """A kept label in the active language."""
    return label.get(active_language()) or next((word for word in label.values() if word), "")


# Reading


def _label(sent: Mapping[str, Any] | None, name: str) -> dict[str, str]:
    """`label` is the member's own language, `label.en` and so on the others."""
    sent = sent or {}
    return {
        language: text
        for language, _words in LANGUAGES
        if (text := str(sent.get(f"{name}-{language}", "")).strip())
    }


def _settings(sent: Mapping[str, Any], type: str) -> dict[str, Any]:
    if type in ("choice", "choices"):
        return {"options": _options(sent)}
    digits = {"digits": sent["digits"]} if "digits" in sent else {}
    if type == "percent":
        return digits
    if type in ("integer", "decimal"):
        return {"least": sent.get("least", "").strip(), "most": sent.get("most", "").strip(), **digits}
    if type == "formula":
        shown = {"formula": read_formula(sent, "formula"), "result": sent.get("result", "")}
        return {**shown, **digits, **_told(sent)}
    if type == "lookup":
        link, _dot, field = sent.get("lookup", "").partition(".")
        return {"link": link, "field": field, **_told(sent)}
    if type == "roll_up":
        of, _dot, link = sent.get("of", "").partition(".")
        _of, _dot, field = sent.get("field", "").partition(".")
        return {
            "of": of,
            "link": link,
            "field": field,
            "do": sent.get("figure", ""),
            "filter": sent.get("filter", ""),
            **_told(sent),
        }
    if type == "rating":
        return {"most": sent.get("most", "")}
    if type == "auto_number":
        return {"pattern": sent.get("pattern", ""), "reset": sent.get("reset", "")}
    if type == "links":
        return {"to": sent.get("to", ""), "back": _label(sent, "back")}
    return {"to": sent.get("to", "")} if type == "link" else {}


def _told(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {"for_all": True} if sent.get("for_all") == "on" else {}


def _options(sent: Any) -> list[dict[str, Any]]:
    """The rows of the options' form, in the order of their numbers; an empty row is none."""
    language = active_language()
    rows = []
    for place in range(min(read_whole(sent.get("options", "0")) or 0, 300)):
        word = sent.get(f"option-{place}", "").strip()
        value = sent.get(f"option-{place}-value", "")
        if not word and not value:
            continue
        known = {
            one: text for one, _words in LANGUAGES if (text := sent.get(f"option-{place}-{one}", "").strip())
        }
        at = sent.get(f"option-{place}-at", "")
        rows.append(
            (
                float(at) if len(at) < 12 and at.replace(".", "", 1).isdecimal() else place + 1,
                {
                    "value": value,
                    "label": {**known, **({language: word} if word else {})} or {language: value},
                    "tone": sent.get(f"option-{place}-tone", ""),
                    "archived": f"option-{place}-archived" in sent,
                },
            )
        )
    return [one for _at, one in sorted(rows, key=lambda pair: pair[0])]


def _languages() -> list[tuple[str, str]]:
    """The member's own language first."""
    return sorted(LANGUAGES, key=lambda one: one[0] != active_language())


def _messages(problem: InvalidValues | None) -> list[str]:
    return [one.message for found in problem.errors.values() for one in found] if problem else []


def _object(name: str) -> Object:
    if not registry.has(name) or not registry.get(name).group:
        raise Http404
    return registry.get(name)


def _own_object(name: str) -> OwnObject:
    row: OwnObject | None = OwnObject.objects.filter(name=name).first()
    if row is None:
        raise Http404
    return row


def _administrators(request: MemberRequest) -> None:
    if not may_shape(request.actor):
        raise PermissionDenied
