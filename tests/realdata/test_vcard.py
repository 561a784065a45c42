"""Address books of phones and mail programs; the pairs of ical.js say what each line means."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from guanxi.people.contacts.models import Contact
from guanxi.platform.records.importing.vcards import Property, read_cards, split, unescape

PAIRS = ("escape_semicolon", "vcard", "vcard3", "vcard_author", "vcard_grouped")


@pytest.mark.parametrize("name", PAIRS)
def test_each_line_means_what_its_jcard_says(data: Path, name: str):
    (card,) = read_cards((data / "vcard" / f"icaljs_{name}.vcf").open(encoding="utf-8", newline=""))
    wanted = json.loads((data / "vcard" / f"icaljs_{name}.json").read_text("utf-8"))[1]
    assert [one.name.lower() for one in card] == [line[0] for line in wanted]
    for one, (label, parameters, kind, *values) in zip(card, wanted, strict=True):
        assert one.group == parameters.get("group", ""), label
        types = parameters.get("type", [])
        assert one.types == [word.lower() for word in ([types] if isinstance(types, str) else types)], label
        if kind in {"text", "uri", "phone-number", "unknown"}:
            assert meant(one, values) == values, label
        elif kind in {"date", "date-time"}:
            assert re.sub(r"\D", "", one.value) == re.sub(r"\D", "", str(values[0])), label


def meant(one: Property, values: list[Any]) -> list[Any]:
    """The value in the shape of the jCard: components, several values, or one text."""
    if isinstance(values[0], list):
        parts = [[unescape(word) for word in split(part, ",")] for part in split(one.value, ";")]
        return [[words[0] if len(words) == 1 else words for words in parts]]
    if len(values) > 1:
        return [unescape(part) for part in split(one.value, ",")]
    return [one.text()]


def test_address_books_become_contacts(workshop, data: Path):
    books = [data / "vcard" / f"John_Doe_{name}.vcf" for name in ("ANDROID", "GMAIL", "IPHONE", "MS_OUTLOOK")]
    for book in books:
        job = workshop.begin(book)
        (plan,) = (file.file_plan for file in job.files.all())
        assert plan.object == "contact"
        workshop.decide(job, book.name, accept_companies)
        file = workshop.run(job)[book.name]
        # One of the six cards says "ÑÑÑÑ" where an address of mail should be.
        assert file.rejected == ("ANDROID" in book.name), book.name
    phone = Contact.objects.get(name="Mr. John Richter James Doe Sr.", emails__0__email="john.doe@ibm.com")
    assert [(one["kind"], one["typed"]) for one in phone.phones][:3] == [
        ("mobile", "905-555-1234"),
        ("home", "905-666-1234"),
        ("work", "905-777-1234"),
    ]
    assert phone.company.name == "IBM"
    assert {(one["kind"], one["city"]) for one in phone.addresses} == {
        ("home", "New York"),
        ("office", "New York"),
    }


def accept_companies(plan) -> None:
    for column in plan.goes_to("company"):
        column.on_missing = "create"
    if not plan.goes_to("name"):
        plan.title = [0]
