"""Opening a record to others, and closing it again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import find_record, within_scope
from guanxi.platform.records.lasting import own_reach, refuse_lasting
from guanxi.platform.records.sharing.grantees import To, names_of
from guanxi.platform.records.sharing.models import Grantee, Share, ShareHolder
from guanxi.platform.tenancy.keys import new_key
from guanxi.platform.tenancy.models import Workspace


def may_share(obj: Object, record: Any, by: Actor) -> bool:
    """Whether this actor opens the record to others: who edits it by their role, not by a share alone."""
    return obj.owned and by.may("share", obj.name) and within_scope(obj, record, by, access="edit")


@transaction.atomic
def share_record(
    record: Any,
    *,
    to: To,
    by: Actor,
    writes: bool = False,
    until: datetime | None = None,
    word: str = "",
) -> Share:
    """Open a record to a grantee, or change how it is open to them.

    until   when it ends by itself; None: never
    word    what the member does in the record's team

    Raises NotFound, Refused (also for who acts for another and would open it to themself), and InvalidValues
    for somebody who is not there or a moment that is over.
    """
    obj = registry.get(record.object_name)
    current = find_record(obj, record.pk, by=by)
    if not may_share(obj, current, by):
        raise Refused(f"{obj.name}.share")
    name = _checked(obj, current, to, until, word)
    before = own_reach(obj, [current.pk], by)
    share: Share
    share, _made = Share.objects.update_or_create(
        object=obj.name,
        record_id=current.pk,
        grantee_id=to.id,
        rule_id=0,
        defaults={
            "grantee_kind": to.kind,
            "writes": writes,
            "until": until,
            "word": word.strip(),
            "created_by_id": by.member_id,
        },
    )
    note_holders(obj.name, [to.id])
    refuse_lasting(obj, current, before, by)
    data = {"to": {"kind": to.kind, "id": str(to.id), "name": name}, "writes": writes, "until": until}
    if word.strip():
        data["word"] = word.strip()
    state_fact(obj.name, "shared", current.pk, by=by, title=str(current), data=data)
    return share


@transaction.atomic
def end_share(share: Share, *, by: Actor) -> None:
    """Close a record to a grantee again. Who holds the share may give it up themselves.

    Raises NotFound, Refused. What a rule shares ends with the rule.
    """
    obj = registry.get(share.object)
    record = find_record(obj, share.record_id, by=by)
    own = share.grantee_kind == Grantee.MEMBER and share.grantee_id == by.member_id
    if share.rule_id or not (own or may_share(obj, record, by)):
        raise Refused(f"{obj.name}.share")
    to = To(share.grantee_kind, share.grantee_id)
    named = names_of([to]).get(to, "")
    if Share.objects.filter(pk=share.pk).delete()[0]:
        data = {"to": {"kind": to.kind, "id": str(to.id), "name": named}, "writes": share.writes}
        state_fact(obj.name, "unshared", record.pk, by=by, title=str(record), data=data)


def note_holders(object_name: str, grantee_ids: Iterable[int], *, wide: bool = False) -> None:
    """Note who holds shares of an object; whoever is new is a new version for every process."""
    wanted = set(grantee_ids)
    known = ShareHolder.objects.filter(object=object_name, grantee_id__in=wanted)
    kept = {row.grantee_id for row in known if row.wide or not wide}
    missing = wanted - kept
    if not missing:
        return
    known.filter(grantee_id__in=missing).update(wide=wide)
    rows = [ShareHolder(object=object_name, grantee_id=one, wide=wide) for one in missing]
    ShareHolder.objects.bulk_create(rows, ignore_conflicts=True)
    Workspace.objects.filter(pk=rows[0].workspace_id).update(shares_version=new_key())


def _checked(obj: Object, record: Any, to: To, until: datetime | None, word: str) -> str:
    """The name of the grantee; raises InvalidValues."""
    named = names_of([to], working=True)
    if to not in named:
        raise _invalid("to", "unknown_grantee", _("Choose a member, a team or a role."))
    if to.kind == Grantee.MEMBER and to.id == record.owner_id:
        raise _invalid("to", "owner", _("%(name)s owns this.") % {"name": named[to]})
    if until is not None and until <= timezone.now():
        raise _invalid("until", "past", _("This moment is over."))
    if len(word.strip()) > 40:
        raise _invalid("word", "too_long", _("At most %(count)s characters.") % {"count": 40})
    if word.strip() and to.kind != Grantee.MEMBER:
        raise _invalid("word", "members_only", _("Only members work on a record."))
    return named[to]


def _invalid(field: str, code: str, message: str) -> InvalidValues:
    return InvalidValues({field: [FieldError(code, message)]})


__all__ = ["NotFound", "Refused", "end_share", "may_share", "note_holders", "share_record"]
