"""Templates hold no inline style, script or handler; macros escape what they are given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.utils.translation import gettext_lazy
from jinja2 import UndefinedError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from guanxi.platform.i18n.labels import L
from guanxi.web import components
from guanxi.web.escaping import escaped
from guanxi.web.jinja import attrs, extend

PRODUCT = Path(settings.BASE_DIR) / "guanxi"
TEMPLATES = sorted(path for path in PRODUCT.rglob("templates/**/*.html") if "/mail/" not in path.as_posix())
INLINE = re.compile(
    r"""\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*["']|<script\b(?![^>]*\ssrc=)|javascript:|\shx-on\b|\shx-vals\s*=\s*["']js:""",
    re.IGNORECASE,
)
NASTY = """<script>alert("1")</script>' onload='x"""


def template_id(path: Path) -> str:
    return path.relative_to(PRODUCT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=template_id)
def test_no_inline_style_script_or_handler(path: Path) -> None:
    found = [match.group(0).strip() for match in INLINE.finditer(path.read_text())]
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=template_id)
def test_whoever_asks_says_where_the_answer_goes(path: Path) -> None:
    """The layout says #main, for links from page to page; a piece that inherits it would replace the page."""
    text = path.read_text()
    tags = re.findall(r"<[a-z][^<>]*\shx-(?:get|post|put|patch|delete)=[^<>]*>", text)
    around = set(re.findall(r"<[a-z][^<>]*\shx-target=[^<>]*>", text)) - set(tags)
    assert around or [tag for tag in tags if "hx-target" not in tag and 'hx-swap="none"' not in tag] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=template_id)
def test_it_compiles(path: Path) -> None:
    engines["jinja2"].env.parse(path.read_text())  # type: ignore[attr-defined]


def drawn(source: str, **context: object) -> str:
    text: str = engines["jinja2"].env.from_string(source).render(**context)  # type: ignore[attr-defined]
    return text


# Each macro with a call that hands it something nasty wherever words go in.
MACROS = {
    "button": "button(x, aria=x, key=x, attrs={'data-x': x})",
    "field": "input('n', x, x, hint=x, error=x, placeholder=x)",
    "avatar": "who(x, 1, href=x, language=x)",
    "chip": "chip(x, x, x, remove_url=x)",
    "facts": "fact(x, x, edit=x, name=x, raw=x)",
    "toast": "toast(x, x)",
    "callout": "callout(x)",
    "menu": "menu_item(x, post=x, end=x)",
    "empty": "empty(x, x)",
    "timeline": "entry_head(x, x)",
    "card": "mini_item(x, href=x, end=x, sub=x)",
    "composer": "composer(x, kinds, x, body=x)",
}


@pytest.mark.parametrize("name", MACROS)
def test_a_macro_escapes_what_it_is_given(name: str) -> None:
    call = MACROS[name]
    macro = call.partition("(")[0]
    source = f'{{% from "components/{name}.html" import {macro} %}}{{{{ {call} }}}}'
    html = drawn(source, x=NASTY, kinds=[components.Option(NASTY, NASTY)])
    assert "<script" not in html
    assert re.search(r"\son[a-z]+=['\"]", html) is None


def test_structured_components_escape_too() -> None:
    html = drawn(
        """{% from "components/act.html" import act %}{% from "components/board.html" import deal %}
        {% from "components/job.html" import job %}{{ act(a) }}{{ deal(d) }}{{ job(j) }}""",
        a=components.Act(key="1", name=NASTY, href=NASTY, why=NASTY, about=NASTY, value=NASTY, due=NASTY),
        d=components.DealCard("1", NASTY, NASTY, NASTY, NASTY, next_step=NASTY, owner=NASTY, move_url=NASTY),
        j=components.Job(NASTY, NASTY, note=NASTY, url=NASTY, cancel_url=NASTY),
    )
    assert "<script" not in html
    assert re.search(r"\son[a-z]+=['\"]", html) is None


def test_a_menu_item_that_sends_does_so_with_the_form_around_it_and_draws_the_answer() -> None:
    """One type each: of two a browser takes the first, and the press would do nothing."""
    given = """{% from "components/menu.html" import menu_item %}
        {{ menu_item("Ada", attrs={"type": "submit", "name": "to", "value": "7"}) }}"""
    assert re.findall(r'\stype="[a-z]+"', drawn(given)) == [' type="submit"']
    sent = drawn(
        """{% from "components/menu.html" import menu_item %}{{ menu_item("Submit", post="/a/") }}"""
    )
    assert re.findall(r'\stype="[a-z]+"', sent) == [' type="submit"']
    assert ' formaction="/a/" formmethod="post"' in sent
    assert "hx-" not in sent
    plain = drawn("""{% from "components/menu.html" import menu_item %}{{ menu_item("Compact") }}""")
    assert re.findall(r'\stype="[a-z]+"', plain) == [' type="button"']


def test_a_field_ties_its_hint_and_error_to_the_control() -> None:
    html = drawn(
        """{% from "components/field.html" import input %}
        {{ input("email", "Email", hint="h", error="e", required=true) }}"""
    )
    assert 'aria-describedby="f-email-hint f-email-error"' in html
    assert 'aria-invalid="true"' in html
    assert " required" in html
    assert '<label for="f-email">' in html


def test_attributes_leave_out_what_is_not() -> None:
    assert attrs({"a": None, "b": False, "c": True, "d": 0, "e": '"'}) == ' c d="0" e="&#34;"'


def test_two_apps_cannot_offer_the_same_name() -> None:
    extend(globals={"only_for_this_test": print})
    extend(globals={"only_for_this_test": print})
    with pytest.raises(ValueError, match="only_for_this_test"):
        extend(globals={"only_for_this_test": repr})


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "<&>'\"",
        Markup("<b>&</b>"),
        7,
        None,
        gettext_lazy("Sign in"),
        L("<a>"),
        type("S", (str,), {})("<"),
    ],
)
def test_what_is_shown_is_escaped_as_markupsafe_does(value: object) -> None:
    assert escaped(value) == str(escape(value)) == drawn("{{ x }}", x=value)
    assert drawn("{% set kept %}{{ x }}{% endset %}{{ kept }}", x=value) == str(escape(value))
    assert drawn("{% autoescape false %}{{ x }}{% endautoescape %}", x=value) == str(value)


def test_functions_are_called_with_what_they_ask_for() -> None:
    @pass_context
    def lane(context: Context) -> str:
        return str(context["z"])

    source = "{% macro said(y) %}<{{ y }}>{{ caller() }}{% endmacro %}{% block b %}{% for x in [1, 2] %}"
    source += "{% set z = x %}{{ lane() }}{% call said('&') %}{{ plain(x, by=3) }}{% endcall %}"
    source += "{% endfor %}{% endblock %}"
    found = drawn(source, lane=lane, plain=lambda one, by: one * by)
    assert found == "1<&amp;>32<&amp;>6"


def test_a_macro_takes_what_it_is_given_and_nothing_else() -> None:
    macro = "{% macro m(a, b='2', c=none) %}{{ a }}{{ b }}{{ c }}{{ caller() if caller }}{% endmacro %}"
    assert (
        drawn(macro + "{{ m('<') }} {{ m('1', c='<') }} {{ m(b='b', a='a') }}") == "&lt;2None 12&lt; abNone"
    )
    assert drawn(macro + "{% call m('1') %}<b>{% endcall %}") == "12None<b>"
    assert drawn(macro + "{% for x in [1, 2] %}{{ m(x) }}{% endfor %}") == "12None22None"
    assert (
        drawn("{% macro all() %}{{ varargs | length }}{{ kwargs.x }}{% endmacro %}{{ all(1, 2, x='<') }}")
        == "2&lt;"
    )
    assert drawn(macro + "{% autoescape false %}{{ m('<') }}{% endautoescape %}") == "&lt;2None"
    for wrong in ("m('1', d=2)", "m('1', '2', '3', '4')", "m('1', a='2')"):
        with pytest.raises(TypeError, match="macro 'm'"):
            drawn(macro + "{{ " + wrong + " }}")


def test_what_is_not_so_is_shown_as_nothing() -> None:
    assert drawn("[{{ 'a' if x }}{{ ('b' if x) ~ 'c' }}{{ ('d' if x) is defined }}]", x=False) == "[cFalse]"


def test_a_name_that_is_not_there_may_be_asked_for_and_not_shown():
    assert drawn("{% if hint or hint == 'x' %}x{% endif %}{{ hint or 'none' }}") == "none"
    for shown in ("{{ hint }}", "{{ {}.hint }}", "{% for one in hint %}{% endfor %}"):
        with pytest.raises(UndefinedError):
            drawn(shown)
