"""The engine as the worker and the command line meet it: no transaction around it, both databases."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command

from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "kept"
    (tmp_path / "companies.csv").write_text("Company,Sector\nAcme,retail\nBeta,retail\n")
    (tmp_path / "contacts.csv").write_text("Name,Company,Email\nAnna,Acme,anna@x.com\nBert,Betta,b@x.com\n")
    return tmp_path


def guanxi_import(*arguments: str) -> str:
    out = StringIO()
    call_command("import", *arguments, "--workspace", "xishan", stdout=out)
    return out.getvalue()


def counts(cast) -> tuple[int, int]:
    with in_workspace(cast.xishan.pk), reading():
        living = {"archived_at": None}
        return Company.objects.filter(**living).count(), Contact.objects.filter(**living).count()


def test_the_command_looks_writes_and_takes_back(cast, folder):
    files = [str(folder / name) for name in ("contacts.csv", "companies.csv")]
    said = guanxi_import(*files, "--dry-run")
    assert "“Betta” × 1 → Beta?" in said
    assert counts(cast) == (0, 0)

    said = guanxi_import(*files, "--yes", "--by", "gu@xishan.example", "--rejected", str(folder / "back"))
    assert counts(cast) == (2, 1)
    assert "Betta" in (folder / "back" / "contacts-rejected.csv").read_text("utf-8-sig")

    number = re.search(r"--undo (\d+)", said)
    assert number
    guanxi_import("--undo", number[1])
    assert counts(cast) == (0, 0)


def test_a_fix_on_the_command_line_is_followed(cast, folder):
    files = [str(folder / name) for name in ("contacts.csv", "companies.csv")]
    guanxi_import(*files, "--yes", "--fix", "contacts.csv/Company:Betta=Beta", "--map", "Sector=nothing")
    with in_workspace(cast.xishan.pk), reading():
        assert Contact.objects.get(name="Bert").company.name == "Beta"
        assert not Company.objects.exclude(industry=None).exists()
