"""Conditions as people say them: "负责人 我 超过 14 天", "stage proposal amount over 100k", "行业不是零售".

A phrase names fields, comparisons and values in any of the three languages; Han needs no spaces. It is read
from left to right, the longest known words first. What a chip over a list says is read as what it stands for.

    a field without a comparison    is compared as its form would begin: text contains, a team and those below
    a value without a field         belongs to the first field that has it: 我 to the owner
    a sum without a field           is the amount of the board; a day the one on which a record closes, is due
                                    or starts, else that of its making; "over 14 days" the last contact
    several values of a field       any of them
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from django.db import connection

from guanxi.platform.i18n.durations import read_minutes
from guanxi.platform.i18n.folding import fold, matches
from guanxi.platform.i18n.numbers import chinese_number, parse_number
from guanxi.platform.i18n.when import parse_when
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.errors import FieldError
from guanxi.platform.metadata.fields import Choice, Choices, Field, Link, Operator
from guanxi.platform.metadata.fields.number import plain
from guanxi.platform.metadata.objects import Object
from guanxi.platform.metadata.rights import as_seen
from guanxi.platform.records.contexts import field_context
from guanxi.platform.records.filters import Condition, compile_filter
from guanxi.platform.records.pages.offered import offered_for, usual_operators
from guanxi.platform.records.pages.phrase_words import (
    AGO,
    AHEAD,
    AMOUNT,
    FROM_NOW,
    GAP,
    HAN_GAP,
    LENGTH,
    LENGTHS,
    ME,
    MINE,
    NEAREST,
    NO_COMPARISONS,
    OPPOSITES,
    QUIET,
    QUOTED,
    RUN,
    SEVERAL,
    SHY,
    TAILS,
    TIME,
    TURNED,
    UNITS,
    WITHIN,
    WITHOUT,
    day_of,
    field_words,
    operator_of,
    record_words,
)

LONGEST = 300
MOST_CONDITIONS = 20


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was understood, and the words that were not."""

    conditions: tuple[Condition, ...]
    unknown: tuple[str, ...]


def read_phrase(text: str, obj: Object, *, by: Actor) -> Phrase:
    """The conditions that a phrase says of an object as the actor sees it; 300 characters are read."""
    said = " ".join(text.replace("\0", " ").split())
    return _Reader(said[:LONGEST], as_seen(obj, by), by).read()


Found = tuple[int, Callable[[], bool]]


@dataclass(slots=True)
class _Reader:
    """Reads on from place to place of the folded text.

    name, target  what the next value is of
    said         words of which no condition came yet: a field without value, a comparison before its field
    low          the first value of "between"
    measures     whether the comparison measures a length of time and names no day
    """

    text: str
    obj: Object
    by: Actor
    folded: str = ""
    origin: list[int] = field(default_factory=list)
    name: str = ""
    target: Field | None = None
    operator: Operator | None = None
    said: list[str] = field(default_factory=list)
    low: str | None = None
    measures: bool = False
    going_on: int = -1  # where a text ended that the next words may belong to
    conditions: list[Condition] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    values: dict[str, dict[str, str]] = field(default_factory=dict)  # of a field: folded word → value
    fields: dict[str, dict[str, str]] = field(default_factory=dict)  # of an object: folded word → name

    def read(self) -> Phrase:
        """All of it, once."""
        for index, sign in enumerate(self.text):
            plainly = " " if sign.isspace() else fold(sign)
            self.folded += plainly
            self.origin += [index] * len(plainly)
        self.origin.append(len(self.text))
        at = 0
        while at < len(self.folded) and len(self.conditions) < MOST_CONDITIONS:
            gap = GAP.match(self.folded, at)
            if gap is None and not (self.said and self._is_text()):
                gap = HAN_GAP.match(self.folded, at)
            at = gap.end() if gap else self._next(at)
        self._leave()
        if at < len(self.folded):
            self.unknown.append(self._typed(at, len(self.folded)))
        return Phrase(tuple(self.conditions), tuple(self.unknown))

    def _next(self, at: int) -> int:
        if quoted := QUOTED.match(self.folded, at):
            self._text(self._typed(quoted.start(1), quoted.end(1)), quoted.end())
            return quoted.end()
        found = [*self._words(at), *self._times(at), *self._amounts(at)]
        for end, take in sorted(found, key=lambda one: -self._reach(one[0])):
            if take():
                return end
        return self._free(at)

    def _typed(self, start: int, end: int) -> str:
        return self.text[self.origin[start] : self.origin[end - 1] + 1] if end > start else ""

    # -- words that are known ---------------------------------------------------------------------

    def _words(self, at: int) -> Iterator[Found]:
        """What the words here may mean, each as long as it goes; the likelier first."""
        waits = bool(self.said) and self.target is not None
        if self.target is not None and not self._is_text():
            yield from self._known(at, self._values_of(self.name, self.target), self._value)
        if waits and self.operator is None and isinstance(self.target, Link) and registry.has(self.target.to):
            beyond = as_seen(registry.get(self.target.to), self.by)
            if self.by.may("see", beyond.name):
                path = self.name
                start = at + self.folded.startswith("的", at)
                yield from self._known(
                    start, self._fields_of(beyond), lambda name: self._field(f"{path}.{name}")
                )
        shy = waits and self._is_text()
        yield from self._known(at, operator_of(), self._compare, shy=shy)
        if shy:
            return
        yield from self._known(at, day_of(), self._day)
        yield from self._known(at, record_words(self.obj), lambda _word: True)
        yield from self._known(at, self._fields_of(self.obj), self._field)
        yield from self._known(at, dict.fromkeys(QUIET, "gt"), self._quiet)
        for end, take in self._known(at, WITHOUT, self._without):
            after = GAP.match(self.folded, end)
            if any(self._known(after.end() if after else end, self._fields_of(self.obj), self._field)):
                yield end, take
        yield from self._known(at, self._anywhere(), self._value_of_any)

    def _reach(self, end: int) -> int:
        """Where a value ends that follows: "is Not now" is "is", and not "is not"."""
        if self.target is None or self._is_text():
            return end
        gap = GAP.match(self.folded, end)
        after = gap.end() if gap else end
        values = self._values_of(self.name, self.target)
        return max((one for one, _take in self._known(after, values, self._value)), default=end)

    def _known(
        self, at: int, table: Mapping[str, str], take: Callable[..., bool], *, shy: bool = False
    ) -> Iterator[Found]:
        for end in range(min(len(self.folded), at + _longest(table)), at, -1):
            key = self.folded[at:end]
            if key not in table or not self._apart(at, end):
                continue
            if shy and key in SHY and self.folded[end : end + 1].strip():
                continue
            meant = table[key]
            yield end, partial(self._saying, self._typed(at, end), take, meant)

    def _apart(self, at: int, end: int) -> bool:
        """Whether no Latin word is cut here."""
        return not (_runs_on(self.folded, at) or _runs_on(self.folded, end))

    def _saying(self, words: str, take: Callable[..., bool], meant: str) -> bool:
        before = len(self.conditions)
        if not take(meant):
            return False
        if take == self._compare:
            self.measures = self.measures or fold(words) in LENGTHS
        if len(self.conditions) == before and take in (
            self._compare,
            self._without,
            self._quiet,
            self._field,
        ):
            self.said.append(words)
        return True

    def _field(self, name: str) -> bool:
        beyond = bool(self.said) and name.startswith(f"{self.name}.")
        if self.target is not None and self.said and not beyond:
            self._leave()
        self.name, self.target = name, _field_of(self.obj, name, self.by)
        if self.target is None:
            return False
        if self.operator in ("empty", "not_empty"):
            return self._put(self.operator, None)
        return True

    def _compare(self, operator: Operator) -> bool:
        """A comparison; "not" before it makes it its opposite, and none takes the place of another one."""
        if self.operator == "is_not":
            opposite = OPPOSITES.get(operator)
            if opposite is None:
                return False
            operator = opposite
        elif self.operator not in (None, "is", operator):
            return False
        compared = self._compared()
        if compared is not None and (fitting := _fitting(operator, compared)) is None:
            if self.said:
                return False
            self.target, self.name = None, ""
        elif compared is not None:
            operator = fitting or operator
        self.operator = operator
        if operator in ("empty", "not_empty") and self.target is not None and self.said:
            return self._put(operator, None)
        return True

    def _compared(self) -> Field | None:
        """The field whose comparisons can come: of a link to many records the title behind it."""
        if isinstance(self.target, Link) and self._is_text():
            return registry.get(self.target.to).title_field
        return self.target

    def _without(self, operator: Operator) -> bool:
        """Of the field that follows, whatever came before."""
        self._leave()
        self.name, self.target, self.operator = "", None, operator
        return True

    def _quiet(self, operator: Operator) -> bool:
        if "last_touch_at" not in _names(self.obj):
            return False
        self._leave()
        self._field("last_touch_at")
        self.operator, self.measures = operator, True
        return True

    def _value(self, value: str) -> bool:
        return self._put(self.operator, value)

    def _value_of_any(self, value: str) -> bool:
        name, _sign, value = value.partition(" ")
        operator = None if self.said and self.target is not None else self.operator
        if self.target is not None:
            self._leave()
        self.name, self.target = name, _field_of(self.obj, name, self.by)
        return self._put(operator, value)

    # -- days, lengths of time, sums --------------------------------------------------------------

    def _day(self, value: str, operator: Operator | None = None) -> bool:
        if not self._date():
            return False
        return self._put(operator or self.operator, value)

    def _date(self) -> bool:
        """Whether a day can come now; where no date was named, the usual one is meant."""
        if self.target is not None and self.target.type in ("date", "datetime"):
            return True
        if self.target is not None and self.said:
            return False
        found = next(
            (
                one
                for one in (self.obj.closes, self.obj.due, self.obj.starts, "created_at")
                if one in _names(self.obj)
            ),
            "",
        )
        self.name, self.target = found, _field_of(self.obj, found, self.by)
        return self.target is not None

    def _times(self, at: int) -> Iterator[Found]:
        if self.target is not None and self.target.type == "duration":
            if found := LENGTH.match(self.folded, at):
                minutes = read_minutes(found[0])
                if minutes is not None:
                    yield found.end(), lambda: self._put(self.operator, str(minutes))
            return
        found = TIME.match(self.folded, at)
        if found is None or _runs_on(self.folded, at) or (self.said and self.target and self._is_text()):
            return
        end = found.end() - (len(found[0]) - len(found[0].rstrip()))
        yield end, lambda: self._time(found)
        if found["head"] is None and not found["tail"] and "last_touch_at" in _names(self.obj):
            gap = GAP.match(self.folded, end)
            after = gap.end() if gap else end
            for quiet, _take in self._known(after, dict.fromkeys(QUIET, "gt"), self._quiet):
                yield quiet, lambda: self._quiet("gt") and self._time(found)

    def _time(self, found: re.Match[str]) -> bool:
        count = int(found["count"]) if found["count"].isdecimal() else chinese_number(found["count"])
        if not count or count > 9999:
            return False
        head, tail = (found["head"] or "").strip(), found["tail"] or ""
        unit = UNITS.get(found["unit"].removeprefix("个")[0], found["unit"][0])
        back, ahead = f"-{count}{unit}", f"+{count}{unit}"
        operator = self.operator
        if unit == "y" and 1900 <= count <= 2100:
            return self._year(count, found)
        longer = operator in TURNED and self.measures and tail not in FROM_NOW
        no_date = self.target is None or (self.target.type not in ("date", "datetime") and not self.said)
        if no_date and longer and "last_touch_at" in _names(self.obj):
            self._field("last_touch_at")
        if not self._date():
            return False
        coming = self.name in (self.obj.closes, self.obj.due, self.obj.starts)
        if head in AHEAD or (coming and (tail in WITHIN or head == "within")):
            self.low = "today"
            return self._put("between", ahead)
        if tail in TAILS:
            return self._put(TURNED[TAILS[tail]], back)
        if longer and operator is not None:
            return self._put(TURNED[operator], back)
        if tail in AGO:
            return self._put(operator, back)
        if tail in FROM_NOW or head == "in":
            return self._put(operator, ahead)
        if operator in TURNED:  # 早于 14 天
            return self._put(operator, back)
        return self._put("gte", back)

    def _year(self, year: int, found: re.Match[str]) -> bool:
        """2026年, all of it; not where a month follows."""
        alone = (
            not found["head"]
            and not found["tail"]
            and not self.folded[found.end() :].lstrip()[:1].isdecimal()
        )
        if not alone or self.operator not in (None, "is") or not self._date():
            return False
        self.low = f"{year}-01-01"
        return self._put("between", f"{year}-12-31")

    def _amounts(self, at: int) -> Iterator[Found]:
        """A number, or two with "to" between them."""
        found = AMOUNT.match(self.folded, at)
        if found is None or _runs_on(self.folded, at):
            return
        if self.target is not None and self.said and self.target.align != "end":
            return
        end = found.end() - (len(found[0]) - len(found[0].rstrip()))
        yield end, lambda: self._amount(found)

    def _amount(self, found: re.Match[str]) -> bool:
        low, high = _number(found["low"]), _number(found["high"] or "")
        if low is None or self.folded[found.end() : found.end() + 1] in (*"年月日号天周",):
            return False
        if "%" in found[0] and (self.target is None or self.target.type == "money"):
            return False
        if self.target is None or self.target.align != "end":
            board = self.obj.board
            name = board.amount if board and board.amount in _names(self.obj) else ""
            self.name, self.target = name, _field_of(self.obj, name, self.by)
        if self.target is None:
            return False
        if high is not None:
            self.low = low
            return self._put("between", high)
        return self._put(TAILS.get(found["tail"] or "", self.operator), low)

    # -- words that are not known -----------------------------------------------------------------

    def _free(self, at: int) -> int:
        """A text's own words, an option that sounds like it, a day in words; or what nobody knows."""
        if self.target is not None and self.target.type in ("date", "datetime"):
            for end in reversed(self._runs(at)):
                if self._day_in_words(self._typed(at, end)):
                    return end
        if self.said:
            table = {**operator_of(), **dict.fromkeys(NO_COMPARISONS, "")}
            shy = self._is_text()
            for end, _take in self._known(at, table, self._compare, shy=shy):
                self._unknown(self._typed(at, end))  # a comparison that can't be made of this
                return end
        run = RUN.match(self.folded, at)
        end = run.end() if run else at + 1
        if self.said and isinstance(self.target, Link) and self.folded.startswith("的", at):
            self._unknown(self._typed(at, end))
            return end
        names = [one for one in self._fields_of(self.obj) if len(one) > 1 and not one.isascii()]
        for cut in range(at + 1, end):
            if self.folded[cut] == "或" or any(self.folded.startswith(one, cut) for one in names):
                end = cut
                break
        self._text(self._typed(at, end), end)
        return end

    def _runs(self, at: int) -> list[int]:
        """Where the next words end: "24 Nov 2026"."""
        ends: list[int] = []
        while len(ends) < 3 and (run := RUN.match(self.folded, ends[-1] + 1 if ends else at)):
            ends.append(run.end())
        return ends

    def _day_in_words(self, words: str) -> bool:
        context = field_context(self.by)
        when = parse_when(words, context.now, context.zone, country=context.country)
        return when is not None and self._put(self.operator, when.at.date().isoformat())

    def _text(self, words: str, end: int) -> None:
        found = self.target
        if self.going_on >= 0 and not self.said and self.conditions:
            before = self.conditions[-1]
            if self.folded[self.going_on : end - len(words)].isspace():
                self.conditions[-1] = replace(before, value=f"{before.value} {words}")
                self.going_on = end
                return
        name, last = self.name, self.conditions[-1] if self.conditions else None
        if found is not None and isinstance(found, Link) and self._is_text():
            target = registry.get(found.to)
            self.name, self.target = f"{name}.{target.title}", target.title_field
        more = last is not None and last.field == self.name and last.operator in SEVERAL  # one of several
        if found is None or not (self.said or self.operator or more):
            self.name, self.target = name, found
            self._unknown(words)
        elif self.target is not found or self._is_text():
            done = self._put(self.operator, words)
            self.name, self.target = name, found
            self.going_on = end if done else -1
            if not done:
                self._unknown(words)
        else:
            offered = self._values_of(self.name, found)
            meant = {value for label, value in offered.items() if matches(label, words)}
            if len(meant) != 1 or not self._put(self.operator, meant.pop()):
                self._unknown(words)

    def _unknown(self, words: str) -> None:
        self.unknown.append(" ".join([*self.said, words]))
        self._forget()

    def _forget(self) -> None:
        self.said, self.operator, self.low, self.going_on, self.measures = [], None, None, -1, False

    def _leave(self) -> None:
        """What waits for a value gets none: yes for a yes-or-no, else it was not understood."""
        if self.said and self.target is not None and self.target.type == "boolean":
            self._put(self.operator, "true")
        elif self.said:
            self.unknown.append(" ".join(self.said))
        self._forget()

    # -- conditions -------------------------------------------------------------------------------

    def _put(self, operator: Operator | None, value: str | None) -> bool:
        found = self.target
        if found is None:
            return False
        if found.type == "boolean" and operator in ("empty", "not_empty", "is_not"):
            denied = operator == "empty" or (operator == "is_not" and value == "true")
            operator, value = "is", "false" if denied else "true"
        if operator == "between" and self.low is None and value is not None:
            self.low = value
            return True
        fitting = _fitting(operator, found) if operator else usual_operators(found)[0]
        if fitting is None:
            return False
        last = self.conditions[-1] if self.conditions else None
        follows = last is not None and last.field == self.name and not self.said and operator is None
        if last is not None and follows and last.operator in ("empty", "not_empty") and value is not None:
            return self._put_one(last, "is_not" if last.operator == "empty" else "is", value)  # 没有标签重点
        several = SEVERAL.get(last.operator) if last is not None and follows and value is not None else None
        if last is not None and several in found.operators:
            others = last.value if isinstance(last.value, list) else [last.value]
            return self._ask(Condition(self.name, several, [*others, value]), instead=True)
        return self._ask(Condition(self.name, fitting, [self.low, value] if fitting == "between" else value))

    def _put_one(self, last: Condition, operator: Operator, value: str) -> bool:
        """With or without one value, where first the field was said to be empty or not."""
        fitting = _fitting(operator, self.target) if self.target else None
        return fitting is not None and self._ask(replace(last, operator=fitting, value=value), instead=True)

    def _ask(self, asked: Condition, *, instead: bool = False) -> bool:
        """One more condition, or one in the place of the last; none that the field refuses."""
        try:
            context = field_context(self.by)
            compile_filter(asked, self.obj, by=self.by, context=context, vendor=connection.vendor)
        except FieldError:
            return False
        if instead:
            self.conditions.pop()
        self.conditions.append(asked)
        self._forget()
        return True

    def _is_text(self) -> bool:
        """Whether any words can be its value."""
        found = self.target
        if found is None or isinstance(found, Choice | Choices) or found.type in ("date", "datetime"):
            return False
        if found.type in ("boolean", "member", "team", "tags", "duration") or found.align == "end":
            return False
        return not (isinstance(found, Link) and self._values_of(self.name, found))

    def _fields_of(self, obj: Object) -> dict[str, str]:
        if obj.name not in self.fields:
            self.fields[obj.name] = field_words(obj)
        return self.fields[obj.name]

    def _values_of(self, name: str, found: Field) -> dict[str, str]:
        """Folded word → value, of a field whose values are chosen."""
        if name not in self.values:
            self.values[name] = dict(self._offered(found))
        return self.values[name]

    def _offered(self, found: Field) -> Iterator[tuple[str, str]]:
        if isinstance(found, Choice | Choices):
            for one in found.options:
                yield from ((fold(word), one.value) for word in one.label.everywhere().values())
            return
        control, options = offered_for(found, self.by)
        if control != "choice":
            return
        words = {"me": ME, "mine": MINE}
        for option in options:
            for word in (option.label, *words.get(option.value, ())):
                yield fold(word), option.value

    def _anywhere(self) -> dict[str, str]:
        """Folded word → "field value", of the first field that has it."""
        if "" not in self.values:
            found: dict[str, str] = {}
            for one in self.obj.fields:
                if not one.filterable or one.hidden or one.type in ("boolean", "date", "datetime"):
                    continue
                for word, value in self._values_of(one.name, one).items():
                    if len(word) > 1 or word == "我":
                        found.setdefault(word, f"{one.name} {value}")
            self.values[""] = found
        return self.values[""]


def _runs_on(text: str, at: int) -> bool:
    return 0 < at < len(text) and all(sign.isascii() and sign.isalnum() for sign in text[at - 1 : at + 1])


def _longest(table: Mapping[str, str]) -> int:
    return max(map(len, table), default=0)


def _names(obj: Object) -> set[str]:
    return {one.name for one in obj.fields if one.filterable}


def _field_of(obj: Object, name: str, by: Actor) -> Field | None:
    """The field of a path of at most one link, as the actor sees it."""
    head, dot, rest = name.partition(".")
    found = obj.fields_by_name.get(head)
    if dot and isinstance(found, Link):
        found = as_seen(registry.get(found.to), by).fields_by_name.get(rest)
    return found if found is not None and found.filterable else None


def _fitting(operator: Operator, found: Field) -> Operator | None:
    """The comparison, or the nearest that the field knows; None for none."""
    return next(
        (one for one in (operator, NEAREST.get(operator)) if one is not None and one in found.operators),
        None,
    )


def _number(text: str) -> str | None:
    found = parse_number(re.sub("[¥$€元块%]", "", text).strip()) if text else None
    return None if found is None else plain(found)
