"""Pages and the pieces of pages that htmx asks for: one template for both.

A view calls `render_page`. A plain browser gets the whole page. htmx gets the block that is named like the
element it will replace: target `#main` → block `main`, `#rows` → `rows`, `#rec-main` → `rec_main`. So a
fragment is always the same lines that the full page includes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template import engines
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from jinja2 import Environment, Template
from markupsafe import Markup

from guanxi.web.navigation import NavGroup, NavLink, menu_for, navigation_for
from guanxi.web.security import events_origin
from guanxi.web.shortcuts import replaced_keys

TOAST_COOKIE = "toast"
# What behaviours say without asking the server.
BEHAVIOUR_WORDS = {
    "undo": gettext_noop("Undo"),
    "details": gettext_noop("Details"),
    "retry": gettext_noop("Retry"),
    "restore": gettext_noop("Restore"),
    "form": gettext_noop("Open the form"),
    "notSaved": gettext_noop("Not saved. Your text is kept."),
    "unreachable": gettext_noop("The server did not answer."),
    "failed": gettext_noop("That did not work. Nothing was changed."),
    "commands": gettext_noop("Commands"),
    "nothingFound": gettext_noop("Nothing found"),
    "moveTo": gettext_noop("Move to…"),
}
LANGUAGE_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}


@dataclass(frozen=True)
class Page:
    """What every layout knows. `member` and `workspace` are None for guests, who get the language of the
    request and the theme of their system.

    A page is made of many pieces, and only what draws the frame asks for most of this: a piece must not pay
    for the counts of the navigation.
    """

    request: HttpRequest
    title: str

    @property
    def member(self) -> Any:
        return getattr(self.request, "member", None)

    @property
    def workspace(self) -> Any:
        return getattr(self.member, "workspace", None)

    @property
    def _user(self) -> Any:
        return getattr(self.member, "user", None)

    @property
    def lang(self) -> str:
        language = get_language() or "en"
        return LANGUAGE_TAGS.get(language.lower(), language)

    @property
    def theme(self) -> Literal["light", "dark", "system"]:
        return getattr(self._user, "theme", "system")

    @property
    def density(self) -> Literal["compact", "regular", "relaxed"]:
        return getattr(self._user, "density", "regular")

    @property
    def delta(self) -> Literal["cn", "intl"]:
        return getattr(self.workspace, "delta", "cn" if self.lang == "zh-Hans" else "intl")

    @cached_property
    def shortcuts(self) -> Mapping[str, str]:
        """Our key → the member's, for those that were replaced."""
        return replaced_keys(getattr(self._user, "shortcuts", None) or {})

    @property
    def single_keys(self) -> bool:
        return getattr(self._user, "single_keys", True)

    @cached_property
    def toast(self) -> Mapping[str, str] | None:
        """What the page before this one had to say."""
        return _carried_toast(self.request)

    @cached_property
    def groups(self) -> tuple[NavGroup, ...]:
        return navigation_for(self.request) if self.member else ()

    @cached_property
    def menu(self) -> tuple[NavLink, ...]:
        """What the workspace's menu offers this member beside the settings."""
        return menu_for(self.request) if self.member else ()

    @cached_property
    def words(self) -> dict[str, str]:
        """What behaviours say, in the member's language."""
        return {name: _(text) for name, text in BEHAVIOUR_WORDS.items()}

    @cached_property
    def live(self) -> str:
        """Where the browser hears of changes, or ""."""
        return events_origin(self.request) + "/events/" if self.member else ""


# ——— Answers ———


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    title: str,
    status: int = 200,
) -> HttpResponse:
    """The whole page, or for htmx the block that its target is named for.

    An htmx answer for `#main` carries the new document title. A target without a block of its name gets the
    whole page, which htmx then searches for what it selects.
    """
    block = _wanted_block(request)
    values = _values(request, context, title=title)
    found = _environment().get_template(template)
    html = _render_block(found, block, values) if block else None
    whole = html is None
    if whole:
        html = found.render(values)
    elif block == "main":
        html = format_html("<title>{} · Guanxi</title>", title) + Markup(html)
    response = HttpResponse(html, status=status)
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    _hand_over_toast(request, response, whole=whole)
    return response


def render_fragment(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    block: str = "",
    status: int = 200,
) -> HttpResponse:
    """A piece that is never a page: a whole small template, or one named block of a page's template."""
    return HttpResponse(render_piece(request, template, context, block=block), status=status)


def render_piece(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, block: str = ""
) -> Markup:
    """The same piece as markup, for a page that is made of pieces."""
    values = _values(request, context, title="")
    found = _environment().get_template(template)
    html = _render_block(found, block, values) if block else found.render(values)
    if html is None:
        raise LookupError(f"{template} has no block {block!r}")
    return Markup(html)


def redirect_or_fragment(
    request: HttpRequest,
    to: str,
    *,
    template: str = "",
    context: Mapping[str, Any] | None = None,
    block: str = "",
) -> HttpResponse:
    """After a verb: the changed piece for htmx, a redirect (303) to `to` for a plain or boosted form.

    htmx without a template gets 204: it has nothing to draw.
    """
    if not is_htmx(request) or request.headers.get("HX-Boosted"):
        response = redirect(to)
        response.status_code = 303
        return response
    if not template:
        return HttpResponse(status=204)
    return render_fragment(request, template, context, block=block)


def redirect_whole(request: HttpRequest, to: str) -> HttpResponse:
    """To a page that is loaded anew as a whole, after what shows outside the part that htmx swaps."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    response = redirect(to)
    response.status_code = 303
    return response


def toast(
    response: HttpResponse, text: str, *, undo: str = "", more: str = "", tone: str = ""
) -> HttpResponse:
    """Say what happened, at the foot of the page the member sees next.

    `undo` is the address whose POST takes it back, `more` the page that says more of it. Where another page
    follows, the words travel in a cookie that it shows and forgets, so they are seen without JavaScript too.
    """
    said = {"text": text, "undo": undo, "more": more, "tone": tone}
    if 300 <= response.status_code < 400 or "HX-Redirect" in response or "HX-Refresh" in response:
        response.set_cookie(TOAST_COOKIE, quote(json.dumps(said)), max_age=60, httponly=True, samesite="Lax")
    else:
        _trigger(response, {"toast": said})
    return response


def changed(response: HttpResponse, *objects: str) -> HttpResponse:
    """Tell the page which objects changed: every `hx-trigger="changed:deal from:body"` asks again."""
    return _trigger(response, {f"changed:{name}": {} for name in objects})


def push_url(response: HttpResponse, url: str) -> HttpResponse:
    """Put another address into the address bar."""
    response["HX-Push-Url"] = url
    return response


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


# ——— Rendering ———


def _wanted_block(request: HttpRequest) -> str:
    """The block to answer with, or "" for the whole page, which going back in history always gets."""
    if not is_htmx(request) or request.headers.get("HX-History-Restore-Request") == "true":
        return ""
    return request.headers.get("HX-Target", "").replace("-", "_")


def _render_block(template: Template, block: str, values: Mapping[str, Any]) -> str | None:
    context = template.new_context(dict(values))
    # Drawing the first piece of the page resolves `extends` and runs what stands above the blocks (imports,
    # sets); from then on the context holds every block, the outermost template's last.
    next(template.root_render_func(context), None)
    chain = context.blocks.get(block)
    if not chain:
        return None
    try:
        return "".join(chain[0](context))
    except Exception:
        template.environment.handle_exception()
        raise


def _values(request: HttpRequest, context: Mapping[str, Any] | None, *, title: str) -> dict[str, Any]:
    return {**_of_request(request), "page": Page(request, title), **(context or {})}


def _of_request(request: HttpRequest) -> dict[str, Any]:
    """What all pieces of one answer share; the token costs some randomness, so it is made once."""
    shared: dict[str, Any] | None = getattr(request, "shared_values", None)
    if shared is None:
        token = SimpleLazyObject(lambda: get_token(request))
        shared = request.shared_values = {  # type: ignore[attr-defined]
            "request": request,
            "csrf_token": token,
            "csrf_input": SimpleLazyObject(
                lambda: format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)
            ),
        }
    return shared


def _environment() -> Environment:
    env: Environment = engines["jinja2"].env  # type: ignore[attr-defined]
    return env


# ——— Toasts and triggers ———


def _trigger(response: HttpResponse, events: Mapping[str, Any]) -> HttpResponse:
    known = json.loads(response.get("HX-Trigger", "{}"))
    response["HX-Trigger"] = json.dumps({**known, **events})  # ASCII, as a header must be
    return response


def _carried_toast(request: HttpRequest) -> Mapping[str, str] | None:
    try:
        said = json.loads(unquote(request.COOKIES[TOAST_COOKIE]))
        found = {key: str(said.get(key, "")) for key in ("text", "undo", "more", "tone")}
        # A cookie may have been planted by a neighbour under the same domain: it may only lead here.
        for name in ("undo", "more"):
            if not found[name].startswith("/") or found[name].startswith(("//", "/\\")):
                found[name] = ""
        return found
    except (KeyError, ValueError, AttributeError):
        return None


def _hand_over_toast(request: HttpRequest, response: HttpResponse, *, whole: bool) -> None:
    said = _carried_toast(request)
    if said is None:
        return
    if not whole:
        _trigger(response, {"toast": dict(said)})
    response.delete_cookie(TOAST_COOKIE, samesite="Lax")
