"""What came of a batch, in words: what was done, what was not and why, the way back."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guanxi.platform.i18n.numbers import comma_list, labelled
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.addresses import ref_url
from guanxi.platform.records.batches.models import Batch, BatchPart
from guanxi.platform.records.batches.running import may_undo
from guanxi.platform.records.titles import titles_of
from guanxi.web.pages import toast

MOST_SHOWN = 500
MOST_NAMED = 3  # in one line


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that stayed as it was, and why; without a name where the reader may not see it."""

    why: str
    title: str = ""
    url: str = ""


def said_of(batch: Batch, obj: Object) -> str:
    """What a finished batch has done, in one line."""
    given = {"count": batch.done, "objects": obj.plural_label.within, "name": batch.note}
    n = batch.done
    words = {
        "assign": ngettext(
            "Moved %(count)d %(objects)s to %(name)s", "Moved %(count)d %(objects)s to %(name)s", n
        ),
        "tag": ngettext(
            "Tagged %(count)d %(objects)s “%(name)s”", "Tagged %(count)d %(objects)s “%(name)s”", n
        ),
        "archive": ngettext("Archived %(count)d %(objects)s", "Archived %(count)d %(objects)s", n),
        "delete": ngettext(
            "Put %(count)d %(objects)s into the trash", "Put %(count)d %(objects)s into the trash", n
        ),
        "restore": ngettext("Restored %(count)d %(objects)s", "Restored %(count)d %(objects)s", n),
        "undo": _("Taken back"),  # with what was of other objects
    }.get(batch.kind, ngettext("Changed %(count)d %(objects)s", "Changed %(count)d %(objects)s", n))
    parts = [words % given] if batch.done or not batch.refused else []
    if batch.refused:
        parts.append(_refused_words(batch))
    return " · ".join(parts)


def tell_outcome(response: HttpResponse, batch: Batch, obj: Object, *, by: Actor) -> HttpResponse:
    """A finished batch in the line at the foot of the next page: its count, the first that were refused, the
    reason where all have the same, the page that names each, and undo where there is something to undo."""
    said, more = said_of(batch, obj), ""
    if batch.refused:
        refusals = refusals_of(batch, by=by, most=MOST_SHOWN)
        more = f"/changes/batches/{batch.pk}/"
        if named := _named(refusals):
            said = labelled(said, named)
        reasons = {one.why for one in refusals}
        if len(reasons) == 1:
            said = f"{said} · {Truncator(reasons.pop()).chars(120)}"
    undo = f"/undo/batch/{batch.pk}/" if may_undo(batch, by=by) else ""
    return toast(response, said, undo=undo, more=more, tone="" if batch.done else "cinnabar")


def refusals_of(batch: Batch, *, by: Actor, most: int = MOST_SHOWN) -> list[Refusal]:
    """Which records stayed as they were, and why, in the order in which they were tried."""
    found: list[tuple[str, int, str]] = []
    for name, refusals in (
        BatchPart.objects.filter(batch=batch).order_by("position").values_list("object", "refusals")
    ):
        found += [(name, record_id, why) for record_id, why in refusals]
        if len(found) >= most:
            break
    found = found[:most]
    refs = titles_of({(name, key) for name, key, _why in found if key and registry.has(name)}, by=by)
    return [
        Refusal(why, ref.title, ref_url(ref)) if ref else Refusal(why)
        for name, key, why in found
        for ref in [refs.get((name, key))]
    ]


def _named(refusals: list[Refusal]) -> str:
    """The first of those that the reader may see, by name."""
    titles = list(dict.fromkeys(one.title for one in refusals if one.title))
    some = [Truncator(one).chars(40) for one in titles[:MOST_NAMED]]
    return comma_list([*some, "…"] if len(titles) > MOST_NAMED else some)


def _refused_words(batch: Batch) -> str:
    if batch.kind == "undo":
        words = ngettext("%(count)d stays as it is", "%(count)d stay as they are", batch.refused)
    else:
        words = ngettext("%(count)d could not be changed", "%(count)d could not be changed", batch.refused)
    return words % {"count": batch.refused}
