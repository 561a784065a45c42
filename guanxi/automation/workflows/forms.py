"""The parts of a workflow as plain forms: what each asks, and how what was typed becomes the recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from django.http import QueryDict
from django.utils.translation import gettext as _

from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.workflows.recipe import METHODS, ROBOTS, STEPS, steps_at, target_of
from guanxi.automation.workflows.words import CHANNEL_NAMES, ROBOT_NAMES, fact_words
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import with_query
from guanxi.web.components import Option

Shape = Literal["text", "area", "select", "list", "lines", "number", "check", "checks"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One control of a form."""

    name: str
    label: str
    shape: Shape = "text"
    value: Any = ""
    hint: str = ""
    options: Sequence[Option] = ()
    required: bool = False
    mono: bool = False
    builder: str = ""  # where a condition is put together as the filter of a list is

    @property
    def written(self) -> str:
        """What stands in the control: lines for a mapping, commas for a list."""
        if self.shape == "lines":
            return write_lines(self.value)
        return ", ".join(self.value) if isinstance(self.value, list) else str(self.value)

    @property
    def attrs(self) -> dict[str, str]:
        if not self.mono:
            return {"autocomplete": "off"}
        kind = "textarea" if self.shape in ("area", "lines") else "input"
        return {"class": f"{kind} mono", "spellcheck": "false", "autocomplete": "off"}


def trigger_options() -> list[Option]:
    """The ways in which a workflow begins."""
    words = {
        "fact": _("Something happens to a record"),
        "enters": _("A condition begins to hold"),
        "leaves": _("A condition no longer holds"),
        "held": _("A condition has held for a time"),
        "date": _("A date is near or past"),
        "schedule": _("By the clock"),
        "button": _("A button on the record"),
        "webhook": _("Another system calls"),
    }
    return [Option(name, label) for name, label in words.items()]


def step_options() -> list[Option]:
    """What a step can do."""
    words = {
        "notify": _("Tell somebody"), "todo": _("Make a to-do"), "today": _("Lead somebody’s Today"),
        "email": _("Send an email"), "change": _("Change a record"), "create": _("Make a record"),
        "assign": _("Give to somebody"), "tag": _("Put on or take off tags"), "score": _("Add to a number"),
        "verb": _("Do what a button does"), "approve": _("Ask for approval"), "wait": _("Wait"),
        "branch": _("Branch"), "each": _("Repeat for linked records"), "robot": _("WeCom, DingTalk, Feishu"),
        "call": _("Call another system"), "stop": _("Stop"),
    }  # fmt: skip
    return [Option(name, label) for name, label in words.items()]


def object_options() -> list[Option]:
    return [Option(one.name, str(one.label)) for one in registry.objects() if one.group]


def creatable_options() -> list[Option]:
    return [Option(one.name, str(one.label)) for one in registry.objects() if one.group and not one.derived]


def when_form(obj: Object, when: Mapping[str, Any], kind: str) -> list[Asked]:
    """What is asked of a way to begin."""
    value = when if when.get("kind") == kind else {}
    every = [Option(one.name, str(one.label)) for one in obj.fields if not one.hidden]
    dates = [Option(one.name, str(one.label)) for one in obj.fields if one.type in ("date", "datetime")]
    filter_hint = _("As in a list’s address: %(example)s") % {"example": "level in (A, B)"}
    match kind:
        case "fact":
            verbs = dict.fromkeys(
                [
                    "*",
                    "created",
                    "changed",
                    "assigned",
                    "archived",
                    "restored",
                    *(one.done for one in obj.verbs),
                ]
            )
            return [
                Asked(
                    "verb",
                    _("What happens"),
                    "select",
                    value.get("verb", "created"),
                    options=[Option(one, fact_words(obj, one)) for one in verbs],
                ),
                Asked(
                    "fields",
                    _("Only if one of these changes"),
                    "checks",
                    value.get("fields", []),
                    options=every,
                ),
                Asked(
                    "was", _("What was so before"), "text", value.get("was", ""), hint=filter_hint, mono=True
                ),
            ]
        case "date":
            return [
                Asked("field", _("Date"), "select", value.get("field", ""), options=dates, required=True),
                Asked(
                    "days",
                    _("Days after it"),
                    "number",
                    value.get("days", 0),
                    hint=_("Before it: a minus sign."),
                ),
                Asked(
                    "at",
                    _("At"),
                    "text",
                    value.get("at", "09:00"),
                    hint=_("In the workspace’s time zone; where the date has a time, that counts."),
                ),
            ]
        case "held":
            return [
                Asked(
                    "for",
                    _("For how long"),
                    "text",
                    value.get("for", "30d"),
                    hint=duration_hint(),
                    required=True,
                ),
                Asked(
                    "since",
                    _("Since"),
                    "checks",
                    value.get("since", []),
                    hint=_("The first that is filled in. None: since the workflow sees it begin."),
                    options=[one for one in dates if obj[str(one.value)].type == "datetime"],
                ),
            ]
        case "schedule":
            return [
                Asked(
                    "cron",
                    _("Clock table"),
                    "text",
                    value.get("cron", "0 9 * * 1-5"),
                    hint=_("Five fields of a clock table: 0 9 * * 1-5 is nine on weekdays."),
                    mono=True,
                    required=True,
                )
            ]
        case "button":
            return [Asked("label", _("What the button says"), "text", value.get("label", ""), required=True)]
        case "webhook":
            match_ = value.get("match", {})
            return [
                Asked(
                    "match.field",
                    _("Field that names the record"),
                    "select",
                    match_.get("field", ""),
                    options=[Option("", "–"), *every],
                ),
                Asked(
                    "match.path",
                    _("Where its value stands"),
                    "text",
                    match_.get("path", ""),
                    hint=_("In what is sent: order.customer_id"),
                    mono=True,
                ),
            ]
    return []


def read_when(form: QueryDict, kind: str) -> dict[str, Any]:
    """The way to begin that was typed."""
    found: dict[str, Any] = {"kind": kind}
    for name in ("verb", "was", "field", "days", "at", "for", "cron", "label"):
        if said := form.get(name, "").strip():
            found[name] = said
    for name in ("fields", "since"):
        if form.getlist(name):
            found[name] = form.getlist(name)
    field, path = form.get("match.field", ""), form.get("match.path", "")
    if field and path:
        found["match"] = {"field": field, "path": path.strip()}
    return found


def step_form(obj: Object | None, step: Mapping[str, Any]) -> list[Asked]:
    """What is asked of a step."""
    kind, get = str(step["do"]), step.get
    holes = _("Fields in braces are filled in: {name}, {owner.name}")
    people = _("owner, manager, followers, creator, admins, member:…, team:…, role:…")
    target = target_of(obj, str(get("of") or "")) if obj is not None else None
    asked: list[Asked] = []
    if kind in ("change", "assign", "tag", "score", "verb", "approve") and obj is not None:
        asked.append(Asked("of", _("Of"), "select", get("of", ""), options=_links(obj)))
    match kind:
        case "create":
            asked += [
                Asked(
                    "object",
                    _("Kind of record"),
                    "select",
                    get("object", ""),
                    options=creatable_options(),
                    required=True,
                ),
                Asked(
                    "values",
                    _("Fields"),
                    "lines",
                    get("values", {}),
                    hint=values_hint(),
                    required=True,
                    mono=True,
                ),
            ]
        case "change":
            asked.append(
                Asked(
                    "values",
                    _("Fields"),
                    "lines",
                    get("values", {}),
                    hint=values_hint(),
                    required=True,
                    mono=True,
                )
            )
        case "assign":
            asked += [
                Asked("to", _("To"), "list", get("to", []), hint=people),
                Asked(
                    "plan",
                    _("Or by the plan"),
                    value=get("plan", ""),
                    hint=_("Its name under Settings › Assignment."),
                ),
            ]
        case "tag":
            asked += [
                Asked("add", _("Put on"), "list", get("add", [])),
                Asked("remove", _("Take off"), "list", get("remove", [])),
            ]
        case "score":
            numbers = (
                [
                    one
                    for one in target.fields
                    if one.type in ("integer", "decimal", "percent") and not one.readonly
                ]
                if target
                else []
            )
            asked += [
                Asked(
                    "field",
                    _("Number"),
                    "select",
                    get("field", ""),
                    options=[Option(one.name, str(one.label)) for one in numbers],
                    required=True,
                ),
                Asked("add", _("Add"), "text", get("add", ""), hint=_("A number, or a formula after =.")),
                Asked(
                    "tags",
                    _("Or what each tag is worth"),
                    "lines",
                    get("tags", {}),
                    hint=_("One on each line: tag = 30"),
                    mono=True,
                ),
            ]
        case "todo":
            asked += [
                Asked("text", _("What is to be done"), "text", get("text", ""), hint=holes, required=True),
                Asked("to", _("For"), "list", get("to", ["owner"]), hint=people),
                Asked("due", _("Due in"), "text", get("due", "1d"), hint=duration_hint()),
                Asked("body", _("More about it"), "area", get("body", "")),
            ]
        case "today":
            asked += [
                Asked("text", _("Reason"), "text", get("text", ""), hint=holes, required=True),
                Asked("to", _("Whose Today"), "list", get("to", ["owner"]), hint=people),
                Asked(
                    "weight",
                    _("Weight"),
                    "number",
                    get("weight", 70),
                    hint=_("The more, the further up; promises have 85."),
                ),
            ]
        case "notify":
            verbs = [
                Option("", "–"),
                *(Option(one.name, str(one.label)) for one in (obj.verbs if obj else ())),
            ]
            asked += [
                Asked("text", _("What is said"), "area", get("text", ""), hint=holes, required=True),
                Asked("to", _("To"), "list", get("to", ["owner"]), hint=people, required=True),
                Asked(
                    "by",
                    _("How"),
                    "checks",
                    get("by", ["app"]),
                    options=[Option(one, str(name)) for one, name in CHANNEL_NAMES.items()],
                ),
                Asked("button", _("Button along with it"), "select", get("button", ""), options=verbs),
            ]
        case "email":
            asked += [
                Asked(
                    "to",
                    _("To"),
                    "list",
                    get("to", []),
                    hint=_("Members as above, addresses, or fields: {contact.emails}"),
                    required=True,
                ),
                Asked("template", _("Template"), "select", get("template", ""), options=_templates(obj)),
                Asked("subject", _("Or a subject of its own"), "text", get("subject", ""), hint=holes),
                Asked("text", _("Text"), "area", get("text", "")),
            ]
        case "robot":
            robot = str(get("robot") or ROBOTS[0])
            asked += [
                Asked(
                    "robot",
                    _("Robot"),
                    "select",
                    robot,
                    options=[Option(one, str(ROBOT_NAMES[one])) for one in ROBOTS],
                ),
                _kept_secret(
                    "url",
                    _("Its webhook address"),
                    get("url", ""),
                    hint=_("As the group’s robot shows it: %(example)s")
                    % {"example": ROBOT_ADDRESSES[robot]},
                    required=True,
                ),
                _kept_secret(
                    "secret",
                    _("Its signing secret"),
                    get("secret", ""),
                    hint=_("Only where the robot was told to sign (DingTalk, Feishu)."),
                ),
                Asked("text", _("What is said"), "area", get("text", ""), hint=holes, required=True),
            ]
        case "call":
            asked += [
                Asked("url", _("Address"), "text", get("url", ""), required=True, mono=True),
                Asked(
                    "method",
                    _("Method"),
                    "select",
                    get("method", "POST"),
                    options=[Option(one, one) for one in METHODS],
                ),
                Asked(
                    "headers",
                    _("Headers"),
                    "lines",
                    get("headers", {}),
                    hint=_("One on each line: name = value"),
                    mono=True,
                ),
                Asked(
                    "body",
                    _("What is sent"),
                    "lines",
                    get("body", {}),
                    hint=_("Nothing: the record with its changes. Or one value on each line: name = {name}"),
                    mono=True,
                ),
            ]
        case "verb":
            verbs = [Option(one.name, str(one.label)) for one in (target.verbs if target else ())]
            verbs += [Option("archive", _("Archive")), Option("restore", _("Restore"))]
            asked += [
                Asked("verb", _("What"), "select", get("verb", ""), options=verbs, required=True),
                Asked("values", _("With"), "lines", get("values", {}), hint=values_hint(), mono=True),
            ]
        case "approve":
            asked.append(
                Asked(
                    "flow",
                    _("By which process; empty for the one that applies"),
                    "select",
                    get("flow", ""),
                    options=_processes(target),
                )
            )
        case "wait":
            facts = dict.fromkeys(
                ["", "changed", "assigned", *(one.done for one in (obj.verbs if obj else ())), "*"]
            )
            asked += [
                Asked("for", _("How long"), "text", get("for", ""), hint=duration_hint()),
                Asked(
                    "fact",
                    _("Or until this happens"),
                    "select",
                    get("fact", ""),
                    options=[Option(one, fact_words(obj, one) if one and obj else "–") for one in facts],
                ),
                Asked("stop", _("Then stop"), "check", bool(get("stop"))),
            ]
        case "branch":
            asked += [
                Asked(
                    "if",
                    _("If"),
                    "text",
                    get("if", ""),
                    hint=_("As in a list’s address: %(example)s") % {"example": "level in (A, B)"},
                    mono=True,
                ),
                Asked("formula", _("And this formula"), "text", get("formula", ""), mono=True),
            ]
        case "each":
            asked += [
                Asked(
                    "of",
                    _("Which records"),
                    "select",
                    get("of", ""),
                    options=_back(obj) if obj else [],
                    required=True,
                ),
                Asked("if", _("Of which is so"), "text", get("if", ""), mono=True),
            ]
        case "stop":
            asked.append(Asked("text", _("Why"), "text", get("text", "")))
    return asked


def names_for(obj: Object | None, step: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(label, name, its choices) of the fields that a step, a condition or a text may name."""
    target = obj
    if step.get("do") == "create":
        name = str(step.get("object") or "")
        target = registry.get(name) if registry.has(name) else None
    elif step.get("of") and step.get("do") != "each" and obj is not None:
        target = target_of(obj, str(step["of"]))
    found = []
    for one in target.fields if target is not None else ():
        if not one.hidden:
            options = [_choice(each) for each in getattr(one, "options", ())[:_MOST_CHOICES]]
            found.append((str(one.label), one.name, " · ".join(options)))
    return found


def _choice(one: Any) -> str:
    """What a condition calls a choice, and what people call it where that is something else."""
    return one.value if one.value == str(one.label) else f"{one.value} {one.label}"


def _templates(obj: Object | None) -> list[Option]:
    """The email templates of an object."""
    rows = EmailTemplate.objects.filter(object=obj.name if obj else "", archived_at=None)
    return [Option("", "–"), *(Option(one.name, one.title) for one in rows.order_by("title", "pk"))]


def _processes(target: Object | None) -> list[Option]:
    """The processes of approval of an object."""
    from guanxi.automation.approvals.models import ApprovalProcess

    rows = ApprovalProcess.objects.filter(object=target.name if target else "", archived_at=None)
    return [Option("", "–"), *(Option(one.name, one.title) for one in rows.order_by("position", "pk"))]


def read_step(form: QueryDict, kind: str, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The step that was typed; steps in it stay."""
    found: dict[str, Any] = {"do": kind}
    for name in STEPS[kind].parts:
        if name in ("then", "else", "steps"):
            if before and before.get(name):
                found[name] = before[name]
            elif name != "else":
                found[name] = [{"do": "stop"}]
            continue
        shape = _SHAPES.get((kind, name), "text")
        if shape == "checks":
            value: Any = form.getlist(name)
        elif shape == "check":
            value = name in form
        elif shape == "lines":
            value = read_lines(form.get(name, ""))
            if name == "tags":
                value = {key: int(one) if _whole(one) else one for key, one in value.items()}
        elif shape == "list":
            value = [
                one.strip() for one in form.get(name, "").replace("\uff0c", ",").split(",") if one.strip()
            ]
        else:
            value = form.get(name, "").strip()
        if value not in ("", [], {}, False):
            found[name] = value
        elif name in _KEPT.get(kind, ()) and before and before.get(kind) == form.get(kind):
            found[name] = before.get(name, "")
    return found


# Where each robot's webhook address begins, as its maker gives it out.
ROBOT_ADDRESSES: Mapping[str, str] = {
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=…",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/…",
}

_MOST_CHOICES = 30
# Secrets of a step, which no page shows again: left empty they stay, as long as it is the same robot.
_KEPT: Mapping[str, tuple[str, ...]] = {"robot": ("url", "secret")}


def _kept_secret(name: str, label: str, kept: str, *, hint: str = "", required: bool = False) -> Asked:
    if kept:
        shown = f"{urlsplit(kept).hostname or ''} ••••••".strip() if "://" in kept else "••••••"
        hint = _("%(mask)s is kept and not shown again. Empty leaves it.") % {"mask": shown}
    return Asked(name, label, "text", "", hint=hint, required=required and not kept, mono=True)


_SHAPES: dict[tuple[str, str], Shape] = {
    **{(kind, "values"): "lines" for kind in ("create", "change", "verb")},
    **{(kind, "to"): "list" for kind in ("assign", "todo", "today", "notify", "email")},
    ("tag", "add"): "list", ("tag", "remove"): "list", ("score", "tags"): "lines", ("notify", "by"): "checks",
    ("call", "headers"): "lines", ("call", "body"): "lines", ("wait", "stop"): "check",
}  # fmt: skip


def built(asked: Sequence[Asked], url: str, query: Mapping[str, str]) -> list[Asked]:
    """The same controls, the condition among them with the page that puts it together.

    query   of the address: brings the condition back from there as `filter`
    """
    found = []
    for one in asked:
        if one.name == "if":
            value = query.get("filter") or one.value
            one = replace(one, value=value, builder=with_query(url, filter=value))
        found.append(one)
    return found


def read_lines(text: str) -> dict[str, Any]:
    """`name = value` on each line."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        name, sign, value = line.partition("=")
        if sign and name.strip():
            found[name.strip()] = value.strip()
    return found


def write_lines(values: Any) -> str:
    """The text that `read_lines` reads again."""
    if not isinstance(values, Mapping):
        return str(values or "")
    return "\n".join(
        f"{name} = {', '.join(map(str, one)) if isinstance(one, list) else one}"
        for name, one in values.items()
    )


# Changing the tree of steps


def put_step(recipe: Mapping[str, Any], path: str, step: Mapping[str, Any] | None) -> dict[str, Any]:
    """The recipe with another step at a path; None takes it away."""
    found = deepcopy(dict(recipe))
    steps, at = _place(found, path)
    if step is None:
        del steps[at]
    else:
        steps[at] = dict(step)
    return found


def add_step(recipe: Mapping[str, Any], frame: str, step: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe with one more step at the end of a frame; the place-holder of an empty branch gives way."""
    found = deepcopy(dict(recipe))
    if not frame:
        found.setdefault("steps", []).append(dict(step))
        return found
    steps_at(found, frame)  # raises where no steps can stand
    head, _dot, name = frame.rpartition(".")
    outer, at = _place(found, head)
    inner = [one for one in outer[at].get(name, []) if one != {"do": "stop"}]
    outer[at][name] = [*inner, dict(step)]
    return found


def move_step(recipe: Mapping[str, Any], path: str, by: int) -> dict[str, Any]:
    """The recipe with a step one place up or down within its frame."""
    found = deepcopy(dict(recipe))
    steps, at = _place(found, path)
    other = at + by
    if 0 <= other < len(steps):
        steps[at], steps[other] = steps[other], steps[at]
    return found


def step_at(recipe: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """The step of a path; None where there is none."""
    try:
        steps, at = _place(recipe, path)
    except (LookupError, ValueError):
        return None
    found: Mapping[str, Any] = steps[at]
    return found


def has_frame(recipe: Mapping[str, Any], path: str) -> bool:
    """Whether steps can stand under a path."""
    try:
        steps_at(recipe, path)
    except (LookupError, ValueError):
        return False
    return True


def _place(recipe: Any, path: str) -> tuple[Any, int]:
    frame, _dot, at = path.rpartition(".")
    steps: Any = steps_at(recipe, frame)
    if not at.isdecimal() or int(at) >= len(steps):
        raise IndexError(path)
    return steps, int(at)


def duration_hint() -> str:
    return _("30d days, 2wd working days, 3h hours, 15min minutes")


def values_hint() -> str:
    return _("One on each line: field = value. A value may be {another.field}, or a formula after =.")


def _links(obj: Object) -> list[Option]:
    links = [one for one in obj.fields if isinstance(one, Link) and registry.has(one.to)]
    return [Option("", str(obj.label)), *(Option(one.name, str(one.label)) for one in links)]


def _back(obj: Object) -> list[Option]:
    return [
        Option(f"{other.name}.{link.name}", f"{other.plural_label} · {link.label}")
        for other in registry.objects()
        for link in other.fields
        if isinstance(link, Link) and link.to == obj.name
    ]


def _whole(text: str) -> bool:
    return text.lstrip("+-").isdecimal()
