"""Segments: customers who buy alike, by k-means on what they did, each told by what is unusual of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from guanxi.analytics.insights.reading import lay_sale
from guanxi.analytics.learning.customers import SOLD, best_sale, buying_at
from guanxi.analytics.learning.models import Estimate, LearnedModel, ModelVersion
from guanxi.analytics.learning.trained import Said, Thin, Trained
from guanxi.analytics.mining.clusters import FEWEST, Groups, Scale, find_groups, nearest
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata.fields.time import today
from guanxi.platform.records.contexts import field_context

COLUMNS = ("days_since", "purchases", "year", "products")
LANGUAGES = ("en", "zh-hans", "zh-hant")
TONES = ("azurite", "malachite", "ochre", "gamboge", "rouge", "indigo", "cinnabar")


def train_groups(model: LearnedModel, *, by: Actor) -> Trained | Thin:
    """As many groups as are plainest; a group that most of an old one went into keeps its name."""
    found = _customers(by)
    if found is None or len(found[0]) < FEWEST:
        size = len(found[0]) if found else 0
        return Thin(size, size, FEWEST)
    ids, table = found
    groups = find_groups(table)
    names = _named(model, ids, groups)
    recipe = {
        "scales": [[one.column, one.log, one.mean, one.spread] for one in groups.scales],
        "middles": [list(one) for one in groups.middles],
        "names": names,
        "groups": [
            {
                "size": one.size,
                "traits": [[trait.column, trait.middle, trait.overall, trait.apart] for trait in one.traits],
            }
            for one in groups.groups
        ],
    }
    figures = {"silhouette": groups.silhouette, "count": len(names)}
    return Trained(recipe, [SOLD + one for one in COLUMNS], figures, groups.trust)


def say_groups(
    model: LearnedModel, version: ModelVersion, *, by: Actor, ids: Sequence[int] | None = None
) -> Iterator[list[Said]]:
    """Everybody who ever bought, in the group of the nearest middle."""
    found = _customers(by, ids)
    if found is None or not found[0]:
        return
    keys, table = found
    recipe = version.recipe
    of = nearest(table, [Scale(*one) for one in recipe["scales"]], recipe["middles"])
    said = []
    for place, key in enumerate(keys):
        name, told = recipe["names"][of[place]], recipe["groups"][of[place]]
        reasons = [
            [SOLD + column, table[column][place], round(apart, 2)]
            for column, _middle, _overall, apart in told["traits"]
        ]
        said.append(Said(key, name, name, reasons))
    yield said


def labels_of(version: ModelVersion) -> Mapping[str, str]:
    """What each group is called in the language of the moment, by what is unusual of it."""
    recipe = version.recipe
    return {
        name: _label(name, told["traits"])
        for name, told in zip(recipe["names"], recipe["groups"], strict=True)
    }


def options_of(version: ModelVersion) -> list[dict[str, Any]]:
    """The groups as options of a choice, named in every language."""
    labels: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        with override(language):
            for name, label in labels_of(version).items():
                labels.setdefault(name, {})[language] = label
    return [
        {"value": name, "label": label, "tone": TONES[(int(name[1:]) - 1) % len(TONES)]}
        for name, label in labels.items()
    ]


def _customers(
    by: Actor, ids: Sequence[int] | None = None
) -> tuple[list[int], dict[str, list[float]]] | None:
    sale = best_sale(by)
    if sale is None:
        return None
    seen = buying_at(lay_sale(sale, by), today(field_context(by)), ids=ids, least=1)
    return seen.ids, {one: [float(str(value)) for value in seen.table[SOLD + one]] for one in COLUMNS}


def _named(model: LearnedModel, ids: Sequence[int], groups: Groups) -> list[str]:
    """A name for each group: that of the old group from which most of its members come, else a new one."""
    before = dict(Estimate.objects.filter(model=model).exclude(tier="").values_list("record_id", "tier"))
    pairs = Counter(
        (int(group), before[key]) for key, group in zip(ids, groups.of, strict=True) if key in before
    )
    names: dict[int, str] = {}
    for (group, name), _count in pairs.most_common():
        if group not in names and name not in names.values():
            names[group] = name
    fresh = (f"g{number}" for number in range(1, 1000) if f"g{number}" not in {*before.values()})
    return [names[one] if one in names else next(fresh) for one in range(len(groups.groups))]


def _label(name: str, traits: Sequence[Sequence[Any]]) -> str:
    words = _unusual()
    letter = chr(ord("A") + (int(name[1:]) - 1) % 26)
    said = [words[column, apart > 0] for column, _middle, _overall, apart in traits[:2]]
    return f"{letter} · {' · '.join(said) if said else _('in the middle')}"


def _unusual() -> dict[tuple[str, bool], str]:
    return {
        ("days_since", True): _("long silent"),
        ("days_since", False): _("bought lately"),
        ("purchases", True): _("buys often"),
        ("purchases", False): _("buys seldom"),
        ("year", True): _("buys much"),
        ("year", False): _("buys little"),
        ("products", True): _("many products"),
        ("products", False): _("few products"),
    }
