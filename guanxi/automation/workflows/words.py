"""A workflow as the sentence that it is: what each line of the builder says, with its slots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from markupsafe import Markup

from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.workflows.recipe import Recipe, Step, linked_object, steps_at, target_of
from guanxi.platform.i18n.numbers import join_words
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import All, FilterSyntaxError, parse_filter
from guanxi.platform.records.filters.words import keys_in, words_of
from guanxi.platform.records.titles import titles_of

ROBOT_NAMES = {
    "wecom": gettext_lazy("WeCom"),
    "dingtalk": gettext_lazy("DingTalk"),
    "feishu": gettext_lazy("Feishu"),
}
CHANNEL_NAMES = {
    "app": gettext_lazy("in Guanxi"),
    "email": gettext_lazy("by email"),
    "push": gettext_lazy("in the browser"),
}
_DURATION = re.compile(r"^(\d{1,4})(min|h|d|wd|w)$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the builder.

    part   what is edited when it is pressed: "when", "if", or the path of a step
    word   when, if, then, wait …
    deep   how many branches and loops it stands in
    """

    part: str
    word: str
    tone: str
    icon: str
    text: Markup
    deep: int = 0
    insert: str = ""  # of a place for a step: where it goes


def lines_of(object: str, recipe: Recipe, *, by: Actor) -> list[Line]:
    """All lines in the order in which they are read."""
    obj = registry.get(object) if registry.has(object) else None
    if obj is None:
        return []
    lines = [
        Line(
            "when",
            pgettext("recipe", "When"),
            "azurite",
            "zap",
            when_words(obj, recipe["when"], recipe, by=by),
        )
    ]
    if recipe.get("if") or recipe.get("formula"):
        lines.append(Line("if", _("If"), "ochre", "list-filter", condition_words(obj, recipe, by=by)))
    lines += _steps(obj, recipe, "", 0, by)
    return lines


def sentence_of(object: str, recipe: Recipe, *, by: Actor) -> Markup:
    """The whole in one sentence, for lists and for the head of the builder."""
    obj = registry.get(object) if registry.has(object) else None
    if obj is None:
        return Markup("")
    when = when_words(obj, recipe["when"], recipe, by=by)
    told = recipe["when"]["kind"] in ("enters", "leaves", "held")
    condition = (
        condition_words(obj, recipe, by=by)
        if not told and (recipe.get("if") or recipe.get("formula"))
        else ""
    )
    steps = [_with_inner(obj, one, by) for one in recipe.get("steps", ())[:3]]
    does = Markup(_("; ")).join(steps)
    if condition:
        return Markup(_("%(when)s, and %(condition)s: %(does)s.")) % {
            "when": when,
            "condition": condition,
            "does": does,
        }
    return Markup(_("%(when)s: %(does)s.")) % {"when": when, "does": does}


def when_words(obj: Object, when: Mapping[str, Any], recipe: Recipe, *, by: Actor) -> Markup:
    """What begins it."""
    noun = _slot(obj.label)
    match when["kind"]:
        case "fact":
            return _fact_words(obj, when, by)
        case "enters":
            return _say(
                _("When the %(object)s comes to meet %(condition)s"),
                object=noun,
                condition=_condition(obj, recipe, by),
            )
        case "leaves":
            return _say(
                _("When the %(object)s no longer meets %(condition)s"),
                object=noun,
                condition=_condition(obj, recipe, by),
            )
        case "date":
            return _date_words(obj, when)
        case "held":
            return _held_words(obj, when, recipe, by)
        case "schedule":
            return _say(
                _("By the clock: %(cron)s, for each %(object)s"),
                object=noun,
                cron=_slot(cron_words(when["cron"])),
            )
        case "webhook":
            return _say(_("When another system calls its address, about the %(object)s"), object=noun)
    return _say(
        _("When somebody presses “%(label)s” at the %(object)s"), object=noun, label=_slot(when["label"])
    )


def _fact_words(obj: Object, when: Mapping[str, Any], by: Actor) -> Markup:
    noun, verb = _slot(obj.label), when["verb"]
    fields = [str(obj[name].label) for name in when.get("fields", ()) if name in obj.fields_by_name]
    if fields:
        return _say(
            _("When %(fields)s of the %(object)s changes"),
            object=noun,
            fields=_slot(join_words(fields, last="or")),
        )
    if when.get("was"):
        was = filter_words(obj, when["was"], by=by)
        return _say(
            _("When the %(object)s, until then %(was)s, gets “%(fact)s”"),
            object=noun,
            was=was,
            fact=_slot(fact_words(obj, verb)),
        )
    said = {
        "created": _("When a %(object)s is made"),
        "changed": _("When the %(object)s is changed"),
        "assigned": _("When the %(object)s gets another owner"),
        "archived": _("When the %(object)s is archived"),
        "*": _("When anything happens to the %(object)s"),
    }.get(verb)
    if said is not None:
        return _say(said, object=noun)
    return _say(_("When the %(object)s gets “%(fact)s”"), object=noun, fact=_slot(fact_words(obj, verb)))


def fact_words(obj: Object, verb: str) -> str:
    """A fact as people call it: by its verb's label."""
    engine = {
        "created": _("made"), "changed": _("changed"), "assigned": _("another owner"),
        "archived": _("archived"),
        "restored": _("brought back"), "deleted": _("deleted"), "merged": _("merged"), "*": _("anything"),
    }  # fmt: skip
    return obj.word_for(verb) or engine.get(verb, verb)


def _date_words(obj: Object, when: Mapping[str, Any]) -> Markup:
    field = _slot(obj[when["field"]].label if when["field"] in obj.fields_by_name else when["field"])
    days, noun = when["days"], _slot(obj.label)
    if days == 0:
        return _say(
            _("On the day of %(field)s of the %(object)s, at %(at)s"),
            field=field,
            object=noun,
            at=_slot(when["at"]),
        )
    count = _slot(ngettext("%(count)d day", "%(count)d days", abs(days)) % {"count": abs(days)})
    text = (
        _("%(count)s before %(field)s of the %(object)s, at %(at)s")
        if days < 0
        else _("%(count)s after %(field)s of the %(object)s, at %(at)s")
    )
    return _say(text, count=count, field=field, object=noun, at=_slot(when["at"]))


def _held_words(obj: Object, when: Mapping[str, Any], recipe: Recipe, by: Actor) -> Markup:
    noun, length = _slot(obj.label), _slot(duration_words(when["for"]))
    since = [str(obj[name].label) for name in when.get("since", ()) if name in obj.fields_by_name]
    if since:
        return _say(
            _("When %(since)s of the %(object)s is more than %(length)s ago"),
            since=_slot(since[0]),
            object=noun,
            length=length,
        )
    return _say(
        _("When this has been so of the %(object)s for %(length)s: %(condition)s"),
        object=noun,
        length=length,
        condition=_condition(obj, recipe, by),
    )


def condition_words(obj: Object, recipe: Recipe, *, by: Actor) -> Markup:
    """The condition, and the formula where there is one."""
    return _condition(obj, recipe, by)


def filter_words(obj: Object, text: str, *, by: Actor) -> Markup:
    """A filter in words, each condition a slot."""
    try:
        tree = parse_filter(text)
    except FilterSyntaxError:
        return _slot(text)
    refs = titles_of(keys_in(tree, obj), by=by)
    parts = tree.parts if isinstance(tree, All) else (tree,)
    try:
        return Markup(f" {_('and')} ").join(_slot(str(words_of(one, obj, refs))) for one in parts)
    except KeyError:
        return _slot(text)


def step_words(obj: Object | None, step: Step, *, by: Actor) -> Markup:
    """What one step does."""
    return _STEP_WORDS[step["do"]](obj, step, by)


def duration_words(text: str) -> str:
    found = _DURATION.match(text)
    if found is None:
        return text
    count = int(found[1])
    words = {
        "min": ngettext("%(count)d minute", "%(count)d minutes", count),
        "h": ngettext("%(count)d hour", "%(count)d hours", count),
        "d": ngettext("%(count)d day", "%(count)d days", count),
        "wd": ngettext("%(count)d working day", "%(count)d working days", count),
        "w": ngettext("%(count)d week", "%(count)d weeks", count),
    }[found[2]]
    return words % {"count": count}


def cron_words(cron: str) -> str:
    """The commonest clock tables in words; others as they are written."""
    minute, hour, *rest = (*cron.split(), "", "")
    if not (minute.isdecimal() and hour.isdecimal()):
        return cron
    at = f"{int(hour):02d}:{int(minute):02d}"
    known: dict[tuple[str, ...], str] = {
        ("*", "*", "*"): _("every day at %(at)s"),
        ("*", "*", "1-5"): _("Monday to Friday at %(at)s"),
        ("1", "*", "*"): _("on the first of each month at %(at)s"),
    }
    said = known.get(tuple(rest[:3]))
    return said % {"at": at} if said else cron


def people_words(words: Sequence[str]) -> str:
    """Whom a step means."""
    said = {
        "owner": _("the owner"), "manager": _("the owner’s manager"),
        "followers": _("everybody who follows it"),
        "creator": _("who made it"), "admins": _("the administrators"),
    }  # fmt: skip
    ids = {int(one[7:]) for one in words if one.startswith("member:") and one[7:].isdecimal()}
    names = member_names(ids) if ids else {}
    found = []
    for one in words:
        key = int(one[7:]) if one.startswith("member:") and one[7:].isdecimal() else 0
        found.append(said.get(one) or (names[key].name if key in names else one.partition(":")[2] or one))
    return str(join_words(found, last="and"))


def _steps(obj: Object | None, recipe: Recipe, path: str, deep: int, by: Actor) -> Iterator[Line]:
    for at, step in enumerate(steps_at(recipe, path)):
        here = f"{path}.{at}" if path else str(at)
        kind = step["do"]
        word, tone, icon = {
            "wait": (_("Wait"), "ink", "hourglass"),
            "branch": (_("Branch"), "ochre", "git-merge"),
            "each": (_("Each"), "indigo", "layers"),
            "stop": (_("Stop"), "cinnabar", "ban"),
        }.get(kind, (_("Then"), "malachite", ICONS.get(kind, "play")))
        yield Line(here, word, tone, icon, step_words(obj, step, by=by), deep)
        for name in ("then", "else", "steps"):
            if kind == "branch" and name in ("then", "else"):
                if name == "else" and step.get("else"):
                    yield Line("", _("Else"), "ink", "", Markup(""), deep + 1)
                yield from _steps(obj, recipe, f"{here}.{name}", deep + 1, by)
            elif kind == "approve" and name == "else" and step.get("else"):
                yield Line("", _("Else"), "ink", "", Markup(""), deep + 1)
                yield from _steps(obj, recipe, f"{here}.else", deep + 1, by)
            elif kind == "each" and name == "steps":
                inner = linked_object(obj, step["of"]) if obj is not None else None
                yield from _steps(inner, recipe, f"{here}.steps", deep + 1, by)


ICONS = {
    "create": "plus", "change": "pencil", "assign": "user-round-check", "tag": "tag", "score": "sigma",
    "todo": "square-check-big", "today": "sun", "notify": "bell", "email": "mail", "robot": "message-square",
    "call": "globe", "verb": "zap", "approve": "shield",
}  # fmt: skip


def _condition(obj: Object, recipe: Recipe, by: Actor) -> Markup:
    parts = []
    if recipe.get("if"):
        parts.append(filter_words(obj, recipe["if"], by=by))
    if recipe.get("formula"):
        parts.append(_slot(recipe["formula"]))
    return Markup(f" {_('and')} ").join(parts)


def _values(obj: Object | None, values: Mapping[str, Any]) -> Markup:
    said = []
    for name, value in values.items():
        field = obj.fields_by_name.get(name) if obj is not None else None
        said.append(_slot(f"{field.label if field else name}: {_short(value)}"))
    return Markup(" ").join(said)


def _short(value: Any) -> str:
    text = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
    return text if len(text) < 60 else f"{text[:58]}…"


def _of(obj: Object | None, step: Step) -> Markup:
    """The record that a step is about: the one at hand, or the one a link leads to."""
    path = step.get("of", "")
    target = target_of(obj, path) if obj is not None else None
    return _slot(target.label if target is not None else path or _("record"))


def _create(obj: Object | None, step: Step, by: Actor) -> Markup:
    made = registry.get(step["object"]) if registry.has(step["object"]) else None
    return _say(
        _("make a %(object)s with %(values)s"),
        object=_slot(made.label if made else step["object"]),
        values=_values(made, step["values"]),
    )


def _change(obj: Object | None, step: Step, by: Actor) -> Markup:
    target = target_of(obj, step.get("of", "")) if obj is not None else None
    return _say(
        _("set on the %(object)s %(values)s"), object=_of(obj, step), values=_values(target, step["values"])
    )


def _assign(obj: Object | None, step: Step, by: Actor) -> Markup:
    if step.get("plan"):
        return _say(
            _("give the %(object)s by the plan %(plan)s"), object=_of(obj, step), plan=_slot(step["plan"])
        )
    return _say(
        _("give the %(object)s to %(people)s"), object=_of(obj, step), people=_slot(people_words(step["to"]))
    )


def _tag(obj: Object | None, step: Step, by: Actor) -> Markup:
    parts = []
    if step.get("add"):
        parts.append(
            _say(
                _("put %(tags)s on the %(object)s"), tags=_slot(", ".join(step["add"])), object=_of(obj, step)
            )
        )
    if step.get("remove"):
        parts.append(
            _say(
                _("take %(tags)s off the %(object)s"),
                tags=_slot(", ".join(step["remove"])),
                object=_of(obj, step),
            )
        )
    return Markup(_("; ")).join(parts)


def _score(obj: Object | None, step: Step, by: Actor) -> Markup:
    target = target_of(obj, step.get("of", "")) if obj is not None else None
    field = target.fields_by_name.get(step["field"]) if target is not None else None
    name = _slot(field.label if field else step["field"])
    if step.get("tags"):
        worth = ", ".join(f"{tag} {points:+d}" for tag, points in step["tags"].items())
        return _say(_("let %(field)s follow the tags: %(points)s"), field=name, points=_slot(worth))
    return _say(_("add %(points)s to %(field)s"), field=name, points=_slot(step["add"]))


def _todo(obj: Object | None, step: Step, by: Actor) -> Markup:
    return _say(
        _("put “%(text)s” among the to-dos of %(people)s, due in %(due)s"),
        text=_slot(_short(step["text"])),
        people=_slot(people_words(step.get("to") or ["owner"])),
        due=_slot(duration_words(step.get("due", "1d"))),
    )


def _today(obj: Object | None, step: Step, by: Actor) -> Markup:
    return _say(
        _("put it first on the Today of %(people)s, because “%(text)s”"),
        people=_slot(people_words(step.get("to") or ["owner"])),
        text=_slot(_short(step["text"])),
    )


def _notify(obj: Object | None, step: Step, by: Actor) -> Markup:
    by_ways = join_words([str(CHANNEL_NAMES[one]) for one in step.get("by") or ["app"]], last="and")
    said = _say(
        _("tell %(people)s %(ways)s: “%(text)s”"),
        people=_slot(people_words(step["to"])),
        ways=_slot(by_ways),
        text=_slot(_short(step["text"])),
    )
    verb = next((str(one.label) for one in obj.verbs if one.name == step.get("button")), "") if obj else ""
    label = verb or step.get("button", "")
    return said + (_say(_(", with the button “%(verb)s”"), verb=_slot(label)) if label else Markup(""))


def _email(obj: Object | None, step: Step, by: Actor) -> Markup:
    if "template" in step:
        row = EmailTemplate.objects.filter(name=step["template"]).first()
        return _say(
            _("send %(people)s an email from the template “%(name)s”"),
            people=_slot(people_words(step["to"])),
            name=_slot(row.title if row else step["template"]),
        )
    return _say(
        _("send %(people)s the email “%(subject)s”"),
        people=_slot(people_words(step["to"])),
        subject=_slot(_short(step["subject"])),
    )


def _robot(obj: Object | None, step: Step, by: Actor) -> Markup:
    return _say(
        _("let the %(robot)s robot say “%(text)s”"),
        robot=_slot(str(ROBOT_NAMES[step["robot"]])),
        text=_slot(_short(step["text"])),
    )


def _call(obj: Object | None, step: Step, by: Actor) -> Markup:
    return _say(_("call %(url)s"), url=_slot(f"{step.get('method', 'POST')} {_short(step['url'])}"))


def _verb(obj: Object | None, step: Step, by: Actor) -> Markup:
    target = target_of(obj, step.get("of", "")) if obj is not None else None
    label = next((str(one.label) for one in target.verbs if one.name == step["verb"]), "") if target else ""
    words = label or {"archive": _("Archive"), "restore": _("Restore")}.get(step["verb"], step["verb"])
    return _say(_("do “%(verb)s” with the %(object)s"), verb=_slot(words), object=_of(obj, step))


def _approve(obj: Object | None, step: Step, by: Actor) -> Markup:
    return _say(_("ask for approval of the %(object)s"), object=_of(obj, step))


def _wait(obj: Object | None, step: Step, by: Actor) -> Markup:
    length = _slot(duration_words(step["for"])) if step.get("for") else None
    fact = _slot(fact_words(obj, step["fact"])) if obj is not None and step.get("fact") else None
    if fact is None:
        return _say(_("wait %(length)s"), length=length)
    if length is None:
        return _say(_("wait until this happens: %(fact)s"), fact=fact)
    if step.get("stop"):
        return _say(_("wait %(length)s, and stop if this happens: %(fact)s"), length=length, fact=fact)
    return _say(_("wait %(length)s, or until this happens: %(fact)s"), length=length, fact=fact)


def _branch(obj: Object | None, step: Step, by: Actor) -> Markup:
    if obj is None:
        return _slot(step.get("if", ""))
    return _say(_("if it is so: %(condition)s"), condition=_condition(obj, step, by))


def _with_inner(obj: Object, step: Step, by: Actor) -> Markup:
    """A step for the sentence: a branch and a loop say what they do, too, not only when."""
    said = step_words(obj, step, by=by)
    name = {"branch": "then", "each": "steps"}.get(step["do"], "")
    inner = next(iter(step.get(name) or ()), None)
    at_hand = linked_object(obj, step["of"]) if name == "steps" else obj
    if inner is None or at_hand is None:
        return said
    return Markup(_("%(when)s, %(does)s")) % {"when": said, "does": step_words(at_hand, inner, by=by)}


def _each(obj: Object | None, step: Step, by: Actor) -> Markup:
    other = linked_object(obj, step["of"]) if obj is not None else None
    noun = _slot(other.plural_label if other is not None else step["of"])
    if step.get("if") and other is not None:
        return _say(
            _("with each of its %(objects)s that is so: %(condition)s"),
            objects=noun,
            condition=_condition(other, step, by),
        )
    return _say(_("with each of its %(objects)s"), objects=noun)


def _stop(obj: Object | None, step: Step, by: Actor) -> Markup:
    return _say(_("stop: %(why)s"), why=_slot(step["text"])) if step.get("text") else Markup(_("stop"))


_STEP_WORDS = {
    "create": _create, "change": _change, "assign": _assign, "tag": _tag, "score": _score, "todo": _todo,
    "today": _today, "notify": _notify, "email": _email, "robot": _robot, "call": _call, "verb": _verb,
    "approve": _approve, "wait": _wait, "branch": _branch, "each": _each, "stop": _stop,
}  # fmt: skip


def _slot(text: Any) -> Markup:
    return Markup('<b class="slot">{}</b>').format(text)


def _say(text: str, /, **parts: Any) -> Markup:
    return Markup(text) % parts
