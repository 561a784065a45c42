"""Notifications in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from guanxi.collaboration.notifications.kinds import KINDS
from guanxi.collaboration.notifications.models import Notification
from guanxi.collaboration.notifications.queries import Shown
from guanxi.collaboration.timeline.telling import SIGNS, sign_of
from guanxi.platform.i18n.dates import format_day
from guanxi.platform.metadata import registry
from guanxi.platform.records.addresses import record_url
from guanxi.platform.records.batches.models import Batch
from guanxi.platform.records.batches.running import is_undoable
from guanxi.platform.records.pages.batches import kind_label, state_label
from guanxi.platform.records.pages.outcomes import said_of


@dataclass(frozen=True, slots=True)
class Told:
    """One notification as its page draws it."""

    id: int
    icon: str
    sentence: Markup
    text: str
    at: datetime
    unread: bool
    allow_url: str = ""  # where one click opens what was asked for
    verb_url: str = ""  # where one click does what is the next step
    verb_label: str = ""


def tell(shown: Sequence[Shown]) -> list[tuple[str, list[Told]]]:
    """Day headings with their notifications."""
    days = groupby(shown, key=lambda one: timezone.localdate(one.notification.at))
    return [(format_day(day), [tell_one(one) for one in group]) for day, group in days]


def tell_one(shown: Shown) -> Told:
    """One notification in words."""
    one = shown.notification
    allow = f"/access/{one.record_id}/" if one.kind == "asked" and one.read_at is None else ""
    url, label = _button(shown) if one.kind in ("automation", "batch") else ("", "")
    text = "" if one.kind in _SAID_WHOLE or one.verb in _SHARING else one.text
    return Told(
        one.pk, KINDS[one.kind].icon, _sentence(shown), text, one.at, one.read_at is None, allow, url, label
    )


def _button(shown: Shown) -> tuple[str, str]:
    """What is offered along with what is told, its address and its word: a workflow's verb on the record; to
    take back what was done to many."""
    one, batch = shown.notification, shown.batch
    if batch is not None:
        back = not batch.undoes_id and is_undoable(batch)
        return (f"/undo/batch/{batch.pk}/", _("Undo")) if back else ("", "")
    obj = registry.get(one.object) if registry.has(one.object) else None
    verb = next((each for each in obj.verbs if each.name == one.verb), None) if obj is not None else None
    if obj is None or verb is None:
        return "", ""
    return f"{record_url(obj, one.record_id)}{verb.noun}/", str(verb.label)


def _sentence(shown: Shown) -> Markup:
    one = shown.notification
    words: dict[str, Any] = {
        "who": Markup("<b>{}</b>").format(one.actor_name or _("Guanxi")),
        "what": Markup("<b>{}</b>").format(shown.ref.title if shown.ref else ""),
        "object": str(registry.get(one.object).label).lower() if registry.has(one.object) else "",
    }
    if one.kind == "imported":
        return Markup(str(_IMPORTS.get(one.verb, _IMPORTS["finished"])))
    if one.kind == "batch":
        return _of_batch(shown.batch)
    if one.kind == "import_stopped":
        failed = _("An import by the clock could not be made: %(what)s")
        stopped = _("An import by the clock is paused after it failed again and again: %(what)s")
        return Markup(stopped if one.verb == "stopped" else failed) % {**words, "what": one.text}
    if one.kind == "drifted":
        return Markup(_("A learned model no longer fits: %(what)s")) % {**words, "what": one.text}
    if one.kind == "delegated":
        said = _DELEGATIONS[one.verb, one.member_id == one.record_id]
        return Markup(str(said)) % {**words, "what": Markup("<b>{}</b>").format(one.text)}
    if one.kind == "asked":
        return Markup(_("%(who)s asks for access")) % words
    if one.kind == "answered":
        return Markup(_("%(who)s refused what you asked for")) % words
    if one.kind in ("automation", "automation_run", "figures"):
        return Markup.escape(one.text)
    if one.kind in ("approval", "decided"):
        return Markup(str(_APPROVALS.get(one.verb, _APPROVALS["signed"]))) % words
    if one.kind == "clash":
        met = _("%(who)s reports that two of us have one customer")
        done = _("%(who)s has decided whose customer it is")
        return Markup(met if one.verb == "contested" else done) % words
    if one.kind == "merged":
        seen = _("%(who)s merged your %(object)s %(mine)s into %(what)s")
        unseen = _("%(who)s merged your %(object)s %(mine)s into one that is not yours to see")
        return Markup(seen if shown.ref else unseen) % {**words, "mine": Markup("<b>{}</b>").format(one.text)}
    if one.kind == "report":
        return Markup(str(_REPORTS.get(one.verb, _REPORTS["submitted"]))) % words
    if one.kind == "reminder":
        return Markup(_("Reminder: %(what)s")) % words
    if one.kind == "mentioned":
        return Markup(_("%(who)s mentioned you: %(what)s")) % words
    if not one.record_id:
        return _many(one, words)
    if one.kind == "shared":
        return Markup(_("%(who)s shared the %(object)s %(what)s with you")) % words
    if one.kind == "assigned":
        return Markup(_("%(who)s handed you the %(object)s %(what)s")) % words
    if one.verb not in _SHARING and (one.object == "activity" or one.text):
        return Markup(_("%(who)s wrote about %(what)s")) % words
    return _happened(one, words)


# Kinds whose sentence has the words in it already.
_SAID_WHOLE = ("automation", "automation_run", "figures", "import_stopped", "drifted", "delegated", "merged")
_SHARING = ("shared", "unshared")
_IMPORTS = {
    "finished": gettext_lazy("Your import is finished"),
    "failed": gettext_lazy("Your import has broken off; what is done is kept"),
    "cancelled": gettext_lazy("Your import is cancelled; what is done is kept"),
    "undone": gettext_lazy("Your import is taken back"),
}
_DELEGATIONS = {  # (verb, whether it is told to whom somebody acts for)
    ("delegated", False): gettext_lazy("You can act for %(what)s for a time"),
    ("delegated", True): gettext_lazy("%(who)s has let a colleague act for you for a time"),
    ("delegation_ended", False): gettext_lazy("You no longer act for %(what)s"),
    ("delegation_ended", True): gettext_lazy("%(who)s has ended it that a colleague acts for you"),
}
_REPORTS = {
    "created": gettext_lazy("Your work report is ready: look at it and hand it in"),
    "reminded": gettext_lazy("Your work report of the last working day is not handed in yet"),
    "submitted": gettext_lazy("%(who)s has handed in a work report"),
    "read": gettext_lazy("%(who)s has read your work report"),
}
_APPROVALS = {
    "asked": gettext_lazy("%(who)s asks for your approval: %(what)s"),
    "signed": gettext_lazy("%(what)s waits for your approval"),
    "returned": gettext_lazy("%(who)s wants %(what)s to be approved again"),
    "extended": gettext_lazy("%(who)s wants you to sign, too: %(what)s"),
    "passed_on": gettext_lazy("%(what)s waits for your approval now"),
    "remarked": gettext_lazy("%(who)s has a word on the approval of %(what)s"),
    "reminded": gettext_lazy("%(what)s still waits for your approval"),
    "approved": gettext_lazy("%(what)s is approved"),
    "rejected": gettext_lazy("%(who)s has sent %(what)s back"),
    "withdrawn": gettext_lazy("%(who)s has withdrawn %(what)s: you need not decide"),
}


def _of_batch(batch: Batch | None) -> Markup:
    """What was done to many, as its toast says it; or that it came to another end."""
    if batch is None or not registry.has(batch.object):
        return Markup.escape(_("What you did to many records is finished"))
    if batch.state == Batch.State.DONE and not batch.undoes_id:
        return Markup.escape(said_of(batch, registry.get(batch.object)))
    return Markup.escape(f"{kind_label(batch.kind)} · {state_label(batch)}")


def _many(one: Notification, words: dict[str, Any]) -> Markup:
    obj = registry.get(one.object)
    told = {**words, "count": one.count, "objects": str(obj.plural_label).lower()}
    text = ngettext(
        "%(who)s handed you %(count)s of the %(objects)s",
        "%(who)s handed you %(count)s of the %(objects)s",
        one.count,
    )
    return Markup(text) % told


def _happened(one: Notification, words: dict[str, Any]) -> Markup:
    """As the timeline says it where the words suffice; stages and files are on the page it leads to."""
    if one.verb == "moved":
        return Markup(_("%(who)s moved the %(object)s %(what)s to another stage")) % words
    if one.verb == "attached":
        attached = ngettext(
            "%(who)s attached a file to the %(object)s %(what)s",
            "%(who)s attached %(count)s files to the %(object)s %(what)s",
            one.count,
        )
        return Markup(attached) % {**words, "count": one.count}
    if one.verb in ("renamed", "detached", "reattached"):
        return Markup(_("%(who)s changed the files of the %(object)s %(what)s")) % words
    if one.verb in _SHARING and one.text:
        return Markup(str(SIGNS[one.verb].there)) % {**words, "to": one.text}
    if one.verb == "shared":
        return Markup(_("%(who)s shared the %(object)s %(what)s with somebody")) % words
    if one.verb == "unshared":
        return Markup(_("%(who)s took back who sees the %(object)s %(what)s")) % words
    if one.verb == "assigned":
        return Markup(_("%(who)s handed on the %(object)s %(what)s")) % words
    if not registry.has(one.object):
        return Markup(str(SIGNS["changed"].there)) % words
    sign, verb = sign_of(registry.get(one.object), one.verb)
    return Markup(str(sign.there)) % {**words, "verb": verb}
