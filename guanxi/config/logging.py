"""One form for every line that is logged, ours and Django's: for people at a terminal, JSON for machines."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog


def logging_settings(form: str, level: str = "INFO") -> dict[str, Any]:
    """Django's LOGGING for the form "console" or "json"; raises ValueError for another."""
    if form not in {"console", "json"}:
        raise ValueError(f"GUANXI_LOG: {form!r} is neither console nor json")
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            # Rich tracebacks print every local: a page with many records takes a minute to log.
            colors=False,
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    errors = [structlog.processors.format_exc_info] if form == "json" else []
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    *shared,
                    structlog.stdlib.ExtraAdder(allow=["reference"]),
                    _add_request,
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *errors,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers give way to ours; a 404 is no news.
            "django": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},
        },
    }


def _add_request(
    logger: logging.Logger, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Which request a line of Django's is about, and the reference that its error page shows."""
    request = getattr(event["_record"], "request", None)
    if request is not None and hasattr(request, "method"):
        event["method"], event["path"] = request.method, request.path
        if reference := getattr(request, "fault_reference", None):
            event["reference"] = reference
    return event
