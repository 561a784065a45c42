"""The first plan for files: what each one is, where its columns go, in which order they come in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation

from guanxi.platform.metadata.fields import Link
from guanxi.platform.metadata.fields.number import YES
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.importing import headers
from guanxi.platform.records.importing.attaching import ATTACHED, PICTURES, may_be_attached
from guanxi.platform.records.importing.attaching import WORDS as ATTACHED_WORDS
from guanxi.platform.records.importing.delimited import fold_header
from guanxi.platform.records.importing.enclosing import is_address
from guanxi.platform.records.importing.guessing import ColumnProfile, profile_columns
from guanxi.platform.records.importing.matching import (
    Kinds,
    Match,
    Target,
    match_columns,
    numbered,
    targets_of,
)
from guanxi.platform.records.importing.memberships import MEMBER, OWN_FIELDS, importable, importables
from guanxi.platform.records.importing.occasions import say_kind
from guanxi.platform.records.importing.paths import STATE, field_at, path_label, told_about
from guanxi.platform.records.importing.plans import ColumnPlan, FilePlan
from guanxi.platform.records.importing.reading import Table
from guanxi.platform.records.importing.rows import LINKS

# What other products call our objects; the registry's own words come on top.
OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "company": (
        "account",
        "customer",
        "client",
        "organization",
        "organisation",
        "客户",
        "客戶",
        "企业",
        "單位",
        "stock",
        "股票",
    ),
    # A customer is a firm to one and a person to another: the columns decide.
    "contact": ("person", "people", "prospect", "customer", "client", "名单", "客户", "客戶", "人员"),
    "deal": ("opportunity", "pipeline", "sale", "crm.lead", "机会", "项目", "业务机会"),
    "activity": ("task", "note", "event", "call", "meeting", "任务", "跟进记录", "销售记录", "跟進記錄"),
    "product": ("item", "product2", "商品"),
    "member": ("team", "user", "agent", "employee", "salesteam", "员工"),
}
# What a list of both becomes, and whether its rows are firms.
FIRMS_AND_PEOPLE: Mapping[str, bool] = {"company": True, "contact": False}
# Columns that name one of two that are called alike: a customer with a 名称 is a firm.
_NAMED_SO: Mapping[str, frozenset[str]] = {
    "company": frozenset({"客户名称", "客户全称", "客户公司", "企业名称", "单位名称", "客戶名稱", "單位名稱"})
}
# How exports of activities call the record that they are about.
_ABOUT_IDS: Mapping[str, tuple[str, ...]] = {
    "company": ("related company", "associated company", "parent account", "关联客户", "關聯客戶"),
    "contact": (
        "who id",
        "name id",
        "attendee",
        "associated contact",
        "related contact",
        "关联联系人",
        "關聯聯絡人",
    ),
    "deal": (
        "what id",
        "related to",
        "regarding",
        "parent",
        "parent id",
        "parent name",
        "associated deal",
        "related deal",
        "关联商机",
        "關聯商機",
    ),
}
_IDS = re.compile(
    r"(?:[\W_][Ii]|[a-z]I)[Dd](s?)( ?\(Primary\))?$"
)  # "Account Name.id", "accountId", "Associated Company IDs (Primary)"
_ID = re.compile(r"(?=\D*\d)\S+")  # one word with a digit in it
_SCALES = {"万": 10_000, "萬": 10_000, "千": 1_000, "亿": 100_000_000, "億": 100_000_000}


@dataclass(frozen=True, slots=True)
class Guess:
    """A plan, what its columns look like, and the sample that says so."""

    plan: FilePlan
    profiles: list[ColumnProfile]
    sample: list[list[str]]

    def cells(self, column: int) -> set[str]:
        """The different cells of a column, in the sample."""
        return {cell for row in self.sample if (cell := row[column].strip())}


def plan_file(
    table: Table, *, name: str, object_name: str = "", order: str = "", files: bool = False
) -> Guess:
    """The likeliest plan for one file.

    name         the file's name, which often says what is in it
    object_name  decided already; "" is guessed
    order        of days and months, where the file leaves it open: "DMY", "MDY", "YMD"
    files        whether files came along that its rows may name
    """
    sample = table.sample()
    profiles = profile_columns(table.columns, sample)
    objects = [importable(object_name)] if object_name else importables()
    if table.format == "cards" and not object_name:
        objects = [one for one in objects if _is_person(one)][:1]  # whom one knows, before who may become one
    if table.format == "calendar" and not object_name:
        objects = [one for one in objects if one.starts and one.about]
    rated = [(*_rate(obj, profiles, name), obj) for obj in objects]
    _score, matches, obj = max(rated, key=lambda one: one[0])
    plan = _plan(obj, profiles, matches, order)
    say_kind(obj, plan, profiles, name)
    if files or table.format == "cards":
        _attach_pictures(obj, plan, profiles)
    if table.format == "calendar":
        for column in (one for one in plan.columns if one.field == obj.about):
            # Guests are named by their addresses; one whom nobody knows does not keep the meeting out.
            column.link_by, column.on_missing = "emails", "empty"
    return Guess(plan, profiles, sample)


def plan_files(
    tables: Sequence[tuple[str, Table]], objects: Sequence[str] = (), *, files: bool = False
) -> list[Guess]:
    """Plans for files that belong together, in the order given: links between them are found.

    files   whether others came along that rows may name
    """
    decided = [*objects, *[""] * (len(tables) - len(objects))]
    guesses = [
        plan_file(table, name=name, object_name=object_name, files=files)
        for (name, table), object_name in zip(tables, decided, strict=True)
    ]
    for guess in guesses:
        _link(guess, guesses)
        _link_by_ids(guess, guesses)
    return guesses


def run_order(plans: Sequence[FilePlan]) -> list[int]:
    """Indexes of plans, so that what is linked to comes before what links to it."""
    waiting = list(range(len(plans)))
    done: list[int] = []
    while waiting:
        objects = {plans[at].object for at in waiting}
        ready = [at for at in waiting if not (_links_of(plans[at]) & objects - {plans[at].object})]
        taken = ready or waiting[:1]  # a circle: begin anywhere
        done += taken
        waiting = [at for at in waiting if at not in taken]
    return done


def kinds_of(obj: Object) -> Kinds:
    """What headers may call this object."""
    named = [obj.name, obj.plural, *OTHER_NAMES.get(obj.name, ())]
    labels = [word for label in (obj.label, obj.plural_label) for word in (label.en, label.hans, label.hant)]
    return Kinds(tuple(dict.fromkeys([*named, *labels])), is_person=_is_person(obj))


def targets(obj: Object) -> list[Target]:
    """Where columns of this object can go."""
    fields: Any = [obj[name] for name in OWN_FIELDS] if obj.name == MEMBER.name else obj.fields
    found = targets_of([one for one in fields if one.type != "about"], kinds_of(obj), obj.title)
    for field in (one for one in fields if one.type == "about"):
        for linked in told_about():
            names = kinds_of(linked).names
            words = (*names, *(f"{one} name" for one in names), *_ABOUT_IDS.get(linked.name, ()))
            folded = frozenset(map(fold_header, words))
            found.append(Target(f"{field.name}:{linked.name}", "link", folded))
    labels = _labels(obj, [one.path for one in found])
    found = [replace(one, words=one.words | labels[one.path]) for one in found]
    if obj.board and obj.board.outcome:
        found = _outcome_first(found, obj.board.outcome, obj.closed)
    if obj.done:
        found.append(Target(f"{obj.done}:{STATE}", "state", headers.words(headers.STATES)))
    if obj.name != MEMBER.name and may_be_attached():
        found.append(Target(ATTACHED, "attached", frozenset(map(fold_header, ATTACHED_WORDS)), several=True))
    return found


def _attach_pictures(obj: Object, plan: FilePlan, profiles: Sequence[ColumnProfile]) -> None:
    """Columns of pictures that came along: into the object's field for one, where it has just one, else they
    are attached. One that is missing keeps nobody out."""
    if obj.name == MEMBER.name:
        return
    fields = [one.name for one in obj.fields if one.type == "image" and not one.readonly]
    path = fields[0] if len(fields) == 1 and not plan.goes_to(fields[0]) else ATTACHED
    if path == ATTACHED and not may_be_attached():
        return
    pictures = set(map(fold_header, PICTURES))
    for column, profile in zip(plan.columns, profiles, strict=True):
        if column.path or profile.kind == "empty" or fold_header(column.header) not in pictures:
            continue
        if not any(map(is_address, profile.examples)):
            column.path, column.reason, column.score = path, "header", 0.95
            column.on_problem = "empty"
            path = ATTACHED  # a field holds one picture


def _outcome_first(found: list[Target], outcome: str, closed: str) -> list[Target]:
    """A "status" that says how records ended is no lane; won and lost ones may have a day each."""
    ends = [replace(one, type="outcome") for one in found if one.path == outcome]
    rest = [replace(one, several=one.several or one.path == closed) for one in found if one.path != outcome]
    return ends + rest


def _labels(obj: Object, paths: Sequence[str]) -> dict[str, frozenset[str]]:
    """What our own exports call places, in each language."""
    own = [
        path for path in paths if obj.kind or (obj.name != MEMBER.name and obj[path.partition(":")[0]].own)
    ]
    shipped = {path: _shipped_labels(obj.name, path) for path in set(paths).difference(own)}
    return shipped | _words_of_all(obj, own)


@cache
def _shipped_labels(name: str, path: str) -> frozenset[str]:
    return _words_of(importable(name), path)


def _words_of(obj: Object, path: str) -> frozenset[str]:
    return _words_of_all(obj, [path])[path]


def _words_of_all(obj: Object, paths: Sequence[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {path: set() for path in paths}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for path, words in found.items():
                words.add(fold_header(path_label(obj, path)))
    return {path: frozenset(words) for path, words in found.items()}


def _rate(obj: Object, profiles: Sequence[ColumnProfile], name: str) -> tuple[float, list[Match]]:
    """How well an object explains a file: by its name, and by the columns that find a place."""
    matches = match_columns(profiles, targets(obj), kinds_of(obj))
    used = [match for match in matches if match.path]
    score = sum(match.score for match in used) / max(len(profiles), 1)
    file = fold_header(Path(name).stem)
    if any(len(word) > 1 and fold_header(word) in file for word in kinds_of(obj).names):
        score += 0.5
    titled = [match for match in used if match.path.partition(":")[0] == obj.title]
    if titled:
        score += 0.4
        if any(fold_header(profiles[match.column].header) in _words_of(obj, obj.title) for match in titled):
            score += 0.1  # many things have a "name", but only a person's is called 姓名
        if any(fold_header(profiles[match.column].header) in _NAMED_SO.get(obj.name, ()) for match in titled):
            score += 0.05
    needed = {one.name for one in obj.fields if one.required and one.name != obj.title}
    if needed - {match.path for match in used}:
        score -= 0.3
    return score, matches


def _plan(obj: Object, profiles: list[ColumnProfile], matches: Sequence[Match], order: str) -> FilePlan:
    columns = [
        ColumnPlan(
            index=profile.index,
            header=profile.header,
            path=match.path,
            reason="empty" if profile.kind == "empty" else match.reason,
            score=match.score,
            order=(order if order and not profile.sure else profile.order) or order or "YMD",  # type: ignore[arg-type]
            mark=profile.mark,
            scale=_scale(profile),
            separator=profile.separator,
            on_missing="create" if _makes_missing(obj, match) else "reject",
            link_by=_link_by(obj, match, profile),
        )
        for profile, match in zip(profiles, matches, strict=True)
    ]
    plan = FilePlan(object=obj.name, columns=columns)
    plan.key = _key(obj, plan, profiles)
    if not plan.goes_to(obj.title) or _is_person(obj):
        plan.title = _title_columns(obj, plan)
    plan.leave_out = [
        (profile.index, yes)
        for profile in profiles
        if fold_header(profile.header) in {"isdeleted", "deleted"}
        for yes in ("true", "1")
    ]
    plan.leave_out += _others(obj, profiles)
    return plan


def _others(obj: Object, profiles: Sequence[ColumnProfile]) -> list[tuple[int, str]]:
    """Of a list of firms and people the rows that are the other of the two, as a column tells."""
    column = tells_firms(profiles)
    if column is None or obj.name not in FIRMS_AND_PEOPLE:
        return []
    wanted = FIRMS_AND_PEOPLE[obj.name]
    return [(column.index, text.casefold()) for text in column.options if _says_yes(text) != wanted]


def tells_firms(profiles: Sequence[ColumnProfile]) -> ColumnProfile | None:
    """The column that says which rows are firms; None where there is none, or all rows say the same."""
    named = headers.words(headers.IS_COMPANY)
    for one in profiles:
        if fold_header(one.header) in named and {_says_yes(text) for text in one.options} == {True, False}:
            return one
    return None


def _says_yes(text: str) -> bool:
    return text.casefold() in YES


def _key(obj: Object, plan: FilePlan, profiles: Sequence[ColumnProfile]) -> str:
    """The field that tells rows apart: an id, else the title where it identifies and no two rows share it."""
    by_index = {profile.index: profile for profile in profiles}
    for name in ("external_id", obj.title):
        if name not in obj.fields_by_name or not obj[name].identifies:
            continue
        columns = [one for one in plan.columns if one.path == name]
        if columns and (by_index[columns[0].index].unique or by_index[columns[0].index].filled <= 1):
            return name
    return ""


def _title_columns(obj: Object, plan: FilePlan) -> list[int]:
    """Columns that together say which record it is, for files that give it no name."""
    lanes, group = (obj.board.lanes, obj.board.group) if obj.board else ("", "")
    if points := [one.index for one in plan.columns if one.field in {"emails", "phones"}]:
        return points[:1]
    linked = [
        one.index
        for one in plan.columns
        if one.path and field_at(obj, one.field).type == "link" and one.field not in (lanes, group)
    ]
    ids = [one.index for one in plan.columns if one.path == "external_id"]
    return linked[:2] or ids[:1] or [0]


def _makes_missing(obj: Object, match: Match) -> bool:
    """Tags are made without asking; companies, members and stages are not: a slip would make another one."""
    name = match.path.partition(":")[0]
    return bool(name) and field_at(obj, name).type == "tags"


def _link_by(obj: Object, match: Match, profile: ColumnProfile) -> str:
    """Ids link by the number elsewhere, addresses of mail by themselves, anything else by title."""
    if not match.path or (target := field_at(obj, match.path)).type != "link":
        return ""
    if profile.kind == "email" and "emails" in importable(getattr(target, "to", "")).fields_by_name:
        return "emails"
    if profile.header.endswith("_id") and not all(map(_ID.fullmatch, profile.examples)):
        return ""  # Odoo's "partner_id" shows the name, its "partner_id/id" the number
    folded = fold_header(profile.header)
    if folded.endswith("id") and not folded.endswith("paid"):
        return "external_id"
    to = importable(target.to) if isinstance(target, Link) else None
    if to is None or "external_id" not in to.fields_by_name or "code" in to.fields_by_name:
        return ""
    named = {fold_header(name) for name in kinds_of(to).names}
    return "external_id" if numbered(folded) in named else ""


def _scale(profile: ColumnProfile) -> int:
    """预算（万）: the header says what the numbers are counted in."""
    inside = profile.header.rstrip("）) 元").split("（")[-1].split("(")[-1]
    return _SCALES.get(inside, 1) if profile.kind in {"number", "text", "money", "choice"} else 1


def _link(guess: Guess, guesses: Sequence[Guess]) -> None:
    """A column that links to a file's rows does so by the column there that holds most of its cells."""
    obj = importable(guess.plan.object)
    for column in guess.plan.columns:
        if not column.path or (field := field_at(obj, column.path)).type != "link":
            continue
        names = {getattr(field, "to", ""): None}
        if obj[column.field].type == "about":  # "Related To" says not to what: the other files do
            names |= dict.fromkeys(one.name for one in told_about())
        cells = guess.cells(column.index)
        rated = [(name, *_shared(cells, importable(name), guesses)) for name in names]
        name, best, most = max(rated, key=lambda one: one[2])
        if most:
            column.link_by = "" if best == importable(name).title else best
            if obj[column.field].type == "about":
                column.path = f"{column.field}:{name}"


def _shared(cells: set[str], target: Object, guesses: Sequence[Guess]) -> tuple[str, int]:
    """By which column of the files of an object most of these cells are found there, and how many are."""
    best, most = "", 0
    for other in guesses:
        for theirs in other.plan.columns if other.plan.object == target.name else ():
            if theirs.path == target.title or (theirs.path and field_at(target, theirs.field).identifies):
                shared = len(cells & other.cells(theirs.index))
                if shared > most and ":" not in theirs.path:
                    best, most = theirs.path, shared
    return best, most


def _link_by_ids(guess: Guess, guesses: Sequence[Guess]) -> None:
    """A column of ids that another file of the import gives its rows links to these, surer than by name.

    Headers alone would not do: ids lead nowhere where that file is not brought along.
    """
    obj = importable(guess.plan.object)
    given: set[str] = set()
    for column in sorted(guess.plan.columns, key=_by_id):
        cells = guess.cells(column.index)
        if column.path and column.link_by == "external_id":
            given.add(column.path)
        if column.path or not _IDS.search(column.header) or any(";" in cell for cell in cells):
            continue
        for other in guesses:
            links = [one for one in obj.fields if one.type == "link" and not one.readonly]
            fields = [one.name for one in links if getattr(one, "to", "") == other.plan.object]
            if other is guess or len(fields) != 1 or fields[0] in given:
                continue
            if not _are_ids_of(other, column.header, cells):
                continue
            given.add(fields[0])
            for named in guess.plan.goes_to(fields[0]):
                named.path, named.reason, named.score = "", "nothing", 0.0
            column.path, column.reason, column.score = fields[0], "content", 1.0
            column.link_by = "external_id"


def _by_id(column: ColumnPlan) -> tuple[bool, bool, bool, int]:
    """Which column of ids is asked first: one that has its place, the one called primary, one before many."""
    found = _IDS.search(column.header)
    many, primary = (bool(found[1]), bool(found[2])) if found else (False, False)
    return not column.path, not primary, many, column.index


def _are_ids_of(guess: Guess, header: str, cells: set[str]) -> bool:
    """Whether a header speaks of what a file holds, and at least half of these cells are ids of its rows."""
    folded = fold_header(header)
    if not any(len(name) > 1 and fold_header(name) in folded for name in _names_of(guess.plan.object)):
        return False
    own = {cell for one in guess.plan.goes_to("external_id") for cell in guess.cells(one.index)}
    return 2 * len(cells & own) >= min(len(cells), len(own)) > 0


def _names_of(name: str) -> tuple[str, ...]:
    return kinds_of(importable(name)).names


def _links_of(plan: FilePlan) -> set[str]:
    obj = importable(plan.object)
    return {
        getattr(field, "to", "")
        for one in plan.columns
        if one.path and (field := field_at(obj, one.path)).type in LINKS
    }


def _is_person(obj: Object) -> bool:
    return obj.name != MEMBER.name and not obj.square and "emails" in obj.fields_by_name
