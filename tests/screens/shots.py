"""Pictures of every screen: what `scripts/shots` runs."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.journeys import tutorial
from tests.journeys.serving import ROOT, guanxi, run, set_up_link
from tests.screens import places
from tests.screens.places import PEOPLE, SCREENS, Screen

LOOKS = {"light": (1440, 900, "light"), "dark": (1440, 900, "dark"), "phone": (390, 844, "light")}
DEVICES = (("light", "dark"), ("phone",))  # looks of one device are taken of a page that is opened once
# The pictures of README and docs: file, screen, language, look.
DOCS = (
    ("today", "today", "en", "light"),
    ("today-zh", "today", "zh-hans", "light"),
    ("company", "company", "en", "light"),
    ("company-zh", "company", "zh-hans", "light"),
    ("board-dark", "board", "en", "dark"),
    ("board-zh", "board", "zh-hans", "light"),
    ("contacts-peek", "contacts-peek", "en", "light"),
    ("import-columns", "import-columns", "en", "light"),
    ("import-columns-zh", "import-columns", "zh-hans", "light"),
    ("today-phone", "today", "en", "phone"),
)
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN", "zh-hant": "zh-TW"}
Shot = tuple[str, str, str]  # screen, language, look


@dataclass
class Sitting:
    """Somebody in one language, before one device."""

    page: Any
    address: str
    complaints: list[str] = field(default_factory=list)

    def pictures(self, screen: Screen, paths: Mapping[str, Path]) -> str:
        """Takes one for each look; what was wrong with the screen, if anything."""
        self.complaints.clear()
        try:
            self.page.emulate_media(color_scheme="light")
            status = places.show(self.page, self.address, screen)
            for look, path in paths.items():
                self.page.emulate_media(color_scheme=LOOKS[look][2])
                self.page.screenshot(path=path, animations="disabled", caret="hide")
        except Exception as error:  # the other pictures are wanted all the same
            return _said(error)
        wide = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        return "; ".join(
            [
                *self.complaints,
                *(["scrolls sideways"] if wide else []),
                *([f"{status}"] if status >= 500 else []),
            ]
        )


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
    if options.tutorial:
        return _shoot_tutorial()
    if options.docs:
        folder = ROOT / "docs" / "images"
        wanted = {(screen, language, look): folder / f"{name}.png" for name, screen, language, look in DOCS}
    else:
        folder = Path(options.to)
        wanted = {
            (screen.name, language, look): folder / f"{screen.name}-{language}-{look}.png"
            for screen in SCREENS
            for language in options.language
            for look in options.look
            if (not options.only or screen.name in options.only) and look in (screen.only or LOOKS)
        }
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with _browsers() as browsers:
        for whose in (
            ("nobody", "first"),
            ("guest", "member", "leader", "admin", "late", "later", "leaving"),
        ):
            here = [screen for screen in SCREENS if screen.who in whose]
            if any(name == screen.name for screen in here for name, _language, _look in wanted):
                wrong += _shoot(browsers, here, wanted)
    if options.docs:
        for path in wanted.values():
            _fewer_colours(path)
    return 1 if wrong else 0


def _shoot(browsers: Mapping[str, Any], screens: list[Screen], wanted: Mapping[Shot, Path]) -> int:
    """The pictures of one installation, empty or with the demo; how many screens had something wrong."""
    wrong = 0
    empty = screens[0].who == "nobody"
    with (
        tempfile.TemporaryDirectory(prefix="guanxi-shots-") as data,
        guanxi(Path(data)) as (address, environment),
    ):
        link = set_up_link(environment) if empty else ""
        if not empty:
            run(["demo"], environment)
        for who in dict.fromkeys(screen.who for screen in screens):
            if who == "first":
                with _sitting(browsers, address, "en", "light") as sitting:
                    places.set_up(sitting.page, link)
            for language in PEOPLE:
                for looks in DEVICES:
                    here = [(one, _paths(one, language, looks, wanted)) for one in screens if one.who == who]
                    here = [(one, paths) for one, paths in here if paths]
                    if not here:
                        continue
                    with _sitting(browsers, address, language, looks[0]) as sitting:
                        try:
                            _enter(sitting, who, language)
                        except Exception as error:  # as above
                            print(f"{who} {language} {looks}: cannot come in: {_said(error)}", flush=True)
                            wrong += len(here)
                            continue
                        for screen, paths in here:
                            note = sitting.pictures(_at(screen, link, address), paths)
                            wrong += bool(note)
                            shot = f"{screen.name} {language} {' '.join(paths)}"
                            print(shot + (f": {note}" if note else ""), flush=True)
    return wrong


def _paths(
    screen: Screen, language: str, looks: tuple[str, ...], wanted: Mapping[Shot, Path]
) -> dict[str, Path]:
    shots = {look: (screen.name, language, look) for look in looks}
    return {look: wanted[shot] for look, shot in shots.items() if shot in wanted}


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def _at(screen: Screen, link: str, address: str) -> Screen:
    return replace(screen, path=link.removeprefix(address)) if screen.path == "{link}" else screen


def _enter(sitting: Sitting, who: str, language: str) -> None:
    page, address = sitting.page, sitting.address
    if who in {"nobody", "guest"}:
        page.goto(f"{address}/sign-in/?language={language}")
    elif who == "first":
        places.sign_in(page, address, places.FIRST, language)
    elif who in {"admin", "leaving"}:
        places.sign_in(page, address, places.ADMINISTRATOR, language)
    elif who == "leader":
        places.sign_in(page, address, places.LEADER, language)
    else:
        places.sign_in(page, address, PEOPLE[language])


@contextmanager
def _sitting(browsers: Mapping[str, Any], address: str, language: str, look: str) -> Iterator[Sitting]:
    width, height, _theme = LOOKS[look]
    context = browsers[language].new_context(
        locale=LOCALES[language],
        viewport={"width": width, "height": height},
        has_touch=look == "phone",
        reduced_motion="reduce",
    )
    try:
        yield _listening(Sitting(context.new_page(), address))
    finally:
        context.close()


def _listening(sitting: Sitting) -> Sitting:
    sitting.page.set_default_timeout(10_000)
    sitting.page.on("pageerror", lambda error: sitting.complaints.append(str(error)))
    # A screen about an answer such as 404 or 409 is told by the browser, too: that is no complaint.
    sitting.page.on(
        "console",
        lambda said: (
            sitting.complaints.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )
    return sitting


@contextmanager
def _browsers() -> Iterator[dict[str, Any]]:
    """A Chromium for each language: its own date fields and file buttons speak it too."""
    from playwright.sync_api import sync_playwright

    path = next(
        found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))
    )
    with sync_playwright() as playwright:
        browsers = {
            language: playwright.chromium.launch(
                executable_path=path,
                args=["--no-sandbox", f"--lang={locale}"],
                env={**os.environ, "LANGUAGE": locale.replace("-", "_")},
            )
            for language, locale in LOCALES.items()
        }
        yield browsers
        for browser in browsers.values():
            browser.close()


def _shoot_tutorial() -> int:
    """The pictures of docs/tutorial, and the words that stood beside what they show."""
    words: dict[str, dict[str, list[str]]] = {}
    tutorial.IMAGES.mkdir(parents=True, exist_ok=True)
    with _browsers() as browsers:
        for language in tutorial.PAGES:
            with (
                tempfile.TemporaryDirectory(prefix="guanxi-tutorial-") as data,
                guanxi(Path(data)) as (address, environment),
            ):
                view, locale = tutorial.VIEW, LOCALES[language]
                page = browsers[language].new_context(viewport=view, locale=locale).new_page()
                walk = tutorial.Walk(page, address, language, Path(data))
                tutorial.begin(walk, set_up_link(environment))
                words[language] = {}
                for name, do in tutorial.STEPS:
                    do(walk)
                    path = tutorial.IMAGES / f"{name}-{language}.png"
                    page.screenshot(path=path, animations="disabled", caret="hide")
                    _fewer_colours(path)
                    words[language][name] = walk.words()
                    print(f"{name} {language}", flush=True)
                page.context.close()
    text = json.dumps(words, ensure_ascii=False, indent=1)
    tutorial.WORDS.write_text(text + "\n", encoding="utf-8")
    return 0


def _fewer_colours(path: Path) -> None:
    """Screens have few colours: a palette makes the file a third as long."""
    from PIL import Image

    Image.open(path).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/shots", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="SCREEN", choices=[one.name for one in SCREENS]
    )
    parser.add_argument("--language", nargs="+", default=list(PEOPLE), choices=list(PEOPLE))
    parser.add_argument("--look", nargs="+", default=list(LOOKS), choices=list(LOOKS))
    parser.add_argument("--to", default=str(ROOT / "build" / "shots"), metavar="FOLDER")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--tutorial", action="store_true", help="the pictures of docs/tutorial")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
