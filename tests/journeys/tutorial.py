"""The steps of docs/tutorial, done in a browser: what proves the tutorial is what makes its pictures.

`scripts/shots --tutorial` writes the pictures and, beside them, the words that stood on each screen. The
journey in test_tutorial.py does the same steps; it fails when a screen says something else than its picture,
or the text names something that is not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.serving import ROOT

FOLDER = ROOT / "docs" / "tutorial"
IMAGES = FOLDER / "images"
WORDS = IMAGES / "words.json"
PAGES = {
    "en": FOLDER / "make-your-own-object.md",
    "zh-hans": FOLDER / "make-your-own-object.zh-hans.md",
    "zh-hant": FOLDER / "make-your-own-object.zh-hant.md",
}
PASSWORD = "stone-bridge-4417"
VIEW = {"width": 1200, "height": 760}
_SAID = "main :is(h1, h2, h3, label, legend, th, button, .btn)"

# What is typed, in each language; the names for programs are the same in all.
TYPED: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "firm": "Northwind Instruments", "person": "Alex Lim", "one": "Machine", "several": "Machines",
        "state": "State", "states": ("Running", "Down", "Retired"),
        "fields": {"serial": "Serial number", "photo": "Photo", "site": "Site"},
        "names": ("Mill 7", "Press 2", "Lathe 11"),
    },
    "zh-hans": {
        "firm": "溪山仪器", "person": "顾明", "one": "设备", "several": "设备",
        "state": "状态", "states": ("运行", "停机", "报废"),
        "fields": {"serial": "序列号", "photo": "照片", "site": "安装地点"},
        "names": ("7 号磨床", "2 号压机", "11 号车床"),
    },
    "zh-hant": {
        "firm": "溪山儀器", "person": "黃凱文", "one": "設備", "several": "設備",
        "state": "狀態", "states": ("運作中", "停機", "報廢"),
        "fields": {"serial": "序號", "photo": "照片", "site": "安裝地點"},
        "names": ("7 號磨床", "2 號壓機", "11 號車床"),
    },
}  # fmt: skip


@dataclass
class Walk:
    """One language's way through the steps; `folder` is where pictures of files to upload may lie."""

    page: Any
    address: str
    language: str
    folder: Path

    @property
    def typed(self) -> Mapping[str, Any]:
        return TYPED[self.language]

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f"main [name='{name}'], aside [name='{name}']").first.fill(value)

    def words(self) -> list[str]:
        """What the screen says that stays: headings, labels and buttons, without numbers."""
        said = self.page.eval_on_selector_all(_SAID, "all => all.map(one => one.innerText.trim())")
        return sorted(
            {line for one in said for line in one.split("\n") if line and not re.search(r"\d", line)}
        )


def begin(walk: Walk, link: str) -> None:
    """The first person of an empty installation."""
    page, typed = walk.page, walk.typed
    page.goto(link)
    page.select_option("[name=language]", walk.language)
    page.select_option("[name=country]", "CN")
    said = {"person": typed["person"], "email": "a@firm.example", "password": PASSWORD, "name": typed["firm"]}
    for name, value in said.items():
        page.fill(f"[name={name}]", value)
    page.locator("[name=begin][value=empty]").check(force=True)
    page.locator("form button.primary").click()
    page.wait_for_url("**/today/**")


def make_object(walk: Walk) -> None:
    walk.go("/settings/objects/?new")
    own = walk.language
    walk.fill(**{f"label-{own}": walk.typed["one"], f"plural_label-{own}": walk.typed["several"]})
    walk.page.locator("main details summary").last.click()
    walk.fill(name="machine", plural="machines")


def choose_kind(walk: Walk) -> None:
    walk.page.locator("main form.sheet button.primary").click()
    walk.page.wait_for_url("**/settings/objects/machine/**")
    walk.go("/settings/objects/machine/?add=choose")


def add_choice(walk: Walk) -> None:
    walk.page.locator(".kind-grid a[href='?add=choice']").click()
    walk.page.locator("aside.shape").wait_for()
    walk.fill(**{f"label-{walk.language}": walk.typed["state"], "name": "state"})
    for place, (word, tone) in enumerate(
        zip(walk.typed["states"], ("malachite", "cinnabar", "ochre"), strict=True)
    ):
        walk.fill(**{f"option-{place}": word})
        walk.page.select_option(f"[name=option-{place}-tone]", tone)


def add_more(walk: Walk) -> None:
    _save_field(walk)
    for name, kind in (("serial", "text"), ("photo", "image"), ("site", "address")):
        walk.go(f"/settings/objects/machine/?add={kind}")
        walk.fill(**{f"label-{walk.language}": walk.typed["fields"][name], "name": name})
        if name == "serial":
            walk.page.locator("aside [name=unique]").check(force=True)
        _save_field(walk)


def fill_form(walk: Walk) -> None:
    for place in (2, 1):
        _fill_record(walk, place)
        _save_record(walk)
    _fill_record(walk, 0)


def show_gallery(walk: Walk) -> None:
    _save_record(walk)
    walk.go("/machines/?layout=gallery")
    walk.page.locator("img.cover").first.wait_for()
    # One evaluation: waiting by asking again and again is eval, which the pages' policy forbids.
    walk.page.evaluate("Promise.all([...document.querySelectorAll('img.cover')].map(one => one.decode()))")


STEPS: tuple[tuple[str, Callable[[Walk], None]], ...] = (
    ("object", make_object),
    ("kinds", choose_kind),
    ("choice", add_choice),
    ("fields", add_more),
    ("form", fill_form),
    ("gallery", show_gallery),
)


def named_in(language: str) -> list[list[str]]:
    """The words in bold of each step of a page: what it says is to be seen there."""
    sections = PAGES[language].read_text(encoding="utf-8").split("\n## ")[1 : len(STEPS) + 1]
    return [re.findall(r"\*\*(.+?)\*\*", one) for one in sections]


def kept_words() -> dict[str, dict[str, list[str]]]:
    """Language → step → the words that stood there when the pictures were made."""
    found: dict[str, dict[str, list[str]]] = json.loads(WORDS.read_text(encoding="utf-8"))
    return found


def _save_field(walk: Walk) -> None:
    with walk.page.expect_navigation():
        walk.page.locator("aside [name=do][value=add]").click()


def _fill_record(walk: Walk, place: int) -> None:
    walk.go("/machines/new/")
    walk.fill(name=walk.typed["names"][place], serial=f"SN-{2041 + place}")
    walk.page.select_option("[name=state]", index=place + 1)
    walk.page.set_input_files("[name=photo-file]", str(_photo(walk.folder, place)))
    walk.page.locator("main [name=site-city]").fill("杭州")
    walk.page.locator("main [name=site-street]").fill(f"文一西路 {998 + place} 号")


def _save_record(walk: Walk) -> None:
    with walk.page.expect_navigation():
        walk.page.locator(".form-foot button.primary").click()
    walk.page.wait_for_url(re.compile(r"/machines/\d+/"))


def _photo(folder: Path, place: int) -> Path:
    """A picture like no other: what a photo of a machine would be."""
    from PIL import Image, ImageDraw

    path = folder / f"machine-{place}.png"
    picture = Image.new("RGB", (300, 200), ((96, 125, 139), (141, 110, 99), (84, 110, 122))[place])
    draw = ImageDraw.Draw(picture)
    for at in range(5):
        draw.ellipse(
            (30 + 50 * at, 60 + 12 * place, 70 + 50 * at, 100 + 12 * place), outline="white", width=4
        )
    draw.rectangle((20, 140, 280, 160), fill="white")
    picture.save(path)
    return path
