"""The template environment: Jinja2 everywhere, escaped always.

An app adds its own words in `AppConfig.ready`:

    from guanxi.web import jinja
    jinja.extend(filters={"money": format_money}, globals={"member_name": member_name})
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils import translation
from jinja2 import Environment, Template, Undefined
from jinja2.runtime import Context
from markupsafe import Markup

from guanxi.web import components, drawing
from guanxi.web.assets import asset
from guanxi.web.drawing import icon
from guanxi.web.escaping import Generator, PlainContext, escaped

NOTHING = Markup("")
_filters: dict[str, Callable[..., Any]] = {}
_globals: dict[str, Any] = {}
_environments: list[Environment] = []


class Absent(Undefined):
    """A name that is not there: a template may ask for it (`{% if form.hint %}`) and must not show it."""

    def __str__(self) -> str:
        self._fail_with_undefined_error()

    def __iter__(self) -> Iterator[Any]:
        self._fail_with_undefined_error()


class SharedTemplate(Template):
    """A template whose macros are made once, whoever imports them.

    Globals are the environment's and never a single template's, so there is nothing that the importing one
    could add; asking whether it does costs more than a small macro.
    """

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        return super()._get_default_module()


class PlainEnvironment(Environment):
    """Templates with the globals of all, and none of their own.

    Every piece that is drawn copies them: of a plain dictionary at once, of Jinja2's chain of two one by one.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def extend(
    *, filters: Mapping[str, Callable[..., Any]] | None = None, globals: Mapping[str, Any] | None = None
) -> None:
    """Give every template more filters and globals. Raises ValueError for a name that is taken."""
    for kept, added in ((_filters, filters or {}), (_globals, globals or {})):
        for name, thing in added.items():
            if kept.get(name, thing) is not thing:
                raise ValueError(f"two apps offer templates the name {name!r}")
            kept[name] = thing
    for env in _environments:
        env.filters.update(_filters)
        env.globals.update(_globals)


def environment(**options: Any) -> Environment:
    """Jinja2 with gettext, `url()`, `icon()`, `asset()`.

    To show an unknown name is an error where the product is built and tried; before a customer, the word is
    missing and the rest of the page is there. Django passes an `undefined` of its own: it is replaced.
    """
    options["autoescape"] = True
    options["undefined"] = Absent if settings.DEBUG or settings.TESTING else Undefined
    env = PlainEnvironment(
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    env.policies["ext.i18n.trimmed"] = True  # a {% trans %} over several lines is one sentence
    env.template_class = SharedTemplate
    env.code_generator_class = Generator
    env.context_class = PlainContext
    install: Any = getattr(env, "install_gettext_callables")  # noqa: B009  the extension puts it there
    install(translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext)
    env.globals.update(
        _=say,
        gettext=say,
        url=address,
        static=static,
        asset=asset,
        icon=icon,
        draw_act=drawing.draw_act,
        draw_avatar=drawing.draw_avatar,
        draw_entry=drawing.draw_entry,
        tie_paths=components.tie_paths,
        draw_deal=drawing.draw_deal,
        draw_deals=drawing.draw_deals,
        draw_pulse=drawing.draw_pulse,
        spark_path=components.spark_path,
        ring_dash=components.ring_dash,
        control=control,
        **_globals,
    )
    env.filters.update(icon=icon, attrs=attrs, **_filters)
    _environments.append(env)
    return env


def say(text: str, /, **values: Any) -> Markup:
    """A sentence in the active language, with its values escaped: `_("Moved to %(name)s", name=lane)`."""
    said = _said(translation.get_language(), text) if type(text) is str else _translated(text)
    return said % values if values or "%" in said else said


def _translated(text: Any) -> Markup:
    return Markup(translation.gettext(text))


@lru_cache(maxsize=16384)
def _said(_language: str | None, text: str) -> Markup:
    """Templates say the same sentences over and over, in the language that is part of the key."""
    return _translated(text)


def address(name: str, **values: Any) -> str:
    """The address of a view by its name; `args` and `kwargs` as Django's `reverse` takes them."""
    if values:
        return reverse(name, **values)
    return _fixed_address(get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), name)


@lru_cache(maxsize=1024)
def _fixed_address(urlconf: str, _prefix: str, name: str) -> str:
    """An address without values is always the same."""
    return reverse(name, urlconf=urlconf)


def control(
    id: str, name: str, hint: str, error: str, required: bool, disabled: bool
) -> dict[str, str | bool | None]:
    """Attributes that every form control has: its name, what describes it, whether it is needed or wrong."""
    described = [f"{id}-{part}" for part, words in (("hint", hint), ("error", error)) if words]
    return {
        "id": id or None,
        "name": name,
        "aria-describedby": " ".join(described) or None,
        "aria-invalid": "true" if error else None,
        "required": required,
        "disabled": disabled,
    }


def attrs(values: Mapping[str, Any]) -> Markup:
    """HTML attributes, each after a space: None and False left out, True alone, the rest escaped."""
    if not values:
        return NOTHING
    # Plain strings: this stands in every cell of every list, and Markup.format costs ten times as much.
    said = ""
    for name, value in values.items():
        if value is True:
            said += f" {name}"
        elif value is not None and value is not False:
            said += f' {name}="{escaped(value)}"'
    return Markup(said)
