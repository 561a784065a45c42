"""A model's state, figures and warnings in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from guanxi.analytics.insights.wording import percent
from guanxi.analytics.learning.kinds import Kind
from guanxi.analytics.learning.models import LearnedModel, ModelVersion
from guanxi.platform.i18n.dates import format_relative
from guanxi.platform.i18n.numbers import format_number, join_words, sentence_gap

MOVED, OFF = 0.25, 0.1


def happened(row: LearnedModel, speaks: ModelVersion | None) -> str:
    """How it stands, in a sentence or two."""
    said = []
    if row.last.get("outcome") == "thin":
        said.append(
            _(
                "Too little to learn from: %(size)s cases, of the rarer kind %(events)s, and it takes"
                " %(needed)s. The rules stay."
            )
            % {name: format_number(row.last.get(name, 0)) for name in ("size", "events", "needed")}
        )
    if speaks is None:
        return sentence_gap().join(said) or _("It has not been trained yet.")
    when = format_relative(speaks.made_at)
    said.append(
        _("Version %(number)d, learned %(when)s from %(size)s cases.")
        % {"number": speaks.number, "when": when, "size": format_number(speaks.size)}
    )
    if row.on_at is None:
        said.append(_("It is off: the rules are alone."))
    elif row.written_at is None:
        said.append(_("It is writing what it says."))
    return sentence_gap().join(said)


def measures(one: ModelVersion, kind: Kind) -> list[tuple[str, str, str]]:
    """(label, figure, what stands behind it) of a version, those that it has."""
    figures = one.figures
    found = [(_("Cases"), format_number(one.size), "")]
    if figures.get("auc") is not None:
        found.append((_("Tells apart"), f"{figures['auc']:.3f}", "AUC"))
    if figures.get("rules_auc") is not None:
        found.append((_("The rules alone"), f"{figures['rules_auc']:.3f}", "AUC"))
    if figures.get("brier") is not None:
        usual = _("a guess: %(brier).3f") % {"brier": figures["guess"]}
        found.append((_("Error of the chances"), f"{figures['brier']:.3f}", usual))
    if figures.get("silhouette") is not None:
        found.append((_("Groups"), format_number(figures["count"]), ""))
        found.append(
            (_("How plain they are"), f"{figures['silhouette']:.2f}", _("0 not at all, 1 far apart"))
        )
    if figures.get("rules") is not None:
        found.append((_("Rules"), format_number(figures["rules"]), ""))
        if figures.get("tried"):
            usual = _("best sellers: %(share)s") % {"share": percent(figures["popular"], digits=0)}
            found.append((_("Hit later"), percent(figures["hit"], digits=0), usual))
    if figures.get("rate") is not None:
        found.append((_("Came true"), percent(figures["rate"], digits=0), ""))
    return found


def leak_words(signs: Sequence[str]) -> str:
    """Why a column is suspected."""
    words = {
        "late": _("filled in only after the outcome"),
        "alone": _("tells nearly everything by itself"),
        "blank_tells": _("whether it is filled tells the outcome"),
        "filled_together": _("filled together with others, as by a later step"),
        "follows": _("its name says that it goes on changing"),
    }
    return join_words([words[one] for one in signs if one in words])


def watch_words(row: LearnedModel) -> dict[str, str]:
    """What was last seen of the world, and whether that is a reason to train anew."""
    seen = row.watch
    if not seen:
        return {}
    lines = []
    if seen.get("moved") is not None:
        moved = float(seen["moved"])
        words = _("much") if moved >= MOVED else _("a little") if moved >= MOVED * 0.4 else _("hardly")
        said = _(
            "Those of whom it speaks have changed %(much)s since the training (stability index %(index)s)."
        )
        lines.append(said % {"much": words, "index": f"{moved:.2f}"})
    if seen.get("decided"):
        said = _("Of %(count)s decided since, it had said %(said)s, and %(came)s came true.")
        lines.append(
            said
            % {
                "count": format_number(seen["decided"]),
                "said": percent(seen.get("said"), digits=0),
                "came": percent(seen.get("came"), digits=0),
            }
        )
    return {
        "text": sentence_gap().join(lines),
        "when": format_relative(datetime.fromisoformat(seen["at"])) if seen.get("at") else "",
        "warned": "yes" if row.warned_at else "",
    }
