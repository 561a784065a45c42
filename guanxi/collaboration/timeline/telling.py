"""How entries are told: an icon, a sentence or a card, naming only what the reader may see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from markupsafe import Markup

from guanxi.collaboration.activities.objects import ACTIVITY, KINDS, OUTCOMES
from guanxi.collaboration.timeline.models import TimelineEntry
from guanxi.platform.i18n.dates import format_day, format_duration
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Link, Option
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen, sees, visible_changes
from guanxi.platform.records.titles import Key, Ref, titles_of

_KINDS = {option.value: option for option in KINDS}
_OUTCOMES = {option.value: option for option in OUTCOMES}
_MENTION = re.compile(r"(?<![\w@])@[\w·.-]{1,40}")
_FIELDS_NAMED = 4


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as the page draws it.

    card      what people said has a card, what happened has a line: `sentence`
    who, how  the head of a card; `lines` is its text, `heading` a subject that is not its first line
    """

    key: int
    at: datetime
    icon: str
    tone: str = ""
    card: bool = False
    who: str = ""
    how: str = ""
    heading: str = ""
    lines: tuple[Markup, ...] = ()
    quoted: bool = False
    outcome: Option | None = None
    sentence: Markup = field(default_factory=Markup)
    href: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """How a verb looks in a timeline, and its sentence: on the record's own page, and on those around it."""

    icon: str
    here: Any
    there: Any
    tone: str = ""


SIGNS: Mapping[str, Sign] = {
    "created": Sign(
        icon="plus",
        here=gettext_lazy("%(who)s created this"),
        there=gettext_lazy("%(who)s created the %(object)s %(what)s"),
    ),
    "changed": Sign(
        icon="pencil",
        here=gettext_lazy("%(who)s changed %(fields)s"),
        there=gettext_lazy("%(who)s changed the %(object)s %(what)s"),
    ),
    "assigned": Sign(
        icon="user-round-check",
        here=gettext_lazy("%(who)s handed this to %(to)s"),
        there=gettext_lazy("%(who)s handed the %(object)s %(what)s to %(to)s"),
    ),
    "warned": Sign(
        icon="hourglass",
        here=gettext_lazy("%(who)s said that this goes back into the pool soon"),
        there=gettext_lazy("%(what)s goes back into the pool soon: nobody has looked after it"),
    ),
    "pooled": Sign(
        icon="inbox",
        here=gettext_lazy("%(who)s put this into a pool"),
        there=gettext_lazy("%(who)s put the %(object)s %(what)s into a pool"),
    ),
    "claimed": Sign(
        icon="user-round-check",
        here=gettext_lazy("%(who)s took this out of the pool"),
        there=gettext_lazy("%(who)s took the %(object)s %(what)s out of the pool"),
    ),
    "archived": Sign(
        icon="archive",
        here=gettext_lazy("%(who)s archived this"),
        there=gettext_lazy("%(who)s archived the %(object)s %(what)s"),
    ),
    "deleted": Sign(
        icon="trash-2",
        here=gettext_lazy("%(who)s put this into the trash"),
        there=gettext_lazy("%(who)s put the %(object)s %(what)s into the trash"),
    ),
    "restored": Sign(
        icon="undo-2",
        here=gettext_lazy("%(who)s restored this"),
        there=gettext_lazy("%(who)s restored the %(object)s %(what)s"),
    ),
    "merged": Sign(
        icon="git-merge",
        here=gettext_lazy("%(who)s merged another record into this"),
        there=gettext_lazy("%(who)s merged the %(object)s %(what)s"),
    ),
    "merged_away": Sign(
        icon="git-merge",
        here=gettext_lazy("%(who)s merged this into another record"),
        there=gettext_lazy("%(who)s merged the %(object)s %(what)s into another record"),
    ),
    "moved": Sign(
        icon="milestone",
        here=gettext_lazy("%(who)s moved this from %(before)s to %(after)s"),
        there=gettext_lazy("%(who)s moved the %(object)s %(what)s from %(before)s to %(after)s"),
    ),
    "won": Sign(
        icon="trophy",
        here=gettext_lazy("%(who)s won this"),
        there=gettext_lazy("%(who)s won the %(object)s %(what)s"),
        tone="malachite",
    ),
    "lost": Sign(
        icon="circle-x",
        here=gettext_lazy("%(who)s lost this"),
        there=gettext_lazy("%(who)s lost the %(object)s %(what)s"),
        tone="cinnabar",
    ),
    "reopened": Sign(
        icon="rotate-ccw",
        here=gettext_lazy("%(who)s reopened this"),
        there=gettext_lazy("%(who)s reopened the %(object)s %(what)s"),
    ),
    "shared": Sign(
        icon="user-plus",
        here=gettext_lazy("%(who)s shared this with %(to)s"),
        there=gettext_lazy("%(who)s shared the %(object)s %(what)s with %(to)s"),
    ),
    "unshared": Sign(
        icon="user-x",
        here=gettext_lazy("%(who)s no longer shares this with %(to)s"),
        there=gettext_lazy("%(who)s no longer shares the %(object)s %(what)s with %(to)s"),
    ),
    "contested": Sign(
        icon="users-round",
        here=gettext_lazy("%(who)s reports that others claim this too"),
        there=gettext_lazy("%(who)s reports that others claim the %(object)s %(what)s"),
    ),
    "awarded": Sign(
        icon="handshake",
        here=gettext_lazy("%(who)s decided that this is for %(to)s"),
        there=gettext_lazy("%(who)s decided that the %(object)s %(what)s is for %(to)s"),
    ),
    "revised": Sign(
        icon="history",
        here=gettext_lazy("%(who)s made a new version"),
        there=gettext_lazy("%(who)s made a new version of the %(object)s %(what)s"),
    ),
    "opened": Sign(
        icon="eye",
        here=gettext_lazy("%(who)s opened this"),
        there=gettext_lazy("%(who)s opened the %(object)s %(what)s"),
    ),
    "called": Sign(
        icon="pencil",
        here=gettext_lazy("%(who)s put their own figure to this"),
        there=gettext_lazy("%(who)s put their own figure to the %(object)s %(what)s"),
    ),
    "commented": Sign(
        icon="message-circle",
        here=gettext_lazy("%(who)s wrote a comment"),
        there=gettext_lazy("%(who)s wrote a comment on the %(object)s %(what)s"),
    ),
    "attached": Sign(
        icon="paperclip",
        here=gettext_lazy("%(who)s attached %(file)s"),
        there=gettext_lazy("%(who)s attached %(file)s to the %(object)s %(what)s"),
    ),
    "reattached": Sign(
        icon="paperclip",
        here=gettext_lazy("%(who)s brought back the file %(file)s"),
        there=gettext_lazy("%(who)s brought back the file %(file)s of the %(object)s %(what)s"),
    ),
    "revealed": Sign(
        icon="eye",
        here=gettext_lazy("%(who)s looked at a masked field"),
        there=gettext_lazy("%(who)s looked at a masked field of the %(object)s %(what)s"),
    ),
    "renamed": Sign(
        icon="paperclip",
        here=gettext_lazy("%(who)s renamed the file %(was)s to %(file)s"),
        there=gettext_lazy("%(who)s renamed the file %(was)s of the %(object)s %(what)s to %(file)s"),
    ),
    "detached": Sign(
        icon="paperclip",
        here=gettext_lazy("%(who)s removed the file %(file)s"),
        there=gettext_lazy("%(who)s removed the file %(file)s from the %(object)s %(what)s"),
    ),
}
# A verb of the noun's own, and a state that it came to.
_DONE = Sign(
    icon="activity",
    here=gettext_lazy("%(who)s %(verb)s this"),
    there=gettext_lazy("%(who)s %(verb)s the %(object)s %(what)s"),
)
_BECAME = Sign(
    icon="activity",
    here=gettext_lazy("%(who)s: this is now %(verb)s"),
    there=gettext_lazy("%(who)s: the %(object)s %(what)s is now %(verb)s"),
)


def tell(entries: Sequence[TimelineEntry], *, by: Actor) -> list[Told]:
    """The entries for one reader; titles of records that they may not see are left out.

    So is what was said and done about such records only, and stands here because they belong to this one: the
    note on another team's deal is no part of the company for those who can't see the deal.
    """
    refs = titles_of({key for entry in entries for key in _mentioned(entry)}, by=by)
    return [
        _tell_activity(entry, refs, by) if entry.about == "activity" else _tell_fact(entry, refs, by)
        for entry in entries
        if _may_be_told(entry, refs, by)
    ]


def _may_be_told(entry: TimelineEntry, refs: Mapping[Key, Ref], by: Actor) -> bool:
    """Whether the reader sees the page's own record, or another one, among those that it is about."""
    if not _anything_left(entry, by):
        return False
    if by.member_id is not None and entry.actor_id == by.member_id:
        return True
    of = _keys(entry.data.get("with")) if entry.about == "activity" else [(entry.about, entry.about_id)]
    here = (entry.object, entry.record_id)
    return any(key == here or key in refs for key in of)


def _anything_left(entry: TimelineEntry, by: Actor) -> bool:
    """Whether what was changed is, in part at least, for the reader to know."""
    changes = entry.data.get("changes")
    if entry.verb != "changed" or not changes or not registry.has(entry.about):
        return True
    return bool(visible_changes(registry.get(entry.about), changes, by, record_id=entry.about_id))


def by_day(told: Sequence[Told], *, after: date | None = None) -> Iterator[tuple[str, list[Told]]]:
    """Headings with their entries; "" where the first day goes on from `after`, the last one before."""
    day, heading = after, ""
    group: list[Told] = []
    for one in told:
        this = timezone.localdate(one.at)
        if this != day:
            if group:
                yield heading, group
            day, heading, group = this, format_day(this), []
        group.append(one)
    if group:
        yield heading, group


def marked(text: str) -> tuple[Markup, ...]:
    """The lines of a text, with the members named in it marked."""
    return tuple(_mark(line.rstrip()) for line in text.strip().splitlines() if line.strip())


# What people did


def _tell_activity(entry: TimelineEntry, refs: Mapping[Key, Ref], by: Actor) -> Told:
    data = {name: value for name, value in entry.data.items() if name == "with" or sees(ACTIVITY, [name], by)}
    body = str(data.get("body") or "")
    first = body.strip().splitlines()[0].strip() if body.strip() else ""
    keys = _keys(entry.data.get("with"))
    writer = _writer(entry, keys, refs)
    others = [
        refs[key].title
        for key in keys
        if key in refs and key not in ((entry.object, entry.record_id), writer)
    ]
    if writer is not None and entry.actor_name:
        others.append(entry.actor_name)
    minutes = data.get("minutes")
    how = [
        _how(entry),
        format_duration(minutes * 60) if minutes else "",
        str(data.get("place") or ""),
        *others,
    ]
    return Told(
        key=entry.source_id,
        at=entry.at,
        icon=_icon(entry),
        tone="azurite" if entry.direction == "in" else "",
        card=True,
        who=entry.actor_name if writer is None else refs[writer].title,
        how=" · ".join(part for part in how if part),
        heading="" if first.startswith(entry.title.removesuffix("…")) else entry.title,
        lines=marked(body),
        quoted=entry.direction == "in",
        outcome=_OUTCOMES.get(data.get("outcome") or ""),
        href=f"/activities/{entry.source_id}/",
    )


def _writer(entry: TimelineEntry, keys: Sequence[Key], refs: Mapping[Key, Ref]) -> Key | None:
    """Who came to us: the first person the entry is about, or else whom it is about; None where we did."""
    if entry.direction != "in" or entry.kind not in ("email", "message", "visit"):
        return None
    seen = [key for key in keys if key in refs]
    people = [key for key in seen if _is_person(key[0])]
    return next(iter([*people, *seen]), None)


def _is_person(name: str) -> bool:
    return registry.has(name) and registry.get(name).face and not registry.get(name).square


def _how(entry: TimelineEntry) -> str:
    """What it was, and which way it went."""
    ways = {
        ("call", "in"): pgettext("timeline", "Incoming call"),
        ("call", "out"): pgettext("timeline", "Outgoing call"),
        ("visit", "in"): pgettext("timeline", "Visited us"),
        ("email", "in"): pgettext("timeline", "Email to us"),
        ("message", "in"): pgettext("timeline", "Message to us"),
    }
    kind = _KINDS.get(entry.kind)
    return ways.get((entry.kind, entry.direction)) or (str(kind.label) if kind else "")


def _icon(entry: TimelineEntry) -> str:
    if entry.kind == "call":
        return {"in": "phone-incoming", "out": "phone-outgoing"}.get(entry.direction, "phone")
    if entry.kind == "todo":
        return "square-check-big"
    return _KINDS[entry.kind].icon if entry.kind in _KINDS else "activity"


def _mark(line: str) -> Markup:
    pieces, end = [], 0
    for found in _MENTION.finditer(line):
        pieces += [Markup.escape(line[end : found.start()])]
        pieces += [Markup('<span class="mention">{}</span>').format(found[0])]
        end = found.end()
    return Markup("").join([*pieces, Markup.escape(line[end:])])


# What happened


def _tell_fact(entry: TimelineEntry, refs: Mapping[Key, Ref], by: Actor) -> Told:
    obj = as_seen(registry.get(entry.about), by)
    here = (entry.about, entry.about_id) == (entry.object, entry.record_id)
    sign, verb = sign_of(obj, entry.verb)
    if entry.verb == "assigned" and not _change(entry, "owner")[1]:
        sign = SIGNS["changed"]
    if entry.verb == "archived" and entry.data.get("into"):
        sign = SIGNS["merged_away"]
    words = {
        "who": Markup("<b>{}</b>").format(entry.actor_name),
        "object": str(obj.label).lower(),
        "what": _link(obj, refs.get((entry.about, entry.about_id))),
        "verb": verb,
        "fields": _fields(obj, entry.data.get("changes") or {}),
        "to": _grantee(entry) or _title(refs, obj, "owner", _change(entry, "owner")[1]),
        "before": _stage(obj, entry, refs, 0),
        "after": Markup("<b>{}</b>").format(_stage(obj, entry, refs, 1)),
        "file": str(entry.data.get("name") or ""),
        "was": str(entry.data.get("was") or ""),
    }
    sentence = Markup(str(sign.here if here else sign.there)) % words
    return Told(
        key=entry.source_id, at=entry.at, icon=sign.icon, tone=sign.tone, sentence=Markup(sentence.strip())
    )


# How an approval ended, of a noun that has no verb of its own for it.
_ANSWERS = {
    "approved": gettext_lazy("approved"),
    "rejected": gettext_lazy("sent back"),
    "withdrawn": gettext_lazy("withdrawn"),
}


def sign_of(obj: Object, done: str) -> tuple[Sign, str]:
    """How a fact of a noun is told, and what it is called in that sentence (%(verb)s)."""
    verb, is_state = _verb_words(obj, done)
    return SIGNS.get(done, _BECAME if is_state else _DONE), verb


def _verb_words(obj: Object, done: str) -> tuple[str, bool]:
    """What a fact of the noun's own is called in a sentence, and whether it tells of a state."""
    if word := obj.word_of_verb(done):
        return word, False
    if state := obj.word_of_state(done):
        return state.lower(), True
    if done in _ANSWERS:
        return str(_ANSWERS[done]), False
    return done.replace("_", " "), False


def _link(obj: Object, ref: Ref | None) -> Markup:
    if ref is None:
        return Markup("")
    return Markup('<a class="link" href="/{}/{}/">{}</a>').format(obj.plural, ref.id, ref.title)


def _fields(obj: Object, changes: Mapping[str, Any]) -> str:
    """The labels of what was changed, a few of them by name."""
    labels = [str(obj[name].label) for name in changes if name in obj.fields_by_name]
    if len(labels) > _FIELDS_NAMED:
        rest = len(labels) - _FIELDS_NAMED + 1
        labels = [*labels[: _FIELDS_NAMED - 1], _("%(count)s more fields") % {"count": rest}]
    return _(", ").join(labels) or _("nothing")


def _stage(obj: Object, entry: TimelineEntry, refs: Mapping[Key, Ref], side: int) -> str:
    name = obj.board.lanes if obj.board else ""
    return _title(refs, obj, name, _change(entry, name)[side])


def _title(refs: Mapping[Key, Ref], obj: Object, name: str, value: Any) -> str:
    link = obj.fields_by_name.get(name)
    if not isinstance(link, Link) or not value:
        return "—"
    ref = refs.get((link.to, int(value)))
    return ref.title if ref else "—"


def _grantee(entry: TimelineEntry) -> str:
    """With whom it was shared."""
    to = entry.data.get("to")
    return str(to.get("name") or "") if isinstance(to, dict) else ""


def _change(entry: TimelineEntry, name: str) -> tuple[Any, Any]:
    before, after = (entry.data.get("changes") or {}).get(name) or (None, None)
    return before, after


def _mentioned(entry: TimelineEntry) -> Iterator[Key]:
    """Everything whose title a sentence may need."""
    if entry.about == "activity":
        yield from _keys(entry.data.get("with"))
        return
    obj = registry.get(entry.about)
    if (entry.about, entry.about_id) != (entry.object, entry.record_id):
        yield entry.about, entry.about_id
    for name in ("owner", obj.board.lanes if obj.board else ""):
        link = obj.fields_by_name.get(name)
        if isinstance(link, Link):
            yield from ((link.to, int(value)) for value in _change(entry, name) if value)


def _keys(pairs: Any) -> list[Key]:
    return [(str(name), int(record_id)) for name, record_id in pairs or ()]
