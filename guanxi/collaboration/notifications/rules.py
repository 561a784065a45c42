"""Who is told of a fact, and as what. Rights and switches come after: see consumers.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from guanxi.collaboration.notifications.models import CHANNELS, Follow
from guanxi.platform.events.models import Fact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import ENGINE_VERBS
from guanxi.platform.records.sharing.grantees import To, members_of
from guanxi.platform.records.sql import fetch
from guanxi.platform.tenancy.context import require_workspace_id

Key = tuple[str, int]

_ENGINE = frozenset(ENGINE_VERBS.values())
_ACTIVITY = "activity"
_WORKFLOW = "workflow_run"
_APPROVAL = "approval"
_REPORT = "work_report"
_OWN_TOO = {
    "reminder",
    "imported",
    "import_stopped",
    "batch",
    "automation",
    "automation_run",
    "figures",
}  # told also to who did it
_QUIET_VERBS = {"revealed", "scored"}  # a score moves with every talk: the panel of the score tells it
_QUIET_ACTORS = {"import"}  # a thousand imported records are one notification: that the import is finished


@dataclass(frozen=True, slots=True)
class Notice:
    """A member who may be told of a fact: as what, and which record it leads to."""

    member_id: int
    kind: str
    key: Key
    fact: Fact
    text: str = ""
    verb: str = ""  # in place of the fact's: how an import ended; one that a workflow offers along with it
    channels: tuple[str, ...] = ()  # it goes there too, whatever the member has chosen for its kind


def notices(facts: Sequence[Fact]) -> list[Notice]:
    """One for each member and fact at most: of several reasons the strongest, which is the first."""
    around = Around.of(facts)
    found: dict[tuple[int, int], Notice] = {}
    for fact in facts:
        for notice in _notices(fact, around):
            if notice.kind in _OWN_TOO or notice.member_id != fact.actor_id:
                found.setdefault((notice.member_id, fact.pk), notice)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Around:
    """Who owns and who follows the records that some facts are of."""

    owners: Mapping[Key, int]
    followers: Mapping[Key, Collection[Follow]]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Around:
        """One query for followers, and one for the owners of each object."""
        own = {(fact.object, fact.record_id) for fact in facts}
        every = own | {
            (str(name), int(key))
            for fact in facts
            if fact.object in (_ACTIVITY, _WORKFLOW)
            for name, key in fact.about
        }
        return cls(_owners(own), _followers(every))


def _notices(fact: Fact, around: Around) -> Iterator[Notice]:
    own: Key = (fact.object, fact.record_id)
    if own[0] == "import" and fact.verb == "finished":
        if member_id := fact.data.get("member"):
            end = str(fact.data.get("state") or "")
            verb = end if end in ("failed", "cancelled", "undone") else ""
            yield Notice(int(member_id), "imported", own, fact, text=fact.title, verb=verb)
        return
    if own[0] == "batch":
        yield Notice(int(fact.data["member"]), "batch", own, fact)
        return
    if own[0] == "import_schedule":
        if fact.verb in ("failed", "stopped"):
            yield Notice(int(fact.data["member"]), "import_stopped", own, fact, text=fact.title)
        return
    if own[0] == "learned_model":
        if fact.verb == "drifted":
            for member_id in fact.data.get("members") or ():
                yield Notice(int(member_id), "drifted", own, fact, text=fact.title)
        return
    if own[0] == "figures":
        for member_id in fact.data.get("members") or ():
            yield Notice(int(member_id), "figures", own, fact, text=fact.title)
        return
    if own[0] == "access_request":
        yield from _of_request(fact)
        return
    if own[0] == "member":
        if fact.verb in ("delegated", "delegation_ended"):
            delegate = int((fact.changes.get("delegate") or [None, 0])[1])
            for member_id in (delegate, fact.record_id):
                yield Notice(member_id, "delegated", own, fact, text=fact.title)
        return
    if own[0] == "workflow":
        if fact.verb in ("failing", "stopped"):
            for member_id in fact.data.get("members") or ():
                yield Notice(int(member_id), "automation_run", own, fact, text=fact.title)
        return
    if own[0] == _WORKFLOW:
        yield from _of_workflow(fact, around)
        return
    if own[0] == _APPROVAL:
        yield from _of_approval(fact)
        return
    if own[0] == _REPORT:
        for member_id in fact.data.get("of") or ():
            yield Notice(int(member_id), "report", own, fact, text=str(fact.data.get("comment") or ""))
        return
    if fact.actor_kind in _QUIET_ACTORS or fact.verb in _QUIET_VERBS or not registry.has(fact.object):
        return
    leads = _leads_to(fact)
    if fact.object == _ACTIVITY and fact.verb == "reminded":
        if owner := fact.data.get("owner"):
            yield Notice(int(owner), "reminder", leads, fact, text=fact.title)
        return
    for member_id in fact.data.get("mentions") or ():
        yield Notice(int(member_id), "mentioned", leads, fact, text=fact.title)
    if fact.verb in ("contested", "awarded"):
        clash: Key = ("clash", int(fact.data["clash"]))
        for member_id in dict.fromkeys(fact.data.get("of") or ()):
            yield Notice(int(member_id), "clash", clash, fact, text=fact.title)
        return
    if fact.verb == "shared":
        to = fact.data["to"]
        for member_id in members_of(To(to["kind"], int(to["id"]))) if to["kind"] != "role" else ():
            yield Notice(member_id, "shared", own, fact)
    new_owner = (fact.changes.get("owner") or [None, None])[1]
    if new_owner and not registry.get(fact.object).personal:
        yield Notice(int(new_owner), "assigned", own, fact)
    if fact.verb == "pooled" and (before := (fact.changes.get("owner") or [None])[0]):
        yield Notice(int(before), "progress", own, fact)
    to = fact.data.get("to") if fact.verb in ("shared", "unshared") else None
    with_whom = str(to.get("name") or "") if isinstance(to, dict) else ""
    if (owner := around.owners.get(own)) and fact.verb != "created":
        if into := fact.data.get("into"):
            yield Notice(owner, "merged", (fact.object, int(into)), fact, text=fact.title)
        yield Notice(owner, "changed" if fact.verb in _ENGINE else "progress", own, fact, text=with_whom)
    for key in _followed(fact):
        for follow in around.followers.get(key, ()):
            if follow.since <= fact.at:
                text = fact.title if fact.object == _ACTIVITY else with_whom
                yield Notice(follow.member_id, "followed", key, fact, text=text)


def _of_request(fact: Fact) -> Iterator[Notice]:
    """Who decides is asked; who asked is told why not. What is opened tells itself: it is shared."""
    own: Key = (fact.object, fact.record_id)
    reason = str(fact.data.get("reason") or fact.data.get("answer") or "")
    if fact.verb == "asked":
        text = " · ".join(one for one in (fact.title, reason) if one)
        for member_id in fact.data.get("of") or ():
            yield Notice(int(member_id), "asked", own, fact, text=text[:300])
    if fact.verb == "refused":
        yield Notice(int(fact.data["member"]), "answered", own, fact, text=reason)


def _of_workflow(fact: Fact, around: Around) -> Iterator[Notice]:
    """Whom a workflow tells something: members, followers of the record; its maker when it fails."""
    about: Key | None = (str(fact.about[0][0]), int(fact.about[0][1])) if fact.about else None
    members = [int(one) for one in fact.data.get("members") or ()]
    if fact.verb == "told" and about is not None:
        if fact.data.get("followers"):
            members += [one.member_id for one in around.followers.get(about, ()) if one.since <= fact.at]
        for member_id in dict.fromkeys(members):
            yield Notice(
                member_id,
                "automation",
                about,
                fact,
                text=fact.title,
                verb=str(fact.data.get("button") or ""),
                channels=tuple(one for one in fact.data.get("channels") or () if one in CHANNELS),
            )
    elif fact.verb in ("told", "failed", "parked"):
        for member_id in members:
            yield Notice(member_id, "automation_run", (fact.object, fact.record_id), fact, text=fact.title)


def _of_approval(fact: Fact) -> Iterator[Notice]:
    """Who is to sign now is asked; who has asked hears how it ended. Both are led to the record."""
    if not fact.about:
        return
    name, record_id = fact.about[0]
    key: Key = (str(name), int(record_id))
    kind = "decided" if fact.verb in ("approved", "rejected", "withdrawn") else "approval"
    text = str(fact.data.get("text") or "")
    for member_id in fact.data.get("members") or ():
        yield Notice(int(member_id), kind, key, fact, text=text)


def _leads_to(fact: Fact) -> Key:
    """What was written about a record leads to its page."""
    if fact.object == _ACTIVITY and fact.about:
        name, record_id = fact.about[0]
        return str(name), int(record_id)
    return fact.object, fact.record_id


def _followed(fact: Fact) -> list[Key]:
    """The records whose followers hear of a fact: its own, and those that a done activity is about."""
    if fact.object != _ACTIVITY:
        return [(fact.object, fact.record_id)]
    done = fact.verb == "done" or (fact.verb == "created" and bool(fact.changes.get("done_at")))
    return [(str(name), int(record_id)) for name, record_id in fact.about] if done else []


def _owners(keys: Collection[Key]) -> dict[Key, int]:
    wanted: dict[str, list[int]] = defaultdict(list)
    for name, record_id in keys:
        if registry.has(name) and registry.get(name).owned:
            wanted[name].append(record_id)
    found: dict[Key, int] = {}
    for name, ids in wanted.items():
        marks = ", ".join(["%s"] * len(ids))
        rows = fetch(
            f'SELECT id, owner_id FROM "{registry.get(name).table}"'
            f" WHERE workspace_id = %s AND id IN ({marks})",
            (require_workspace_id(), *ids),
        )
        found |= {(name, record_id): owner for record_id, owner in rows if owner}
    return found


def _followers(keys: Collection[Key]) -> dict[Key, list[Follow]]:
    found: dict[Key, list[Follow]] = defaultdict(list)
    ids = {record_id for _name, record_id in keys}
    for follow in Follow.objects.filter(record_id__in=ids):
        if (follow.object, follow.record_id) in keys:
            found[follow.object, follow.record_id].append(follow)
    return found
