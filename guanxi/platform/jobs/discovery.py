"""Finding what apps and nouns register by being imported: `consumers.py`, `jobs.py` …"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

from django.apps import apps


def load_modules(name: str) -> list[str]:
    """Import every module called `name` of our apps and of their nouns; returns what was imported."""
    loaded = []
    for config in apps.get_app_configs():
        package = config.module
        if package is None or not config.name.startswith("guanxi."):
            continue
        for found in pkgutil.iter_modules(package.__path__, f"{config.name}."):
            if found.name.rpartition(".")[2] == name:
                loaded.append(found.name)
            elif found.ispkg:
                noun = importlib.util.find_spec(f"{found.name}.{name}")
                if noun is not None:
                    loaded.append(noun.name)
    for module in loaded:
        importlib.import_module(module)
    return loaded
