"""Whatever is asked by a hidden field, a page answers the same for a yes as for a no: nothing to guess by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import ndiff
from urllib.parse import quote

import pytest
from django.test import Client

from guanxi.platform.metadata import registry
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, client_for
from tests.security.markers import Planted, restrictable
from tests.security.test_field_rights import body_of, limit, planted  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_database]
NOBODY = "zqxnobodyhasthis"


def asked_of(one: Planted, name: str, mark: str) -> Iterator[tuple[str, str]]:
    """Addresses that differ in nothing but how the hidden field answers, or in asking for no field at all."""
    here, yes, no = f"/{one.plural}", quote(f"{name} is not empty"), quote(f"{name} is empty")
    cube = f"/analytics/cube/?object={one.obj}&rows=owner"
    for door in (
        f"{here}/?filter=", f"{here}/?layout=board&filter=", f"{here}/?layout=calendar&filter=",
        f"{here}/?layout=gallery&filter=", f"{here}/export.csv?filter=", f"/api/v1{here}?total=true&filter=",
        f"/api/v1{here}/summary?filter=", f"{cube}&filter=",
    ):  # fmt: skip
        yield door + yes, door + no
    for door in (f"{here}/?q=", f"{here}/find/?q=", "/search/?q=", f"/api/v1{here}?q=") if mark else ():
        yield door + quote(mark), door + NOBODY
    for door in (f"{here}/?sort=", f"{here}/export.csv?sort="):
        yield f"{door}{name}", f"{door}-{name}"
    for door in (
        f"/analytics/cube/?object={one.obj}&rows=", f"{cube}&measures=sum:", f"{here}/?group=",
        f"{here}/?layout=board&by=", f"{here}/?columns=name,",
    ):  # fmt: skip
        yield door + name, door + NOBODY


def differs(browser: Client, yes: str, no: str, words: tuple[str, ...]) -> bool:
    """Whether the two answers differ in a line that does not only repeat what was asked."""
    first, second = browser.get(yes), browser.get(no)
    if first.status_code != second.status_code:
        return True
    said = [re.sub(r'(csrf-token" content|token" value|once" value)="[^"]*"', "", body_of(one))
            for one in (first, second)]  # fmt: skip
    if said[0] == said[1]:
        return False
    lines = [one for one in ndiff(said[0].splitlines(), said[1].splitlines()) if one[:1] in "+-"]
    return any(not any(word in line for word in words) for line in lines)


def test_no_question_has_two_answers(cast: Cast, planted: list[Planted]):  # noqa: F811
    tried, wanted = set(), []
    with in_workspace(cast.xishan.pk):
        for one in planted:
            fields = registry.get(one.obj).fields_by_name
            for name in restrictable(registry.get(one.obj)):
                if name in one.marks and fields[name].type not in tried:
                    tried.add(fields[name].type)
                    wanted.append((one, name))
    admin, browser = client_for(cast.admin), limit(cast, "hidden")
    told, told_admin = [], 0
    for one, name in wanted:
        mark = (one.marks[name] or [""])[0]
        words = (name, mark or NOBODY, NOBODY, "not%20empty", "not+empty")
        for yes, no in asked_of(one, name, mark):
            if differs(browser, yes, no, words):
                told.append(yes)
            told_admin += differs(admin, yes, no, words) if one is wanted[0][0] else 0
    assert told == []
    assert told_admin > 5  # who sees the field gets two answers: the questions ask something
    assert len(wanted) > 8
