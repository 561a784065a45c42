from django.utils import translation

from guanxi.platform.metadata import registry


def test_a_fact_that_no_verb_states_is_called_like_the_state_it_tells_of():
    instalment = registry.get("instalment")
    with translation.override("zh-hans"):
        assert instalment.word_for("part_paid") == "部分回款"
    with translation.override("en"):
        assert instalment.word_for("overdue") == "Overdue"
        assert instalment.word_for("voided") == "voided"
        assert instalment.word_for("created") == ""
