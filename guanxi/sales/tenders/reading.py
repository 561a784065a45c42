"""From what stands at an address to entries: RSS, Atom, JSON Feed, CSV. Nothing of it is believed.

The text is decoded here and only then parsed, so that what is refused (entities of a document's own, which
can grow without end) can't hide behind an encoding.
"""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from guanxi.platform.i18n.money import Money, parse_money
from guanxi.platform.records.importing.dates import parse_day
from guanxi.platform.records.importing.delimited import detect_delimiter, fold_header, rows_of
from guanxi.platform.records.importing.encodings import SAMPLE_BYTES, detect_encoding

MOST_ENTRIES = 500
LONGEST = 20_000  # letters of an entry's text that are looked at
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_ENTITY = re.compile(r"<!\s*entity", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_COLON = r"(?:\s*[:\uff1a]\s*|\s+)"
_DAY = r"(\d{4}\s*[-/.\u5e74]\s*\d{1,2}\s*[-/.\u6708]\s*\d{1,2}|\d{1,2} [A-Z][a-z]{2,8} \d{4})"
_BUYER = re.compile(
    r"(?:采购人(?:名称)?|采购单位|招标人|招标单位|採購機關|招標機關|機關名稱|buyer|contracting authority)"
    r"\s*[:\uff1a]\s*([^\n,;:|\uff0c\uff1b\uff1a\u3002]{2,120})",
    re.I,
)
_REGION = re.compile(
    r"(?:行政区域|项目地区|地区|履約地點|地區|region|location)\s*[:\uff1a]\s*([^\n,;|\uff0c\uff1b\u3002]{2,80})",
    re.I,
)
_BUDGET = re.compile(
    r"(?:预算(?:金额)?|最高限价|控制价|採購預算|預算(?:金額)?|budget|estimated value)"
    r"(?:\s*\([^()]{0,20}\)|\s*\uff08[^\uff08\uff09]{0,20}\uff09)?\s*[:\uff1a]?\s*"
    r"([A-Z]{0,3}\s?[¥￥$€£]?\s?\d[\d,.]{0,20}\s*[万萬亿億]?\s*(?:元|CNY|RMB|USD|EUR|HKD|SGD)?)",
    re.I,
)
_DEADLINE = re.compile(
    rf"(?:截止(?:投标)?(?:时间|日期)?|截標(?:時間|日期)?|截止投標|投标截止(?:时间|日期)?|"
    rf"(?:submission )?deadline|closing date){_COLON}{_DAY}",
    re.I,
)
_AWARDED = re.compile("中标(?:结果|公告|候选)|成交(?:结果|公告)|決標|contract award|award notice", re.I)
_NOTICE = re.compile("采购意向|招标预告|预公告|公開徵求|prior information|early notice", re.I)
COLUMNS = {
    "title": "title, name, project, project name, 标题, 项目名称, 公告标题, 标讯, 標題, 標案名稱",
    "buyer": "buyer, purchaser, authority, 采购人, 采购单位, 招标人, 招标单位, 招標機關, 機關名稱",
    "budget": "budget, amount, value, 预算, 预算金额, 预算价, 預算, 預算金額",
    "region": "region, location, place, province, 地区, 区域, 省份, 地區",
    "published": "published, publish date, date, 发布日期, 发布时间, 公告日期, 發布日期",
    "deadline": "deadline, closing date, due date, 截止, 截止日期, 截止时间, 投标截止时间, 截標日期",
    "url": "url, link, address, 链接, 网址, 公告链接, 連結, 網址",
    "guid": "id, guid, number, 编号, 项目编号, 公告编号, 編號, 標案編號",
    "text": "description, summary, content, text, 摘要, 内容, 描述, 說明",
    "stage": "stage, type, 公告类型, 类型, 階段",
}
_HEADERS = {
    fold_header(word): name for name, words in COLUMNS.items() for word in words.split(",") if word.strip()
}


class Unreadable(ValueError):
    """What stands there is no feed, in words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One announcement. What it does not say is None or ""."""

    title: str
    guid: str = ""
    url: str = ""
    text: str = ""
    published: date | None = None
    buyer: str = ""
    budget: Money | None = None
    region: str = ""
    deadline: date | None = None
    stage: str = "bidding"


def read_entries(body: bytes, *, content_type: str = "", currency: str) -> list[Entry]:
    """The announcements in a document, the first 500; raises Unreadable.

    currency   of budgets that name none
    """
    text = _decoded(body, content_type)
    begins = text.lstrip("\ufeff \t\r\n")[:1]
    if begins == "<":
        found = _xml(text)
    elif begins in ("{", "["):
        found = _json(text)
    else:
        found = _table(text)
    kept = []
    for said in found:
        if entry := _entry(said, currency):
            kept.append(entry)
        if len(kept) == MOST_ENTRIES:
            break
    return kept


def _decoded(body: bytes, content_type: str) -> str:
    told = _DECLARED.search(body[:1000])
    header = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", content_type)
    for name in (told and told[1].decode("ascii"), header and header[1]):
        if name and name.lower().replace("_", "-") in _KNOWN:
            return body.decode(_KNOWN[name.lower().replace("_", "-")], errors="replace")
    sample = body[:SAMPLE_BYTES]
    try:
        return body.decode(detect_encoding(sample, whole=len(sample) == len(body)), errors="replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", errors="replace")


# Only what a page on the web is in: codecs that unpack or execute are none of them.
_KNOWN = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8-sig"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    "big5": "big5hkscs",
    "shift-jis": "cp932",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
}


def _xml(text: str) -> Iterator[dict[str, str]]:
    if _ENTITY.search(text):
        raise Unreadable(_("The feed defines entities of its own; such documents are not read."))
    import feedparser  # a fifth of a second, which only workers spend

    plain = _DECLARATION.sub("", text.lstrip("\ufeff")).encode()
    # As a stream: bytes that happen to be the name of a file would be opened as that file.
    told = {"content-type": "application/xml; charset=utf-8"}
    found = feedparser.parse(io.BytesIO(plain), response_headers=told)
    if not found.version and not found.entries:
        raise Unreadable(_not_a_feed())
    for one in found.entries:
        content = " ".join(part.get("value", "") for part in one.get("content", ()))
        yield {
            "title": one.get("title", ""),
            "guid": one.get("id", ""),
            "url": one.get("link", ""),
            "text": f"{one.get('summary', '')}\n{content}",
            "published": _day_of(one.get("published_parsed") or one.get("updated_parsed")),
        }


def _day_of(parsed: Any) -> str:
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC).date().isoformat() if parsed else ""
    except (ValueError, OverflowError, OSError, TypeError):
        return ""


def _json(text: str) -> Iterator[dict[str, str]]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise Unreadable(_not_a_feed()) from problem
    items: Any = found.get("items") if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise Unreadable(_not_a_feed())
    for item in items:
        if not isinstance(item, dict):
            continue
        own = item.get("_tender")
        more = own if isinstance(own, dict) else item
        said = {name: more.get(name) for name in ("buyer", "budget", "region", "deadline", "stage")}
        said |= {"title": item.get("title"), "guid": item.get("id"), "url": item.get("url")}
        said |= {
            "text": item.get("content_text") or item.get("content_html") or item.get("summary"),
            "published": item.get("date_published"),
        }
        yield {name: str(one) for name, one in said.items() if isinstance(one, str | int | float)}


def _table(text: str) -> Iterator[dict[str, str]]:
    lines = text.splitlines(keepends=True)
    delimiter = detect_delimiter(lines[:200], quote='"')
    rows = rows_of(lines, delimiter=delimiter, quote='"')
    names = [_HEADERS.get(fold_header(cell), "") for cell in next(rows, [])]
    if "title" not in names:
        raise Unreadable(_not_a_feed())
    for row in rows:
        yield {name: cell for name, cell in zip(names, row, strict=False) if name}


def _not_a_feed() -> str:
    return _("What stands there is no feed: RSS, Atom, JSON Feed, or CSV with a column of titles.")


def _entry(said: dict[str, str], currency: str) -> Entry | None:
    """What an entry says in fields of its own, or else in its text; None without a title."""
    title = _plain(said.get("title", ""))[:200]
    if not title:
        return None
    text = _plain(said.get("text", ""), lines=True)
    every = f"{title}\n{text}"
    url = said.get("url", "").strip()
    stage = "awarded" if _AWARDED.search(every) else "notice" if _NOTICE.search(every) else "bidding"
    told = said.get("stage", "").strip().lower()
    return Entry(
        title=title,
        guid=said.get("guid", "").strip()[:500],
        url=url if url.startswith(("http://", "https://")) and len(url) <= 500 and " " not in url else "",
        text=text,
        published=_day(said.get("published", "")),
        buyer=(_plain(said.get("buyer", "")) or _first(_BUYER, text))[:200],
        budget=_money(said.get("budget", "") or _first(_BUDGET, text), currency),
        region=(_plain(said.get("region", "")) or _first(_REGION, text))[:200],
        deadline=_day(said.get("deadline", "") or _first(_DEADLINE, text)),
        stage=told if told in ("notice", "bidding", "awarded") else stage,
    )


def _plain(text: str, *, lines: bool = False) -> str:
    """Without marks; each line by itself, or all in one."""
    bare = unescape(_TAG.sub("\n" if lines else " ", unescape(text[:LONGEST])))
    kept = "\n".join(" ".join(line.split()) for line in bare.splitlines() if line.strip())
    return kept if lines else " ".join(kept.split())


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1].strip() if found else ""


def _day(text: str) -> date | None:
    text = re.sub(r"\s*([-/.\u5e74\u6708])\s*", r"\1", text.strip())[:40]
    if re.fullmatch(r"\d{4}\u5e74\d{1,2}\u6708\d{1,2}", text):
        text += "\u65e5"
    if "T" in text:
        text = text.partition("T")[0]
    try:
        return parse_day(text, "YMD")
    except (ValueError, OverflowError):
        return None


def _money(text: str, currency: str) -> Money | None:
    try:
        found = parse_money(text.strip(), currency) if text.strip() else None
    except (ValueError, ArithmeticError):
        return None
    return found if found is not None and 0 < found.amount < 10**13 else None
