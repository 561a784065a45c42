"""Times as somebody types them: “tomorrow 3pm”, “in 3 days”, “25 Nov 15:00”, 明天下午三点, 下周三, 月底,
“in 4 months and 2 days, on the working day”, 三个工作日后, “first working day after Spring Festival”,
下个月最后一个工作日.

A text is a day, a time of day, or both in any order; it is understood whole or not at all. Both languages
are always understood. Days without a year, weekdays and times lie ahead.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone as active_timezone

from guanxi.platform.i18n.festivals import FESTIVAL, Rest, festival_said, rests
from guanxi.platform.i18n.folding import fold
from guanxi.platform.i18n.holidays import add_working_days, next_working_day
from guanxi.platform.i18n.languages import ENGLISH, active_language, language_of
from guanxi.platform.i18n.numbers import chinese_number


class When(NamedTuple):
    """A moment, and whether a time of day was said; without one it is the day's first minute."""

    at: datetime
    timed: bool


def parse_when(
    text: str,
    now: datetime | None = None,
    timezone: tzinfo | str | None = None,
    language: str | None = None,
    country: str = "CN",
) -> When | None:
    """The moment that a text means, in `timezone` (the active one if not said), or None.

    `language` decides only what 3/4 is: the third of April in English, March 4th in Chinese. Working days are
    those of `country` and of the chosen workspace.
    """
    zone = ZoneInfo(timezone) if isinstance(timezone, str) else timezone
    zone = zone or active_timezone.get_current_timezone()
    here = (now or active_timezone.now()).astimezone(zone)
    if stamp := _iso(text.strip(), zone):
        return stamp
    clean = fold(text)
    if not clean or len(clean) > 60:
        return None
    spoken = language_of(language) if language else active_language()
    return _Reading(here, spoken, country).read(clean)


def _iso(text: str, zone: tzinfo) -> When | None:
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return When(moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone), True)
    except ValueError:
        return None


class _Reading:
    """One text being read: pieces are taken from its front until nothing is left."""

    def __init__(self, now: datetime, language: str, country: str) -> None:
        self.now, self.today, self.language, self.country = now, now.date(), language, country
        self.working = False  # a free day gives way to the next working one
        self.day: date | None = None
        self.clock: time | None = None
        self.moment: datetime | None = None
        self.found_weekday = False  # a day that a date may replace
        self.part = ""  # of the day, said by a word that a clock may make exact: tonight at 8

    def read(self, text: str) -> When | None:
        rest = text
        while rest := _FILLER.sub("", rest):
            taken = self._take(rest)
            if not taken:
                return None
            rest = rest[taken:]
        return self._result()

    def _take(self, rest: str) -> int:
        """How many characters the first pattern that fits has used up; 0 where none fits."""
        for pattern, act in _PATTERNS:
            match = pattern.match(rest)
            if match:
                try:
                    if act(self, match):
                        return match.end()
                except (ValueError, OverflowError):
                    return 0
        return 0

    def _result(self) -> When | None:
        if self.moment is not None:
            plain = self.day is None and self.clock is None
            return When(self._worked(self.moment), True) if plain else None
        if self.day is None and self.clock is None:
            return None
        day = self.day or self.today
        at = datetime.combine(day, self.clock or time.min, self.now.tzinfo)
        if self.day is None and at <= self.now:
            at = datetime.combine(day + timedelta(days=1), at.time(), self.now.tzinfo)
        return When(self._worked(at), self.clock is not None)

    def _worked(self, at: datetime) -> datetime:
        if not self.working:
            return at
        try:
            return datetime.combine(next_working_day(at.date(), self.country), at.timetz())
        except OverflowError:  # the last day that there is
            return at

    # -- what the patterns do; False means “not so, try the next pattern” --

    def set_day(self, day: date) -> bool:
        # “Fri 27 Nov” names a day twice: the date decides.
        if self.day is not None and not self.found_weekday:
            return False
        self.day, self.found_weekday = day, False
        return True

    def set_clock(self, hour: int, minute: int = 0, period: str = "") -> bool:
        if self.clock is not None and not self.part:
            return False
        period, self.part = self.part if period in {"", "loose"} and self.part else period, ""
        if period in _AFTERNOON and hour < 12:
            hour += 12
        elif period in _NIGHT and hour == 12:
            hour = 0
        elif period in {"loose", "中午"} and 1 <= hour <= 6:
            hour += 12  # nobody calls a customer at three in the morning
        self.clock = time(hour % 24 if hour == 24 else hour, minute)
        return True

    def set_part(self, hour: int) -> bool:
        if not self.set_clock(hour):
            return False
        self.part = "pm" if hour >= 12 else "am"
        return True

    def near_day(self, match: re.Match[str]) -> bool:
        days, hour = _NEAR_DAYS[match[0]]
        return self.set_day(self.today + timedelta(days=days)) and (hour is None or self.set_part(hour))

    def ahead(self, match: re.Match[str]) -> bool:
        """in 3 days, 四个月后, 2 hours ago."""
        said = match["number"].removesuffix("个").strip()
        half = said in {"half an", "半"}
        number = 1 if said in {"a", "an"} else _number(said) if not half else 0
        unit = _UNITS[match["unit"].removesuffix("s").replace("钟头", "小时")]
        if match.groupdict().get("ago"):
            number = -number
        if unit in ("minutes", "hours"):
            length = timedelta(minutes=30) if half else timedelta(**{unit: number})
            self.moment = (self.now.astimezone(UTC) + length).astimezone(self.now.tzinfo)
            return True
        if half:
            return self.set_day(self.today + timedelta(days={"months": 15, "years": 182}.get(unit, 4)))
        if unit in ("days", "weeks"):
            return self.set_day(self.today + timedelta(**{unit: number}))
        return self.set_day(_months_after(self.today, number * (12 if unit == "years" else 1)))

    def added(self, match: re.Match[str]) -> bool:
        """in 4 months and 2 days, in a year and a half, 两年三个月后, 一年半后, 1 小时 20 分钟后."""
        lengths: dict[str, int] = {}
        for part in _PART.finditer(match["all"]):
            unit, number = _unit(part["unit"]), _many(part["number"])
            said = {unit: number} if number else {}
            if not number or part["half"] or part["mid"]:
                smaller, count = _HALVES[unit]
                said[smaller] = count
            if lengths.keys() & said.keys():
                return False
            lengths |= said
        if match.groupdict().get("ago"):
            lengths = {name: -count for name, count in lengths.items()}
        day = _months_after(self.today, lengths.get("years", 0) * 12 + lengths.get("months", 0))
        day += timedelta(weeks=lengths.get("weeks", 0), days=lengths.get("days", 0))
        if "working" in lengths:
            day = add_working_days(day, lengths["working"], self.country)
        passing = timedelta(hours=lengths.get("hours", 0), minutes=lengths.get("minutes", 0))
        if not passing:
            return self.set_day(day)
        begun = datetime.combine(day, self.now.time(), self.now.tzinfo)
        self.moment = (begun.astimezone(UTC) + passing).astimezone(self.now.tzinfo)
        return True

    def festival(self, match: re.Match[str]) -> bool:
        """春节后第一个工作日, two weeks before National Day, after the holidays, 国庆节."""
        for rest in rests(festival_said(match), self.today, self.country):
            day = self._beside(rest, match)
            if day is not None and day >= self.today:
                return self.set_day(day)
        return False

    def _beside(self, rest: Rest, match: re.Match[str]) -> date | None:
        """The day that stands as said to a holiday; after one of several days is after all of them."""
        said = match.groupdict()
        side = said.get("side")
        if not side:
            return rest.day if said.get("any") is None else None
        after = side == "after" or side.endswith("后")
        edge = rest.free_until if after else rest.free_from
        if nth := said.get("nth"):
            count = _nth(nth) or 1
            if weekday := said.get("day"):
                away = (_weekday_number(weekday) - edge.weekday()) * (1 if after else -1) % 7 or 7
                return edge + timedelta(days=away + 7 * (count - 1)) * (1 if after else -1)
            return add_working_days(edge, count if after else -count, self.country)
        if not said.get("unit"):
            return add_working_days(edge, 1 if after else -1, self.country)
        count = _many(said["number"] or "a") * (1 if after else -1)
        unit = _unit(said["unit"])
        if unit == "working":
            return add_working_days(edge, count, self.country)
        if rest.day == rest.last_day or not after:
            edge = rest.day
        if unit in ("days", "weeks"):
            return edge + timedelta(**{unit: count})
        return (
            _months_after(edge, count * (12 if unit == "years" else 1))
            if unit in ("months", "years")
            else None
        )

    def nth_of(self, match: re.Match[str]) -> bool:
        """first working day of next month, 下个月第一个工作日, last Friday of the quarter, 3月第二个周二."""
        said = match.groupdict()
        nth, which = _nth(match["nth"]), (said.get("which") or "").strip()
        ahead = which.count("下") or {"next": 1, "明": 1}.get(which, 0)
        months = {"month": 1, "月": 1, "quarter": 3, "季度": 3, "季": 3, "year": 12, "年": 12}.get(
            said["unit"] or "", 12
        )
        first = self.today.replace(day=1)
        if said.get("month"):
            first = first.replace(month=_MONTHS.get(said["month"][:3]) or _number(said["month"]))
            length = 1
        else:
            first = first.replace(month=(first.month - 1) // months * months + 1)
            first, length = _months_after(first, ahead * months), months
        for again in range(2):  # one that is over: of the next
            begin = _months_after(first, again * months)
            day = self._nth_within(begin, _months_after(begin, length), nth, said.get("day"))
            if day is not None and day >= self.today:
                return self.set_day(day)
        return False

    def _nth_within(self, begin: date, end: date, nth: int, weekday: str | None) -> date | None:
        """`nth` from 1; 0 is the last one."""
        before, after = begin - timedelta(days=1), end
        if weekday is None:
            found = (
                add_working_days(before, nth, self.country)
                if nth
                else add_working_days(after, -1, self.country)
            )
        elif nth:
            found = begin + timedelta(days=(_weekday_number(weekday) - begin.weekday()) % 7, weeks=nth - 1)
        else:
            found = end - timedelta(days=(end.weekday() - _weekday_number(weekday) - 1) % 7 + 1)
        return found if begin <= found < end else None

    def hours_and_half(self, match: re.Match[str]) -> bool:
        """in an hour and a half, in two and a half hours, 一个半小时后."""
        said = match["number"].strip()
        length = timedelta(hours=1 if said == "an" else _number(said), minutes=30)
        self.moment = (self.now.astimezone(UTC) + length).astimezone(self.now.tzinfo)
        return True

    def working_days(self, match: re.Match[str]) -> bool:
        """in 3 working days, 三个工作日后, next working day, 下个工作日."""
        number = _number(match.groupdict().get("number") or "1")
        return 0 < number < 1000 and self.set_day(add_working_days(self.today, number, self.country))

    def on_working_day(self, match: re.Match[str]) -> bool:
        """…, on the working day; …遇假日顺延: should the day be free, the next working one."""
        again, self.working = self.working, True
        return not again

    def weekday(self, match: re.Match[str]) -> bool:
        """fri, next monday, 周三, 下周三, 下下周三."""
        wanted = _weekday_number(match["day"])
        which = (match["which"] or "").strip()
        monday = self.today - timedelta(days=self.today.weekday())
        weeks = {"next": 1, "this": 0, "last": -1, "本": 0, "这": 0, "这个": 0, "上": -1}.get(which)
        weeks = which.count("下") if "下" in which else weeks
        day = monday + timedelta(days=wanted, weeks=weeks or 0)
        if weeks is None and day <= self.today:
            day += timedelta(weeks=1)
        self.found_weekday = self.set_day(day)
        return self.found_weekday

    def period(self, match: re.Match[str]) -> bool:
        """next week, 下个月, 明年: its first day; 下月15号: that day of it."""
        steps = {"next": 1, "this": 0, "本": 0, "这": 0, "这个": 0, "明": 1, "今": 0, "后": 2}
        which = match["which"].strip()
        ahead = which.count("下") or steps.get(which, 0)
        unit = match["unit"]
        if unit in ("week", "周", "星期", "礼拜"):
            return self.set_day(self.today + timedelta(days=-self.today.weekday(), weeks=ahead))
        if unit in ("quarter", "季度", "季"):
            first = self.today.replace(month=(self.today.month - 1) // 3 * 3 + 1, day=1)
            return self.set_day(_months_after(first, 3 * ahead))
        if unit in ("year", "年"):
            return self.set_day(date(self.today.year + ahead, 1, 1))
        first = _months_after(self.today.replace(day=1), ahead)
        number = match.groupdict().get("number")
        return self.set_day(first.replace(day=_number(number)) if number else first)

    def end(self, match: re.Match[str]) -> bool:
        """end of month, 月底, 下周末, 年底: its last day; of a week the working one in English."""
        said = match["unit"]
        which = match["which"] or ""
        ahead = which.count("下") or (1 if which.strip() in {"next", "明"} else 0)
        if said in ("week", "周末"):
            last = 5 if said == "周末" else 4
            return self.set_day(self.today + timedelta(days=last - self.today.weekday(), weeks=ahead))
        if said in ("year", "年底", "年末"):
            return self.set_day(date(self.today.year + ahead, 12, 31))
        first = self.today.replace(day=1)
        if said in ("quarter", "季末", "季度末", "季底"):
            first = first.replace(month=(first.month - 1) // 3 * 3 + 3)
            ahead *= 3
        first = _months_after(first, ahead)
        return self.set_day(first.replace(day=monthrange(first.year, first.month)[1]))

    def calendar_day(self, match: re.Match[str]) -> bool:
        """25 Nov, November 25 2027, 2026-11-25, 11月25日, 明年3月5日, 25号."""
        said = match.groupdict()
        year = self._year(said.get("year"))
        day = _number(said["dom"])
        if not said.get("month"):
            this = self.today.replace(day=1)
            months = (_months_after(this, ahead) for ahead in range(0 if day >= self.today.day else 1, 4))
            return self.set_day(
                next(m.replace(day=day) for m in months if monthrange(m.year, m.month)[1] >= day)
            )
        month = _MONTHS.get(said["month"][:3]) or _number(said["month"])
        found = date(year or self.today.year, month, day)
        if year is None and found < self.today:
            found = found.replace(year=found.year + 1)
        return self.set_day(found)

    def slashed(self, match: re.Match[str]) -> bool:
        """25/11, 3/4: the language decides, unless one of them can be no month."""
        first, second = int(match["first"]), int(match["second"])
        day, month = (first, second) if self.language == ENGLISH else (second, first)
        if month > 12:
            day, month = month, day
        year = self._year(match["year"])
        found = date(year or self.today.year, month, day)
        if year is None and found < self.today:
            found = found.replace(year=found.year + 1)
        return self.set_day(found)

    def time_of_day(self, match: re.Match[str]) -> bool:
        """15:00, 3pm, 下午三点半; without a period within the working day: at 3, 三点."""
        said = match.groupdict()
        minute = said.get("minute") or "0"
        quarters = {"半": 30, "一刻": 15, "三刻": 45}
        period = (said.get("period") or "").replace(".", "")
        if not period and "loose" in said:
            period = "loose"
        return self.set_clock(_number(said["hour"]), quarters.get(minute) or _number(minute), period)

    def time_word(self, match: re.Match[str]) -> bool:
        return self.set_part(_TIME_WORDS[match[0]])

    def _year(self, said: str | None) -> int | None:
        if not said:
            return None
        if said in {"明", "后", "今"}:
            return self.today.year + "今明后".index(said)
        year = _number(said)
        return 2000 + year if year < 100 else year


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if text in _COUNTED:
        return _COUNTED.index(text) + 1
    number = chinese_number(text)
    if number is None:
        raise ValueError(text)
    return number


def _many(text: str) -> int:
    """How many are said; “a” is one, half of one none."""
    said = text.removesuffix("个").strip()
    return 1 if said in {"a", "an"} else 0 if said in {"half an", "half a", "半"} else _number(said)


def _nth(text: str) -> int:
    """first, 2nd, 第三个, 首个: from 1; the last one is 0."""
    said = text.strip().removeprefix("the ").removeprefix("第").removesuffix("个")
    if said in {"last", "最后", "最后一"}:
        return 0
    if said in {"首", "头一"}:
        return 1
    if said in _ORDINALS:
        return _ORDINALS.index(said) + 1
    return _number(re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", said))


def _unit(said: str) -> str:
    if said.startswith(("working", "business")) or said == "工作日":
        return "working"
    return _UNITS[said.removesuffix("s").replace("钟头", "小时")]


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last one: 31 Jan + 1 is 28 Feb."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _weekday_number(said: str) -> int:
    return (
        "一二三四五六日".index(said.replace("天", "日"))
        if said in "一二三四五六日天"
        else _WEEKDAYS.index(said[:3])
    )


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_AFTERNOON = frozenset({"pm", "下午", "傍晚", "晚上", "晚", "今晚", "夜里"})
_NIGHT = frozenset({"am", "凌晨"})
_NEAR_DAYS: dict[str, tuple[int, int | None]] = {
    "day after tomorrow": (2, None), "the day after tomorrow": (2, None), "today": (0, None),
    "tonight": (0, 20), "tomorrow": (1, None), "tmrw": (1, None), "tmr": (1, None), "yesterday": (-1, None),
    "大后天": (3, None), "后天": (2, None), "明天": (1, None), "明日": (1, None), "今天": (0, None),
    "今日": (0, None), "昨天": (-1, None), "前天": (-2, None), "今早": (0, 9), "今晚": (0, 20),
    "明早": (1, 9), "明晚": (1, 20),
}  # fmt: skip
_TIME_WORDS = {
    "noon": 12, "midnight": 0, "morning": 9, "afternoon": 14, "evening": 18, "this morning": 9,
    "this afternoon": 14, "this evening": 18, "早上": 9, "上午": 9, "中午": 12, "下午": 14, "傍晚": 18,
    "晚上": 20,
}  # fmt: skip
_UNITS = {
    "minute": "minutes", "min": "minutes", "hour": "hours", "hr": "hours", "h": "hours", "day": "days",
    "d": "days", "week": "weeks", "w": "weeks", "month": "months", "year": "years", "分钟": "minutes",
    "分": "minutes", "小时": "hours", "天": "days", "日": "days", "周": "weeks", "星期": "weeks",
    "礼拜": "weeks", "月": "months", "年": "years",
}  # fmt: skip

_FILLER = re.compile(r"^(?:\s|,|，|的|(?:at|on|by|the|of)\b(?! end))+(?=\S|$)")
_N = "[0-9零〇一二两三四五六七八九十百]+"
_COUNTED = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_WORDS = "|".join(_COUNTED)
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
_HALVES = {
    "years": ("months", 6), "months": ("days", 15), "weeks": ("days", 4), "days": ("hours", 12),
    "hours": ("minutes", 30),
}  # fmt: skip
_HOW_MANY = rf"\d{{1,4}}|half an|an?|{_WORDS}"
_DAY_NAMES = (
    r"(?:mon(?:day)?|tues?(?:day)?|wed(?:nesday|s)?|thu(?:rsday|rs|r)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_MONTH_NAMES = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_ENGLISH_UNITS = r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|w|months?|years?)\b"
_CHINESE_UNITS = "(?P<unit>分钟|分|小时|钟头|天|日|周|星期|礼拜|月|年)"
_YEAR = r"(?P<year>\d{4})"
_CLOCK = "(?P<hour>[01]?[0-9]|2[0-4])[:：](?P<minute>[0-5][0-9])(?!\\d)"
_PERIODS = "(?P<period>凌晨|早上|清晨|上午|中午|下午|傍晚|晚上|晚|夜里)"
_MINUTE = f"(?P<minute>半|一刻|三刻|{_N})?分?"

_NTH = rf"(?P<nth>(?:the )?(?:{'|'.join(_ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)|last))"
_CHINESE_NTH = rf"(?P<nth>第{_N}个?|最后一?个?|首个|头一个)"
_SPAN_UNITS = r"(?:(?:working|business) days?|minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|w|months?|years?)\b"
_CHINESE_SPAN_UNITS = "(?:工作日|分钟|分|小时|钟头|天|日|周|星期|礼拜|月|年)"
_SPAN = rf"(?!and\b)(?:{_HOW_MANY}) ?{_SPAN_UNITS}"
_CHINESE_SPAN = rf"(?:{_N}|半) ?个? ?半?{_CHINESE_SPAN_UNITS}"
_PART = re.compile(
    rf"(?!and\b)(?P<number>(?:{_HOW_MANY}|半|{_N})(?: ?个)?) ?(?P<mid>半)?"
    rf"(?P<unit>{_SPAN_UNITS}|{_CHINESE_SPAN_UNITS})(?P<half> and a half\b|半)?"
)
_SIDE = r"(?P<side>after|before) (?:the )?"
_FEAST = rf"(?:{FESTIVAL})(?: holidays?)?(?![a-z])"
_CHINESE_SIDE = "(?P<side>(?:之|以)?[后前])的?"
_CHINESE_FEAST = rf"(?:{FESTIVAL})(?:长假|假期|黄金周|放假)?"
_CHINESE_WEEKDAY = "(?:周|星期|礼拜)(?P<day>[一二三四五六日天])"
_WORKING_DAY = rf"(?:(?:working|business) day|(?P<day>{_DAY_NAMES}))"

Act = Callable[[_Reading, re.Match[str]], bool]


def _any(words: dict[str, object]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_PATTERNS: list[tuple[re.Pattern[str], Act]] = [
    (re.compile(pattern), act)
    for pattern, act in (
        (rf"{_YEAR}[-/.](?P<month>\d\d?)[-/.](?P<dom>\d\d?)(?!\d)", _Reading.calendar_day),
        (rf"(?:{_YEAR}年)?(?P<month>{_N})月(?P<dom>{_N})[日号]?", _Reading.calendar_day),
        (rf"(?P<year>[明后今])年(?P<month>{_N})月(?P<dom>{_N})[日号]?", _Reading.calendar_day),
        (r"(?P<first>\d\d?)/(?P<second>\d\d?)(?:/(?P<year>\d{4}|\d\d))?(?![\d/])", _Reading.slashed),
        (
            rf"(?P<dom>\d\d?)(?:st|nd|rd|th)? (?:of )?(?P<month>{_MONTH_NAMES})(?:,? {_YEAR})?\b",
            _Reading.calendar_day,
        ),
        (
            rf"(?P<month>{_MONTH_NAMES}) (?P<dom>\d\d?)(?:st|nd|rd|th)?(?!\d|:)(?:,? {_YEAR})?\b",
            _Reading.calendar_day,
        ),
        (
            rf"(?:in )?(?P<all>{_SPAN}(?:(?:,? and |, ?| ){_SPAN})+)"
            r"(?: from now| later|(?P<ago> ago))?(?![a-z])",
            _Reading.added,
        ),
        (rf"(?:in )?(?P<all>(?:{_HOW_MANY}) (?:year|month|week|day)s? and a half)\b", _Reading.added),
        (
            rf"(?:过|再过)?(?P<all>{_CHINESE_SPAN}(?: ?[零又加和,，]? ?{_CHINESE_SPAN})+半?)"
            r"(?:(?P<ago>之?以?前)|之后|以后|后)",
            _Reading.added,
        ),
        (rf"(?:过|再过)?(?P<all>{_N} ?(?:[年天周]半|个?半(?:月|星期|礼拜)))(?:之后|以后|后)", _Reading.added),
        (rf"{_NTH} {_WORKING_DAY} {_SIDE}{_FEAST}", _Reading.festival),
        (rf"(?:(?P<number>{_HOW_MANY}) )?(?P<unit>{_SPAN_UNITS}) {_SIDE}{_FEAST}", _Reading.festival),
        (rf"{_SIDE}{_FEAST}", _Reading.festival),
        (rf"{_CHINESE_FEAST}{_CHINESE_SIDE}{_CHINESE_NTH}(?:工作日|{_CHINESE_WEEKDAY})", _Reading.festival),
        (
            rf"{_CHINESE_FEAST}{_CHINESE_SIDE}(?P<number>{_N} ?个?)(?P<unit>{_CHINESE_SPAN_UNITS})",
            _Reading.festival,
        ),
        (rf"{_CHINESE_FEAST}{_CHINESE_SIDE}", _Reading.festival),
        (rf"(?:{FESTIVAL})(?:长假|假期|黄金周|当天|那天)?(?![a-z])", _Reading.festival),
        (
            rf"{_NTH} {_WORKING_DAY} (?:of|in) (?:the )?"
            rf"(?:(?P<which>next |this )?(?P<unit>month|quarter|year)|(?P<month>{_MONTH_NAMES}))(?![a-z])",
            _Reading.nth_of,
        ),
        (
            rf"(?:(?P<which>(?:下)+个?|本|这个?|明|今)?(?P<unit>月|季度|季|年)[初底末]?|(?P<month>{_N})月)的?"
            rf"{_CHINESE_NTH}(?:工作日|{_CHINESE_WEEKDAY})",
            _Reading.nth_of,
        ),
        (
            rf"(?:in )?(?P<number>\d{{1,3}}|{_WORDS}) (?:working|business) days?(?: from now| later)?\b",
            _Reading.working_days,
        ),
        (r"next (?:working|business) day\b", _Reading.working_days),
        (rf"(?:过|再过)?(?P<number>{_N}) ?个? ?工作日(?:之后|以后|后|内)", _Reading.working_days),
        (r"下一?个?工作日", _Reading.working_days),
        (r"(?:a |next )?(?:working|business) day\b", _Reading.on_working_day),
        (
            r"(?:如?遇)?(?:节?假日|休息日|周末)?(?:就|则)?顺延(?:到|至)?(?:下一?个)?(?:工作日)?",
            _Reading.on_working_day,
        ),
        (r"工作日", _Reading.on_working_day),
        (r"(?:in )?(?P<number>an) hour and a half(?: from now| later)?", _Reading.hours_and_half),
        (
            rf"(?:in )?(?P<number>\d{{1,2}}|{_WORDS}) and a half hours(?: from now| later)?",
            _Reading.hours_and_half,
        ),
        (rf"(?:过|再过)?(?P<number>{_N}) ?个?半(?:小时|钟头)(?:之后|以后|后|内)", _Reading.hours_and_half),
        (rf"(?:in )?(?P<number>{_HOW_MANY}) ?{_ENGLISH_UNITS} (?P<ago>ago)\b", _Reading.ahead),
        (rf"in (?P<number>{_HOW_MANY}) ?{_ENGLISH_UNITS}", _Reading.ahead),
        (rf"(?P<number>{_HOW_MANY}) ?{_ENGLISH_UNITS}(?: from now| later)?", _Reading.ahead),
        (rf"(?:过|再过)?(?P<number>(?:{_N}|半) ?个?) ?{_CHINESE_UNITS}(?P<ago>之?以?前)", _Reading.ahead),
        (rf"(?:过|再过)?(?P<number>(?:{_N}|半) ?个?) ?{_CHINESE_UNITS}(?:之后|以后|后|内)", _Reading.ahead),
        (rf"(?:{_any(dict(_NEAR_DAYS))})(?![a-z])", _Reading.near_day),
        (r"(?P<which>下个?|本|这个?|今|明)?(?P<unit>月)[底末]", _Reading.end),
        (r"(?P<which>下个?|本|这个?)?(?P<unit>周末|季末|季度末|季底)", _Reading.end),
        (r"(?P<which>今|明)?(?P<unit>年底|年末)", _Reading.end),
        (
            r"(?:the )?end of (?:the )?(?P<which>next |this )?(?P<unit>week|month|quarter|year)\b",
            _Reading.end,
        ),
        (
            r"(?P<which>(?:下)+个?|本|这个?|上个?)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])",
            _Reading.weekday,
        ),
        (rf"(?P<which>(?:next|this|last) )?(?P<day>{_DAY_NAMES})\b\.?", _Reading.weekday),
        (rf"(?P<which>(?:下)+个?|本|这个?)(?P<unit>月)(?P<number>{_N})[日号]", _Reading.period),
        (r"(?P<which>(?:下)+个?|本|这个?|明)(?P<unit>周|星期|礼拜|月|季度|季|年)", _Reading.period),
        (r"(?P<which>next) (?P<unit>week|month|quarter|year)\b", _Reading.period),
        (rf"(?P<dom>{_N})[日号]", _Reading.calendar_day),
        (rf"{_PERIODS}{_CLOCK}", _Reading.time_of_day),
        (rf"{_CLOCK} ?(?P<period>am|pm|a\.m\.|p\.m\.)?", _Reading.time_of_day),
        (r"(?P<hour>\d\d?) ?(?P<period>am|pm|a\.m\.|p\.m\.)", _Reading.time_of_day),
        (rf"{_PERIODS}(?P<hour>{_N})[点时]{_MINUTE}", _Reading.time_of_day),
        (rf"(?P<hour>{_N})(?P<loose>[点时]){_MINUTE}", _Reading.time_of_day),
        (rf"(?:{_any(dict(_TIME_WORDS))})(?![a-z])", _Reading.time_word),
        (r"(?P<hour>[01]?\d|2[0-4])(?P<loose>)$", _Reading.time_of_day),
    )
]
