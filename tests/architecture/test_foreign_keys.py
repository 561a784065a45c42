"""Tables point down only: a foreign key, also one written as a string, keeps to the order of the imports."""

from __future__ import annotations

import tomllib

from django.apps import apps

from scripts.checks.sources import ROOT


def ranks() -> dict[str, int]:
    """How high each room stands, by the contracts of import-linter: "guanxi.sales" over "guanxi.people"."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: dict[str, int] = {}
    for contract in project["tool"]["importlinter"]["contracts"]:
        [container] = contract["containers"]
        for rank, layer in enumerate(reversed(contract["layers"])):
            found |= {f"{container}.{name.strip()}": rank for name in layer.split("|")}
    return found


def allowed(source: str, target: str, order: dict[str, int]) -> bool:
    """Whether a model of the module `source` may point to one of `target`."""
    for depth in (2, 3):
        here, there = (".".join(module.split(".")[:depth]) for module in (source, target))
        if here != there:
            return order.get(here, 99) > order.get(there, -1)
    return True


def test_no_table_points_to_a_higher_room() -> None:
    order = ranks()
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is not None
        if model.__module__.startswith("guanxi.") and field.related_model.__module__.startswith("guanxi.")
        if not allowed(model.__module__, field.related_model.__module__, order)
    ]
    assert wrong == []


def test_the_order_is_the_one_of_the_imports() -> None:
    order = ranks()
    assert allowed("guanxi.sales.deals.models", "guanxi.people.contacts.models", order)
    assert not allowed("guanxi.people.contacts.models", "guanxi.sales.deals.models", order)
    assert not allowed("guanxi.api.tokens.models", "guanxi.automation.today.models", order), "neighbours"
    assert not allowed("guanxi.platform.tenancy.models", "guanxi.platform.records.models", order)
    assert allowed("guanxi.sales.deals.models", "guanxi.sales.products.models", order)
