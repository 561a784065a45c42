"""The ASGI door: only what needs open connections. Pages and the API go through wsgi.py."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
django.setup()

from guanxi.platform.events.sse import application  # noqa: E402

__all__ = ["application"]
