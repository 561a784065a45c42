from threading import Thread

import msgspec
import pytest
from django.conf import settings
from django.utils import timezone, translation
from jinja2 import Environment

from guanxi.platform.i18n.labels import L, plain

CONTACT = L("Contact", "联系人", "聯絡人")


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", "Contact"),
        ("en-sg", "Contact"),
        ("de", "Contact"),
        (None, "Contact"),
        ("zh", "联系人"),
        ("zh-cn", "联系人"),
        ("zh_Hans_SG", "联系人"),
        ("zh-tw", "聯絡人"),
        ("zh-HK", "聯絡人"),
        ("zh-Hant", "聯絡人"),
        ("zh-Hans-HK", "联系人"),
    ],
)
def test_a_label_follows_the_language(tag, said):
    assert CONTACT.in_(tag) == said
    with translation.override(tag):
        assert str(CONTACT) == (said if tag else "Contact")
        assert f"{CONTACT}" == str(CONTACT)


def test_a_template_shows_the_active_language_and_escapes():
    template = Environment(autoescape=True).from_string("{{ label }} {{ label|upper }}")
    with translation.override("zh-hant"):
        assert template.render(label=CONTACT) == "聯絡人 聯絡人"
    assert template.render(label=plain("<b>")) == "&lt;b&gt; &lt;B&gt;"


def test_a_label_is_a_value():
    assert {CONTACT: 1}[L("Contact", "联系人", "聯絡人")] == 1
    assert not L()
    with pytest.raises(AttributeError):
        setattr(CONTACT, "en", "Person")  # noqa: B010  frozen


def test_a_label_travels_as_json():
    sent = msgspec.json.encode(CONTACT)
    assert msgspec.json.decode(sent) == {"en": "Contact", "zh-hans": "联系人", "zh-hant": "聯絡人"}
    assert msgspec.json.decode(sent, type=L) == CONTACT


def test_a_missing_language_falls_back_to_the_nearest():
    typed_in_chinese = L(hans="合同编号")
    assert typed_in_chinese.in_("en") == "合同编号"
    assert L("Colour").everywhere() == {"en": "Colour", "zh-hans": "Colour", "zh-hant": "Colour"}


def test_language_and_zone_belong_to_a_thread_and_end_with_it():
    said: list[object] = []

    def elsewhere() -> None:
        said.append((translation.get_language(), timezone.get_current_timezone_name()))
        translation.activate("zh-hant")
        with timezone.override("Asia/Taipei"):
            said.append((translation.get_language(), timezone.get_current_timezone_name()))

    with translation.override("zh-hans"), timezone.override("Asia/Shanghai"):
        with timezone.override(None):
            assert timezone.get_current_timezone_name() == timezone.get_default_timezone_name()
        other = Thread(target=elsewhere)
        other.start()
        other.join()
        assert (translation.get_language(), timezone.get_current_timezone_name()) == (
            "zh-hans",
            "Asia/Shanghai",
        )
    fresh = (settings.LANGUAGE_CODE, timezone.get_default_timezone_name())
    assert said == [fresh, ("zh-hant", "Asia/Taipei")]
