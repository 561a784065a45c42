"""Reads a question: the object that makes most sense of it, and what was not understood."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz, process

from guanxi.analytics.cube.askable import askable
from guanxi.analytics.questions.phrases import Said, take_phrases
from guanxi.analytics.questions.vocabulary import People, Term, people_here, words_of
from guanxi.analytics.roles import Contest, Sale, roles
from guanxi.analytics.semantic.compiling import fiscal_month, plan_of
from guanxi.analytics.semantic.cubes import MOST_COLUMNS, MOST_MEASURES, MOST_ROWS, Cube
from guanxi.analytics.semantic.dimensions import dimensions_of, owner_of
from guanxi.analytics.warehouse.reading import connect
from guanxi.analytics.warehouse.rights import seen_columns, seen_fields
from guanxi.platform.i18n.folding import fold
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Operator
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.metrics import metric
from guanxi.platform.metadata.objects import Object
from guanxi.platform.records.filters import (
    All,
    Condition,
    Filter,
    FilterSyntaxError,
    parse_filter,
    print_filter,
)
from guanxi.platform.tenancy.home import today_here

LONGEST = 300
MOST_VALUES = 2_000  # of a field that a question may name
# What may stand between words without meaning anything.
_NOISE = (
    "the a an of for in on by per each with and all is are was were how many much what which show me give"
    " list versus compared to from their our amount value 的 各 每 按 和 与 及 是 有 多少 几 个 看 看看"
    " 给我 显示 一下 分 之 在 名 我们 哪些 什么 请 对比 比 金额 情况 哪 哪个 数 数目 次数 人数 额 大 家 笔"
    " 分布 排名 排行 是多少 行 区 只 do does did we us there been have has had"
    " number total bring brings made get got"
)
_EMPTY = frozenset(_NOISE.split())
_PIECE = re.compile(r"@[a-z]+|[a-z0-9][a-z0-9'’&/-]*|[^\sa-z0-9]")
_TAIL = re.compile(r"\[([^\]]*)\]")

_MORE: Operator = "gt"
_LESS: Operator = "lt"

Reader = Callable[[str, Actor], str]
_reader: Reader | None = None


@dataclass(slots=True)
class Read:
    """The cube of a question; None where nothing to measure was understood.

    unknown  words that nobody knows, each with the nearest that are known
    """

    cube: Cube | None
    unknown: dict[str, list[str]] = field(default_factory=dict)


def use_reader(reader: Reader | None) -> None:
    """A model that says a free question in this grammar: `reader(question, by) -> question`; None for none.

    What it answers is read like everything else, with the rights of who asks: it can name nothing else.
    """
    global _reader
    _reader = reader


def read_question(text: str, by: Actor) -> Read:
    """The cube that a question asks for, of what the actor may see."""
    asked = text.strip()[:LONGEST]
    if _reader is not None and asked:
        asked = _reader(asked, by)[:LONGEST]
    best: tuple[tuple[int, int, int, int], _Attempt] | None = None
    people = people_here() if asked else ()
    bracketed = _TAIL.search(asked)
    bare = f"{asked[: bracketed.start()]} {asked[bracketed.end() :]}" if bracketed else asked
    said = take_phrases(fold(bare), today_here(), lambda: fiscal_month(by.workspace_id))
    for order, obj in enumerate(askable(by)):
        attempt = _Attempt(obj, by, people)
        attempt.read(said, bracketed[1] if bracketed else "")
        if not attempt.measured:
            continue
        rank = (sum(len(one) for one in attempt.unknown), -int(attempt.named), attempt.depth, order)
        if best is None or rank < best[0]:
            best = (rank, attempt)
    if best is None:
        return Read(None, {asked: []} if asked else {})
    found = best[1]
    found.look_up()
    return Read(found.cube(), {word: _nearest(word, found.words) for word in found.unknown})


class _Attempt:
    """A question as one object understands it."""

    def __init__(self, obj: Object, by: Actor, people: People) -> None:
        self.obj, self.by = obj, by
        self.words = words_of(obj, by, people)
        self.longest = max((len(_PIECE.findall(one)) for one in self.words), default=1)
        self.rows: list[str] = []
        self.columns: list[str] = []
        self.measures: list[str] = []
        self.filters: list[Filter] = []
        self.period = self.compare = self.ranked = ""
        self.span: tuple[date, date] | None = None
        self.top = 0
        self.named = False
        self.unknown: list[str] = []
        self._across = self._without = False

    @property
    def measured(self) -> bool:
        """Whether there is anything to measure; an object that is named is counted, and what is grouped."""
        return bool(self.measures or self.named or (self.rows and not self.unknown))

    @property
    def depth(self) -> int:
        """How many links lie between the records and what they are grouped by."""
        return sum(one.count(".") for one in (*self.rows, *self.columns))

    def read(self, said: Said, condition: str) -> None:
        """Take every word for what it means, the longest first; `condition` is a filter as lists have it."""
        if condition:
            try:
                tree = parse_filter(condition)
                self.filters += tree.parts if isinstance(tree, All) else (tree,)
            except (FilterSyntaxError, FieldError):
                self.unknown.append(f"[{condition}]")
        self.span, self.ranked = said.span, said.ranked
        for operator, bound in ((_MORE, said.least), (_LESS, said.most)):
            if bound is not None:
                self._bounded(operator, plain(bound))
        pieces = [(one.group(), one.start(), one.end()) for one in _PIECE.finditer(said.rest)]
        at = 0
        while at < len(pieces):
            at = self._word(said.rest, pieces, at)

    def _bounded(self, operator: Operator, bound: str) -> None:
        name = _amount_of(self.obj, self.by)
        if name:
            self.filters.append(Condition(name, operator, bound))
        else:
            self.unknown.append(bound)

    def _word(self, folded: str, pieces: list[tuple[str, int, int]], at: int) -> int:
        if pieces[at][0].startswith("@"):
            self._group(pieces[at][0])
            return at + 1
        for count in range(min(self.longest, len(pieces) - at), 0, -1):
            phrase = " ".join(folded[pieces[at][1] : pieces[at + count - 1][2]].split())
            terms = self.words.get(phrase) or self.words.get(_singular(phrase))
            if terms:
                return self._mean(terms, pieces, at + count)
        word = pieces[at][0]
        for length in (3, 2):
            joined = "".join(one[0] for one in pieces[at : at + length])
            if joined in _EMPTY:
                return at + length
        if word not in _EMPTY and word.strip(
            " ,;:.?!\u3001\u3002\uff0c\uff1a\uff1b\uff1f\uff01()\u201c\u201d\"'·"
        ):
            joins = (
                self.unknown
                and at
                and pieces[at - 1][2] == pieces[at][1]
                and self.unknown[-1].endswith(pieces[at - 1][0])
            )
            if joins:
                self.unknown[-1] += word
            else:
                self.unknown.append(word)
        return at + 1

    def _group(self, phrase: str) -> None:
        """By a level of the date that will be found, or by whose the records are."""
        if phrase != "@who":
            self._by(phrase)
        elif "owner" in seen_fields(self.obj, self.by):
            self._by("owner")
        else:
            self.unknown.append("who")

    def _by(self, text: str) -> None:
        if text not in (*self.rows, *self.columns):
            (self.columns if self._across else self.rows).append(text)

    def _mean(self, terms: list[Term], pieces: list[tuple[str, int, int]], after: int) -> int:
        term = self._likeliest(terms)
        if term.kind == "object":
            self.named = True
        elif term.kind == "measure" and term.text not in self.measures:
            self.measures.append(term.text)
        elif term.kind == "by" and self._without:
            self.filters.append(Condition(term.text.partition(":")[0], "empty"))
            self._without = False
        elif term.kind == "by":
            self._by(term.text)
        elif term.kind == "without":
            self._without = True
        elif term.kind == "value":
            self._only(term.text)
        elif term.kind == "period":
            self.period = term.text
        elif term.kind == "compare":
            self.compare = term.text
        elif term.kind == "across":
            self._across = True
        elif term.kind == "top" and after < len(pieces) and pieces[after][0].isdecimal():
            self.top = min(int(pieces[after][0]), 200)
            return after + 1
        return after

    def _only(self, text: str) -> None:
        """Of one choice, one owner, one team with those below it; of two of a field both."""
        name, sign, value = text.split(" ", 2)
        operator: Operator = "below" if sign == "below" else "is"
        for at, one in enumerate(self.filters):
            if isinstance(one, Condition) and one.field == name and operator == "is":
                others = one.value if isinstance(one.value, list) else [one.value]
                self.filters[at] = Condition(name, "in", [*others, value])
                return
        self.filters.append(Condition(name, operator, value))

    def _likeliest(self, terms: list[Term]) -> Term:
        """A word that means several things: before anything is measured it is a measure, then a group."""
        order = ("measure", "by", "value") if not self.measures else ("by", "value", "measure")
        ranked = sorted(terms, key=lambda one: order.index(one.kind) if one.kind in order else -1)
        return ranked[0]

    def cube(self) -> Cube:
        """What was understood, as a cube."""
        measures = self._metrics() or self._ranks() or ["count"]
        self._lost()
        date = self._date(measures)
        filters = [*self.filters]
        if self.period and date:
            filters.append(Condition(date, "is", self.period))
        if self.span is not None and date:
            filters.append(Condition(date, "between", [one.isoformat() for one in self.span]))
        text = print_filter(All(tuple(filters))) if filters else ""
        return Cube(
            self.obj.name,
            self._dated(self.rows, date)[:MOST_ROWS],
            self._dated(self.columns, date)[:MOST_COLUMNS],
            tuple(measures[:MOST_MEASURES]),
            filter=text,
            compare=self.compare if date else "",
            date=date if self.compare else "",
            top=self.top if self.rows else 0,
            sort=self.ranked if self.rows else "",
        )

    @staticmethod
    def _dated(texts: list[str], date: str) -> tuple[str, ...]:
        """Dimensions, with the date in the place of "@month"."""
        named = [f"{date}:{one[1:]}" if one.startswith("@") else one for one in texts]
        return tuple(one for one in dict.fromkeys(named) if not one.startswith(":"))

    def _ranks(self) -> list[str]:
        """The first ten customers of payments are those who paid most, not most often."""
        if not (self.top or self.ranked):
            return []
        tried = {one.object for one in roles(Contest)}
        sold = next(
            (one for one in roles(Sale) if one.object == self.obj.name and one.object not in tried), None
        )
        return (
            [f"sum:{sold.amount}"]
            if sold is not None and sold.amount in seen_fields(self.obj, self.by)
            else []
        )

    def _lost(self) -> None:
        """Reasons why something is lost are those of what is lost."""
        for one in roles(Contest):
            named = one.object == self.obj.name and one.reason and one.reason in (*self.rows, *self.columns)
            said = any(isinstance(each, Condition) and each.field == one.outcome for each in self.filters)
            if named and not said:
                self.filters.append(Condition(one.outcome, "is", one.lost))

    def look_up(self) -> None:
        """What nobody knows as a word may be a value that stands in the records that the actor sees."""
        if not self.unknown:
            return
        held = _values(self.obj, self.by)
        for word in [*self.unknown]:
            if fold(word) in held:
                name, _sign, value = held[fold(word)]
                self.filters.append(Condition(name, "is", value))
                self.unknown.remove(word)

    def _metrics(self) -> list[str]:
        """A sum of records that meet a filter is the metric that says the same: 赢单金额 is 签约额."""
        found = list(self.measures)
        for name in [
            one.text for each in self.words.values() for one in each if one.text.startswith("metric:")
        ]:
            one = metric(name[7:])
            plain = f"sum:{one.sum}" if one.sum else ""
            if plain in found and one.filter and (only := parse_filter(one.filter)) in self.filters:
                self.filters.remove(only)
                found[found.index(plain)] = name
        return found

    def _date(self, measures: list[str]) -> str:
        """The date by which it belongs to a time: its metric's, one it is grouped by, the record's own."""
        named = next((metric(one[7:]).date for one in measures if one.startswith("metric:")), "")
        grouped = next(
            (one.partition(":")[0] for one in (*self.columns, *self.rows) if _dated(self.obj, one)), ""
        )
        closes = self.obj.closes if self.obj.closes in self.obj.fields_by_name else ""
        for name in (named, grouped, self._ended(), _sold_on(self.obj), closes, "created_at"):
            if name:
                try:
                    plan_of(Cube(self.obj.name, (f"{name}:month",)), self.by)
                except FieldError:
                    continue
                return name
        return ""

    def _ended(self) -> str:
        """What was won or lost belongs to the day on which it was."""
        for one in roles(Contest):
            decided = {one.won, one.lost}
            for each in self.filters if one.object == self.obj.name else ():
                if isinstance(each, Condition) and each.field == one.outcome:
                    values = each.value if isinstance(each.value, list) else [each.value]
                    if set(map(str, values)) <= decided:
                        return one.ended
        return ""


def _sold_on(obj: Object) -> str:
    """The day of a sale, of what is a sale from its beginning."""
    tried = {one.object for one in roles(Contest)}
    return next((one.date for one in roles(Sale) if one.object == obj.name and obj.name not in tried), "")


def _amount_of(obj: Object, by: Actor) -> str:
    """The amount of an object: that of its sales or of what is won, else its first."""
    seen = seen_fields(obj, by)
    figures: list[Sale | Contest] = [*roles(Sale), *roles(Contest)]
    named = [one.amount for one in figures if one.object == obj.name]
    money = [one.name for one in seen.values() if one.type == "money" and not one.hidden]
    return next((one for one in (*named, *money) if one in seen), "")


def _values(obj: Object, by: Actor) -> dict[str, tuple[str, str, str]]:
    """Folded value → (field, "=", value) of the short texts by which the records can be grouped."""
    found: dict[str, tuple[str, str, str]] = {}
    texts = [one for one in dimensions_of(obj, by) if one.field.type == "text"]
    owners = [(one, owner_of(obj, one.path)) for one in texts]
    if not owners:
        return found
    db = connect(by, *dict.fromkeys(owner.name for _one, owner in owners))
    for one, owner in owners:
        if one.field.name not in {each.name for each in seen_columns(owner, by)}:
            continue
        rows = db.execute(
            f'SELECT DISTINCT "{one.field.name}" FROM "{owner.name}" LIMIT {MOST_VALUES}'
        ).fetchall()
        for (value,) in rows:
            if value:
                found.setdefault(fold(str(value)), (".".join(one.path), "=", str(value)))
    return found


def _singular(word: str) -> str:
    """ "customers" → "customer", "industries" → "industry"; anything else as it is."""
    if not word.isascii() or not word.endswith("s") or len(word) < 4:
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def _dated(obj: Object, text: str) -> bool:
    name = text.partition(":")[0]
    one = obj.fields_by_name.get(name)
    return one is not None and one.type in ("date", "datetime")


def _nearest(word: str, words: dict[str, list[Term]]) -> list[str]:
    found = process.extract(word, list(words), scorer=fuzz.WRatio, limit=3, score_cutoff=55)
    return [one for one, _score, _place in found]
