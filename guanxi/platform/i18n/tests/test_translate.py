"""scripts/translate, on a small product made for the test."""

import gettext as stdlib_gettext
from pathlib import Path

import pytest

from guanxi.platform.i18n import catalogs, compiling
from guanxi.platform.i18n.catalogs import Key


@pytest.fixture
def product(tmp_path: Path) -> Path:
    shop = tmp_path / "guanxi" / "shop"
    (shop / "templates" / "shop").mkdir(parents=True)
    (shop / "apps.py").write_text("")
    (shop / "views.py").write_text(
        "from django.utils.translation import gettext as _, ngettext, pgettext\n"
        "_('Save')\n"
        "ngettext('%(count)s person', '%(count)s people', n) % {'count': n}\n"
        "pgettext('verb', 'Lead')\n"
        "_(not_a_string)\n"
    )
    (shop / "templates" / "shop" / "page.html").write_text(
        "{{ _('Moved to %(name)s', name=who) }}\n"
        "{% trans %}\n  Nobody needs\n  you right now.\n{% endtrans %}\n"
    )
    return tmp_path


def po(product: Path, locale: str = "zh_Hans") -> Path:
    return compiling.po_path(product / "guanxi" / "shop", locale)


def translate(product: Path, words: dict[str, str], locale: str = "zh_Hans") -> None:
    path = po(product, locale)
    entries = catalogs.read_po(path)
    for key, entry in entries.items():
        entry.said = words.get(key.text, entry.said)
    path.write_text(catalogs.po_text(locale, entries))


HANS = {
    "Save": "保存",
    "%(count)s person": "%(count)s 人",
    "Lead": "线索",
    "Moved to %(name)s": "已转给%(name)s",
    "Nobody needs you right now.": "眼下没有人在等你。",
}


def test_update_finds_what_code_and_templates_say(product):
    catalogs.update(product)
    assert sorted(catalogs.read_po(po(product))) == [
        Key("%(count)s person", plural="%(count)s people"),
        Key("Lead", "verb"),
        Key("Moved to %(name)s"),
        Key("Nobody needs you right now."),
        Key("Save"),
    ]
    assert "shop/templates/shop/page.html\nmsgid" in po(product).read_text()


def test_update_keeps_translations_drops_the_unused_and_is_stable(product):
    catalogs.update(product)
    translate(product, HANS)
    (product / "guanxi/shop/views.py").write_text("_('Save')\n_('Undo')\n")
    catalogs.update(product)
    words = {key.text: entry.said for key, entry in catalogs.read_po(po(product)).items()}
    assert words["Save"] == "保存"
    assert words["Undo"] == ""
    assert "Lead" not in words
    before = po(product).read_text()
    catalogs.update(product)
    assert po(product).read_text() == before


def test_a_string_that_moves_to_another_app_takes_its_translation_along(product):
    catalogs.update(product)
    translate(product, HANS)
    other = product / "guanxi" / "other"
    other.mkdir()
    (other / "apps.py").write_text("_('Save')\n")
    (product / "guanxi/shop/views.py").write_text("")
    catalogs.update(product)
    assert catalogs.read_po(compiling.po_path(other, "zh_Hans"))[Key("Save")].said == "保存"


def test_update_drafts_traditional_with_our_own_words(product):
    pytest.importorskip("opencc")
    catalogs.update(product)
    translate(product, HANS | {"Save": "请先保存“文件”"})
    drafts = {draft.key.text: draft.said for draft in catalogs.update(product)}
    assert drafts["Save"] == "請先儲存「檔案」"
    assert drafts["Nobody needs you right now."] == "眼下沒有人在等你。"
    assert catalogs.update(product) == []


def test_check_passes_a_complete_catalog_and_names_what_is_missing(product):
    catalogs.update(product)
    assert "guanxi/shop/locale/zh_Hans/LC_MESSAGES/django.po: 'Save': not translated" in catalogs.check(
        product
    )
    translate(product, HANS)
    translate(product, {text: catalogs.draft_traditional(said) for text, said in HANS.items()}, "zh_Hant")
    assert catalogs.check(product) == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [("_('Save')\n_('Undo')\n", "not extracted yet: 'Undo'"), ("", "no code says this: 'Save'")],
)
def test_check_sees_code_that_moved_on(product, code, fault):
    catalogs.update(product)
    (product / "guanxi/shop/views.py").write_text(code)
    assert any(fault in problem for problem in catalogs.check(product))


@pytest.mark.parametrize(
    ("text", "said", "fault"),
    [
        ("Moved to %(name)s", "已转给他", "placeholders differ"),
        ("Moved to %(name)s", "已转给%(nom)s", "placeholders differ"),
        ("Save", "保存,撤销", "full-width , ; ? !"),
        ("Moved to %(name)s", "给%(name)s, 已转", "full-width , ; ? !"),
        ("Save", "保存:", "full-width colon"),
        ("Save", "保存.", "full-width stop"),
        ("Save", "保存(草稿)", "full-width brackets"),
        ("Save", "保存...", "ellipsis"),
        ("Save", '保存"草稿"', "quotes of its own"),
        ("Save", "保存「草稿」", "quotes “ ”"),
        ("Save", "儲存", "traditional characters 儲"),
        ("Save", "保存\n", "begins or ends"),
    ],
)
def test_check_reads_the_chinese(product, text, said, fault):
    catalogs.update(product)
    translate(product, HANS | {text: said})
    assert any(fault in problem and "zh_Hans" in problem for problem in catalogs.check(product))


@pytest.mark.parametrize(
    "said",
    ["保存", "可用 12:30 到 13:45", "¥1.2M，最多 5%%", "导出为 CSV、XLSX", '<b class="x">保存</b>', "OK (1)"],
)
def test_good_setting_passes(said):
    assert list(catalogs.faults_of_chinese(said, "zh_Hans")) == []


def test_check_reads_labels_too(product):
    (product / "guanxi/shop/objects.py").write_text(
        "L('Contact', '联系人', '聯絡人')\nL('Deal', '商机(新)', '商機')\n"
        "L('Deal', '商机')\nL('Settings', '設定', '设置')\n"
    )
    found = [problem for problem in catalogs.check(product) if "objects.py" in problem]
    assert [problem.split(": ")[0] for problem in found] == [
        f"guanxi/shop/objects.py:{n}" for n in (2, 3, 4, 4)
    ]


def test_one_text_has_one_translation_in_the_whole_product(product):
    other = product / "guanxi" / "other"
    other.mkdir()
    (other / "apps.py").write_text("_('Save')\n")
    catalogs.update(product)
    translate(product, HANS)
    path = compiling.po_path(other, "zh_Hans")
    path.write_text(catalogs.po_text("zh_Hans", {Key("Save"): catalogs.Entry("存好")}))
    assert any("use pgettext" in problem for problem in catalogs.check(product))


def test_a_lone_percent_sign_in_a_template_is_found(product):
    (product / "guanxi/shop/templates/shop/page.html").write_text("{{ _('5% off') }} {{ _('5%% off') }}")
    assert len([problem for problem in catalogs.check(product) if "write %%" in problem]) == 1


@pytest.mark.parametrize(
    "joined",
    [
        'msgid "Save"\nmsgstr "保存"\n\nmsgid "Undo"\nmsgstr "撤销"\n\nmsgid "Save"\nmsgstr "存"\n',
        '<<<<<<< ours\nmsgid "Save"\nmsgstr "保存"\n=======\nmsgid "Save"\nmsgstr "存"\n>>>>>>> theirs\n\n'
        'msgid "Undo"\nmsgstr "撤销"\n',
        'msgid "Save"\nmsgstr "保存"\nmsgstr "存"\nmsgid "Undo"\nmsgstr ""\n"撤销"\n',
        'msgid "Save"\nmsgstr "保存"\nmsgstr "存"\n#: a.py\nmsgid "Undo"\nmsgstr "撤销"\n',
    ],
)
def test_a_file_that_git_joined_is_read_whole(tmp_path, joined):
    path = tmp_path / "django.po"
    path.write_text(joined)
    entries = catalogs.read_po(path)
    assert {key.text: entry.said for key, entry in entries.items()} == {"Save": "保存", "Undo": "撤销"}
    assert entries[Key("Save")].rivals == ["存"]


def test_strings_survive_the_file(tmp_path):
    entries = {
        Key('He said "no"\n\tand\\left', "ctx"): catalogs.Entry("他说“不”\n走了", {"a.py"}, fuzzy=True)
    }
    path = tmp_path / "django.po"
    path.write_text(catalogs.po_text("zh_Hans", entries))
    ((key, entry),) = catalogs.read_po(path).items()
    assert (key, entry.said, entry.fuzzy) == (*entries.keys(), "他说“不”\n走了", True)


def test_compile_writes_what_gettext_reads_and_only_when_needed(product):
    catalogs.update(product)
    translate(product, HANS | {"Save": ""})
    assert compiling.compile_catalogs(product) == 2
    assert compiling.compile_catalogs(product) == 0
    with po(product).with_suffix(".mo").open("rb") as compiled:
        chinese = stdlib_gettext.GNUTranslations(compiled)
    assert chinese.ngettext("%(count)s person", "%(count)s people", 3) == "%(count)s 人"
    assert chinese.pgettext("verb", "Lead") == "线索"
    assert chinese.gettext("Save") == "Save"
    translate(product, HANS)
    assert compiling.compile_catalogs(product) == 1
