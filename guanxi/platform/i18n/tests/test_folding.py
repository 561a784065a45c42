import pytest

from guanxi.platform.i18n.folding import (
    QueryToken,
    fold,
    matches,
    opening_sounds,
    query_tokens,
    search_tokens,
)
from guanxi.platform.i18n.pinyin import syllables


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ｑinghé  軟體\t", "qinghe 软体"),
        ("臺灣", "台湾"),
        ("裡面 裏面", "里面 里面"),
        ("Straße Łódź Ærøskøbing", "strasse lodz aeroskobing"),
        ("İSTANBUL ısparta", "istanbul isparta"),
        ("e\u0301te\u0301", "ete"),
        ("ｶﾞｽ", "ガス"),
        ("zero\u200bwidth \u202eright\x00left", "zerowidth right left"),
        ("한국", "한국"),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("软件园", "軟件"),
        ("軟體園區", "软体"),
        ("软件", "ruanjian"),
        ("軟件", "RuanJ"),
        ("软件", "ruan jian"),
        ("软件", "rj"),
        ("软件", "软"),
        ("杭州青禾水务集团有限公司", "qh"),
        ("杭州青禾水务集团有限公司", "qinghe"),
        ("杭州青禾水务集团有限公司", "qhsw"),
        ("杭州青禾水务集团有限公司", "青禾 集团"),
        ("重庆银行", "chongqing"),
        ("朝阳", "chaoyang"),
        ("单雪", "shanxue"),
        ("单雪", "danxue"),
        ("吕布", "lvbu"),
        ("吕布", "lubu"),
        ("chen.yu@qinghe-water.example", "chen.yu@qing"),
        ("chen.yu@qinghe-water.example", "qinghe-water.example"),
        ("chen.yu@qinghe-water.example", "chenyu"),
        ("chen.yu@qinghe-water.example", "chen.yu@qinghe-water.example"),
        ("write to mailto:chen.yu@qinghe.example, soon", "chen.yu@qinghe"),
        ("chen.yu@qinghe.example", "mailto:chen.yu@qinghe.example"),
        ("138 5710 4426", "13857104426"),
        ("+8613857104426", "138 5710"),
        ("138 5710 4426", "4426"),
        ("0571-8820 4410", "8820 4410"),
        ("0571-8820 4410", "(0571) 882"),
        ("王若溪 Rachel O’Brien", "若溪 obri"),
        ("WQ-200 × 4", "wq200"),
        ("WQ-200 × 4", "wq-2"),
        ("東京タワー", "タワ"),
        ("Société Générale", "societe gen"),
        ("Q-1042", "1042"),
    ],
)
def test_a_query_finds_a_text(text, query):
    assert matches(text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("软件", "硬件"),
        ("青禾水务", "水青"),
        ("青禾水务", "hesw"),
        ("138 5710 4426", "1385711"),
        ("guanxi", "uanxi"),
        ("Rachel Tan", "rachel tang"),
        ("chen.yu@qinghe.example, li@xishan.example", "li@qinghe.example"),
    ],
)
def test_a_query_does_not_find_another_text(text, query):
    assert not matches(text, query)


def test_long_texts_may_leave_the_sounds_out():
    assert "ruanjian" not in search_tokens("软件", sounds=False)
    assert "软件" in search_tokens("软件", sounds=False)


def test_queries_say_what_may_go_on():
    assert query_tokens("软件 Rj 4426") == [
        QueryToken("软件", False),
        QueryToken("rj", True),
        QueryToken("4426", True),
    ]
    assert query_tokens("  !? ") == []


def test_tokens_have_no_sign_a_tokeniser_splits_at():
    for text in ("a-b_c.d@e/f", "WQ-200", "0571-8820 4410", "O’Brien", "中·文", "x\x00y"):
        assert all(token.isalnum() for token in search_tokens(text)), text


def test_nobody_can_blow_the_index_up():
    assert len(search_tokens("软件" * 100_000)) < 100
    assert len(search_tokens(" ".join(f"word{n}" for n in range(20_000)))) <= 4000
    assert max(map(len, search_tokens("a" * 10_000 + " " + "1" * 10_000))) <= 64
    assert len(query_tokens("a b c " * 1000)) < 100


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("重庆", "chong qing"),
        ("银行", "yin hang"),
        ("行动", "xing dong"),
        ("长春", "chang chun"),
        ("绿", "lv"),
    ],
)
def test_words_decide_how_a_character_sounds(text, spoken):
    assert " ".join(syllables(text)) == spoken


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("王伟", (["wangwei"], ["ww"])),
        ("單小雨", (["danxiaoyu", "shanxiaoyu"], ["dxy", "sxy"])),
        ("吕布 (A)", (["lvbu", "lubu"], ["lb"])),
        ("Ada 王", ([], [])),
        ("", ([], [])),
    ],
)
def test_how_the_beginning_of_a_title_sounds(text: str, sounds: tuple[list[str], list[str]]):
    assert opening_sounds(fold(text)) == sounds
