"""Every template can be read: its syntax, the filters and tests that it uses, the templates that it names."""

from __future__ import annotations

import os
import sys

from jinja2 import Environment, TemplateError, meta

from scripts.checks.sources import report


def problems(environment: Environment) -> list[str]:
    """One line for each template that does not compile or names one that is not there."""
    names = set(environment.list_templates(extensions=["html", "txt", "svg"]))
    found = []
    for name in sorted(names):
        assert environment.loader is not None
        source, path, _ = environment.loader.get_source(environment, name)
        try:
            environment.compile(source, name, path)
            tree = environment.parse(source, name, path)
        except TemplateError as error:
            found.append(f"{name}:{getattr(error, 'lineno', 0)}: {error}")
            continue
        found += [
            f"{name}: there is no template {other!r}"
            for other in meta.find_referenced_templates(tree)
            if other is not None and other not in names
        ]
    return found


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.config.settings")
    import django
    from django.template import engines

    django.setup()
    return report(problems(engines["jinja2"].env))  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
