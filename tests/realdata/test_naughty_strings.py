import json

import pytest

from guanxi.platform.i18n.folding import fold, matches, search_tokens
from guanxi.platform.i18n.names import avatar_text, short_company_name, sort_key, split_name
from guanxi.platform.i18n.phones import parse_phone
from guanxi.platform.i18n.when import parse_when
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
