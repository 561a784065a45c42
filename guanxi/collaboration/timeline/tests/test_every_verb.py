"""Whatever a verb states is told in the reader's language: no name of a fact is left as it is in the log."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from guanxi.collaboration.timeline.telling import sign_of
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.objects import ENGINE_VERBS

OBJECTS = [one.name for one in registry.objects() if one.group]
OF_ALL = {*ENGINE_VERBS.values(), "merged", "shared", "unshared", "revealed", "attached", "detached"}


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_every_verb_has_words(name: str, language: str):
    obj = registry.get(name)
    raw = []
    with translation.override(language):
        for done in sorted(OF_ALL | {one.done for one in obj.verbs if one.done}):
            sign, verb = sign_of(obj, done)
            for sentence in (str(sign.here), str(sign.there)):
                said = re.sub(r"%\(\w+\)s", "", sentence.replace("%(verb)s", verb))
                if re.search(r"[a-z]{3}", said):
                    raw.append((done, said))
    assert raw == []
