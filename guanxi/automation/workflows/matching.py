"""Which facts start which workflows: found by names, sorted out by what the fact says, and only then asked.

A process keeps the workflows of a workspace as a *book*: an index from object, verb and field to the ones
that may be meant, each with its conditions compiled. A fact that means none of them costs a look into it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from guanxi.automation.workflows.conditions import (
    Answer,
    Bound,
    Predicate,
    bounds_of,
    find_linked,
    predicate,
    unknown,
)
from guanxi.automation.workflows.models import Run, Workflow, WorkflowVersion
from guanxi.automation.workflows.recipe import Recipe, all_steps, fields_read
from guanxi.platform.events.facts import MAX_DEPTH
from guanxi.platform.events.models import Fact
from guanxi.platform.identity.acting import actor_for, working_member
from guanxi.platform.identity.actors import Actor, system_actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.formulas import compile_formula
from guanxi.platform.metadata.formulas.checking import check_formula
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.access import row_rule
from guanxi.platform.records.computing import givens
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import (
    All,
    Condition,
    Filter,
    FilterSyntaxError,
    compile_filter,
    parse_filter,
)
from guanxi.platform.records.sql import fetch
from guanxi.platform.records.trash.asking import not_trashed
from guanxi.platform.records.writing import told
from guanxi.platform.tenancy.context import remembered, require_workspace_id
from guanxi.platform.tenancy.models import Workspace

RENEW = timedelta(minutes=5)  # words like `today` in conditions are read anew after so long
MOST_KEPT = 200
BY_CLOCK = frozenset({"date", "held", "schedule"})
OURS = frozenset({"workflow", "workflow_run"})  # our own facts start nothing


@dataclass(slots=True)
class Rule:
    """A workflow that is on, made ready.

    now_says, was_says   its conditions, asked of what a fact says of the newer and the older values; a rule
                         of leaving asks of the older ones what is left
    fields               one of them must have changed
    bounds               by what shelves can sort it; none where any values may do
    prompts              it leads records in Today while its condition holds
    """

    id: int
    object: str
    title: str
    version: int
    kind: str
    recipe: Recipe
    acts_as: int | None
    on_at: datetime
    filter: Filter
    was: Filter
    now_says: Predicate
    was_says: Predicate
    fields: frozenset[str]
    imports: bool
    prompts: bool = False
    bounds: tuple[Bound, ...] = ()

    def concerns(self, fact: Fact, now: _Said | None = None, was: _Said | None = None) -> bool:
        """Whether the fact may start it, by what the fact says alone; no is certain.

        now, was   the two sides of what the fact says, where many rules are asked about it
        """
        if self.kind == "fact" and self.recipe["when"]["verb"] not in ("*", fact.verb):
            return False
        if fact.actor_kind == "import" and not self.imports:
            return False
        changes = fact.changes
        made = fact.verb == "created" and self.kind != "fact"  # what is not said of a new record counts, too
        if self.fields and not made and self.fields.isdisjoint(changes):
            return False
        if self.kind == "held" or self.prompts:
            return True  # what ends the condition is news, too
        values = _Said(changes, 1, whole=fact.verb == "created") if now is None else now
        if self.kind == "leaves":
            if fact.verb == "created" or self.now_says(values) is True:
                return False
        elif self.now_says(values) is False:
            return False
        if self.was_says is unknown:
            return True
        older = _Said(changes, 0, whole=fact.verb == "created") if was is None else was
        return self.was_says(older) is not False


class _Said(dict[str, Any]):
    """One side of a fact's changes; of a record that was just made, what is not said is empty."""

    def __init__(self, changes: Mapping[str, Sequence[Any]], side: int, *, whole: bool) -> None:
        self._changes, self._side, self._whole = changes, side, whole

    def get(self, name: str, default: Any = None) -> Any:
        found = self._changes.get(name)
        if found is not None:
            return found[self._side]
        return None if self._whole else default


class Shelf:
    """Rules sorted by their bounds: a fact's values find the few that they may meet among very many."""

    def __init__(self) -> None:
        self._unbound: list[Rule] = []
        self._fields: dict[str, _Sorted] = {}

    def add(self, rule: Rule, said: str = "") -> None:
        """`said`: a field of which the facts that look here say something, so its bound is worth most."""
        if not rule.bounds:
            self._unbound.append(rule)
            return
        bound = next((one for one in rule.bounds if one.field == said), rule.bounds[0])
        self._fields.setdefault(bound.field, _Sorted(bound.read)).add(rule, bound)

    def find(self, said: _Said) -> list[Rule]:
        """The rules that these values do not rule out; a field of which nothing is said rules out none."""
        found = self._unbound.copy()
        for name, rules in self._fields.items():
            found += rules.find(said.get(name, _UNSAID))
        return found


_UNSAID = object()


class _Sorted:
    """Rules that are bound by one field."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read
        self._all: list[Rule] = []
        self._by_value: dict[Any, list[Rule]] = defaultdict(list)
        self._sides: dict[str, list[tuple[Any, Rule]]] = {"above": [], "below": []}

    def add(self, rule: Rule, bound: Bound) -> None:
        self._all.append(rule)
        if bound.side == "is":
            for value in dict.fromkeys(bound.given):
                self._by_value[value].append(rule)
        else:
            insort(self._sides[bound.side], (bound.given[0], rule), key=_limit)

    def find(self, value: Any) -> list[Rule]:
        if value is _UNSAID:
            return self._all
        kept = None if value is None else self._read(value)
        if kept is None:
            return []  # nothing is no value, and neither more nor less than any
        above, below = self._sides["above"], self._sides["below"]
        met = above[: bisect_right(above, kept, key=_limit)] + below[bisect_left(below, kept, key=_limit) :]
        return self._by_value.get(kept, []) + [rule for _limit, rule in met]


def _limit(entry: tuple[Any, Rule]) -> Any:
    return entry[0]


@dataclass(slots=True)
class Book:
    """The workflows of a workspace that are on, by what starts them.

    by_leaving   rules of leaving, by the fields they ask; the others that fields start stand in by_field
    """

    edition: tuple[int, int]
    until: datetime
    by_verb: dict[tuple[str, str], Shelf] = field(default_factory=lambda: defaultdict(Shelf))
    by_field: dict[tuple[str, str], Shelf] = field(default_factory=lambda: defaultdict(Shelf))
    by_leaving: dict[tuple[str, str], Shelf] = field(default_factory=lambda: defaultdict(Shelf))
    by_making: dict[str, Shelf] = field(default_factory=lambda: defaultdict(Shelf))
    rules: dict[int, Rule] = field(default_factory=dict)
    waited: frozenset[tuple[str, str]] = frozenset()
    prompts: bool = False  # some workflow leads records in Today

    def candidates(self, fact: Fact) -> list[Rule]:
        """Rules that this fact may start."""
        name, made = fact.object, fact.verb == "created"
        now, was = _Said(fact.changes, 1, whole=made), _Said(fact.changes, 0, whole=made)
        shelves = [(self.by_verb.get((name, verb)), now) for verb in (fact.verb, "*")]
        if made:
            shelves.append((self.by_making.get(name), now))
        else:
            shelves += [(self.by_field.get((name, one)), now) for one in fact.changes]
            shelves += [(self.by_leaving.get((name, one)), was) for one in fact.changes]
        found = {rule.id: rule for shelf, said in shelves if shelf is not None for rule in shelf.find(said)}
        return [rule for rule in found.values() if rule.concerns(fact, now, was)]


_books: dict[int, Book] = {}


def book_of_workspace() -> Book:
    """The chosen workspace's book, read anew when its workflows, its objects or the hour have changed."""
    workspace_id = require_workspace_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE((SELECT b.edition FROM automation_book b WHERE b.workspace_id = w.id), 0),"
            " w.objects_version FROM tenancy_workspace w WHERE w.id = %s",
            (workspace_id,),
        )
        edition = tuple(cursor.fetchone() or (0, 0))
    known, now = _books.get(workspace_id), datetime.now(UTC)
    if known is not None and known.edition == edition and known.until > now:
        return known
    if len(_books) >= MOST_KEPT:
        _books.clear()
    book = _books[workspace_id] = _read_book(edition, now)
    return book


def rule_of(workflow: Workflow, recipe: Recipe | None = None, *, by: Actor | None = None) -> Rule:
    """A workflow made ready; raises FieldError or FilterSyntaxError for one that makes no sense any more."""
    recipe = workflow.recipe if recipe is None else recipe
    obj = registry.get(workflow.object)
    by = by or acting(workflow.acts_as_id, workflow.title)
    context = field_context(by)
    when = recipe["when"]
    tree, was = parse_filter(recipe.get("if", "")), parse_filter(when.get("was", ""))
    before = tree if when["kind"] == "leaves" else was
    compile_filter(tree, obj, by=by, context=context, vendor=connection.vendor)
    asked = fields_read(recipe.get("if", ""))
    if when["kind"] in ("enters", "leaves", "held"):
        fields = asked | {path[0] for path in _formula_paths(obj, recipe)}
    else:
        fields = set(when.get("fields", ()))
    prompts = when["kind"] == "enters" and any(step["do"] == "today" for _path, step in all_steps(recipe))
    return Rule(
        id=workflow.pk,
        object=workflow.object,
        title=workflow.title,
        version=workflow.version,
        kind=when["kind"],
        recipe=recipe,
        acts_as=workflow.acts_as_id,
        on_at=workflow.on_at or datetime.now(UTC),
        filter=tree,
        was=was,
        now_says=predicate(tree, obj, context),
        was_says=predicate(before, obj, context) if when["kind"] == "leaves" or when.get("was") else unknown,
        fields=frozenset(fields),
        imports=bool(recipe.get("imports")),
        prompts=prompts,
        # what ends a condition that is kept is news too, whatever the values are
        bounds=() if prompts or when["kind"] == "held" else bounds_of(tree, obj, context),
    )


def matching(rules: Iterable[tuple[Rule, Fact]]) -> list[tuple[Rule, Fact, Any]]:
    """Of the candidates those that hold, with the record as it is now: asked of the database, once for each
    object for the records and once for each rule whose conditions the values do not answer."""
    pairs = list(rules)
    records = _records(pairs)
    values = {key: told(registry.get(key[0]), record) for key, record in records.items()}
    found: list[tuple[Rule, Fact, Any]] = []
    by_rule: dict[int, list[tuple[Rule, Fact, Any]]] = defaultdict(list)
    for rule, fact in pairs:
        key = (fact.object, fact.record_id)
        if key in records and (rule.kind == "leaves" or rule.now_says(values[key]) is not False):
            by_rule[rule.id].append((rule, fact, records[key]))
    order = {fact.pk: at for at, (_rule, fact) in enumerate(pairs)}
    for group in by_rule.values():
        rule = group[0][0]
        holding = records_holding(rule, [record for _rule, _fact, record in group])
        for one, fact, record in group:
            if _starts(one, fact, record, record.pk in holding):
                found.append((one, fact, record))
    return sorted(found, key=lambda one: (order[one[1].pk], one[0].id))


def records_holding(rule: Rule, records: Sequence[Any]) -> set[int]:
    """The ids of these records of which the rule's condition holds now, and which it may see."""
    obj = registry.get(rule.object)
    by = acting(rule.acts_as, rule.title)
    ids = sorted({record.pk for record in records})
    return holding_ids(obj, rule.filter, rule.recipe.get("formula", ""), by=by, among=ids)


def holding_ids(obj: Object, tree: Filter, formula: str, *, by: Actor, among: Sequence[int]) -> set[int]:
    """Which of these records meet a condition, for this actor."""
    if not among:
        return set()
    context, where = field_context(by), row_rule(obj, by)
    asked = compile_filter(tree, obj, by=by, context=context, vendor=connection.vendor)
    there = not_trashed(obj)
    marks = ", ".join(["%s"] * len(among))
    rows = fetch(
        f'SELECT r.id FROM "{obj.table}" r WHERE {where.text} AND r.id IN ({marks})'
        f" AND ({asked.text}) AND {there.text}",
        (*where.params, *among, *asked.params, *there.params),
    )
    found = {row[0] for row in rows}
    if formula and found:
        records = list(obj.rows().filter(pk__in=found))
        paths = _formula_paths(obj, {"formula": formula})
        run = compile_formula(formula)
        found = {
            record.pk
            for record, given in zip(records, givens(obj, records, paths), strict=True)
            if run(given) is True
        }
    return found


def acting(member_id: int | None, title: str, *, cause: Fact | None = None) -> Actor:
    """Who does what a workflow does: the named member with their rights, or the product itself.

    Raises FieldError for a member who no longer works here.
    """
    depth, cause_id = (cause.depth + 1, cause.pk) if cause is not None else (0, None)
    memory = remembered()
    if member_id is None:
        workspace = workspace_at_hand()
        return replace(
            system_actor(workspace.pk, title, cause_id=cause_id, depth=depth),
            timezone=workspace.timezone,
            currency=workspace.currency,
            language=workspace.language,
            country=workspace.country,
        )
    by: Actor | None = memory.get(f"workflows act as {member_id}")
    if by is None:
        member = working_member(member_id=member_id)
        if member is None:
            raise FieldError("acts_as", _("The member with whose rights it acts no longer works here."))
        by = memory[f"workflows act as {member_id}"] = actor_for(member)
    return replace(by, cause_id=cause_id, depth=depth)


def workspace_at_hand() -> Workspace:
    """The chosen workspace; asked once for each batch of facts, and each job."""
    memory = remembered()
    found: Workspace | None = memory.get("workflows in")
    if found is None:
        found = memory["workflows in"] = Workspace.objects.get(pk=require_workspace_id())
    return found


def why_idle(rule: Rule) -> str:
    """Why nobody is there with whose rights it acts; "" where somebody is.

    Who leaves does so between two readings of the book: what they left behind must not fail for the others.
    """
    if rule.acts_as is None:
        return ""
    try:
        acting(rule.acts_as, rule.title)
    except FieldError as problem:
        return str(problem)
    return ""


def is_too_deep(fact: Fact) -> bool:
    """Whether what follows from the fact could state nothing more."""
    return fact.depth >= MAX_DEPTH


def held_before(rule: Rule, fact: Fact, record: Any) -> bool:
    """Whether the rule's condition held of the record before the fact; a new record met no condition."""
    if fact.verb == "created":
        return False
    return _holds_with(rule.filter, fact, record, rule, side=0) is not False


def _read_book(edition: tuple[int, int], now: datetime) -> Book:
    book = Book(edition, now + RENEW)
    for workflow in Workflow.objects.filter(on_at__isnull=False, archived_at=None).order_by("position", "id"):
        try:
            rule = rule_of(workflow)
        except (FieldError, FilterSyntaxError) as problem:
            _note(workflow, str(problem))
            continue
        except KeyError as problem:
            _note(
                workflow, _("There is no such kind of record or field: %(name)s") % {"name": problem.args[0]}
            )
            continue
        _mended(workflow, rule)
        book.rules[rule.id] = rule
        book.prompts = book.prompts or rule.prompts
        shelve(rule, book)
    book.waited = _waited(book)
    return book


def shelve(rule: Rule, book: Book) -> None:
    """Put a rule where facts that may start it look for it; those of the clock are not looked for."""
    if rule.kind == "fact" and not rule.fields:
        book.by_verb[rule.object, rule.recipe["when"]["verb"]].add(rule)
    elif rule.kind == "leaves":
        for name in rule.fields:
            book.by_leaving[rule.object, name].add(rule, name)
    elif rule.kind in ("fact", "enters") or (rule.kind == "held" and not rule.recipe["when"].get("since")):
        book.by_making[rule.object].add(rule)
        for name in rule.fields:
            book.by_field[rule.object, name].add(rule, name)


def _note(workflow: Workflow, problem: str) -> None:
    from guanxi.automation.workflows.trouble import note_failure

    if workflow.problem != problem:
        note_failure(workflow.pk, problem, counts=False)


def _mended(workflow: Workflow, rule: Rule) -> None:
    """It can be read again, and somebody acts; whether the clock can start it is for the clock to say."""
    from guanxi.automation.workflows.trouble import note_success

    if not workflow.problem and not workflow.failures:
        return
    if not workflow.failures or (rule.kind not in BY_CLOCK and not why_idle(rule)):
        note_success(workflow.pk)


def _waited(book: Book) -> frozenset[tuple[str, str]]:
    """The facts that runs of these workflows may be waiting for, in whatever version."""
    recipes = [(rule.object, rule.recipe) for rule in book.rules.values()]
    open_runs = (
        Run.objects.filter(ended_at=None).values_list("workflow_id", "version", "workflow__object").distinct()
    )
    for workflow_id, version, object in open_runs:
        kept = WorkflowVersion.objects.filter(workflow_id=workflow_id, number=version).values_list(
            "recipe", flat=True
        )
        recipes += [(object, recipe) for recipe in kept]
    found: set[tuple[str, str]] = set()
    for object, recipe in recipes:
        for _path, step in all_steps(recipe):
            if step["do"] == "wait" and step.get("fact"):
                found.add((object, step["fact"]))
            if step["do"] == "approve":
                found.add(("approval", "*"))
            if step["do"] == "each":
                found |= {
                    (str(step["of"]).partition(".")[0], inner["fact"])
                    for _where, inner in all_steps(step)
                    if inner["do"] == "wait" and inner.get("fact")
                }
    return frozenset(found)


def _records(pairs: Sequence[tuple[Rule, Fact]]) -> dict[tuple[str, int], Any]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for _rule, fact in pairs:
        wanted[fact.object].add(fact.record_id)
    return {
        (name, record.pk): record
        for name, ids in wanted.items()
        if registry.has(name)
        for record in registry.get(name).rows().filter(pk__in=ids)
    }


def _starts(rule: Rule, fact: Fact, record: Any, holds: bool) -> bool:
    match rule.kind:
        case "enters":
            return holds and not held_before(rule, fact, record)
        case "leaves":
            return not holds and fact.verb != "created" and held_before(rule, fact, record)
        case "fact" if rule.recipe["when"].get("was"):
            return holds and _holds_with(rule.was, fact, record, rule, side=0) is not False
    return holds


def _holds_with(tree: Filter, fact: Fact, record: Any, rule: Rule, *, side: int) -> Answer:
    """A condition of the record with one side of the fact's changes put in place of its values now."""
    obj = registry.get(rule.object)
    values = told(obj, record) | {name: pair[side] for name, pair in fact.changes.items()}
    by = acting(rule.acts_as, rule.title)
    context = field_context(by)

    def ask(one: Condition, value: Any) -> Answer:
        found = find_linked(obj, one)
        if found is None:
            return None
        target, condition = found
        return bool(holding_ids(target, All((condition,)), "", by=by, among=[int(value)]))

    return predicate(tree, obj, context, ask=ask)(values)


def _formula_paths(obj: Object, recipe: Recipe) -> tuple[tuple[str, ...], ...]:
    source = recipe.get("formula", "")
    if not source:
        return ()
    return check_formula(
        source, obj, find=lambda name: registry.get(name) if registry.has(name) else None
    ).paths


def workspace_zone() -> ZoneInfo:
    """The zone in which a workspace's clock runs."""
    return ZoneInfo(workspace_at_hand().timezone)
