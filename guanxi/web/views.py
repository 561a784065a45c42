"""The shell's own pages: the navigation on phones, all keys, the gallery."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from guanxi.web.gallery import gallery_context
from guanxi.web.pages import render_fragment, render_page
from guanxi.web.shortcuts import SHORTCUTS


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    return redirect("/today/")


@login_not_required
def navigation(request: HttpRequest) -> HttpResponse:
    """The entries with fresh counts, for the rail."""
    return render_fragment(request, "layouts/entries.html")


@login_not_required
def more(request: HttpRequest) -> HttpResponse:
    """The whole navigation as a page: what phones have behind More."""
    return render_page(request, "layouts/more.html", title=_("More"))


@login_not_required
def keys(request: HttpRequest) -> HttpResponse:
    """What `?` shows; a page of its own without JavaScript."""
    return render_page(request, "layouts/keys.html", {"shortcuts": SHORTCUTS}, title=_("Keys"))


@login_not_required
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state, day and night: in development, and for administrators."""
    actor = getattr(request, "actor", None)
    if not (settings.DEBUG or getattr(actor, "administers", False)):
        raise Http404
    return render_page(request, "gallery/gallery.html", gallery_context(), title=_("Components"))
