"""Why somebody can see, edit, delete or export a record, or not; who gains and who loses by another role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.platform.i18n.dates import format_date
from guanxi.platform.identity.acting import actor_for
from guanxi.platform.identity.actors import Actor, Reach
from guanxi.platform.identity.models import Delegation, Member, Role
from guanxi.platform.identity.permissions import parse_grants
from guanxi.platform.identity.queries import member_names
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import standing_of
from guanxi.platform.records.access import READS, row_rule, within_scope
from guanxi.platform.records.sharing.grantees import To, names_of
from guanxi.platform.records.sharing.holding import WRITING
from guanxi.platform.records.sharing.models import Grantee, Share, ShareRule
from guanxi.platform.records.sharing.queries import last_day
from guanxi.platform.records.sql import fetch

VERBS = {"see": "see", "edit": "change", "delete": "archive", "export": "export"}
ACCESS_WORDS = {
    "see": gettext_lazy("See"),
    "edit": gettext_lazy("Edit"),
    "delete": gettext_lazy("Delete"),
    "export": gettext_lazy("Export"),
}
SCOPE_WORDS = {
    Reach.OWN: gettext_lazy("own records"),
    Reach.TEAM: gettext_lazy("records of the own team"),
    Reach.TEAM_BELOW: gettext_lazy("records of the own team and those below"),
    Reach.CHOSEN: gettext_lazy("records of chosen teams"),
    Reach.ALL: gettext_lazy("all records"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that grants an access, or that stands in its way.

    kind  role, scope, owner, pool, share, rule, delegation, left
    url   where it is changed
    """

    kind: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a member has an access to a record, and everything that grants or blocks it."""

    access: str
    allowed: bool
    reasons: list[Reason]

    @property
    def label(self) -> str:
        return str(ACCESS_WORDS[self.access])


def explain(obj: Object, record: Any, member: Member) -> list[Answer]:
    """For each of see, edit, delete and export: whether, and by what. The same rule as every door asks."""
    if member.left_at is not None:
        gone = [Reason("left", _("%(name)s does not work here any more.") % {"name": member.display_name})]
        return [Answer(access, False, gone) for access in VERBS]
    actor = actor_for(member)
    shares, rules = _shares(obj, record, actor), dict(ShareRule.objects.values_list("pk", "name"))
    answers = []
    for access in VERBS:
        granted = _granting(obj, record, member, actor, access, shares, rules)
        lent = _lent(obj, record, member, access)
        reasons = [*granted, *lent] or [_blocking(obj, record, member, actor, access)]
        answers.append(Answer(access, bool(granted), reasons))
    return answers


def _granting(
    obj: Object,
    record: Any,
    member: Member,
    actor: Actor,
    access: str,
    shares: list[Share],
    rules: Mapping[int, str],
) -> list[Reason]:
    rows = actor.rows(obj.name, access)
    if not actor.may("see", obj.name) or not actor.may(VERBS[access], obj.name) or not rows:
        return []
    standing, pool_id = standing_of(obj, actor), getattr(record, "pool_id", None)
    if access not in READS and pool_id in standing.veiled:
        return []
    found, role = [], {"role": member.role.label, "member": member.display_name}
    if access in READS and pool_id in standing.reached:
        words = {"pool": _pool(obj, record), "member": member.display_name}
        said = _("It stands in the pool “%(pool)s”, to which %(member)s belongs.") % words
        found.append(Reason("pool", said, f"/pools/{pool_id}/"))
    url = f"/settings/roles/{member.role_id}/"
    if within_scope(obj, record, actor, access=access):
        if obj.owned and record.owner_id == member.pk:
            found.append(Reason("owner", _("%(member)s owns this.") % role))
        if rows.every or not obj.owned:
            found.append(Reason("scope", _("The role “%(role)s” reaches all records.") % role, url))
        elif record.team_id in actor.led_ids:
            words = {**role, "team": _team(record)}
            said = _("%(member)s leads %(team)s, or a team above it.") % words
            found.append(Reason("scope", said, f"/settings/teams/{record.team_id}/"))
        elif record.team_id in rows.teams:
            scope = str(SCOPE_WORDS[actor.reach(obj.name, access)])
            words = {**role, "team": _team(record), "scope": scope}
            said = _("The role “%(role)s” reaches %(scope)s; this is one of %(team)s.") % words
            found.append(Reason("scope", said, url))
    if not obj.owned or access == "delete":
        return found
    for share in shares:
        if share.writes or access not in WRITING:
            found.append(_by_share(share, rules))
    return found


def _blocking(obj: Object, record: Any, member: Member, actor: Actor, access: str) -> Reason:
    words = {"role": member.role.label, "object": str(obj.plural_label), "verb": str(ACCESS_WORDS[access])}
    url = f"/settings/roles/{member.role_id}/"
    if not actor.may("see", obj.name):
        return Reason("role", _("The role “%(role)s” does not grant %(object)s.") % words, url)
    if not actor.may(VERBS[access], obj.name) or not actor.rows(obj.name, access):
        return Reason("role", _("The role “%(role)s” does not grant this.") % words, url)
    pool_id = getattr(record, "pool_id", None)
    if access not in READS and pool_id in standing_of(obj, actor).veiled:
        said = _("It stands in the pool “%(pool)s”: whoever claims it may change it.")
        return Reason("pool", said % {"pool": _pool(obj, record)}, f"/pools/{pool_id}/")
    owner = member_names([record.owner_id]).get(record.owner_id or 0) if record.owner_id else None
    words |= {
        "scope": str(SCOPE_WORDS[actor.reach(obj.name, access)]),
        "owner": str(owner) if owner else _("nobody"),
        "team": _team(record) or _("no team"),
    }
    said = _(
        "The role “%(role)s” reaches %(scope)s; this is %(owner)s’s, in %(team)s, and no share gives that."
    )
    return Reason("scope", said % words, url)


def _by_share(share: Share, rules: Mapping[int, str]) -> Reason:
    to = To(share.grantee_kind, share.grantee_id)
    words = {
        "to": names_of([to]).get(to, ""),
        "rule": rules.get(share.rule_id, ""),
        "by": str(member_names([share.created_by_id]).get(share.created_by_id, ""))
        if share.created_by_id
        else "",
        "until": format_date(last_day(share.until)) if share.until else "",
    }
    if share.rule_id:
        said = _("The sharing rule “%(rule)s” opens this to %(to)s.") % words
        return Reason("rule", said, "/settings/sharing/")
    if share.until:
        return Reason("share", _("Shared with %(to)s by %(by)s until %(until)s.") % words)
    return Reason("share", _("Shared with %(to)s by %(by)s.") % words)


def _lent(obj: Object, record: Any, member: Member, access: str) -> list[Reason]:
    """What the member reaches only in another's place."""
    now, found = timezone.now(), []
    rows = Delegation.objects.select_related("member__user", "member__role", "member__workspace").filter(
        delegate_id=member.pk, ended_at=None, starts_at__lte=now, ends_at__gt=now, member__left_at=None
    )
    for one in rows:
        giver = actor_for(one.member)
        own = _shares(obj, record, giver)
        if _granting(obj, record, one.member, giver, access, own, {}):
            words = {"name": one.member.display_name, "until": format_date(last_day(one.ends_at))}
            said = _("While acting for %(name)s, until %(until)s.") % words
            found.append(Reason("delegation", said, "/settings/delegation/"))
    return found


def _shares(obj: Object, record: Any, actor: Actor) -> list[Share]:
    standing = Q(grantee_kind=Grantee.MEMBER, grantee_id=actor.member_id or 0)
    standing |= Q(grantee_kind=Grantee.TEAM, grantee_id__in=actor.above_ids)
    standing |= Q(grantee_kind=Grantee.ROLE, grantee_id=actor.role_id or 0)
    running = Q(until=None) | Q(until__gt=timezone.now())
    rows = Share.objects.filter(standing, running, object=obj.name, record_id=record.pk)
    return list(rows.order_by("rule_id", "pk"))


def _team(record: Any) -> str:
    return str(record.team.name) if record.team_id else ""


def _pool(obj: Object, record: Any) -> str:
    """What the pool is called, also to who is not in it: an administrator asks."""
    pools = registry.get(str(getattr(obj["pool"], "to", "")))
    return str(pools.rows().filter(pk=record.pool_id).first() or "")


# Before a role is saved


@dataclass(frozen=True, slots=True)
class Difference:
    """What one member gains and loses of one object: records to see, to edit, to archive, to export."""

    object: str
    member_id: int
    member: str
    sees: int
    no_longer_sees: int
    edits: int
    no_longer_edits: int
    deletes: int = 0
    no_longer_deletes: int = 0
    exports: int = 0
    no_longer_exports: int = 0

    def __bool__(self) -> bool:
        return any(astuple(self)[3:])


def gains_and_losses(role: Role, new_grants: Mapping[str, Mapping[str, Any]]) -> list[Difference]:
    """Who would see, edit, archive and export how many records more and fewer by these grants, in SQL.

    Nothing is saved. Objects of which nothing changes and members to whom nothing happens are left out.
    """
    wanted = parse_grants(new_grants)
    members = Member.objects.select_related("user", "role", "workspace").filter(role=role, left_at=None)
    found = []
    for member in members.order_by("pk"):
        now = actor_for(member)
        then = replace(now, grants=wanted)
        for obj in registry.objects():
            if now.grant(obj.name) != then.grant(obj.name) and (one := _difference(obj, member, now, then)):
                found.append(one)
    return found


def _difference(obj: Object, member: Member, now: Actor, then: Actor) -> Difference:
    counts: list[int] = []
    for access in VERBS:
        old, new = (_bounded(obj, actor, access) for actor in (now, then))
        more = f"CASE WHEN ({new.text}) THEN CASE WHEN ({old.text}) THEN 0 ELSE 1 END ELSE 0 END"
        less = f"CASE WHEN ({old.text}) THEN CASE WHEN ({new.text}) THEN 0 ELSE 1 END ELSE 0 END"
        kind = " AND r.kind = %s" if obj.kind else ""
        [row] = fetch(
            f'SELECT COALESCE(sum({more}), 0), COALESCE(sum({less}), 0) FROM "{obj.table}" r'
            f" WHERE r.workspace_id = %s AND r.archived_at IS NULL{kind}",
            (
                *new.params, *old.params, *old.params, *new.params, now.workspace_id,
                *((obj.kind,) if obj.kind else ()),
            ),
        )  # fmt: skip
        counts += [int(row[0]), int(row[1])]
    return Difference(obj.name, member.pk, member.display_name, *counts)


def _bounded(obj: Object, actor: Actor, access: str) -> Any:
    """The rows, none where the verb itself is not granted."""
    may = actor.may(VERBS[access], obj.name)
    return row_rule(obj, actor if may else replace(actor, grants={}), access=access)
