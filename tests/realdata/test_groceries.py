"""Association rules of 9,835 real baskets: as many as the packages that are cited for them find."""

from __future__ import annotations

from pathlib import Path

import pytest

from guanxi.analytics.mining.baskets import association_rules


def test_the_published_rules_are_found_and_no_other(data: Path, expected):
    wanted = expected["groceries"]
    lines = (data / "groceries" / "groceries.csv").read_text().splitlines()
    baskets = [[item.strip() for item in line.split(",") if item.strip()] for line in lines]
    assert len(baskets) == wanted["transactions"]
    published = wanted["rules_one_item_consequent"]
    tops = {top[0]: top for top in wanted["top_rules_by_lift"]}
    for support, confidence in (("0.006", "0.25"), ("0.001", "0.8"), ("0.001", "0.5"), ("0.01", "0.5")):
        one = published[
            next(name for name in published if name.startswith(f"support {support}, confidence {confidence}"))
        ]
        found = association_rules(baskets, support=support, confidence=confidence)
        assert len(found.rules) == one["all"]
        lengths = [len(rule.have) + 1 for rule in found.rules]
        assert all(lengths.count(int(length)) == count for length, count in one.get("by_length", {}).items())
        if top := tops.get(f"{support}/{confidence}"):
            best = found.rules[0]
            assert (" + ".join(best.have), best.then) == (top[1], top[2])
            assert [best.support, best.confidence, best.lift] == pytest.approx(top[3:], abs=5e-5)
    assert found.itemsets == wanted["frequent_itemsets"]["support 0.01"]["all"]
    assert found.trust.sound
    assert association_rules(baskets[:100], support="0.05", confidence="0.5").trust.thin
