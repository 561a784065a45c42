"""Emails that members write on the page of a record: to whom, from which template, and sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from guanxi.automation.email_templates.actions import find_template
from guanxi.automation.email_templates.filling import fill
from guanxi.platform.identity.actors import Actor
from guanxi.platform.identity.models import Member
from guanxi.platform.mail.sending import send_mail
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound
from guanxi.platform.metadata.fields import Emails, Link
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import standing_of
from guanxi.platform.metadata.rights import as_seen, sees
from guanxi.platform.records.access import find_record

MOST_RECIPIENTS = 20


def addresses_of(obj: Object, record_id: int, *, by: Actor) -> list[str]:
    """Where a record is written to, as the actor sees it: its own address, else that of one it links to."""
    record = find_record(obj, record_id, by=by)
    if own := _address_in(record, obj, by):
        return [own]
    for one in as_seen(obj, by).fields:
        key = one.get(record) if isinstance(one, Link) and registry.has(one.to) else None
        if key is None or not isinstance(one, Link):
            continue
        other = registry.get(one.to)
        try:
            found = _address_in(find_record(other, key, by=by), other, by)
        except NotFound:
            continue
        if found:
            return [found]
    return []


def letter_from(template_id: int, key: tuple[str, int], *, by: Actor) -> dict[str, str]:
    """What the composer is filled in with: to, subject and body by a template; raises NotFound."""
    template = find_template(template_id, by=by)
    if template.object != key[0] or template.archived_at is not None:
        raise NotFound(f"email template {template_id}")
    letter = fill(template, key[1], by=by)
    return {"kind": "email", "subject": letter.subject, "body": letter.text, "template": str(template.pk)}


def send_letter(given: Mapping[str, str], body: str, *, by: Actor) -> str:
    """Queue it, one mail to each; answers go to who writes it. Returns the subject; raises InvalidValues."""
    subject = " ".join(given.get("subject", "").split())[:300]
    typed = given.get("to", "").replace("\uff0c", ",").replace(";", ",").replace("\uff1b", ",")
    to = list(dict.fromkeys(one.strip() for one in typed.split(",") if one.strip()))
    if not to:
        raise InvalidValues({"to": [FieldError("required", _("Say to which address."))]})
    if len(to) > MOST_RECIPIENTS:
        many = _("At most %(count)d addresses at once.") % {"count": MOST_RECIPIENTS}
        raise InvalidValues({"to": [FieldError("many", many)]})
    for one in to:
        try:
            validate_email(one)
        except ValidationError as problem:
            wrong = _("“%(value)s” is not an email address.") % {"value": one[:80]}
            raise InvalidValues({"to": [FieldError("email", wrong)]}) from problem
    if not subject:
        raise InvalidValues({"subject": [FieldError("required", _("Give it a subject."))]})
    mine = Member.objects.filter(pk=by.member_id).values_list("user__email", flat=True).first() or ""
    for one in to:
        send_mail(to=one, subject=subject, body=body, reply_to=mine)
    return subject


def _address_in(record: Any, obj: Object, by: Actor) -> str:
    """The first address in a record's own fields; what is masked, or veiled in a pool, is none."""
    if getattr(record, "pool_id", None) in standing_of(obj, by).veiled:
        return ""
    for one in obj.fields:
        points = one.get(record) if isinstance(one, Emails) and sees(obj, [one.name], by) else None
        if points:
            return str(points[0].get("email") or "")
    return ""
