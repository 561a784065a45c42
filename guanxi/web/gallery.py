"""Sample data of the gallery page. Names are invented; every component is shown in every state."""

from __future__ import annotations

from typing import Any

from guanxi.web.components import (
    Act,
    CalendarDay,
    CalendarEntry,
    Column,
    DealCard,
    Job,
    Lane,
    Option,
    Pulse,
    Step,
    Tab,
    Tie,
)

TONES = (
    ("azurite", "石青"),
    ("malachite", "石绿"),
    ("ochre", "赭石"),
    ("gamboge", "藤黄"),
    ("rouge", "胭脂"),
    ("indigo", "花青"),
    ("cinnabar", "朱砂"),
    ("ink", "墨"),
)


def _weeks(digits: str) -> tuple[int, ...]:
    return tuple(int(digit) for digit in digits)


LIVELY = Pulse.of(_weeks("13100342331101121213122111"), _weeks("12011220110010012122110031"))
ONE_SIDED = Pulse.of(_weeks("10001000011100000100000002"), _weeks("11102433110013121301110123"))
QUIET = Pulse.of(_weeks("00223441110221010201220000"), _weeks("11024131120112131202110000"), tone="gamboge")
LOST = Pulse.of(_weeks("11222100011110000000000000"), _weeks("12131011101010000000000000"), tone="cinnabar")
YEAR = Pulse.of(
    _weeks("0011121220102211021131120112201121112110121101000000"),
    _weeks("1012110211120012101110211201120112111201111011000000"),
    tone="gamboge",
)


def gallery_context() -> dict[str, Any]:
    """Everything `gallery/gallery.html` draws."""
    return {
        "tones": TONES,
        "pulses": ((LIVELY, "lively"), (ONE_SIDED, "only we call"), (QUIET, "quieter"), (LOST, "lost")),
        "ties": [
            Tie(1, "何立群", "#", "Decides", "ochre", "not met yet", 0),
            Tie(2, "高峻", "#", "Influences", "azurite", "every 12 days", 2),
            Tie(3, "王若溪", "#", "Buys", "gamboge", "every 3 days", 3),
        ],
        "year": YEAR,
        "options": (Option("mine", "Mine"), Option("team", "Team"), Option("all", "All")),
        "stages": (Option("qualified", "Qualified"), Option("quoted", "Quoted"), Option("won", "Won")),
        "kinds": (
            Option("note", "Note", icon="notebook-pen"),
            Option("call", "Call", icon="phone"),
            Option("todo", "To-do", icon="square-check-big"),
        ),
        "tabs": (
            Tab("All", "#", count="1,284"),
            Tab("Quiet for 14 days", "#", current=True, count="37", icon="moon-star"),
            Tab("Mine", "#", count="248"),
        ),
        "columns": (
            Column("name", "Name"),
            Column("next", "Next step"),
            Column("pulse", "Pulse"),
            Column("value", "Value", sort="descending", href="#", numeric=True),
        ),
        "people": (("许南乔", 1), ("周砚", 2), ("Rachel Tan", 3), ("Amir", 4), ("林知遥", 5)),
        "acts": (
            Act(
                key="1",
                name="王若溪",
                href="#",
                about="青禾水务 · 采购经理",
                avatar_key=1,
                why="Opened the quote four times in three days; nobody has answered her",
                why_icon="eye",
                why_tone="azurite",
                pulse=LIVELY,
                value="¥268,000",
                due="now",
                language="zh-Hans",
            ),
            Act(
                key="2",
                name="李卓然",
                href="#",
                about="禾木食品",
                avatar_key=7,
                why="Quiet for 34 days; usually every 9",
                why_icon="moon-star",
                why_tone="gamboge",
                pulse=QUIET,
                value="¥96,000",
                due="2 days late",
                late=True,
                language="zh-Hans",
            ),
            Act(key="3", name="Rachel Tan", href="#", about="Marlin", avatar_key=3, why="Renews on 15 Dec"),
        ),
        "lanes": (
            Lane(
                "quoted",
                "Quoted",
                0.6,
                "3",
                "¥536K",
                "¥322K weighted",
                (
                    DealCard(
                        "1",
                        "WQ-200 × 4",
                        "#",
                        "青禾水务",
                        "¥268K",
                        "18 Dec",
                        "Call Li Zhuoran",
                        "3 d",
                        owner="林知遥",
                        owner_key=5,
                        move_url="#",
                        pulse=LIVELY,
                    ),
                    DealCard(
                        "2",
                        "Brine pilot",
                        "#",
                        "长汀纸业",
                        "¥180K",
                        age="26 d",
                        rot=1,
                        owner="周砚",
                        owner_key=2,
                        move_url="#",
                    ),
                ),
            ),
            Lane(
                "won",
                "Won",
                1.0,
                "1",
                "¥88K",
                "",
                (
                    DealCard(
                        "3",
                        "Dairy line",
                        "#",
                        "瑞安乳业",
                        "¥88K",
                        age="61 d",
                        rot=2,
                        owner="许南乔",
                        owner_key=1,
                        move_url="#",
                    ),
                ),
            ),
        ),
        "steps": (
            Step("File", "GB18030, 14 columns", icon="file-text", state="done"),
            Step("Match columns", "12 of 14 matched", icon="arrow-left-right", state="now"),
            Step("Check rows", "52 to look at", icon="list-checks"),
            Step("Import", "undo for 30 days", icon="upload"),
        ),
        "jobs": (
            Job("g1", "Importing 1,842 contacts", done=1179, of=1842, note="1,179 done · 8 seconds left"),
            Job("g2", "Imported 1,842 contacts", state="done", note="9 seconds"),
            Job(
                "g3",
                "Export stopped at row 4,110",
                state="failed",
                note="The disk is full. Nothing was lost.",
            ),
        ),
        "spark_values": (3, 4, 4, 5, 5, 6, 7, 6, 8, 8, 9),
        "weekdays": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        "weeks": (tuple(_day(number) for number in range(23, 30)),),
        "agenda": (
            CalendarEntry("销售晨会", "#", "09:30", past=True),
            CalendarEntry("青禾水务 · 二期方案讲解", "#", "11:00", "azurite"),
            CalendarEntry("Marlin · renewal call", "#", "16:00", "indigo"),
        ),
    }


def _day(number: int) -> CalendarDay:
    entries = (CalendarEntry("现场比测", "#", "14:30", "ochre"), CalendarEntry("Renewal call", "#", "16:00"))
    return CalendarDay(
        iso=f"2026-11-{number}",
        label=f"{number} November",
        number=number,
        today=number == 24,
        working=number < 28,
        note="小雪" if number == 23 else "",
        entries=entries if number in (24, 26) else (),
    )
