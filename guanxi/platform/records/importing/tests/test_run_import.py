"""The engine as the worker and the command line meet it: no transaction around it, both databases."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from guanxi.collaboration.activities.models import Activity
from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field, add_object, add_rule
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from guanxi.sales.products.models import Product
from tests.cast import actor, client_for

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


def test_notes_and_tasks_find_what_they_are_about(cast, folder):
    """Four files of one firm: records by the number they had there, by name, or by an address of mail."""
    (folder / "companies.csv").write_text("Account ID,Company\n001A,Acme\n001B,Beta\n")
    (folder / "contacts.csv").write_text("Name,Company,Email\nAnna,Acme,anna@x.com\n")
    (folder / "products.csv").write_text("Product Name,Price\nPumps,100\n")
    (folder / "activities.csv").write_text(
        "Subject,Type,Account ID,Contact,Product\nCalled Anna,call,001A,anna@x.com,Pumps\nWrote,note,001B,,\n"
        "Lost,note,001C,,\n"
    )
    files = [str(folder / f"{name}.csv") for name in ("activities", "products", "contacts", "companies")]
    guanxi_import(*files, "--yes", "--rejected", str(folder / "back"))
    with in_workspace(cast.xishan.pk), reading():
        called = Activity.objects.get(subject="Called Anna")
        company, contact = Company.objects.get(name="Acme"), Contact.objects.get(name="Anna")
        product = Product.objects.get(name="Pumps")
        about = [["company", company.pk], ["contact", contact.pk], ["product", product.pk]]
        assert sorted(called.about) == about
        assert Activity.objects.count() == 2
        assert called.kind == "call"
    assert "001C" in (folder / "back" / "activities-rejected.csv").read_text("utf-8-sig")
    assert "Called Anna" in client_for(cast.admin).get(f"/companies/{company.pk}/").content.decode()


def test_tasks_are_done_where_their_file_says_so_by_a_word(cast, folder):
    """On the day they were due; without one, or where that is still to come, now. A told day is kept."""
    now = timezone.now()
    ahead = f"{now + timedelta(days=40):%Y-%m-%d}"
    (folder / "tasks.csv").write_text(
        "Subject,Due Date,Completed Date,Status\n"
        "Due,2026-03-02,,Completed\nNever due,,,已完成\n"
        f"Early,{ahead},,Done\nTold,2026-03-02,2026-03-05,Completed\n"
        "Open,2026-03-02,,Not Started\nUnder way,2026-03-02,2026-03-05,In Progress\nSilent,2026-03-02,,\n"
        "Odd,2026-03-02,,Blue\n"
    )
    guanxi_import(str(folder / "tasks.csv"), "--yes", "--rejected", str(folder / "back"))
    with in_workspace(cast.xishan.pk), reading():
        done = dict(Activity.objects.values_list("subject", "done_at"))
        due = Activity.objects.get(subject="Due").due_at
    assert done["Due"] == due
    assert [one for one in ("Open", "Under way", "Silent") if done[one]] == []
    assert min(done["Never due"], done["Early"]) >= now
    assert done["Told"] > due + timedelta(days=2)
    assert "Odd" not in done
    assert "既不是已完成" in (folder / "back" / "tasks-rejected.csv").read_text("utf-8-sig")


def test_rows_that_break_a_rule_are_rejected_at_their_field(cast, folder):
    with in_workspace(cast.xishan.pk), reading():
        add_rule(
            object="company",
            formula="employees > 10",
            label="Too small",
            field="employees",
            by=actor(cast.admin),
        )
    (folder / "companies.csv").write_text("Company,Employees\nAcme,5\nBeta,20\n")
    files = [str(folder / "companies.csv")]
    assert "Too small" in guanxi_import(*files, "--dry-run")
    guanxi_import(*files, "--yes", "--by", "gu@xishan.example", "--rejected", str(folder / "back"))
    assert counts(cast) == (1, 0)
    assert "Too small" in (folder / "back" / "companies-rejected.csv").read_text("utf-8-sig")


def test_a_row_that_is_silent_begins_as_a_record_made_by_hand(cast, folder):
    """Also where the field is needed, and where a rule asks for what it begins with."""
    admin = actor(cast.admin)
    several: dict[str, Any] = {
        "object": "depot", "by": admin,
        "settings": {"options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]},
    }  # fmt: skip
    with in_workspace(cast.xishan.pk):
        add_object(name="depot", plural="depots", label="Depot", plural_label="Depots", by=admin)
        add_field(name="class", label="Class", type="choice", required=True, default="a", **several)
        add_field(name="uses", label="Uses", type="choices", default=["b"], **several)
        add_rule(object="depot", name="classed", label="Classed", formula="not empty(uses)", by=admin)
    (folder / "depots.csv").write_text("Name,Class\nNorth,\nSouth,B\n")
    guanxi_import(str(folder / "depots.csv"), "--object", "depot", "--yes", "--by", "gu@xishan.example")
    with in_workspace(cast.xishan.pk), reading():
        depot = registry.get("depot")
        made = {one.name: (depot["class"].get(one), depot["uses"].get(one)) for one in depot.rows()}
        by_hand = create_record(object="depot", values={"name": "By hand"}, by=admin)
        assert (depot["class"].get(by_hand), depot["uses"].get(by_hand)) == ("a", ["b"])
    assert made == {"North": ("a", ["b"]), "South": ("b", ["b"])}


def test_a_cell_that_names_several_records_links_to_all_of_them(cast, folder):
    """By semicolons, or by commas where nobody is called by the whole; also rows further down in the file."""
    with in_workspace(cast.xishan.pk), reading():
        admin = actor(cast.admin)
        add_object(label="Machine", plural_label="Machines", name="machine", plural="machines", by=admin)
        for name, to in (("users", "company"), ("parts", "machine")):
            add_field(object="machine", name=name, label=name, type="links", settings={"to": to}, by=admin)
        names = ("Acme", "Acme Co., Ltd", "Beta")
        ids = [create_record(object="company", values={"name": one}, by=admin).pk for one in names]
    (folder / "machines.csv").write_text(
        "Name,Users,Parts\n"
        'Mill,"Acme; Beta",\n'
        'Press,"Acme Co., Ltd",\n'
        'Lathe,"Acme, Beta","Motor, Mill"\n'
        "Motor,,\n"
        "Saw,Acme; Gamma,\n"
    )
    said = guanxi_import(str(folder / "machines.csv"), "--yes", "--rejected", str(folder / "back"))
    assert "Gamma" in said
    with in_workspace(cast.xishan.pk), reading():
        machine = registry.get("machine")
        found = {one.name: one for one in machine.rows().filter(archived_at=None)}
        assert sorted(found) == ["Lathe", "Mill", "Motor", "Press"]
        users = {name: machine["users"].get(one) for name, one in found.items()}
        assert users["Mill"] == users["Lathe"] == [ids[0], ids[2]]
        assert users["Press"] == [ids[1]]
        assert set(machine["parts"].get(found["Lathe"])) == {found["Motor"].pk, found["Mill"].pk}


def test_an_address_of_ones_own_comes_in_whole_or_in_parts(cast, folder):
    with in_workspace(cast.xishan.pk), reading():
        admin = actor(cast.admin)
        add_object(label="Depot", plural_label="Depots", name="depot", plural="depots", by=admin)
        add_field(object="depot", name="site", label="Site", type="address", by=admin)
    (folder / "depots.csv").write_text(
        "Name,Site\nEast,\u676d\u5dde\u5e02\u6587\u4e00\u897f\u8def998\u53f7\n"
    )
    (folder / "more.csv").write_text(
        "Name,Site City,Site Street\nWest,\u6210\u90fd,\u4eba\u6c11\u8def1\u53f7\n"
    )
    for name in ("depots", "more"):
        guanxi_import(str(folder / f"{name}.csv"), "--yes", "--object", "depot")
    with in_workspace(cast.xishan.pk), reading():
        depot = registry.get("depot")
        found = {one.name: depot["site"].get(one) for one in depot.rows()}
        assert found["East"]["city"] == "\u676d\u5dde\u5e02"
        assert found["West"]["street"] == "\u4eba\u6c11\u8def1\u53f7"
