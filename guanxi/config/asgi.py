"""The ASGI door: only what needs open connections. Pages and the API go through wsgi.py."""

import os

import django

from guanxi.config.supervision import die_with_parent

if os.environ.get("GUANXI_SUPERVISED"):
    die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
django.setup()

from guanxi.platform.events.sse import application  # noqa: E402  needs the settings

__all__ = ["application"]
