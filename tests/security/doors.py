"""Every door of the product, from its address table, with something in each gap that belongs to another.

A door with a gap that nobody has filled here fails the tests: whoever adds one says whose thing it leads to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from guanxi.analytics.cube.saving import save_cube
from guanxi.analytics.dashboards.mailing import schedule_delivery
from guanxi.analytics.dashboards.panels import Panel
from guanxi.analytics.dashboards.saving import make_dashboard
from guanxi.analytics.insights.remedies import begin_remedy
from guanxi.analytics.insights.studies import Follow
from guanxi.analytics.learning.models import LearnedModel
from guanxi.analytics.semantic.cubes import Cube
from guanxi.automation.approvals.models import ApprovalProcess, ApprovalRequest
from guanxi.automation.assignment.models import AssignmentPlan
from guanxi.automation.email_templates.models import EmailTemplate
from guanxi.automation.scoring.models import ScoreModel
from guanxi.automation.workflows.models import Run, Workflow
from guanxi.collaboration.activities.actions import log_activity
from guanxi.collaboration.attachments.actions import attach_file
from guanxi.collaboration.clashes.models import Clash, ClashRecord
from guanxi.collaboration.models import Notification
from guanxi.platform.events.facts import facts_of
from guanxi.platform.i18n.models import CalendarDay, Rate
from guanxi.platform.identity.actions.tokens import create_token
from guanxi.platform.identity.models import Delegation, Invitation, Role
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import InvalidValues, Refused
from guanxi.platform.metadata.fields import Field
from guanxi.platform.metadata.models import OwnField, OwnMetric, Rule
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.shaping import add_field, add_object
from guanxi.platform.records.batches.running import change_chosen
from guanxi.platform.records.duplicates.models import DuplicatePair, Sweep
from guanxi.platform.records.importing.models import ImportSchedule
from guanxi.platform.records.importing.preparing import Incoming, begin_import
from guanxi.platform.records.models import Import, ShareRule, Tag
from guanxi.platform.records.privacy.models import Erasure
from guanxi.platform.records.saved_views import Look, save_view
from guanxi.platform.records.sharing.actions import share_record
from guanxi.platform.records.sharing.grantees import To
from guanxi.platform.records.sharing.models import AccessRequest, HandOver
from guanxi.platform.records.transfer.models import Copy
from guanxi.platform.records.writing import create_record
from tests.cast import Cast, actor, derive_record

WORD = "zqxforeign"
_GAP = re.compile(r"<(?:(\w+):)?(\w+)>")
# Served without a member, or by design the same for all: test_guests.py knows them.
PASSED = (
    "/sign-in",
    "/sign-out",
    "/join/",
    "/set-up",
    "/static",
    "/media",
    "/events/",
    "/gallery",
    "/hooks/",
    "/q/",
)
TEXTS = {
    "name": "name", "noun": "restoration", "tab": "changes", "place": "side", "form": "csv",
    "edit": "new", "kind": "step", "part": "rule",
    "rule": "overdue", "object": "company", "key": "all", "slug": "xishan", "rest": "x", "state": "open",
}  # fmt: skip


@dataclass
class Theirs:
    """What stands in the gaps: whatever belongs to the member of another team, and what must stay as it is.

    records   object → record of the other member
    keys      (beginning of the address, gap) → key; the longest beginning that fits
    """

    records: dict[str, int]
    keys: dict[tuple[str, str], int]


def doors_of(theirs: Theirs, objects: list[Object]) -> Iterator[str]:
    """Each address once for each object that it can be of; raises LookupError for a gap that nobody fills."""
    for pattern in sorted(set(_patterns(get_resolver().url_patterns))):
        if pattern.startswith(PASSED) or "?P<" in pattern:
            continue
        names = {name for _kind, name in _GAP.findall(pattern)}
        if names & {"obj", "plural"}:
            for obj in (one for one in objects if one.name in theirs.records):
                yield _filled(pattern, theirs, obj)
        else:
            yield _filled(pattern, theirs, None)


def _patterns(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _patterns(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern)


def _filled(pattern: str, theirs: Theirs, obj: Object | None) -> str:
    def fill(gap: re.Match[str]) -> str:
        kind, name = gap[1], gap[2]
        if name in ("obj", "plural") and obj is not None:
            return obj.plural
        if name == "record_id":
            return str(theirs.records[obj.name if obj else TEXTS["object"]])
        if kind == "int":
            return str(_key(pattern, name, theirs, obj))
        if name not in TEXTS:
            raise LookupError(f"{pattern}: say in tests/security/doors.py what stands for <{name}>")
        return obj.title if name == "name" and obj else TEXTS[name]

    return _GAP.sub(fill, pattern)


def _key(pattern: str, name: str, theirs: Theirs, obj: Object | None) -> int:
    fits = [
        (start, key)
        for (start, gap), key in theirs.keys.items()
        if gap == name and (pattern.startswith(start) or (obj is not None and start == obj.name))
    ]
    of = registry.by_plural(pattern.split("/")[1])
    if not fits and of is not None and name in (f"{of.name}_id", "whole_id"):
        return theirs.records[of.name]
    if not fits:
        raise LookupError(f"{pattern}: say in tests/security/doors.py whose <{name}> it leads to")
    return max(fits, key=lambda one: len(one[0]))[1]


def plant(cast: Cast, folder: Path) -> Theirs:
    """What belongs to the member in the north; inside the workspace."""
    admin, north = actor(cast.admin), actor(cast.stranger)
    machine = add_object(label="Machine", plural_label="Machines", by=admin)
    made_field = add_field(object=machine.name, type="text", label="Colour", name="colour", by=admin)
    records: dict[str, int] = {}
    for obj in registry.objects():
        if obj.name in records:
            continue
        try:
            _record(obj, cast, records)
        except (InvalidValues, Refused):  # a part that only its whole makes has the rights of the whole
            if not obj.part_of:
                raise
    theirs = Theirs(records, {})

    def add(row: Any, *places: tuple[str, str]) -> None:
        theirs.keys |= dict.fromkeys(places, row.pk)

    company = registry.get("company").model_class.objects.get(pk=records["company"])
    now = timezone.now()
    # Of the record
    upload = SimpleUploadedFile(f"{WORD}.txt", f"{WORD} in it".encode())
    file = attach_file(registry.get("company"), company.pk, upload, name=f"{WORD}.txt", by=north)
    add(file, ("/files/", "pk"), ("/api/v1/attachments/", "key"))
    act = log_activity(kind="call", about=[("company", company.pk)], by=north, subject=WORD, body=WORD)
    add(act, ("/activities/", "pk"), ("/calendar/", "pk"))
    share = share_record(company, to=To("member", cast.admin.pk), by=north, word=WORD)
    add(share, ("/", "share_id"))
    fact = facts_of("company", company.pk).first()
    add(fact, ("/undo/", "fact_id"), ("/api/v1/changes/", "key"))
    batch = change_chosen(
        registry.get("company"), [company.pk], kind="change", values={"values": {"industry": WORD}},
        note=WORD, by=north,
    )  # fmt: skip
    add(batch, ("/", "batch_id"), ("/undo/batch/", "batch"))
    clash = _saved(
        Clash(object="company", title=WORD, claimants=[cast.stranger.pk, cast.admin.pk], opened_at=now)
    )
    _saved(ClashRecord(clash=clash, object="company", record_id=company.pk))
    add(clash, ("/clashes/", "clash_id"), ("/api/v1/clashes/", "key"))
    for obj in registry.objects():
        if obj.group:
            low, high = sorted((records[obj.name], _record(obj, cast, dict(records), second=True)))
            pair = _saved(DuplicatePair(object=obj.name, low_id=low, high_id=high, permille=900))
            add(pair, (obj.name, "pair_id"), ("/", "pair_id"), ("/api/v1/duplicate-pairs/", "key"))
    add(_saved(Sweep(object="company", error=WORD)), ("/api/v1/duplicate-sweeps/", "key"))
    # Of the member
    add(
        save_view(registry.get("company"), Look(filter=f"name = {WORD}"), name=WORD, by=north),
        ("/", "view_id"),
    )
    board = make_dashboard(name=WORD, panels=[Panel(("object=company&rows=industry",))], by=north)
    add(board, ("/analytics/dashboards/", "dashboard_id"))
    panel = int(board.panels[0]["key"])
    theirs.keys |= {("/analytics/dashboards/", "key"): panel, ("/analytics/dashboards/", "place"): 0}
    address = f"/analytics/dashboards/{board.pk}/"
    add(schedule_delivery(address, every="day", hour=7, by=north), ("/analytics/deliveries/", "delivery_id"))
    add(save_cube(Cube("company", filter=f"name = {WORD}"), name=WORD, by=north), ("/analytics/", "cube_id"))
    remedy = Follow("cash.overdue", 0.0, 0.0, 60.0, WORD)
    add(begin_remedy(remedy, todos=1, by=north), ("/analytics/", "remedy_id"))
    add(
        _saved(
            Notification(
                member_id=cast.stranger.pk, kind="mentioned", verb="created", object="company",
                record_id=company.pk, fact_id=fact.pk if fact else 0, text=WORD, at=now,
            )
        ),
        ("/notifications/", "pk"),
    )  # fmt: skip
    token, _secret = create_token(member=cast.stranger, name=WORD, scopes=["*:read"], by=north)
    add(token, ("/settings/tokens/", "token_id"))
    week = {"starts_at": now, "ends_at": now + timedelta(days=7)}
    add(
        _saved(Delegation(member=cast.stranger, delegate=cast.below, note=WORD, **week)),
        ("/", "delegation_id"),
        ("/api/v1/delegations/", "key"),
    )
    path = folder / f"{WORD}.csv"
    path.write_text(f"Name\n{WORD}\n")
    job: Import = begin_import([Incoming(path, path.name, object="company")], by=admin)
    add(job, ("/import/", "import_id"), ("/api/v1/imports/", "import_id"))
    add(job.files.get(), ("/import/", "file_id"), ("/api/v1/imports/", "file_id"))
    add(
        _saved(AccessRequest(object="company", record_id=company.pk, member_id=cast.stranger.pk,
                             asked_of=cast.admin.pk, reason=WORD)),
        ("/access/", "request_id"),
        ("/api/v1/access-requests/", "key"),
    )  # fmt: skip
    schedule = ImportSchedule(
        name=WORD,
        member_id=cast.stranger.pk,
        address=f"{WORD}.csv",
        plan={"object": "contact", "columns": []},
        every="day",
    )
    add(_saved(schedule), ("/import/schedules/", "schedule_id"), ("/api/v1/import-schedules/", "schedule_id"))
    # Of the workspace
    role = _saved(Role(name="Planted", grants={"*": {"verbs": [], "see": "own", "edit": "none"}}))
    add(role, ("/", "role_id"))
    add(cast.stranger, ("/", "member_id"), ("/api/v1/members/", "key"))
    add(cast.north, ("/settings/teams/", "team_id"), ("/api/v1/teams/", "key"))
    invited = Invitation(
        email=f"{WORD}@example.com", role=role, invited_by=cast.admin, hash="0" * 64, expires_at=now
    )
    add(_saved(invited), ("/settings/invitations/", "invitation_id"))
    add(OwnField.objects.get(pk=made_field.pk), ("/", "field_id"))
    rule = _saved(Rule(object="company", name="planted", label={"en": "planted"}, formula="true"))
    add(rule, ("/api/v1/rules/", "rule_id"))
    own = _saved(OwnMetric(object="company", name="planted", label={"en": "planted"}, date="created_at"))
    add(own, ("/api/v1/own_metrics/", "metric_id"))
    sharing = ShareRule(
        name=WORD, object="company", filter=f"name = {WORD}", grantee_kind="team", grantee_id=cast.north.pk
    )
    add(_saved(sharing), ("/settings/sharing/", "rule_id"), ("/api/v1/sharing-rules/", "key"))
    add(
        _saved(HandOver(member_id=cast.stranger.pk, receivers=[cast.admin.pk])),
        ("/settings/", "hand_over_id"),
        ("/api/v1/hand-overs/", "key"),
    )
    erased = _saved(Erasure(object="contact", record=1, asked_at=now, by_name=WORD))
    add(erased, ("/privacy/", "erasure_id"), ("/api/v1/erasures/", "key"))
    add(_saved(Tag(name="planted")), ("/settings/tags/", "tag_id"), ("/api/v1/tags/", "key"))
    copy = ("/api/v1/workspace-copies/", "key"), ("/api/v1/workspace-copies/", "copy_id")
    add(_saved(Copy(state="waiting", asked_at=now)), ("/settings/copies/", "copy_id"), *copy)
    rate = Rate(currency="USD", date=now.date(), rate=Decimal("7.1"))
    add(_saved(rate), ("/settings/rates/", "rate_id"))
    add(_saved(CalendarDay(day=now.date(), working=True)), ("/settings/working-days/", "day_id"))
    flow = _saved(Workflow(name=WORD, title=WORD, object="company", recipe={"steps": []}))
    add(flow, ("/automations/", "workflow_id"), ("/api/v1/workflows/", "key"))
    warmth = _saved(ScoreModel(object="contact", field="score", title=WORD))
    add(warmth, ("/settings/scores/", "model_id"))
    add(
        _saved(AssignmentPlan(name=WORD, object="lead", title=WORD, plan={"members": []})),
        ("/settings/assignment/", "plan_id"),
    )
    said = {"en": {"subject": "Planted", "text": "Planted"}}  # every member who sees companies reads it
    letter = EmailTemplate(name="planted", title="Planted", object="company", texts=said)
    add(_saved(letter), ("/settings/email-templates/", "template_id"), ("/api/v1/email-templates/", "key"))
    run = Run(
        workflow=flow,
        version=1,
        object="company",
        record_id=company.pk,
        once=WORD,
        begun_at=now,
        ended_at=now,
    )
    add(_saved(run), ("/automations/runs/", "run_id"), ("/api/v1/workflow-runs/", "key"))
    process = _saved(ApprovalProcess(name=WORD, title=WORD, object="lead", recipe={"steps": []}))
    add(process, ("/settings/approvals/", "process_id"))
    waits = ApprovalRequest(
        process=process, object="lead", record_id=records["lead"], title=WORD, reasons=[WORD],
        asked_by_id=cast.stranger.pk, asked_at=now,
    )  # fmt: skip
    add(_saved(waits), ("/approvals/", "request_id"), ("/api/v1/approvals/", "key"))
    learned = _saved(LearnedModel(kind="chance", object="lead", field="chance", came="status = converted"))
    add(learned, ("/settings/learned/", "model_id"), ("/api/v1/learned-models/", "key"))
    theirs.keys["/settings/learned/", "number"] = 1
    theirs.keys["/api/v1/files/", "file_id"] = theirs.keys["/field-files/", "pk"] = file.file_id
    theirs.keys["/lines/", "document_id"] = records["deal"]
    theirs.keys["/pools/", "rule_id"] = rule.pk
    theirs.keys["/pools/", "job_id"] = rule.pk
    theirs.keys["/settings/pipelines/", "pipeline_id"] = records["pipeline"]
    theirs.keys["/settings/stages/", "stage_id"] = records["stage"]
    theirs.keys["/deals/", "item_id"] = records["stage_check"]
    return theirs


def _record(obj: Object, cast: Cast, made: dict[str, int] | None = None, *, second: bool = False) -> int:
    """A record of the other member, with what it needs; of an object without owners simply one."""
    made = {} if made is None else made
    word = (WORD if obj.owned or obj.part_of else "planted") + ("2" if second else "")
    values: dict[str, Any] = {}
    for one in obj.fields:
        of_company = getattr(one, "to", "") == "company" != obj.name and one.type == "link"
        if one.readonly or not (one.required or of_company or one.name in (obj.title, obj.part_of)):
            continue
        values[one.name] = _sample(one, word, cast, made)
    if obj.owned:
        values["owner"] = cast.stranger.pk
        spare = (one.name for one in obj.fields if one.type == "text" and not one.readonly)
        if word not in values.values() and (name := next(spare, "")):
            values[name] = word  # what is named by a number says its word elsewhere
    pk = _created(obj, values, word, cast, made)
    made.setdefault(obj.name, pk)
    return pk


def _created(obj: Object, values: dict[str, Any], word: str, cast: Cast, made: dict[str, int]) -> int:
    """The record; what its rules ask for beyond what is required is given, field by field."""
    if obj.derived and not obj.part_of:
        month = date(2026, 2 if word.endswith("2") else 1, 1)
        return int(derive_record(obj.name, owner=cast.stranger, month=month).pk)
    while True:
        try:
            by = actor(cast.stranger if obj.private_until else cast.admin)
            return int(create_record(object=obj.name, values=values, by=by).pk)
        except InvalidValues as problem:
            writable = {one.name for one in obj.writable} - set(values)
            wanted = [name for name in problem.errors if name in writable]
            if not wanted:
                raise
            values |= {name: _sample(obj[name], word, cast, made) for name in wanted}


def _sample(one: Field, word: str, cast: Cast, made: dict[str, int]) -> Any:
    if one.type == "link":
        to = registry.get(getattr(one, "to", ""))
        return made.get(to.name) or _record(to, cast, made)
    if one.type in ("choice", "choices"):
        value = getattr(one, "options")[0].value  # noqa: B009
        return [value] if one.multiple else value
    return {"date": "2026-01-02", "datetime": "2026-01-02T08:00:00Z"}.get(one.type) or (
        "1" if one.type in ("integer", "decimal", "money", "percent", "rating") else word
    )


def _saved(row: Any) -> Any:
    row.save(force_insert=True)
    return row
