"""The translation catalogs: extracted, kept in order, drafted, checked. Run by scripts/translate.

Each app keeps its own strings in `<app>/locale/{zh_Hans,zh_Hant}/LC_MESSAGES/django.po`; English is what
stands in the code. A file is always written the same way, in the order of the alphabet and without line
numbers, so that two people who translate at the same time seldom meet, and git may join their lines.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_python
from babel.messages.pofile import denormalize, escape, normalize
from jinja2.ext import babel_extract

from guanxi.platform.i18n.compiling import LOCALES, ROOT, catalog_homes, compile_catalogs, po_path

GLOSSARY = Path(__file__).with_name("glossary.tsv")

KEYWORDS = (
    *("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"),
    *("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"),
)
_JINJA = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}


@dataclass(frozen=True, order=True)
class Key:
    """What a translation is filed under. `plural` is the English plural form, or ""."""

    text: str
    context: str = ""
    plural: str = ""

    def __str__(self) -> str:
        said = self.text if len(self.text) <= 70 else self.text[:69] + "…"
        return f"{said!r} ({self.context})" if self.context else repr(said)


@dataclass
class Entry:
    """One line of a catalog: the Chinese, where the English stands, and whether it waits for an eye."""

    said: str = ""
    places: set[str] = field(default_factory=set)
    fuzzy: bool = False
    rivals: list[str] = field(default_factory=list)  # what else the file says: left by a merge


Entries = dict[Key, Entry]


# -- what the code says ------------------------------------------------------------------------------


def extract(root: Path = ROOT) -> dict[Path, Entries]:
    """Every string of the interface by the app that says it.

    Code outside any app (guanxi/config) files its strings with the platform's i18n app.
    """
    homes = catalog_homes(root)
    fallback = next((home for home in homes if home.name == "i18n"), homes[0])
    found: dict[Path, Entries] = {home: {} for home in homes}
    for path in _sources(root / "guanxi"):
        owner = max(
            (home for home in homes if home in path.parents), key=lambda h: len(h.parts), default=fallback
        )
        place = path.relative_to(root).as_posix()
        for key in _strings_of(path):
            found[owner].setdefault(key, Entry()).places.add(place)
    return found


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if {"tests", "migrations", "dist", "node_modules", "__pycache__"}.intersection(inside):
            continue
        if path.suffix == ".py" or ("templates" in inside and path.suffix in {".html", ".txt", ".xml"}):
            yield path


def _strings_of(path: Path) -> Iterator[Key]:
    source = io.BytesIO(path.read_bytes())
    calls: Iterable[Any]
    if path.suffix == ".py":
        calls = extract_python(source, dict.fromkeys(KEYWORDS), (), {})
    else:
        calls = babel_extract(source, KEYWORDS, (), _JINJA)
    for _line, function, arguments, _comments in calls:
        given = list(arguments) if isinstance(arguments, tuple) else [arguments]
        context = given.pop(0) if "pgettext" in str(function) else ""
        text = given[0] if given else None
        plural = given[1] if str(function).startswith("n") and len(given) > 1 else ""
        # None is a variable: its text is marked where it is written, with gettext_noop.
        if text and None not in (context, plural):
            yield Key(str(text), str(context), str(plural))


# -- files -------------------------------------------------------------------------------------------


def read_po(path: Path) -> Entries:
    """The entries of a file; also of one where git left both sides of a merge, or joined their lines.

    Of two translations of one string the first holds and the other is kept as its rival.
    """
    entries: Entries = {}
    if not path.exists():
        return entries
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        for key, entry in _read_block(block):
            if not key.text:
                continue
            known = entries.setdefault(key, entry)
            if known is not entry:
                known.rivals += [said for said in (entry.said, *entry.rivals) if said not in ("", known.said)]
                known.said = known.said or entry.said
    return entries


def _read_block(block: str) -> Iterator[tuple[Key, Entry]]:
    """Usually one entry. A joined block may hold several, or several `msgstr` of one."""
    parts: dict[str, str] = {}
    entry, current = Entry(), ""

    def finished() -> tuple[Key, Entry]:
        key = Key(parts.get("msgid", ""), parts.get("msgctxt", ""), parts.get("msgid_plural", ""))
        strings = [said for name, said in parts.items() if name.startswith("msgstr")]
        entry.said = strings[0] if strings else ""
        entry.rivals = [said for said in strings[1:] if said not in ("", entry.said)]
        return key, entry

    for line in block.splitlines():
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "#~")):
            continue
        if line.startswith("#"):
            if "msgstr" in current:  # a comment after a translation begins the next entry
                yield finished()
                parts, entry, current = {}, Entry(), ""
            entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
            continue
        if word := re.match(r"(msgctxt|msgid_plural|msgid|msgstr)(\[\d+\])?\s+(?=\")", line):
            name = word[1]
            if "msgstr" in current and name != "msgstr":
                yield finished()
                parts, entry = {}, Entry()
            current = f"msgstr{len(parts)}" if name == "msgstr" else name
            parts[current], line = "", line[word.end() :]
        if line.strip() and current:
            parts[current] += denormalize(line.strip())
    if parts:
        yield finished()


def po_text(locale: str, entries: Entries) -> str:
    """A file's text; the same entries always give the same bytes."""
    head = [
        'msgid ""',
        'msgstr ""',
        f'"Language: {locale}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        '"Plural-Forms: nplurals=1; plural=0;\\n"',
    ]
    blocks = ["\n".join(head)]
    for key, entry in sorted(entries.items(), key=lambda item: (item[0].text.casefold(), item[0])):
        lines = [f"#: {place}" for place in sorted(entry.places)]
        lines += ["#, fuzzy"] if entry.fuzzy else []
        lines += [f"msgctxt {normalize(key.context)}"] if key.context else []
        lines.append(f"msgid {normalize(key.text, width=100)}")
        if key.plural:
            lines.append(f"msgid_plural {normalize(key.plural, width=100)}")
        lines.append(f"msgstr{'[0]' if key.plural else ''} {_one_piece(entry.said)}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _one_piece(said: str) -> str:
    """Chinese has no spaces to break at: lines only where the text has them."""
    return normalize(said, width=0) if "\n" in said else escape(said)


# -- update ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """A translation that the machine made, for somebody to look at."""

    path: Path
    key: Key
    said: str


def update(root: Path = ROOT) -> list[Draft]:
    """Bring every catalog in line with the code; returns the drafts that were made.

    Translations stay, also where a string moved to another app; what no code says any more goes.
    """
    said_now = extract(root)
    old = {(home, locale): read_po(po_path(home, locale)) for home in said_now for locale in LOCALES}
    remembered: dict[str, dict[tuple[str, str], Entry]] = {locale: {} for locale in LOCALES}
    for (_home, locale), entries in old.items():
        for key, entry in entries.items():
            if entry.said:
                remembered[locale].setdefault((key.text, key.context), entry)
    drafts: list[Draft] = []
    for home, wanted in said_now.items():
        new: dict[str, Entries] = {locale: {} for locale in LOCALES}
        for locale in LOCALES:
            for key, entry in wanted.items():
                kept = (
                    old[home, locale].get(key) or remembered[locale].get((key.text, key.context)) or Entry()
                )
                new[locale][key] = Entry(kept.said, entry.places, kept.fuzzy)
        for key, hans in new["zh_Hans"].items():
            hant = new["zh_Hant"][key]
            if hans.said and not hant.said:
                hant.said = draft_traditional(hans.said)
                drafts.append(Draft(po_path(home, "zh_Hant"), key, hant.said))
        for locale in LOCALES:
            _write(po_path(home, locale), locale, new[locale])
    return drafts


def _write(path: Path, locale: str, entries: Entries) -> None:
    if not entries:
        path.unlink(missing_ok=True)
        return
    text = po_text(locale, entries)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def draft_traditional(hans: str, glossary: Path = GLOSSARY) -> str:
    """A zh-Hant draft of a zh-Hans text: OpenCC's Taiwan phrases, our own words before them.

    OpenCC is a tool of development; raises ImportError where it is not installed.
    """
    import opencc  # type: ignore[import-untyped,unused-ignore]

    words = read_glossary(glossary)
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(words[match[0]])
        return chr(0xE000 + len(kept) - 1)

    # Our words hide behind private characters, so that OpenCC does not turn them again.
    converted = opencc.OpenCC("s2twp").convert(pattern.sub(hide, hans))
    converted = re.sub(r"[\ue000-\uf8ff]", lambda match: kept[ord(match[0]) - 0xE000], converted)
    return str(converted.translate(str.maketrans("“”‘’", "「」『』")))


def read_glossary(path: Path = GLOSSARY) -> Mapping[str, str]:
    """Simplified words and what we say in zh-Hant, one pair a line, tab between."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t")[:2] for line in lines if line and not line.startswith("#"))


# -- check -------------------------------------------------------------------------------------------


def check(root: Path = ROOT) -> list[str]:
    """Everything that is wrong with the catalogs and the labels, one sentence each."""
    problems: list[str] = []
    elsewhere: dict[tuple[str, str, str], tuple[str, str]] = {}
    for home, wanted in extract(root).items():
        for locale in LOCALES:
            path = po_path(home, locale)
            file = path.relative_to(root).as_posix()
            entries = read_po(path)
            problems += [
                f"{file}: not extracted yet: {key}" for key in sorted(wanted.keys() - entries.keys())
            ]
            problems += [
                f"{file}: no code says this: {key}" for key in sorted(entries.keys() - wanted.keys())
            ]
            for key in sorted(wanted.keys() & entries.keys()):
                entry = entries[key]
                problems += [f"{file}: {key}: {fault}" for fault in _faults_of_entry(key, entry, locale)]
                # Django joins all catalogs into one: two translations of one text would fight.
                first_file, first = elsewhere.setdefault((locale, key.text, key.context), (file, entry.said))
                if entry.said and first and first != entry.said:
                    problems.append(
                        f"{file}: {key}: {entry.said} here, {first} in {first_file}; use pgettext"
                    )
    for path in _sources(root / "guanxi"):
        if path.suffix == ".py":
            problems += [f"{path.relative_to(root).as_posix()}:{fault}" for fault in _faults_of_labels(path)]
        else:
            problems += [f"{path.relative_to(root).as_posix()}: {fault}" for fault in _lone_percents(path)]
    return problems


def _faults_of_entry(key: Key, entry: Entry, locale: str) -> Iterator[str]:
    if not entry.said:
        yield "not translated"
        return
    if entry.fuzzy:
        yield "fuzzy: look at it and take the mark away"
    if entry.rivals:
        yield f"said in two ways: {' / '.join([entry.said, *entry.rivals])}"
    wanted = _placeholders(key.plural or key.text)
    if _placeholders(entry.said) != wanted and not (
        key.plural and _placeholders(entry.said) == _placeholders(key.text)
    ):
        yield f"placeholders differ: {entry.said}"
    if _edges(key.text) != _edges(entry.said):
        yield "begins or ends with another line break"
    yield from faults_of_chinese(entry.said, locale)


_PLACEHOLDER = re.compile(r"%%|%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}")


def _placeholders(text: str) -> list[str]:
    return sorted(set(_PLACEHOLDER.findall(text)) - {"%%"})


def _edges(text: str) -> tuple[bool, bool]:
    return text.startswith("\n"), text.endswith("\n")


_HAN = r"[\u3400-\u9fff\uf900-\ufaff]"
_WRONG_SIGNS = {
    "full-width , ; ? !": rf"(?:{_HAN}|\ufffc)[,;?!]",
    "full-width colon": rf"{_HAN}:|\ufffc:(?=\s|$)",
    "full-width stop": rf"(?:{_HAN}|\ufffc)\.(?=\s|$|{_HAN})",
    "full-width brackets": rf"{_HAN} ?\(|\({_HAN}|{_HAN}\)|\) ?{_HAN}",
    "ellipsis: one …": r"\.\.\.|。。",
    "quotes of its own": r"[\"'`]",
}
_FOREIGN_QUOTES = {"zh_Hans": ("[「」『』]", "quotes “ ”"), "zh_Hant": ("[“”‘’]", "quotes 「 」")}
_SCRIPTS = {"zh_Hans": ("gb2312", "traditional"), "zh_Hant": ("cp950", "simplified")}


def faults_of_chinese(said: str, locale: str) -> Iterator[str]:
    """What a typesetter would mark in a Chinese text: signs of the wrong width, the other script."""
    bare = re.sub(r"<[^<>]*>|&[a-z]+;", "", said)
    bare = re.sub(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}", "\ufffc", bare)
    if not re.search(_HAN, bare):
        return
    for wish, pattern in (*_WRONG_SIGNS.items(), _FOREIGN_QUOTES[locale][::-1]):
        if found := re.search(pattern, bare):
            yield f"wants {wish}, has {found[0]}: {said}"
    charset, other = _SCRIPTS[locale]
    # The national character sets know one script each: an exact test, and no table to keep.
    known = bare.encode(charset, "ignore").decode(charset)
    if strangers := "".join(sign for sign in re.findall(_HAN, bare) if sign not in known):
        yield f"{other} characters {strangers}: {said}"


def _faults_of_labels(path: Path) -> Iterator[str]:
    """`L(…)` of the declarations is held to the same rules."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "L"):
            continue
        words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if len(words) != len(node.args) or not all(isinstance(word, str) and word for word in words):
            continue
        if len(words) != 3:
            yield (
                f"{node.lineno}: L({words[0]!r}) wants three languages"
                if words
                else f"{node.lineno}: L() is empty"
            )
            continue
        for locale, said in zip(LOCALES, words[1:], strict=True):
            yield from (f"{node.lineno}: {fault}" for fault in faults_of_chinese(str(said), locale))


def _lone_percents(path: Path) -> Iterator[str]:
    """In templates gettext always formats: a percent sign of its own must be doubled."""
    for key in _strings_of(path):
        if "%" in _PLACEHOLDER.sub("", key.text):
            yield f"write %% for a percent sign in {key}"


# -- command -----------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """scripts/translate; returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/translate", description="Keep the translations in order.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--update", action="store_true", help="bring the catalogs in line with the code (default)"
    )
    what.add_argument("--check", action="store_true", help="fail where a translation is missing or ill set")
    what.add_argument("--compile", action="store_true", help="write the .mo files that are out of date")
    chosen = parser.parse_args(arguments)
    if chosen.compile:
        print(f"{compile_catalogs()} catalogs compiled")
        return 0
    if chosen.check:
        problems = check()
        print("\n".join(problems) or "translations are complete")
        return 1 if problems else 0
    for problem in check():
        if "said in two ways" in problem:
            print(f"the first is kept: {problem}")
    for draft in update():
        print(f"drafted, look at it: {draft.path.relative_to(ROOT)}: {draft.key} → {draft.said}")
    missing = [problem for problem in check() if "not translated" in problem]
    print("\n".join([*missing, f"{len(missing)} to translate"]))
    compile_catalogs()
    return 0


if __name__ == "__main__":
    sys.exit(main())
