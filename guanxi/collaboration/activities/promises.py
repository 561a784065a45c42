"""Dates in what somebody writes: “the quote by Friday”, 周五前重新出报价. Each is worth a reminder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

from guanxi.platform.i18n.when import When, parse_when

_LONGEST = 24
_MORNING = time(9)

# Where words of time may begin; what they mean is for parse_when to say.
_OPENS = re.compile(
    r"(?<![0-9])(?=[0-9]{1,2}\s?(?:月|号|日(?!元)|天|周|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
    r"|(?=今天|今晚|明天|明早|明晚|明日|后天|大后天|[本这下]|周[一二三四五六日天末]|星期|礼拜|月底|年底|[一二两三四五六七八九十]+[天周月号日])"
    r"|\b(?=(?:today|tonight|tomorrow|next|this|in|end|mon|tue|wed|thu|fri|sat|sun"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[^。！？；，、\n!?;,]+")
_BEFORE = re.compile(r"^(?:之前|以前|前|之内|以内|内)")
_BY = re.compile(r"(?:\b(?:by|before|on|until|at|due)|在|于)\s*$", re.IGNORECASE)
_MENTION = re.compile(r"@\S+")
_EDGES = " \t.:：·-—"


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised and when to be reminded of it; a day without a time means its morning."""

    text: str
    at: datetime


def find_promise(text: str, now: datetime) -> Promise | None:
    """The first date ahead in a text, in the zone of `now`, and what its clause says is to be done."""
    for clause in _CLAUSE.finditer(text):
        for start, end, when in _times(clause[0], now):
            at = when.at if when.timed else datetime.combine(when.at.date(), _MORNING, now.tzinfo)
            if at > now:
                return Promise(_without(clause[0], start, end), at)
    return None


def _times(clause: str, now: datetime) -> Iterator[tuple[int, int, When]]:
    """Every place in a clause that means a time, the longest reading of each."""
    for opening in _OPENS.finditer(clause):
        start = opening.start()
        for end in range(min(len(clause), start + _LONGEST), start + 1, -1):
            if clause[end - 1].isspace() or (
                clause[end - 1 : end + 1].isalpha() and _inside_word(clause, end)
            ):
                continue
            when = parse_when(clause[start:end], now, now.tzinfo)
            if when is not None:
                yield start, end, when
                break


def _inside_word(clause: str, end: int) -> bool:
    """Whether a Latin word would be cut at `end`; Chinese has no such edges."""
    return end < len(clause) and clause[end - 1].isascii() and clause[end].isascii() and clause[end].isalnum()


def _without(clause: str, start: int, end: int) -> str:
    """What is to be done: what follows the date, or else what stands before it."""
    after = _BEFORE.sub("", _MENTION.sub("", clause[end:])).strip(_EDGES)
    before = _BY.sub("", _MENTION.sub("", clause[:start])).strip(_EDGES)
    return after if len(after) > 1 else before or clause.strip(_EDGES)
