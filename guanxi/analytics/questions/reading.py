"""Reads a question: the object that makes most sense of it, and what was not understood."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from guanxi.analytics.cube.askable import askable
from guanxi.analytics.questions.vocabulary import Term, words_of
from guanxi.analytics.semantic.compiling import plan_of
from guanxi.analytics.semantic.cubes import MOST_COLUMNS, MOST_MEASURES, MOST_ROWS, Cube
from guanxi.platform.i18n.folding import fold
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.errors import FieldError
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

LONGEST = 300
# What may stand between words without meaning anything.
_NOISE = (
    "the a an of for in on by per each with and all is are was were how many much what which show me give"
    " list versus compared to from their our amount value 的 各 每 按 和 与 及 是 有 多少 几 个 看 看看"
    " 给我 显示 一下 分 之 在 名 我们 哪些 什么 请 对比 比 金额 情况"
)
_EMPTY = frozenset(_NOISE.split())
_PIECE = re.compile(r"[a-z0-9][a-z0-9'’&/-]*|[^\sa-z0-9]")
_TAIL = re.compile(r"\[([^\]]*)\]")

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
    best: tuple[tuple[int, int, int], _Attempt] | None = None
    for order, obj in enumerate(askable(by)):
        attempt = _Attempt(obj, by)
        attempt.read(asked)
        if not attempt.measured:
            continue
        rank = (sum(len(one) for one in attempt.unknown), -int(attempt.named), order)
        if best is None or rank < best[0]:
            best = (rank, attempt)
    if best is None:
        return Read(None, {asked: []} if asked else {})
    found = best[1]
    return Read(found.cube(), {word: _nearest(word, found.words) for word in found.unknown})


class _Attempt:
    """A question as one object understands it."""

    def __init__(self, obj: Object, by: Actor) -> None:
        self.obj, self.by = obj, by
        self.words = words_of(obj, by)
        self.longest = max((len(_PIECE.findall(one)) for one in self.words), default=1)
        self.rows: list[str] = []
        self.columns: list[str] = []
        self.measures: list[str] = []
        self.filters: list[Filter] = []
        self.period = self.compare = ""
        self.top = 0
        self.named = False
        self.unknown: list[str] = []
        self._across = self._counting = False

    @property
    def measured(self) -> bool:
        """Whether there is anything to measure; an object that is named is counted."""
        return bool(self.measures) or self.named

    def read(self, text: str) -> None:
        """Take every word for what it means, the longest first."""
        bracketed = _TAIL.search(text)
        if bracketed:
            try:
                tree = parse_filter(bracketed[1])
                self.filters += tree.parts if isinstance(tree, All) else (tree,)
            except (FilterSyntaxError, FieldError):
                self.unknown.append(bracketed[0])
            text = text[: bracketed.start()] + " " + text[bracketed.end() :]
        folded = fold(text)
        pieces = [(one.group(), one.start(), one.end()) for one in _PIECE.finditer(folded)]
        at = 0
        while at < len(pieces):
            at = self._word(folded, pieces, at)

    def _word(self, folded: str, pieces: list[tuple[str, int, int]], at: int) -> int:
        for count in range(min(self.longest, len(pieces) - at), 0, -1):
            phrase = folded[pieces[at][1] : pieces[at + count - 1][2]]
            terms = self.words.get(" ".join(phrase.split()))
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

    def _mean(self, terms: list[Term], pieces: list[tuple[str, int, int]], after: int) -> int:
        term = self._likeliest(terms)
        if term.kind == "object":
            self.named = True
        elif term.kind == "measure" and term.text not in self.measures:
            self.measures.append(term.text)
        elif term.kind == "by":
            place = self.columns if self._across else self.rows
            if term.text not in (*self.rows, *self.columns):
                place.append(term.text)
        elif term.kind == "value":
            name, _sign, value = term.text.partition(" = ")
            self.filters.append(Condition(name, "is", value))
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

    def _likeliest(self, terms: list[Term]) -> Term:
        """A word that means several things: before anything is measured it is a measure, then a group."""
        order = ("measure", "by", "value") if not self.measures else ("by", "value", "measure")
        ranked = sorted(terms, key=lambda one: order.index(one.kind) if one.kind in order else -1)
        return ranked[0]

    def cube(self) -> Cube:
        """What was understood, as a cube."""
        measures = self._metrics() or ["count"]
        date = self._date(measures)
        filters = [*self.filters]
        if self.period and date:
            filters.append(Condition(date, "is", self.period))
        text = print_filter(All(tuple(filters))) if filters else ""
        return Cube(
            self.obj.name,
            tuple(self.rows[:MOST_ROWS]),
            tuple(self.columns[:MOST_COLUMNS]),
            tuple(measures[:MOST_MEASURES]),
            filter=text,
            compare=self.compare if date else "",
            date=date if self.compare else "",
            top=self.top if self.rows else 0,
        )

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
        for date in (named, grouped, closes, "created_at"):
            if date:
                try:
                    plan_of(Cube(self.obj.name, (f"{date}:month",)), self.by)
                except FieldError:
                    continue
                return date
        return ""


def _dated(obj: Object, text: str) -> bool:
    name = text.partition(":")[0]
    one = obj.fields_by_name.get(name)
    return one is not None and one.type in ("date", "datetime")


def _nearest(word: str, words: dict[str, list[Term]]) -> list[str]:
    found = process.extract(word, list(words), scorer=fuzz.WRatio, limit=3, score_cutoff=55)
    return [one for one, _score, _place in found]
