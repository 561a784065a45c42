"""The template environment: Jinja2 everywhere, escaped always."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined


def environment(**options: Any) -> Environment:
    """Jinja2 with gettext, `url()` and `static()`; an unknown name is an error, not an empty string."""
    options["autoescape"] = True
    options.setdefault("undefined", StrictUndefined)
    env = Environment(
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"], trim_blocks=True, lstrip_blocks=True, **options
    )
    install: Any = getattr(env, "install_gettext_callables")  # noqa: B009  the extension puts it there
    install(translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext)
    env.globals.update(url=reverse, static=static)
    return env
