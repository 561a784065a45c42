"""The kinds of learned models: what each is called, which fields it writes, how it is trained and applied.

To add a kind: a module with `train` and `say`, and a line in KINDS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guanxi.analytics.learning.cases import outcomes
from guanxi.analytics.learning.chances import say_outcome, say_silence, train_outcome, train_silence
from guanxi.analytics.learning.customers import best_kind, customers_of, products_of
from guanxi.analytics.learning.groups import labels_of, options_of, say_groups, train_groups
from guanxi.analytics.learning.likeness import say_likeness, train_likeness
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.analytics.learning.offers import say_offers, train_offers
from guanxi.analytics.learning.trained import Said, Thin, Trained
from guanxi.analytics.roles import Sale, roles
from guanxi.platform.i18n.labels import L
from guanxi.platform.identity.actors import Actor
from guanxi.platform.metadata import registry

Words = str | Promise


class Says(Protocol):
    """What a version says of the records of its object, some thousand at a time; of `ids` alone where given.

    Everybody of whom it says nothing any more is named with the value None."""

    def __call__(
        self, model: LearnedModel, version: ModelVersion, *, by: Actor, ids: Sequence[int] | None = None
    ) -> Iterator[list[Said]]: ...


@dataclass(frozen=True)
class Kept:
    """A field that a model writes: its name is that of the model's, with `after` behind it."""

    after: str
    type: str
    label: L
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind.

    question  what it answers, for people
    field     what its first field is called where nobody says otherwise
    fields    what it writes of a model
    fit       the objects that it can be of, as they stand; none is every object
    alarm     the class that asks for somebody: a fact for each record that enters it, a row of Today
    chance    it says a percentage, has classes, and is watched
    live      it looks at the record alone, so it says something new as soon as that changes
    """

    name: str
    label: Words
    icon: str
    question: Words
    trusts: Words
    field: str
    fields: Callable[[LearnedModel], tuple[Kept, ...]]
    train: Callable[..., Trained | Thin]
    say: Says
    fit: Callable[[], list[str]]
    tiers: Mapping[str, Words]
    alarm: str = ""
    why: Words = ""
    chance: bool = False
    tone: str = "malachite"
    percent: bool = True
    groups: Callable[[ModelVersion], Mapping[str, Words]] | None = None
    options: Callable[[ModelVersion], list[dict[str, Any]]] | None = None

    def tiers_of(self, version: ModelVersion) -> Mapping[str, Words]:
        """Its classes; those that only a training finds are asked of the version."""
        return self.groups(version) if self.groups is not None else self.tiers


def sellers() -> list[str]:
    """The objects of those who buy."""
    found = [customers_of(one) for one in roles(Sale)]
    return list(dict.fromkeys(one for one in found if one and registry.has(one)))


def tried() -> list[str]:
    return [*outcomes()]


def _version(of: L) -> Kept:
    label = L(
        f"{of.in_('en')}: version", f"{of.in_('zh-hans')}\uff1a模型版本", f"{of.in_('zh-hant')}\uff1a模型版本"
    )
    return Kept("_version", "integer", label, {"least": 0, "most": 10**6})


def _chance(label: L, tiers: L, high: L, middle: L, low: L, tone: str) -> tuple[Kept, ...]:
    options = [
        {"value": value, "label": _three(words), "tone": shade}
        for value, words, shade in (("high", high, tone), ("middle", middle, "gamboge"), ("low", low, ""))
    ]
    return (
        Kept("", "integer", label, {"least": 0, "most": 100}),
        Kept("_class", "choice", tiers, {"options": options}),
        _version(label),
    )


def _three(words: L) -> dict[str, str]:
    return {one: words.in_(one) for one in ("en", "zh-hans", "zh-hant")}


SEGMENT = L("Segment", "客户分群", "客戶分群")
OFFER = L("Next product", "下一个产品", "下一個產品")
UNGROUPED = {
    "value": "none",
    "label": {"en": "In no group yet", "zh-hans": "尚未分群", "zh-hant": "尚未分群"},
    "tone": "",
}


def buyers_of_products() -> list[str]:
    """The objects of those whose sales name products."""
    return [one for one in sellers() if (sale := best_kind(one)) is not None and products_of(sale)]


def _offer_fields(model: LearnedModel) -> tuple[Kept, ...]:
    sale = best_kind(model.object)
    to = products_of(sale) if sale is not None else ""
    return (Kept("", "link", OFFER, {"to": to}), _version(OFFER))


def _train_leaving(model: LearnedModel, *, by: Actor) -> Trained | Thin:
    return train_outcome(model, by=by) if model.came else train_silence(model, by=by)


def _say_leaving(
    model: LearnedModel, version: ModelVersion, *, by: Actor, ids: Sequence[int] | None = None
) -> Iterator[list[Said]]:
    return (say_outcome if model.came else say_silence)(model, version, by=by, ids=ids)


KINDS: dict[str, Kind] = {
    one.name: one
    for one in (
        Kind(
            name="chance",
            label=_("Learned chance"),
            icon="gauge",
            question=_("What will come of the open ones, by what became of others?"),
            trusts=_(
                "It knows only cases like the past ones; a new market, product or source it has not seen."
            ),
            field="chance",
            fields=lambda model: _chance(
                L("Learned chance", "学得的机会", "學得的機會"),
                L("Class of the chance", "机会等级", "機會等級"),
                L("Promising", "有潜力", "有潛力"),
                L("Possible", "有可能", "有可能"),
                L("Unlikely", "可能性小", "可能性小"),
                "malachite",
            ),
            train=train_outcome,
            say=say_outcome,
            fit=tried,
            tiers={"high": _("Promising"), "middle": _("Possible"), "low": _("Unlikely")},
            alarm="high",
            why=_("%(chance)d%% by what became of others like it"),
            chance=True,
        ),
        Kind(
            name="churn",
            label=_("Danger of leaving"),
            icon="triangle-alert",
            question=_("Which customers are about to leave?"),
            trusts=_("It sees who leaves like those before; a competitor's sudden offer it does not see."),
            field="churn",
            fields=lambda model: _chance(
                L("Danger of leaving", "流失风险", "流失風險"),
                L("Class of the danger", "流失等级", "流失等級"),
                L("In danger", "危险", "危險"),
                L("Keep an eye on", "留意", "留意"),
                L("Calm", "平稳", "平穩"),
                "cinnabar",
            ),
            train=_train_leaving,
            say=_say_leaving,
            fit=sellers,
            tiers={"high": _("In danger"), "middle": _("Keep an eye on"), "low": _("Calm")},
            alarm="high",
            why=_("Likely to leave: %(chance)d%%"),
            chance=True,
            tone="cinnabar",
        ),
        Kind(
            name="segments",
            label=_("Segments"),
            icon="shapes",
            question=_("Which groups are there among customers, by what they do?"),
            trusts=_(
                "It knows how they buy, not who they are; a customer between two groups is in one of them."
            ),
            field="segment",
            fields=lambda model: (
                Kept("", "choice", SEGMENT, {"options": [UNGROUPED]}),
                _version(SEGMENT),
            ),
            train=train_groups,
            say=say_groups,
            fit=sellers,
            tiers={},
            groups=labels_of,
            options=options_of,
        ),
        Kind(
            name="alikes",
            label=_("Look-alikes"),
            icon="user-round-search",
            question=_("Who has never bought and is like those who do?"),
            trusts=_("It finds more of the same; a new kind of customer is like nobody."),
            field="likeness",
            fields=lambda model: _chance(
                L("Like our customers", "与客户相似度", "與客戶相似度"),
                L("Class of the likeness", "相似等级", "相似等級"),
                L("Very like them", "很像", "很像"),
                L("Rather like them", "比较像", "比較像"),
                L("Not like them", "不像", "不像"),
                "malachite",
            ),
            train=train_likeness,
            say=say_likeness,
            fit=sellers,
            tiers={"high": _("Very like them"), "middle": _("Rather like them"), "low": _("Not like them")},
            chance=True,
            percent=False,
        ),
        Kind(
            name="offers",
            label=_("Next product"),
            icon="package-plus",
            question=_("What could be offered next, by what others who bought the same also took?"),
            trusts=_(
                "It knows what goes together, not what somebody needs; a new product is in no rule yet."
            ),
            field="next_product",
            fields=_offer_fields,
            train=train_offers,
            say=say_offers,
            fit=buyers_of_products,
            tiers={"offer": _("Something to offer")},
        ),
    )
}
