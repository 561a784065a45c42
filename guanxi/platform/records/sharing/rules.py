"""Rules that share by a condition. What they share stands in the table of shares like what people share.

Facts renew the shares of the records that they are about. A job goes through all records when a rule is new
or says something else, and every night: conditions across links and relative dates change without a fact of
the record. Each step brings some records into the state that the rule asks for, whatever it was: a job that
dies in the middle is done again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.events.facts import state_fact
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError, InvalidValues, NotFound, Refused
from guanxi.platform.metadata.fields.base import Sql
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import FilterSyntaxError, compile_filter, parse_filter
from guanxi.platform.records.sharing.actions import note_holders
from guanxi.platform.records.sharing.grantees import To, names_of
from guanxi.platform.records.sharing.models import Share, ShareRule
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id
from guanxi.platform.tenancy.keys import new_key

AT_ONCE = 2_000


@transaction.atomic
def save_rule(
    *, name: str, object: str, filter: str, to: To, writes: bool, by: Actor, rule_id: int | None = None
) -> ShareRule:
    """Make a rule, or have it say something else; its shares follow by a job.

    Raises Refused, NotFound, and InvalidValues for an object, a condition or a grantee that makes no sense.
    """
    if not by.administers:
        raise Refused("share_rule.change")
    label = _checked(name, object, filter, to, by)
    rule = ShareRule(created_by_id=by.member_id) if rule_id is None else find_rule(rule_id)
    changed = rule_id is None or (rule.object, rule.filter, rule.grantee_id, rule.writes) != (
        object, filter.strip(), to.id, writes,
    )  # fmt: skip
    rule.name, rule.object, rule.filter, rule.writes = label, object, filter.strip(), writes
    rule.grantee_kind, rule.grantee_id = to.kind, to.id
    if changed:
        # Less is open until the job has gone through all records, never more.
        Share.objects.filter(rule_id=rule.pk).delete()
        rule.version, rule.filled_at = new_key(), None
    rule.save()
    said = {"object": object, "filter": rule.filter, "to": str(to), "writes": writes}
    verb = "created" if rule_id is None else "changed"
    state_fact("share_rule", verb, rule.pk, by=by, title=rule.name, data=said)
    if changed:
        from guanxi.platform.records.sharing.jobs import fill_rule

        fill_rule.enqueue(rule_id=rule.pk, version=rule.version)
    return rule


@transaction.atomic
def remove_rule(rule_id: int, *, by: Actor) -> None:
    """End a rule and everything that it shares, at once. Raises Refused, NotFound."""
    if not by.administers:
        raise Refused("share_rule.change")
    rule = find_rule(rule_id)
    Share.objects.filter(rule_id=rule.pk).delete()
    state_fact("share_rule", "removed", rule.pk, by=by, title=rule.name, data={"filter": rule.filter})
    rule.delete()


def find_rule(rule_id: int) -> ShareRule:
    """The rule, held until the end of the transaction. Raises NotFound."""
    rows = ShareRule.objects.filter(pk=rule_id)
    found = (rows.select_for_update() if connection.in_atomic_block else rows).first()
    if found is None:
        raise NotFound(f"share_rule {rule_id}")
    result: ShareRule = found
    return result


@transaction.atomic
def fill_next(rule_id: int, *, version: int, after: int) -> int | None:
    """Bring the next records after this id into the rule's state; the id to go on from.

    None: all are done, or the rule is gone or says something else by now.
    """
    rule = ShareRule.objects.select_for_update().filter(pk=rule_id, version=version).first()
    if rule is None or not registry.has(rule.object):
        return None
    obj = registry.get(rule.object)
    mine = row_rule(obj, _machine())
    rows = fetch(
        f'SELECT r.id FROM "{obj.table}" r WHERE {mine.text} AND r.id > %s ORDER BY r.id LIMIT {AT_ONCE}',
        (*mine.params, after),
    )
    ids = [row[0] for row in rows]
    renew_shares(rule, obj, ids)
    if len(ids) == AT_ONCE:
        return int(ids[-1])
    ShareRule.objects.filter(pk=rule_id).update(filled_at=timezone.now())
    return None


def renew_shares(rule: ShareRule, obj: Object, ids: Sequence[int]) -> None:
    """What the rule asks for of these records, no more and no less."""
    if not ids:
        return
    wanted = matching(rule, obj, ids)
    mine = Share.objects.filter(rule_id=rule.pk, record_id__in=ids)
    have = set(mine.values_list("record_id", flat=True))
    if gone := have - wanted:
        mine.filter(record_id__in=gone).delete()
    if missing := wanted - have:
        note_holders(obj.name, [rule.grantee_id], wide=True)
        rows = [
            Share(
                object=obj.name,
                record_id=one,
                grantee_kind=rule.grantee_kind,
                grantee_id=rule.grantee_id,
                writes=rule.writes,
                rule_id=rule.pk,
            )
            for one in missing
        ]
        Share.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def matching(rule: ShareRule, obj: Object, ids: Collection[int]) -> set[int]:
    """Which of these records meet the condition; none where it makes no sense any more."""
    try:
        condition = condition_of(obj, rule.filter)
    except (FieldError, FilterSyntaxError):
        return set()
    mine, marks = row_rule(obj, _machine()), ", ".join(["%s"] * len(ids))
    rows = fetch(
        f'SELECT r.id FROM "{obj.table}" r WHERE {mine.text} AND r.id IN ({marks}) AND {condition.text}',
        (*mine.params, *ids, *condition.params),
    )
    return {row[0] for row in rows}


def condition_of(obj: Object, text: str) -> Sql:
    """The condition on rows `r`; raises FieldError or FilterSyntaxError."""
    by = _machine()
    return compile_filter(parse_filter(text), obj, by=by, context=field_context(by), vendor=connection.vendor)


def _machine() -> Actor:
    return system_actor(require_workspace_id(), "Guanxi")


def _checked(name: str, object: str, filter: str, to: To, by: Actor) -> str:
    errors: dict[str, list[FieldError]] = {}
    if not registry.has(object) or not registry.get(object).owned:
        errors["object"] = [FieldError("unknown_object", _("Choose what is shared."))]
    elif not filter.strip():
        errors["filter"] = [
            FieldError("required", _("Say which records: without a condition it would be all."))
        ]
    else:
        try:
            condition_of(registry.get(object), filter)
        except (FieldError, FilterSyntaxError) as problem:
            errors["filter"] = [FieldError("filter", str(problem))]
    if to not in names_of([to], working=True):
        errors["to"] = [FieldError("unknown_grantee", _("Choose a member, a team or a role."))]
    if not name.strip():
        errors["name"] = [FieldError("required", _("Give it a name."))]
    if errors:
        raise InvalidValues(errors)
    return name.strip()[:100]


def rules_of(objects: Collection[str] | None = None) -> list[Any]:
    """The rules of the chosen workspace, or those of some objects."""
    rows = ShareRule.objects.order_by("object", "name", "pk")
    return list(rows if objects is None else rows.filter(object__in=objects))
