"""Tags as things of their own: added, renamed, coloured, archived. Records get them by an ordinary change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues
from guanxi.platform.metadata.fields.text import printable
from guanxi.platform.records.access import NotFound, Refused
from guanxi.platform.records.models import Tag
from guanxi.platform.tenancy.context import require_workspace_id

TONES = ("azurite", "malachite", "ochre", "gamboge", "rouge", "indigo", "cinnabar")
LONGEST = 60


def may_add_tags(by: Actor) -> bool:
    """Whoever may change some record may need a new word for it."""
    return by.member_id is not None and any(by.may("change", one.name) for one in registry.objects())


@transaction.atomic
def add_tag(*, name: str, tone: str = "azurite", by: Actor) -> Tag:
    """A new tag; the archived one of that name comes back. Raises Refused, InvalidValues."""
    if not may_add_tags(by):
        raise Refused("tag.create")
    name = _cleaned(name)
    _check_tone(tone)
    tag = Tag.objects.filter(key=name.casefold()).first()
    if tag is not None and tag.archived_at is None:
        raise InvalidValues(
            {"name": [FieldError("unique", _("There is a tag “%(name)s” already.") % {"name": name})]}
        )
    tag = tag or Tag(workspace_id=by.workspace_id, name=name)
    tag.tone, tag.archived_at = tone, None
    tag.save()
    state_fact("tag", "created", tag.pk, by=by, title=tag.name)
    return tag


def install_tags(given: Sequence[tuple[str, str]]) -> None:
    """(name, tone) of tags that the chosen workspace, which is new, begins with."""
    workspace_id = require_workspace_id()
    Tag.objects.bulk_create(
        [Tag(workspace_id=workspace_id, name=name, key=name.casefold(), tone=tone) for name, tone in given]
    )


@transaction.atomic
def change_tag(tag_id: int, *, name: str, tone: str, by: Actor) -> Tag:
    """Rename and colour a tag everywhere at once. Raises Refused, NotFound, InvalidValues."""
    tag = _managed(tag_id, by)
    name = _cleaned(name)
    _check_tone(tone)
    if Tag.objects.filter(key=name.casefold()).exclude(pk=tag.pk).exists():
        raise InvalidValues(
            {"name": [FieldError("unique", _("There is a tag “%(name)s” already.") % {"name": name})]}
        )
    changes = {
        field: [old, new]
        for field, old, new in (("name", tag.name, name), ("tone", tag.tone, tone))
        if old != new
    }
    if changes:
        tag.name, tag.tone = name, tone
        tag.save()
        state_fact("tag", "changed", tag.pk, by=by, title=tag.name, changes=changes)
    return tag


@transaction.atomic
def archive_tag(tag_id: int, *, by: Actor) -> Tag:
    """No longer offered; records that carry it keep it. Adding it again brings it back."""
    tag = _managed(tag_id, by)
    if tag.archived_at is None:
        tag.archived_at = datetime.now(UTC)
        tag.save()
        state_fact("tag", "archived", tag.pk, by=by, title=tag.name)
    return tag


def _managed(tag_id: int, by: Actor) -> Tag:
    if not by.administers:
        raise Refused("tag.change")
    tag: Tag | None = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        raise NotFound(f"tag {tag_id}")
    return tag


def _cleaned(name: str) -> str:
    name = " ".join(printable(name).split())
    if not name or len(name) > LONGEST:
        words = _("A tag needs a name of up to %(most)d characters.") % {"most": LONGEST}
        raise InvalidValues({"name": [FieldError("required", words)]})
    return name


def _check_tone(tone: str) -> None:
    if tone not in TONES:
        raise InvalidValues({"tone": [FieldError("choice", _("That is no colour of ours."))]})
