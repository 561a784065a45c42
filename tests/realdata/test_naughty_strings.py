import csv
import io
import json

import pytest

from guanxi.people.contacts.models import Contact
from guanxi.platform.i18n.folding import fold, matches, search_tokens
from guanxi.platform.i18n.names import avatar_text, short_company_name, sort_key, split_name
from guanxi.platform.i18n.phones import parse_phone
from guanxi.platform.i18n.when import parse_when
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.fields.text import printable
from guanxi.platform.records.exporting.tables import export_lines
from guanxi.platform.records.importing.guessing import NOT_GIVEN
from guanxi.platform.records.listing import ListQuery
from guanxi.platform.records.writing import create_record
from tests.realdata import data_set


@pytest.fixture(scope="module")
def strings() -> list[str]:
    return list(json.loads((data_set("naughty_strings") / "blns.json").read_text()))


def test_they_fold_once_and_find_themselves(strings):
    for text in strings:
        folded = fold(text)
        assert fold(folded) == folded
        assert "\x00" not in folded
        assert all(token.isalnum() for token in search_tokens(text))
        if len(text) < 150:
            assert matches(text, text), text


def test_as_names_they_do_no_harm(strings):
    for text in strings:
        assert sort_key(text)
        assert avatar_text(text, wide=True)
        assert avatar_text(text, company=True)
        assert bool(short_company_name(text)) == bool(text.split())
        assert "".join(split_name(text)) == "" or text.strip()


def test_as_phones_and_times_they_do_no_harm(strings):
    for text in strings:
        phone = parse_phone(text, "CN")
        assert phone is None or phone.e164.startswith("+")
        moment = parse_when(text)
        assert moment is None or moment.at.tzinfo is not None


def test_imported_they_are_kept_as_they_are(workshop, strings, tmp_path):
    path = tmp_path / "contacts.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "name", "description"])
        writer.writerows([f"n{number}", f"Name {number}", text] for number, text in enumerate(strings))
    job = workshop.begin(path, objects=["contact"])
    file = workshop.run(job)["contacts.csv"]
    assert (file.created, file.rejected) == (len(strings), 0)
    kept = dict(Contact.objects.values_list("external_id", "about"))
    for number, text in enumerate(strings):
        wanted = printable(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if wanted.casefold() in NOT_GIVEN | {""}:
            assert kept[f"n{number}"] is None
        else:
            assert kept[f"n{number}"] in {wanted, wanted.removeprefix("'")}, number


def test_exported_no_payload_is_a_formula(workshop, tmp_path):
    lines = (data_set("naughty_strings") / "csv_injection_payloads.txt").read_text().splitlines()
    assert len(lines) == 12
    for number, line in enumerate(lines):
        create_record(
            object="contact", values={"name": f"Payload {number:02}", "about": line}, by=workshop.by
        )
    query = ListQuery(obj=registry.get("contact"), columns=("name", "about"), sort="name")
    text = "".join(export_lines(query, by=workshop.by)).removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))[1:]
    assert [row[1].removeprefix("'") for row in rows] == lines
    assert not any(row[1].startswith(("=", "+", "-", "@")) for row in rows)
