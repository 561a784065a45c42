"""Whatever layout is made: a file of it applied elsewhere, and applied again here, gives the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanxi.api.tests.test_rest import Program
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.layouts import (
    FIELD_LISTS,
    drop_layout,
    layout_of,
    layouts_as_text,
    layouts_made,
    set_layout,
)
from guanxi.platform.metadata.shaping import add_field, archive_field, restore_field
from guanxi.platform.metadata.texts import apply_shape, read_shape, steps_to, write_shape
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CONTACT = registry.get("contact")
NAMES = [one.name for one in CONTACT.fields if not one.hidden]
labels = st.text(max_size=40)


@st.composite
def layouts(draw: Any) -> dict[str, Any]:
    """Parts of a layout that can be: sections that share no field, lists of fields, names of panels."""
    order = draw(st.permutations(NAMES))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    pieces = [order[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
    return {
        "sections": [
            {"label": {"en": draw(labels), "zh-hans": draw(labels)}, "fields": list(piece)}
            for piece in pieces
        ],
        **{name: draw(st.lists(st.sampled_from(NAMES), max_size=5)) for name in FIELD_LISTS},
        "without": draw(st.lists(st.sampled_from(["timeline", "deals", "nobody-knows-it"]), max_size=3)),
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=layouts(), of_role=st.booleans())
def test_a_layout_is_the_same_after_a_file(cast: Cast, parts: dict[str, Any], of_role: bool):
    ours, theirs = actor(cast.admin), actor(cast.outsider)
    with in_workspace(cast.xishan.pk):
        set_layout("contact", parts, role=cast.admin.role_id if of_role else None, by=ours)
        text, made = write_shape(by=ours), layouts_as_text()
        seen = layout_of(CONTACT, ours)
        apply_shape(read_shape(text), by=ours)
        assert steps_to(read_shape(text)) == []
        assert (layouts_as_text(), layout_of(CONTACT, ours)) == (made, seen)
    with in_workspace(cast.marlin.pk):
        apply_shape(read_shape(text), by=theirs)
        assert layouts_as_text() == made
        assert layout_of(CONTACT, theirs) == seen
    for by in (ours, theirs):
        with in_workspace(by.workspace_id):
            for row in layouts_made("contact"):
                drop_layout("contact", role=row.role_id, by=by)
            assert layouts_as_text() == {}


def test_a_layout_that_names_an_archived_field_is_written_without_it(cast: Cast):
    by = actor(cast.admin)
    with in_workspace(cast.xishan.pk):
        tier = add_field(object="contact", type="text", label="Tier", name="tier", by=by)
        sections = [{"label": {"en": "Rank"}, "fields": ["tier"]}]
        set_layout("contact", {"card": ["tier", "title"], "peek": ["tier"], "sections": sections}, by=by)
        archive_field(tier.pk, by=by)
        text = write_shape(by=by)
        assert layouts_as_text() == {"contact": {"default": {"card": ["title"]}}}
        assert steps_to(read_shape(text)) == []
    program = Program(cast.admin, ["*:read", "*:write"])
    read = program("GET", "/layouts/contact").json()["parts"]
    assert program("PUT", "/layouts/contact", {**read, "phone": ["title"]}).status_code == 200
    with in_workspace(cast.marlin.pk):
        apply_shape(read_shape(text), by=actor(cast.outsider))
        assert layouts_as_text() == {"contact": {"default": {"card": ["title"]}}}
    with in_workspace(cast.xishan.pk):
        restore_field(tier.pk, by=by)
        assert layout_of(registry.get("contact"), by).peek == ("tier",), "it comes back to its place"
