"""Forms of records that came after the session had ended, in the words of their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from guanxi.platform.i18n.numbers import comma_list
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.kept import Typed
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.fields.markup import cleaned_markup, words_of_markup
from guanxi.platform.records.pages.controls import Control, control_of, read_sent, was_sent
from guanxi.platform.records.pages.forms import typed_fields
from guanxi.platform.records.titles import Key, titles_of

_ADDRESS = re.compile(r"/(?P<plural>[a-z-]+)/(?:new|\d+/(?:edit|lane))/")


def read_record_form(address: str, typed: Typed, by: Actor) -> list[tuple[str, str]] | None:
    """(label, value) of the fields that were filled in; None for a form that is no record's."""
    found = _ADDRESS.match(address)
    obj = next((one for one in registry.objects() if found and one.plural == found["plural"]), None)
    if obj is None:
        return None
    sent = QueryDict(mutable=True)
    for name, value in typed:
        sent.appendlist(name, value)
    raws = {one: read_sent(one, sent) for one in typed_fields(obj) if was_sent(one, sent)}
    refs = titles_of(set(_keys(raws)), by=by)
    controls = [control_of(one, raw, by=by, refs=refs) for one, raw in raws.items()]
    shown = [(one.label, _words(one)) for one in controls]
    return [(label, words) for label, words in shown if words]


def _keys(raws: Mapping[Field, Any]) -> Iterable[Key]:
    for one, raw in raws.items():
        if one.type == "about":
            yield from ((str(kind), int(key)) for kind, key in raw)


def _words(control: Control) -> str:
    value = control.value
    match control.kind:
        case "choice":
            return next((one.label for one in control.options if one.value == str(value)), "")
        case "money":
            return f"{value} {control.currency}" if value else ""
        case "find":
            return control.shown
        case "tags":
            return comma_list(one.label for one in control.options if one.value in value)
        case "about":
            return comma_list(one.label for one in control.options)
        case "rich":
            return words_of_markup(cleaned_markup(str(value)))
        case "person" | "address":
            return " ".join(filter(None, value.values())) if value else ""
        case "points" | "addresses":
            points = (
                " ".join(part for name, part in one.items() if name != "kind" and part) for one in value
            )
            return "\n".join(point for point in points if point)
        case "check":
            return _("Yes") if value else ""
        case _:
            return str(value)
