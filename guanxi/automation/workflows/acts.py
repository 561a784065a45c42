"""What steps do: by the verbs that people use too, with the rights of the one as whom the workflow acts."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from guanxi.automation.email_templates.actions import template_named
from guanxi.automation.email_templates.filling import Letter, fill
from guanxi.automation.workflows import robots
from guanxi.automation.workflows.people import FOLLOWERS, members_meant
from guanxi.automation.workflows.prompts import put_first
from guanxi.automation.workflows.recipe import later
from guanxi.automation.workflows.running import Doing, Done, StepFailed
from guanxi.automation.workflows.saying import address_of, computed, record_at, said, told, value_of
from guanxi.platform.calls import calling
from guanxi.platform.events.facts import state_fact
from guanxi.platform.i18n.languages import language_of
from guanxi.platform.identity.models import Member, fold_email
from guanxi.platform.mail.sending import send_mail
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.masks import is_masked
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.pools import in_blind_pool, is_blind_pool, is_contact_data
from guanxi.platform.records.access import find_record, require
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.models import Tag
from guanxi.platform.records.writing import archive_record, change_record, create_record, restore_record

Act = Callable[[Doing], Done]


def create(doing: Doing) -> Done:
    obj = registry.get(doing.step["object"])
    asked = doing.step["values"]
    values = _given(obj, asked, doing, veiled=_begins_veiled(obj, asked, doing))
    made = create_record(object=obj.name, values=values, by=doing.by, data=_mark(doing))
    return Done({"object": obj.name, "record": str(made.pk), "title": str(made)}, made.last_fact_id)


def change(doing: Doing) -> Done:
    obj, record = record_at(doing.step.get("of", ""), doing)
    asked = doing.step["values"]
    values = _given(obj, asked, doing, veiled=_stays_veiled(obj, record, asked, doing))
    return _changed(obj, change_record(record, values, by=doing.by, data=_mark(doing)))


# Plans come from a room that registers how a record is given by one: (object, record, the plan's name, doing)
# → the member who got it, None where nobody can have it for now.
GiveByPlan = Callable[[Object, Any, str, Doing], int | None]
_give_by_plan: GiveByPlan | None = None


def gives_by_plan(give: GiveByPlan) -> GiveByPlan:
    """Register who gives. It gives once for each step of a run, however often it is asked."""
    global _give_by_plan
    _give_by_plan = give
    return give


def assign(doing: Doing) -> Done:
    obj, record = record_at(doing.step.get("of", ""), doing)
    if "plan" in doing.step:
        if _give_by_plan is None:
            raise StepFailed(_("There is no such plan."))
        given = _give_by_plan(obj, record, doing.step["plan"], doing)
        return Done({"plan": doing.step["plan"], "record": str(record.pk), "for": str(given or "")})
    member_id = members_meant(doing.step["to"], doing)[0]
    return _changed(obj, change_record(record, {"owner": member_id}, by=doing.by, data=_mark(doing)))


def tag(doing: Doing) -> Done:
    """Tags that do not exist yet are made; putting on what is there changes nothing."""
    obj, record = record_at(doing.step.get("of", ""), doing)
    now = list(obj["tags"].get(record) or [])
    off = {one.pk for one in _tags_named(doing.step.get("remove", []))}
    on = [_tag(name, doing).pk for name in doing.step.get("add", [])]
    wanted = [one for one in dict.fromkeys([*now, *on]) if one not in off]
    return _changed(obj, change_record(record, {"tags": wanted}, by=doing.by, data=_mark(doing)))


def score(doing: Doing) -> Done:
    """Add to a number; with `tags`, what the tags that came are worth, less those that went."""
    obj, record = record_at(doing.step.get("of", ""), doing)
    name = doing.step["field"]
    if "tags" in doing.step:
        points = _tag_points(doing)
    else:
        given = doing.step["add"]
        points = computed(given[1:], doing, for_members=True) if isinstance(given, str) else given
    if points is None:
        raise StepFailed(_("The formula gives nothing to add."))
    value = (obj[name].get(record) or 0) + int(points)
    least, most = getattr(obj[name], "least", None), getattr(obj[name], "most", None)
    value = max(value, least) if least is not None else value
    value = min(value, most) if most is not None else value
    done = _changed(obj, change_record(record, {name: value}, by=doing.by, data=_mark(doing)))
    return Done({**done.result, "points": int(points), "value": int(value)}, done.fact_id)


def todo(doing: Doing) -> Done:
    """A to-do about the record at hand, for the first who is meant."""
    obj = _kind_of_todos()
    owner = members_meant(doing.step.get("to") or ["owner"], doing)[0]
    context = field_context(doing.by)
    due = later(doing.now, doing.step.get("due", "1d"), zone=context.zone, country=doing.by.country)  # type: ignore[arg-type]
    values: dict[str, Any] = {obj.title: told(doing.step["text"], doing), obj.due: due, "owner": owner}
    kind = obj.fields_by_name.get("kind")
    if kind is not None and any(one.value == "todo" for one in getattr(kind, "options", ())):
        values["kind"] = "todo"
    if doing.step.get("body") and "body" in obj.fields_by_name:
        values["body"] = told(doing.step["body"], doing)
    if obj.about and doing.record is not None:
        values[obj.about] = [(doing.obj.name, doing.record.pk)]
    made = create_record(object=obj.name, values=values, by=doing.by, data=_mark(doing))
    return Done(
        {"object": obj.name, "record": str(made.pk), "title": str(made), "for": str(owner)}, made.last_fact_id
    )


def today(doing: Doing) -> Done:
    """Lead the record in the Today of the first who is meant, for as long as the condition holds."""
    if doing.record is None:
        raise StepFailed(_("This needs a record, and there is none."))
    led = put_first(doing)
    if led is None:
        return Done({"title": _("nobody has it yet")})
    return Done({"for": str(led.member_id), "title": led.why})


def notify(doing: Doing) -> Done:
    """A fact that notifications hear: they bring it by the channels that the step names."""
    words = doing.step["to"]
    members = members_meant(words, doing)
    text = told(doing.step["text"], doing)
    record = doing.record
    fact = state_fact(
        "workflow_run",
        "told",
        doing.run.pk,
        by=doing.by,
        title=text,
        data={
            "members": [str(one) for one in members],
            "followers": FOLLOWERS in words,
            "button": doing.step.get("button", ""),
            "channels": [one for one in doing.step.get("by", ["app"]) if one != "app"],
            **_mark(doing),
        },
        about=[(doing.obj.name, record.pk)] if record is not None else [],
    )
    return Done({"for": [str(one) for one in members], "title": text[:300], "fact": str(fact.pk)})


def email(doing: Doing) -> Done:
    """A mail to members, and to addresses that stand in fields; each is one job of the queue.

    One text for all: where a member is among them, by a word or by an address, it is one for members to read.
    """
    people = [one for one in doing.step["to"] if "@" not in one and "{" not in one]
    addresses = [said(one, doing) for one in doing.step["to"] if "@" in one or "{" in one]
    found = [part for one in addresses for part in _mailboxes(one)]
    if people:
        found += _addresses(members_meant(people, doing))
    if not found:
        raise StepFailed(_("There is no address to write to."))
    if "template" in doing.step:
        return _by_template(doing, people, found)
    say = told if people or _of_members(found) else said
    subject, body = say(doing.step["subject"], doing), say(doing.step["text"], doing)
    for one in dict.fromkeys(found):
        send_mail(to=one, subject=subject, body=body)
    return Done({"for": list(dict.fromkeys(found)), "title": subject})


def _by_template(doing: Doing, people: list[str], found: list[str]) -> Done:
    """Each in their language: a member's own, else that of the person whom the record is about."""
    template = template_named(doing.step["template"], doing.obj.name)
    if template is None or doing.record is None:
        raise StepFailed(_("There is no such email template for this record."))
    speak = _languages(members_meant(people, doing)) if people else {}
    letters: dict[str, Letter] = {}
    masked = bool(people) or _of_members(found)
    for one in dict.fromkeys(found):
        language = speak.get(one, "")
        if language not in letters:
            letters[language] = fill(
                template, doing.record.pk, by=doing.by, language=language, for_members=masked
            )
        send_mail(to=one, subject=letters[language].subject, body=letters[language].text)
    title = next(iter(letters.values())).subject
    return Done({"for": list(dict.fromkeys(found)), "title": title, "template": template.name})


def verb(doing: Doing) -> Done:
    """Any verb of the object, as its button would."""
    obj, record = record_at(doing.step.get("of", ""), doing)
    name = doing.step["verb"]
    if name in ("archive", "restore"):
        work = archive_record if name == "archive" else restore_record
        return _changed(obj, work(record, by=doing.by, data=_mark(doing)))
    found = next((one for one in obj.verbs if one.name == name), None)
    if found is None:
        raise StepFailed(_("There is no such verb."))
    require(doing.by, name, obj)
    values = _given(obj, doing.step.get("values", {}), doing)
    return _changed(obj, found.run(record, values, by=doing.by))


def ask_approval(doing: Doing) -> int | None:
    """Ask for the approval that the step means; the request's id, None where nobody needs to be asked."""
    from guanxi.automation.approvals.actions import ask, open_request, verb_of
    from guanxi.automation.approvals.models import ApprovalProcess
    from guanxi.automation.approvals.processes import process_for

    obj, record = record_at(doing.step.get("of", ""), doing)
    waiting = open_request(obj.name, record.pk)
    submit = verb_of(obj, "submit")
    if waiting is None and submit is not None:
        submit.run(record, {}, by=doing.by)
        waiting = open_request(obj.name, record.pk)
        return waiting.pk if waiting is not None else None
    if waiting is None:
        name = doing.step.get("flow", "")
        rows = ApprovalProcess.objects.filter(object=obj.name, archived_at=None)
        process = rows.filter(name=name).first() if name else process_for(obj, record)
        if process is None:
            raise StepFailed(_("There is no process of approval for this record."))
        waiting = ask(record, by=doing.by, process=process)
    return int(waiting.pk)


ACTS: Mapping[str, Act] = {
    "create": create,
    "change": change,
    "assign": assign,
    "tag": tag,
    "score": score,
    "todo": todo,
    "today": today,
    "notify": notify,
    "email": email,
    "verb": verb,
}


# Calls to the outside: prepared inside the transaction, made outside of it


@dataclass(frozen=True, slots=True)
class Prepared:
    """`shown` is for the log: without secrets."""

    shown: dict[str, Any]
    call: Callable[[], dict[str, Any]]


def _call(doing: Doing) -> Prepared:
    step = doing.step
    method, url = step.get("method", "POST"), said(step["url"], doing)
    body = None if method == "GET" else json.dumps(_payload(doing), ensure_ascii=False).encode()
    shown = {"method": method, "url": url, "body": body.decode()[:4_000] if body else ""}
    headers = {name: said(one, doing) for name, one in step.get("headers", {}).items()}
    headers |= {"Idempotency-Key": doing.key, "User-Agent": "Guanxi"}
    if body is not None:
        headers |= {"Content-Type": "application/json; charset=utf-8"}
    signing_key = doing.workflow.signing_key

    def make() -> dict[str, Any]:
        signed = dict(headers)
        if signing_key:  # a copy of the database without the installation's key has none
            signed["Guanxi-Signature"] = calling.sign(body or b"", signing_key, at=int(time.time()))
        answer = _called(method, url, signed, body)
        return {"status": answer.status, "answer": answer.body[:2_000]}

    return Prepared(shown, make)


def _robot(doing: Doing) -> Prepared:
    step = doing.step
    text = told(step["text"], doing)
    robot, target, secret = step["robot"], step.get("url", ""), step.get("secret", "")
    if not target:
        raise StepFailed(_("The robot has no address yet. Open the step and paste it: later runs have it."))

    def make() -> dict[str, Any]:
        url, body = robots.message(robot, target, text, secret=secret, at=time.time())
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Guanxi"}
        answer = _called("POST", url, headers, json.dumps(body, ensure_ascii=False).encode())
        if problem := robots.refused(robot, answer.body):
            raise StepFailed(problem[0], passing=problem[1], result={"answer": answer.body[:500]})
        return {"status": answer.status}

    return Prepared({"robot": robot, "text": text[:2_000]}, make)


PREPARED: Mapping[str, Callable[[Doing], Prepared]] = {"call": _call, "robot": _robot}


def _called(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> calling.Answered:
    try:
        return calling.call(method, url, headers=headers, body=body)
    except calling.CallFailed as problem:
        result = {"status": problem.status, "answer": problem.body[:2_000]} if problem.status else {}
        raise StepFailed(str(problem), passing=problem.passing, result=result) from problem


def _payload(doing: Doing) -> Any:
    """What is sent: what the step says, else the record as facts tell it."""
    given = doing.step.get("body")
    if given is not None:
        return _filled(given, doing)
    record = doing.record
    values = {}
    if record is not None:
        values = {
            one.name: one.to_json(one.get(record))
            for one in doing.obj.fields
            if not one.hidden and doing.by.may("see", doing.obj.name)
        }
    return {
        "workflow": doing.workflow.name,
        "run": str(doing.run.pk),
        "object": doing.obj.name,
        "id": str(record.pk) if record is not None else None,
        "url": address_of(doing),
        "values": values,
        "changes": doing.started.get("changes", {}),
        "at": timezone.now().isoformat(),
    }


def _filled(given: Any, doing: Doing) -> Any:
    if isinstance(given, Mapping):
        return {str(name): _filled(one, doing) for name, one in given.items()}
    if isinstance(given, list):
        return [_filled(one, doing) for one in given]
    if isinstance(given, str):
        found = value_of(given, doing)
        return found if isinstance(found, str | int | float | bool | list | dict | None) else str(found)
    return given


# What they share


def _given(obj: Object, values: Mapping[str, Any], doing: Doing, *, veiled: bool = False) -> dict[str, Any]:
    """What the fields of a record are given.

    veiled   the record that gets them stands in a blind pool, which veils its own contact data, too

    How a customer of a blind pool is reached comes masked into all else: whoever sees the record reads it.
    Phones and emails themselves take nothing masked, and stay as they are.
    """
    fields = obj.fields_by_name
    given = {
        name: value_of(
            one, doing, for_members=not (veiled and name in fields and is_contact_data(fields[name]))
        )
        for name, one in values.items()
    }
    for name in [one for one in given if one in fields and fields[one].type in ("phones", "emails")]:
        points = given[name] if isinstance(given[name], list) else [given[name]]
        whole = [one for one in points if not _has_masked(one)]
        if len(whole) < len(points):
            given[name] = whole
        if points and not whole:
            del given[name]
    return given


def _has_masked(point: Any) -> bool:
    texts = point.values() if isinstance(point, Mapping) else [point]
    return any(isinstance(one, str) and is_masked(one) for one in texts)


def _stays_veiled(obj: Object, record: Any, values: Mapping[str, Any], doing: Doing) -> bool:
    """Whether a record is in a blind pool, and still is when it has these values: an owner takes it out."""
    if "owner" in values or not in_blind_pool(record):
        return False
    # Nobody claims it between this look and the change.
    return in_blind_pool(find_record(obj, record.pk, by=doing.by, access="edit", lock=True))


def _begins_veiled(obj: Object, values: Mapping[str, Any], doing: Doing) -> bool:
    """Whether these values put a new record into a blind pool."""
    if not obj.pooled or "pool" not in values:
        return False
    try:
        pool_id = obj["pool"].clean(value_of(values["pool"], doing), field_context(doing.by))
    except FieldError:
        return False  # making it says what is wrong
    return is_blind_pool(pool_id)


def _mark(doing: Doing) -> dict[str, Any]:
    """Says in every fact which run did it."""
    return {"workflow": str(doing.workflow.pk), "run": str(doing.run.pk)}


def _changed(obj: Object, record: Any) -> Done:
    result: dict[str, Any] = {"object": obj.name, "record": str(record.pk), "title": str(record)}
    if record.last_fact_id is None:
        result["same"] = True
    return Done(result, record.last_fact_id)


def _tag_points(doing: Doing) -> int:
    """By what the fact says of tags; a run that no such fact began counts the tags that are there."""
    pair = doing.run.data.get("changes", {}).get("tags")
    if pair is None:
        old, new = set[int](), set(doing.obj["tags"].get(doing.record) or [])
    else:
        old, new = ({int(one) for one in side or []} for side in pair)
    names = {one.pk: one.name.casefold() for one in Tag.objects.filter(pk__in=old | new)}
    worth: dict[str, int] = {name.casefold(): points for name, points in doing.step["tags"].items()}
    came, went = new - old, old - new
    return sum(worth.get(names.get(one, ""), 0) for one in came) - sum(
        worth.get(names.get(one, ""), 0) for one in went
    )


def _tags_named(names: list[str]) -> list[Tag]:
    return list(Tag.objects.filter(key__in=[name.casefold() for name in names]))


def _tag(name: str, doing: Doing) -> Tag:
    found = _tag_called(name) or _new_tag(name, doing)
    if found.archived_at is not None:
        Tag.objects.filter(pk=found.pk).update(archived_at=None)
    return found


def _tag_called(name: str) -> Tag | None:
    found: Tag | None = Tag.objects.filter(key=name.casefold()).first()
    return found


def _new_tag(name: str, doing: Doing) -> Tag:
    made = Tag(workspace_id=doing.by.workspace_id, name=name)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        # Another run has made it since we looked.
        theirs: Tag = Tag.objects.get(key=name.casefold())
        return theirs
    state_fact("tag", "created", made.pk, by=doing.by, title=made.name)
    return made


def _kind_of_todos() -> Object:
    """The object that has what a to-do needs: when it is due, when it was done, whom it is about."""
    for obj in registry.objects():
        if obj.due and obj.done and obj.about and obj.owned:
            return obj
    raise StepFailed(_("There are no to-dos here."))


def _addresses(members: list[int]) -> list[str]:
    return list(_languages(members))


def _mailboxes(text: str) -> list[str]:
    """The addresses of a text, without names; StepFailed where a part of it is not one plain mailbox.

    What is sent to is what was looked at: a spelling that mail servers read otherwise than we do is refused.
    """
    text = _NOBODY.sub(",", ",".join(text.splitlines())).strip(", \t")
    found = []
    for _name, one in getaddresses([text]) if text else ():
        address = one.rstrip(".")
        try:
            validate_email(address)
        except ValidationError:
            address = ""
        if not address or '"' in address or "[" in address:
            raise StepFailed(_("“%(value)s” is not an email address.") % {"value": text[:80]})
        found.append(address)
    return found


_NOBODY = re.compile(r",[\s,]*,")  # a field without an address between others


def _of_members(addresses: list[str]) -> bool:
    """Whether one of these addresses leads to a member's mailbox."""
    boxes = {_mailbox(one) for one in addresses}
    return any(_mailbox(one) in boxes for one in Member.objects.values_list("user__email", flat=True))


def _mailbox(address: str) -> tuple[str, str]:
    """(before, after the @) as servers tell mailboxes apart: without case, tag (+…) and final full stop."""
    local, _at, domain = fold_email(address).rpartition("@")
    with suppress(UnicodeError):  # no server has such a domain
        domain = punycode(domain.rstrip("."))
    return local.partition("+")[0], domain


def _languages(members: list[int]) -> dict[str, str]:
    """Addresses of members who are here, each with the language of its member."""
    rows = Member.objects.filter(pk__in=members, left_at=None, user__deactivated_at=None)
    return {
        email: language_of(spoken) if spoken else ""
        for email, spoken in rows.values_list("user__email", "user__language")
    }
