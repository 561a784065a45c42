"""A real Chromium on the stage, for what only a browser can show."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.template import engines
from django.test import override_settings
from playwright.sync_api import Browser, Page

from guanxi.web.assets import DIST
from guanxi.web.tests.stage import views
from tests.chromium import PATIENCE

PAGES = str(Path(__file__).parent / "stage" / "pages")


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Tests say nothing about requests that went well."""


@pytest.fixture(scope="module")  # not longer: while it stands, the product's own addresses are no addresses
def stage() -> Iterator[str]:
    """The address of the stage; it has no database and no members."""
    if not (DIST / "manifest.json").exists():
        pytest.skip("the front end is not built: scripts/build")
    templates: list[dict[str, Any]] = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(PAGES)
    chosen = override_settings(
        ROOT_URLCONF="guanxi.web.tests.stage.urls",
        TEMPLATES=templates,
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=[
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "guanxi.web.security.ContentSecurityPolicy",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
    )
    with chosen:
        assert engines.all()
        server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
        server.set_app(WSGIHandler())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


@pytest.fixture
def page(browser: Browser, stage: str) -> Iterator[Page]:
    """A fresh window on the stage. A test fails when the page complained: a policy, a script, a file."""
    views.reset()
    context = browser.new_context(base_url=stage, viewport={"width": 1280, "height": 800}, locale="en")
    window = context.new_page()
    window.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield window
    context.close()
    # The stage answers some requests with an error on purpose.
    meant = ("Failed to load resource", "Response Status")
    assert [said for said in complaints if not any(words in said for words in meant)] == []
