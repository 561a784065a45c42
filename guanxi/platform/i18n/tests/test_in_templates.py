from datetime import date
from decimal import Decimal

from django.template import engines
from django.utils import translation


def render(source, **names):
    return engines.all()[0].from_string(source).render(names)


def test_templates_write_in_the_language_of_the_reader():
    source = (
        "{{ amount|money('CNY', compact=true) }} · {{ day|date(year=true) }} · {{ '+8613857104426'|phone }}"
    )
    names = {"amount": Decimal(1_200_000), "day": date(2026, 11, 24)}
    with translation.override("en"):
        assert render(source, **names) == "¥1.2M · 24 Nov 2026 · 138 5710 4426"
    with translation.override("zh-hant"):
        assert render(source, **names) == "¥120\u00a0萬 · 2026年11月24日 · 138 5710 4426"


def test_sentences_stand_apart_as_their_language_wants():
    with translation.override("en"):
        assert render("Done.{{ sentence_gap() }}Go on.") == "Done. Go on."
    with translation.override("zh-hant"):
        assert render("完成。{{ sentence_gap() }}繼續。") == "完成。繼續。"


def test_sentences_over_several_lines_are_one():
    assert render("{% trans %}\n  Yesterday\n{% endtrans %}") == "Yesterday"
    with translation.override("zh-hans"):
        assert render("{% trans %}\n  Yesterday\n{% endtrans %}") == "昨天"
