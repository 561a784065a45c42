"""A file's plan, compiled: from the cells of a row to the values of a record, or to what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from guanxi.platform.i18n.addresses import country_code
from guanxi.platform.i18n.divisions import is_china, named, split_address
from guanxi.platform.i18n.numbers import labelled
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Context, Field, File
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import EDIT, require_editable, right_of
from guanxi.platform.records.access import require
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.importing.attaching import ATTACHED
from guanxi.platform.records.importing.enclosing import Enclosures, NamedFile, is_address
from guanxi.platform.records.importing.fixed import COMMA, named_records, read_fixed, tag_names
from guanxi.platform.records.importing.guessing import NOT_GIVEN
from guanxi.platform.records.importing.lookups import PENDING, SEVERAL, Lookup, link_lookup, record_lookup
from guanxi.platform.records.importing.memberships import importable
from guanxi.platform.records.importing.naming import make_tags
from guanxi.platform.records.importing.paths import STATE, field_at
from guanxi.platform.records.importing.plans import ColumnPlan, FilePlan
from guanxi.platform.records.importing.usual import usual_stages
from guanxi.platform.records.importing.values import (
    CellProblem,
    Converter,
    Reading,
    make_converter,
    make_currencies,
    make_outcomes,
    make_states,
    outcome_of,
)
from guanxi.platform.records.writing import drafted
from guanxi.platform.tenancy.transactions import reading

Cells = Sequence[str]
Pending = dict[tuple[str, str], dict[str, str]]  # (object, field) → keys that files bring, and titles
LINKS = {"link", "links", "member", "team"}
FILES = {"file", "image", "attached"}
OPEN = "open"  # the kind of lanes in which records are under way
_AT_ONCE = 1_000  # rows that are read in one transaction
_OF_COUNTRY = re.compile(r"\s*\([A-Z]{2}\)$")
_WITH_ADDRESS = re.compile(r"([^();]+?) ?\([^()\s;]+[@.][^()\s;]+\)(?:;[^()]+\([^()]+\))*")
WHOLE_ROW = -1  # as the column of a problem that is of no single one


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row is rejected; `column` is an index, WHOLE_ROW for the row itself.

    say   gives the reason in the active language: who reads it later may have another one
    """

    column: int
    code: str
    say: Callable[[], str]
    text: str = ""
    suggestion: str = ""


@dataclass(slots=True)
class ReadRow:
    """A row that was read: values to be written, or problems, and which columns gave a value."""

    number: int
    values: dict[str, Any]
    problems: list[RowProblem] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    key: str = ""
    found: int | None = None  # the record that is there already; PENDING: one that this import makes
    left_out: bool = False
    later: list[tuple[int, str, str]] = field(default_factory=list)  # links to rows of the same file
    begins: dict[str, Any] = field(default_factory=dict)  # what a new record has though the row is silent
    wish: str = ""  # what is done with it though the plan says otherwise: it is like a record that is there
    files: dict[str, NamedFile] = field(default_factory=dict)  # by field; `values` says what is known of them
    attached: list[NamedFile] = field(default_factory=list)
    notes: list[RowProblem] = field(default_factory=list)  # what it comes in without


@dataclass(slots=True)
class _Cell:
    """A compiled column."""

    index: int
    name: str
    convert: Converter
    empty_on_problem: bool
    kind: str = ""
    part: str = ""
    header: str = ""


@dataclass(slots=True)
class _Link:
    """A compiled column that names another record, or several."""

    index: int
    name: str
    lookup: Lookup
    plan: ColumnPlan
    several: bool = False
    separator: str = ""
    records: bool = False  # the several are records, in whose names there may be commas
    about: str = ""  # the object, where the field links to records of any
    group: int | None = None  # of lanes: the pipeline in which this looks for stages
    steers: bool = False  # it says in which pipeline another column's stages are, and is no value itself

    def put(self, values: dict[str, Any], record_id: int) -> None:
        """Give a row's values one record that it links to."""
        if self.steers:
            return
        if self.several:
            values[self.name] = list(dict.fromkeys([*(values.get(self.name) or ()), record_id]))
        elif not self.about:
            values[self.name] = record_id
        elif (pair := [self.about, record_id]) not in values.setdefault(self.name, []):
            values[self.name].append(pair)


class RowReader:
    """Reads rows by a plan. `prepare` finds the records that a chunk of rows names, `read` reads one of them.

    make_missing   called by `prepare` for links that lead nowhere and are to be made; None while checking
    files          finds what rows name; without it columns of files are passed over
    """

    def __init__(
        self,
        plan: FilePlan,
        *,
        actor: Actor,
        pending: Pending | None = None,
        make_missing: Callable[[_Link, Field, list[str]], None] | None = None,
        files: Enclosures | None = None,
    ) -> None:
        self.plan = plan
        self.obj: Object = importable(plan.object)
        self.actor = actor
        # A column that finds or fills what the actor may not write would tell what is there.
        filled = [one.field for one in plan.columns if one.path and one.path != ATTACHED]
        require_editable(self.obj, [*filled, *plan.fixed, *([plan.key] if plan.key else [])], actor)
        if any(one.path == ATTACHED for one in plan.columns):
            require(actor, "change", self.obj)
        self.context: Context = field_context(actor)
        self._pending = pending or {}
        self._make_missing = make_missing
        self._enclosures = files
        self._plain: list[_Cell] = []
        self._currencies: list[_Cell] = []
        self._points: list[_Cell] = []
        self._dialled: dict[int, Callable[..., Converter]] = {}  # by column: phones, read as in a country
        self._abroad: dict[tuple[int, str], _Cell] = {}
        self._places: list[_Cell] = []
        self._names: list[_Cell] = []
        self._notes: list[_Cell] = []
        self._files: list[ColumnPlan] = []
        self.links: list[_Link] = []
        self._steering = self.obj.board.group if self.obj.board else ""
        self._group: _Link | None = None  # the column that names a pipeline
        self._lanes: dict[int | None, _Link] = {}  # stages by their pipeline, where a column names it
        self._first_lanes: dict[int | None, int] = {}
        self._outcome: _Cell | None = None  # the column that says how a record ended
        self._state: _Cell | None = None  # the column that says by a word whether it is done
        self._ends: dict[tuple[int | None, str], int | None] = {}  # the first lane of a kind, by pipeline
        self._kinds: dict[int, str] = {}  # of lanes
        self._required = [
            one
            for one in self.obj.fields
            if one.required and one.default is None and not one.readonly
            if right_of(self.obj, one.name, actor) == EDIT
        ]
        self._fixed_problems: list[RowProblem] = []
        self._fixed = self._fixed_values()
        for column in plan.columns:
            if column.path:
                self._compile(column)
        self._lane_link = self._find_lane_link()
        self._left_out = [(index, text.casefold()) for index, text in plan.leave_out]
        self._key = self._key_lookup()
        self.closing = self._closing_fields()

    def prepare(self, chunk: Sequence[tuple[int, list[str]]]) -> None:
        """Find what the rows of a chunk link to, all at once."""
        for link in sorted(self.links, key=lambda one: not one.steers):
            if link.records:
                wholes = {_said(link, cells) for _number, cells in chunk}
                link.lookup.learn(text for text in wholes if COMMA.search(text))
            texts: dict[int | None, set[str]] = {}
            for _number, cells in chunk:
                if (within := self._within(link, cells)) is not None:
                    texts.setdefault(within.group, set()).update(self._texts(link, cells))
            for group, some in texts.items():
                within = link if group == link.group else self._lanes[group]
                missing = within.lookup.learn(some)
                if missing and link.plan.on_missing == "create" and self._make_missing:
                    self._make_missing(within, field_at(self.obj, link.plan.path), missing)
        if self._outcome is not None and self._make_missing:
            for _number, cells in chunk:
                self._make_end(self._outcome, cells)

    def read(self, number: int, cells: list[str]) -> ReadRow:
        """One row. What can't be read is told, never raised."""
        values: dict[str, Any] = dict(self._fixed)
        row = ReadRow(number, values, list(self._fixed_problems))
        if len(cells) > len(self.plan.columns):
            extra = ", ".join(cell for cell in cells[len(self.plan.columns) :] if cell)
            row.problems.append(
                RowProblem(
                    WHOLE_ROW, "too_many_cells", lambda: _("The row has more cells than columns."), extra
                )
            )
            return row
        for at, text in self._left_out:
            if cells[at].strip().casefold() == text:
                row.left_out = True
                return row
        for cell in self._plain:
            value = self._convert(cell, cells, row)
            if value is not None:
                values[cell.name] = value
        for cell in self._currencies:
            self._put_currency(cell, cells, row)
        if self._names:
            self._put_names(cells, row)
        if self._points:
            self._put_points(cells, row)
        if self._places:
            self._put_places(cells, row)
        if self._notes:
            self._put_notes(cells, row)
        if self._files and self._enclosures is not None:
            self._put_files(self._enclosures, cells, row)
        for link in self.links:
            self._put_link(link, cells, row)
        if self._outcome is not None:
            self._put_outcome(self._outcome, cells, row)
        if self._state is not None:
            self._put_state(self._state, cells, row)
        self._complete(cells, row)
        return row

    def keys_of(self, row: ReadRow, name: str) -> list[str]:
        """The keys under which a row's record will be found by a field."""
        value = row.values.get(name)
        if value is None:
            return []
        named = self.obj[name]
        if named.identifies:
            return [key[:200] for key in named.index_values(value)]
        return [" ".join(str(value).split()).casefold()]

    def title_of(self, row: ReadRow) -> str:
        """What the row's record is called."""
        return str(row.values.get(self.obj.title) or "")

    def learn_keys(self, rows: Sequence[ReadRow]) -> None:
        """Find which of these rows are records already: fills `key` and `found`."""
        if self._key is None:
            self._learn_natural_keys(rows)
            return
        for row in rows:
            row.key = next(iter(self.keys_of(row, self.plan.key)), "")
        self._key.learn([row.key for row in rows if row.key])
        for row in rows:
            if not row.key:
                continue
            row.found = self._key.get(row.key)
            if row.found == SEVERAL:
                row.problems.append(
                    RowProblem(
                        self._column_of(self.plan.key),
                        "several",
                        lambda: _("Several records are called so."),
                        str(row.key),
                    )
                )

    def _learn_natural_keys(self, rows: Sequence[ReadRow]) -> None:
        """The same where what tells records apart follows from several of their fields."""
        column = getattr(self.obj.model_class, "natural_key", "")
        if not column:
            return
        links = {link.name for link in self.links}
        rows = [row for row in rows if not row.later and all(row.values.get(one) != PENDING for one in links)]
        for row, record in zip(
            rows, drafted(self.obj, [row.values for row in rows], by=self.actor), strict=True
        ):
            row.key = str(getattr(record, column))
        keys = {row.key for row in rows}
        known = self.obj.rows().filter(**{f"{column}__in": keys}, archived_at=None)
        there = dict(known.values_list(column, "pk"))
        for row in rows:
            row.found = there.get(row.key)

    def find_later(self, row: ReadRow) -> None:
        """Links to rows of the same file that have become records since the row was read."""
        by_index = {link.index: link for link in self.links}
        waiting = row.later
        row.later = []
        for index, name, text in waiting:
            found = by_index[index].lookup.get(text)
            if found and found > 0:
                by_index[index].put(row.values, found)
            else:
                row.later.append((index, name, text))

    def own_keys(self, rows: Iterable[tuple[int, list[str]]]) -> Pending:
        """The keys by which rows of this file link to each other; empty where they don't."""
        found: Pending = {}
        for link in self.links:
            if getattr(self.obj[link.name], "to", "") == self.obj.name:
                found[self.obj.name, link.plan.link_by or self.obj.title] = {}
        waiting = iter(rows if found else ())
        while piece := list(islice(waiting, _AT_ONCE)):
            with reading():
                read = [self.read(number, cells) for number, cells in piece]
            for row in read:
                for (_name, by), keys in found.items():
                    keys.update(dict.fromkeys(self.keys_of(row, by), self.title_of(row)))
        return found

    def made(self, row: ReadRow, record_id: int) -> None:
        """A row became a record: later rows may name it."""
        if self._key is not None and row.key:
            self._key.learnt(row.key, record_id)
        for link in self.links:  # a company may belong to one of the same file
            if getattr(self.obj[link.name], "to", "") == self.obj.name:
                for key in self.keys_of(row, link.plan.link_by or self.obj.title):
                    link.lookup.learnt(key, record_id)

    # Compiling

    def _compile(self, column: ColumnPlan) -> None:
        name, _colon, place = column.path.partition(":")
        target = field_at(self.obj, column.path)
        if target.type in FILES:
            self._files.append(column)
            return
        if target.type in LINKS or target.type == "tags":
            self.links.append(
                _Link(
                    column.index,
                    name,
                    self._link_lookup(target, column),
                    column,
                    several=target.type in ("tags", "links"),
                    separator=column.separator,
                    records=target.type == "links",
                    about=place if self.obj[name].type == "about" else "",
                    steers=name == self._steering,
                )
            )
            if name == self._steering:
                self._group = self.links[-1]
            return
        cell = _Cell(
            column.index,
            name,
            make_converter(_read_as(target, place), self.context, self._reading(column)),
            column.on_problem == "empty",
            header=column.header,
        )
        if self.obj.board and name == self.obj.board.outcome:
            cell.convert = make_outcomes(_read_as(target, place), self.context, self._reading(column))
            self._outcome = cell
        elif target.type in {"phones", "emails"}:
            cell.kind = place
            cell.convert = _points_converter(target, place, self.context, self._reading(column))
            self._points.append(cell)
            if target.type == "phones":
                self._dialled[column.index] = partial(
                    _points_converter, target, place, reading=self._reading(column)
                )
        elif target.type == "addresses" or (target.type == "address" and place):
            cell.kind, _colon, cell.part = place.partition(":")
            self._places.append(cell)
        elif target.type == "money" and place:
            cell.convert = make_currencies(self._reading(column))
            self._currencies.append(cell)
        elif place == STATE and name == self.obj.done:
            cell.convert = make_states(self._reading(column))
            self._state = cell
        elif place:
            cell.part = place
            self._names.append(cell)
        elif target.type == "long_text":
            self._notes.append(cell)
        else:
            self._plain.append(cell)

    def _reading(self, column: ColumnPlan) -> Reading:
        return Reading(
            order=column.order,
            mark=column.mark,
            currency=column.currency,
            scale=column.scale,
            separator=column.separator,
            zone=self.context.zone,
            replace=column.replace,
            not_given=NOT_GIVEN,
        )

    def _link_lookup(self, target: Field, column: ColumnPlan, group: int | None = None) -> Lookup:
        to = getattr(target, "to", "")
        by = column.link_by
        board = self.obj.board
        within = None
        if board and board.lanes == target.name and board.group:
            if group is None:
                group = self._group_id()
            if group is not None:
                within = (board.group, group)
            by = registry.get(to).title
        if registry.has(to) and by:
            require_editable(registry.get(to), [by], self.actor)
        pending = self._pending.get((to, by or (registry.get(to).title if registry.has(to) else "name")))
        return link_lookup(target, by, actor=self.actor, context=self.context, within=within, pending=pending)

    def _group_id(self) -> int | None:
        """The pipeline that the plan names, or the first there is."""
        board = self.obj.board
        assert board is not None
        to = registry.get(getattr(self.obj[board.group], "to", ""))
        named = self.plan.fixed.get(board.group)
        if named:
            found = record_lookup(to, to.title, actor=self.actor, context=self.context).get(named)
            return found if found and found > 0 else None
        first = to.rows().filter(archived_at=None).order_by("position", "pk").first()
        return first.pk if first else None

    def _within(self, link: _Link, cells: Cells) -> _Link | None:
        """The link itself, or for stages the one that looks for them in the pipeline that a row names.

        None where it names one that is not there: its own column says so.
        """
        board = self.obj.board
        steering = self._group
        if steering is None or board is None or link.name != board.lanes:
            return link
        group: int | None = None
        for text in self._texts(steering, cells)[:1]:
            group = steering.lookup.get(text)
            if group is None and steering.plan.on_missing == "create":
                group = PENDING  # while checking: it would be made, and has no stage yet
            elif group is None or group == SEVERAL:
                if steering.plan.on_missing != "empty":
                    return None
                group = None
        if group is None:
            return link
        if group not in self._lanes:
            lookup = self._link_lookup(field_at(self.obj, link.plan.path), link.plan, group)
            self._lanes[group] = replace(link, lookup=lookup, group=group)
        return self._lanes[group]

    def _find_lane_link(self) -> _Link | None:
        """The column that names lanes; what stands for it where only one of outcomes is there."""
        board = self.obj.board
        if board is None or self._outcome is None:
            return None
        require_editable(self.obj, [board.lanes], self.actor)
        for link in self.links:
            if link.name == board.lanes:
                return link
        column = ColumnPlan(index=self._outcome.index, header=self._outcome.header, path=board.lanes)
        lookup = self._link_lookup(field_at(self.obj, board.lanes), column)
        return _Link(column.index, board.lanes, lookup, column)

    def _fixed_values(self) -> dict[str, Any]:
        """What every row has: given by the plan, by text, read as a cell would be."""
        fixed: dict[str, Any] = {}
        for name, text in self.plan.fixed.items():
            if self.obj.board and name == self.obj.board.group:
                continue
            if self.obj[name].type == "tags" and self._make_missing:
                make_tags(tag_names(text))
            read = partial(read_fixed, self.obj, name, actor=self.actor, context=self.context)
            try:
                value = read(text)
            except FieldError as problem:
                say = partial(_refusal, read, text)
                self._fixed_problems.append(RowProblem(WHOLE_ROW, problem.code, say, text))
            else:
                if value is not None:
                    fixed[name] = value
        return fixed

    def _key_lookup(self) -> Lookup | None:
        if not self.plan.key:
            return None
        lookup = record_lookup(self.obj, self.plan.key, actor=self.actor, context=self.context)
        lookup.key_of = lambda text: text  # the rows bring keys, not texts
        return lookup

    def _closing_fields(self) -> tuple[str, str] | None:
        """A close date is both the expected and the real one, in every CRM that has only one of them."""
        closes, closed = self.obj.closes, self.obj.closed
        if closes and closed and self.plan.goes_to(closes) and not self.plan.goes_to(closed):
            return closes, closed
        return None

    # Reading

    def _convert(self, cell: _Cell, cells: Cells, row: ReadRow) -> Any:
        try:
            value = cell.convert(cells[cell.index])
        except CellProblem as problem:
            if not cell.empty_on_problem:
                say = partial(_refusal, cell.convert, cells[cell.index])
                row.problems.append(
                    RowProblem(cell.index, problem.code, say, problem.text, problem.suggestion)
                )
            return None
        if value is not None:
            row.arrived.append(cell.index)
        return value

    def _put_currency(self, cell: _Cell, cells: Cells, row: ReadRow) -> None:
        """The amount beside it is in this currency, whatever sign stands there: a $ is of many lands."""
        currency = self._convert(cell, cells, row)
        amount = row.values.get(cell.name)
        if currency and amount:
            row.values[cell.name] = self.obj[cell.name].clean(
                {"amount": amount.value, "currency": currency}, self.context
            )

    def _put_outcome(self, cell: _Cell, cells: Cells, row: ReadRow) -> None:
        """What has ended stands where its pipeline ends, unless the row names such a lane itself."""
        kind = self._convert(cell, cells, row)
        link = self._within(self._lane_link, cells) if self._lane_link else None
        if kind in (None, OPEN) or link is None or self._is_end(row.values.get(link.name), kind):
            return
        found = self._end(link, kind)
        if found is None and link.plan.on_missing == "create" and self._make_missing is None:
            found = PENDING  # while checking: it would be made
        if found is not None:
            link.put(row.values, found)
            row.later = [one for one in row.later if one[1] != link.name]
        elif not cell.empty_on_problem:
            label = field_at(self.obj, link.plan.path).label

            def say() -> str:
                said = {"field": label, "value": self._word_of(kind)}
                return _("There is no %(field)s that means “%(value)s”.") % said

            row.problems.append(RowProblem(cell.index, "no_lane", say, cells[cell.index].strip()))

    def _put_state(self, cell: _Cell, cells: Cells, row: ReadRow) -> None:
        """What is done without a day was done when it was due or began, and now at the latest."""
        done, name = self._convert(cell, cells, row), self.obj.done
        if done and not row.values.get(name):
            told = (row.values.get(one) for one in (self.obj.due, self.obj.starts) if one)
            row.values[name] = min(next(filter(None, told), self.context.now), self.context.now)
        elif done is False:
            row.values.pop(name, None)

    def _make_end(self, cell: _Cell, cells: Cells) -> None:
        """Make the lane in which what this row says has ended, where missing lanes are made."""
        try:
            kind = cell.convert(cells[cell.index]) if cell.index < len(cells) else None
        except CellProblem:
            return
        link = self._within(self._lane_link, cells) if self._lane_link else None
        if kind in (None, OPEN) or link is None or link.plan.on_missing != "create" or not self._make_missing:
            return
        named = next((link.lookup.get(text) for text in self._texts(link, cells)), None)
        if not self._is_end(named, kind) and self._end(link, kind) is None:
            word = self._word_of(kind)
            self._make_missing(link, field_at(self.obj, link.plan.path), [word])
            self._ends[link.group, kind] = link.lookup.get(word)

    def _end(self, link: _Link, kind: str) -> int | None:
        """The first lane of a kind in the pipeline in which `link` looks; None where it has none."""
        board = self.obj.board
        assert board is not None
        if (link.group, kind) not in self._ends:
            lanes = registry.get(getattr(self.obj[board.lanes], "to", "")).rows().filter(archived_at=None)
            if board.group:
                of = link.group if link.group is not None else self._group_id()
                lanes = lanes.filter(**{f"{board.group}_id": of})
            found = lanes.filter(kind=kind).order_by("position", "pk").first()
            self._ends[link.group, kind] = found.pk if found else None
        return self._ends[link.group, kind]

    def _is_end(self, lane: int | None, kind: str) -> bool:
        """Whether a lane that a row names means this outcome itself: a pipeline may have several."""
        board = self.obj.board
        if board is None or not lane or lane < 0:
            return False
        if lane not in self._kinds:
            rows = registry.get(getattr(self.obj[board.lanes], "to", "")).rows()
            self._kinds[lane] = str(rows.values_list("kind", flat=True).get(pk=lane))
        return self._kinds[lane] == kind

    def _word_of(self, kind: str) -> str:
        assert self._outcome is not None
        option = getattr(self.obj[self._outcome.name], "option", lambda kind: None)(kind)
        return str(option.label) if option else kind

    def _put_names(self, cells: Cells, row: ReadRow) -> None:
        """First and last name become one, in the order of their script."""
        parts = {cell.part: self._convert(cell, cells, row) for cell in self._names}
        given, middle, family = (parts.get(part) for part in ("given", "middle", "family"))
        name = self._names[0].name
        if row.values.get(name):
            return
        if family and given and not (family + given).isascii() and len(family) <= 2:
            row.values[name] = f"{family}{given}"
        elif whole := " ".join(part for part in (given, middle, family) if part):
            row.values[name] = whole

    def _put_points(self, cells: Cells, row: ReadRow) -> None:
        country = self._country(cells) if self._dialled else ""
        for cell in self._points:
            points = self._convert(self._as_dialled(cell, country), cells, row)
            if points:
                known = row.values.setdefault(cell.name, [])
                known += [point for point in points if point not in known]

    def _country(self, cells: Cells) -> str:
        """The code of the country that the row's first address names; "" for none and one that is unknown."""
        named = (cells[one.index].strip() for one in self._places if one.part == "country")
        return country_code(next(filter(None, named), ""))

    def _as_dialled(self, cell: _Cell, country: str) -> _Cell:
        """The column of phones as it is read for somebody in that country: (512) 757-6000 of the USA."""
        if not country or country == self.context.country or cell.index not in self._dialled:
            return cell
        at = cell.index, country
        if at not in self._abroad:
            there = self._dialled[cell.index](replace(self.context, country=country))
            self._abroad[at] = replace(cell, convert=there)
        return self._abroad[at]

    def _put_places(self, cells: Cells, row: ReadRow) -> None:
        places: dict[tuple[str, str], dict[str, str]] = {}
        for cell in self._places:
            text = self._convert(cell, cells, row)
            if text:
                place = places.setdefault((cell.name, cell.kind), {"kind": cell.kind})
                place[cell.part] = f"{place[cell.part]}, {text}" if cell.part in place else text
        for (name, _kind), place in places.items():
            tidy_place(place)
            cleaned = self.obj[name].clean(place, self.context)
            row.values[name] = row.values.get(name, []) + cleaned if isinstance(cleaned, list) else cleaned

    def _put_notes(self, cells: Cells, row: ReadRow) -> None:
        several = len(self._notes) > 1
        for cell in self._notes:
            text = self._convert(cell, cells, row)
            if text:
                line = labelled(cell.header, text) if several else str(text)
                before = row.values.get(cell.name)
                row.values[cell.name] = f"{before}\n{line}" if before else line

    def _put_files(self, files: Enclosures, cells: Cells, row: ReadRow) -> None:
        for column in self._files:
            for text in named_in(column, cells[column.index]):
                find = partial(self._find_file, files, column)
                try:
                    found = find(text)
                except CellProblem as problem:
                    # What an address answered is told as it was: nothing is fetched for words alone.
                    fetched = is_address(text) and _asked_for(column)
                    say = partial(str, problem) if fetched else partial(_refusal, find, text)
                    told = row.notes if column.on_problem == "empty" else row.problems
                    told.append(RowProblem(column.index, problem.code, say, problem.text))
                    continue
                if column.path == ATTACHED:
                    row.attached.append(found)
                else:
                    said = {"name": found.name, "size": found.size, "type": found.media_type}
                    row.files[column.path] = found
                    row.values[column.path] = {"id": "0", **said}
                row.arrived.append(column.index)

    def _find_file(self, files: Enclosures, column: ColumnPlan, text: str) -> NamedFile:
        """The file that a cell names, one that the column's field takes; raises CellProblem."""
        if is_address(text) and not _asked_for(column):
            raise _unasked(text)
        found = files.find(text)
        target = None if column.path == ATTACHED else self.obj[column.path]
        try:
            if found.media_type and isinstance(target, File):
                target.check_type(found.media_type)
        except FieldError as problem:
            raise CellProblem(problem.code, text, str(problem)) from None
        return found

    def _texts(self, link: _Link, cells: Cells) -> list[str]:
        text = _said(link, cells)
        if not text:
            return []
        if link.records:
            return named_records(link.lookup, text)
        if link.about:
            return [_bare(link.lookup, piece) for one in text.split(";") if (piece := one.strip())]
        if link.several:
            pieces = text.split(link.separator or ",") if link.separator or "," in text else [text]
            return [piece for one in pieces if (piece := one.strip())]
        if self.obj.board and link.name == self.obj.board.lanes:
            return [self._usual_lane(link, text)]
        return [_bare(link.lookup, text)]

    def _usual_lane(self, link: _Link, text: str) -> str:
        """The lane that another product's word means, where none is called so and none is to be made."""
        if link.plan.on_missing == "create" or link.lookup.get(text) is not None:
            return text
        usual = next((word for word in usual_stages(text) if link.lookup.get(word)), "")
        if not usual and (kind := outcome_of(text)) and kind != OPEN and (lane := self._end(link, kind)):
            board = self.obj.board
            assert board is not None
            usual = str(registry.get(getattr(self.obj[board.lanes], "to", "")).rows().get(pk=lane))
        return usual or text

    def _put_link(self, link: _Link, cells: Cells, row: ReadRow) -> None:
        ids: list[int] = []
        within = self._within(link, cells)
        if within is None:
            return
        link = within
        for text in self._texts(link, cells):
            found = link.lookup.get(text)
            if found is None and link.plan.on_missing == "create" and self._make_missing is None:
                found = PENDING  # while checking: it would be made
            if found is None or found == SEVERAL:
                if link.plan.on_missing != "empty":
                    row.problems.append(self._link_problem(link, text, found))
                    return
                continue
            if found == PENDING and self._make_missing is not None:
                row.later.append((link.index, link.name, text))
                row.arrived.append(link.index)
                continue
            ids.append(found)
        if ids:
            for one in ids:
                link.put(row.values, one)
            row.arrived.append(link.index)

    def _link_problem(self, link: _Link, text: str, found: int | None) -> RowProblem:
        label = field_at(self.obj, link.plan.path).label
        if found == SEVERAL:

            def several() -> str:
                return _("%(field)s: several are called “%(value)s”.") % {"field": label, "value": text}

            return RowProblem(link.index, "several", several, text)

        def missing() -> str:
            return _("%(field)s “%(value)s” is not there.") % {"field": label, "value": text}

        return RowProblem(link.index, "not_there", missing, text)

    def _complete(self, cells: Cells, row: ReadRow) -> None:
        values = row.values
        title = self.obj.title
        if not values.get(title) and self.plan.title:
            words = [cells[at].strip() for at in self.plan.title if at < len(cells) and cells[at].strip()]
            values[title] = " · ".join(dict.fromkeys(words))[:200] or None
        if self.closing and (day := values.get(self.closing[0])):
            values.setdefault(self.closing[1], day)
        for needed in self._required:
            if needed.is_empty(values.get(needed.name)):
                if lane := self._first_lane(needed, cells):
                    row.begins[needed.name] = lane
                    continue
                if any(problem.column == self._column_of(needed.name) for problem in row.problems):
                    continue
                say = partial(_needed, needed)
                row.problems.append(RowProblem(self._column_of(needed.name), "required", say))

    def _first_lane(self, needed: Field, cells: Cells) -> int | None:
        """Where a new record of a board begins unless something says otherwise: a pipeline's first stage."""
        board = self.obj.board
        if board is None or board.lanes != needed.name or not board.group:
            return None
        named = self._texts(self._group, cells)[:1] if self._group else []
        group = self._group.lookup.get(named[0]) if self._group and named else None
        if group not in self._first_lanes:
            lanes = registry.get(getattr(needed, "to", "")).rows().filter(archived_at=None)
            of = group if group is not None else self._group_id()
            found = lanes.filter(**{f"{board.group}_id": of}).order_by("position", "pk").first()
            self._first_lanes[group] = found.pk if found else 0
        return self._first_lanes[group] or None

    def _column_of(self, name: str) -> int:
        return next((one.index for one in self.plan.columns if one.field == name), WHOLE_ROW)


def tidy_place(place: dict[str, str]) -> None:
    """Parts of an address as other products write them, in place.

    The street without what columns of its own say ("Wensan Rd 9, 310012 Hangzhou, China"), the province
    without its country ("California (US)"); province, city and district of China are read from the street
    where that says them.
    """
    if province := place.get("province"):
        place["province"] = _OF_COUNTRY.sub("", province)
    first, *more = place.get("street", "").split(", ")
    if more:
        place["street"] = ", ".join([first, *_said_once(more, place)])
    told = split_address(place.get("street", "")) if is_china(place.get("country", "")) else {}
    if "city" in told and all(_agrees(place, part, text) for part, text in told.items()):
        place.pop("street")
        place.update(told)


def _agrees(place: dict[str, str], part: str, text: str) -> bool:
    """Whether what a street says of a part is what its own column says, where it has one."""
    return part == "street" or not place.get(part) or bool(named(place[part], [text]))


def _said_once(pieces: list[str], place: dict[str, str]) -> list[str]:
    """Pieces of a street that no column of its own says."""
    known = {
        word
        for part, text in place.items()
        if part not in ("kind", "street")
        for word in [text.casefold(), *text.casefold().split()]
    }
    return [one for one in pieces if one.casefold() not in known and set(one.casefold().split()) - known]


def file_columns(plan: FilePlan) -> list[ColumnPlan]:
    """The columns whose cells name files."""
    obj = importable(plan.object)
    return [one for one in plan.columns if one.path and field_at(obj, one.path).type in FILES]


def named_in(column: ColumnPlan, cell: str) -> list[str]:
    """The files that a cell names: one for a field, several between semicolons to be attached."""
    text = cell.strip()
    text = column.replace.get(text, text)
    pieces = re.split("[;；\n|]", text) if column.path == ATTACHED else [text]
    return [piece for one in pieces if (piece := one.strip()) and piece.casefold() not in NOT_GIVEN]


def brought_for(column: ColumnPlan, cell: str) -> list[str]:
    """Of the files that a cell names those that are brought: addresses only where somebody wants that."""
    return [text for text in named_in(column, cell) if not is_address(text) or _asked_for(column)]


def _refusal(read: Callable[[str], object], text: str) -> str:
    """Why a text is not taken, asked once more in the language of the moment."""
    try:
        read(text)
    except (CellProblem, FieldError) as problem:
        return problem.message
    return ""


def _needed(field: Field) -> str:
    return _("%(field)s is needed.") % {"field": field.label}


def _asked_for(column: ColumnPlan) -> bool:
    """Whether somebody made a field for these files or chose that they are attached: a guess calls nobody."""
    return column.path != ATTACHED or column.reason == "chosen"


def _unasked(text: str) -> CellProblem:
    said = _("“%(value)s” is an address. Nothing is fetched unless you choose where the column goes.")
    return CellProblem("address_unasked", text, said % {"value": text[:80]})


def _said(link: _Link, cells: Cells) -> str:
    """What a row says in the column of a link, with fixes in place; "" for nothing."""
    text = cells[link.index].strip() if link.index < len(cells) else ""
    text = link.plan.replace.get(text, text)
    return "" if text.casefold() in NOT_GIVEN else text


def _bare(lookup: Lookup, text: str) -> str:
    """The name in "Maria Johnson (maria@firm.example)", as HubSpot tells namesakes apart, where no record is
    called all of it. Of several where there is room for one, the first."""
    said = _WITH_ADDRESS.fullmatch(text)
    return text if said is None or lookup.get(text) is not None else said[1]


def given_cells(cells: Cells, width: int) -> list[int]:
    """The columns in which a row says something."""
    return [
        index
        for index, cell in enumerate(cells[:width])
        if cell and (len(cell) > 11 or ((bare := cell.strip().casefold()) and bare not in NOT_GIVEN))
    ]


def _read_as(target: Field, place: str) -> Any:
    """Parts of addresses are read as text; a single address in one cell is parted by its field."""
    parted = target.type == "addresses" or (target.type == "address" and place)
    return _AsText() if parted else target


class _AsText:
    """Text as it stands, for the parts of what is put together later."""

    type = "text"
    name = ""

    def clean(self, value: Any, context: Any, /) -> str | None:
        return str(value).strip() or None


def _points_converter(target: Field, kind: str, context: Context, reading: Reading) -> Converter:
    """Cells with phones or emails become lists of points; several in one cell are parted."""
    signs = ";；\n、|" + ("," if target.type == "emails" else "")
    table = str.maketrans(dict.fromkeys(signs + reading.separator.strip(), "\n"))
    value_key = "typed" if target.type == "phones" else "email"
    point_of = getattr(target, "clean_point", None)

    class Points:
        type = "points"
        name = target.name

        def clean(self, value: Any, context: Any, /) -> Any:
            pieces = [piece for one in value.translate(table).split("\n") if (piece := one.strip())]
            if len(pieces) == 1 and point_of:
                point = point_of({"kind": kind, value_key: pieces[0]}, context)
                return [point] if point else None
            return target.clean([{"kind": kind, value_key: piece} for piece in pieces], context)

    return make_converter(Points(), context, replace(reading, separator=""))
