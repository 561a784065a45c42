"""The wizard by its pages: what a file lacks, and words that mean something else here."""

from __future__ import annotations

import re
from io import BytesIO

import pytest

from guanxi.people.contacts.models import Contact
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.importing import pages
from guanxi.platform.records.importing.models import ImportFile
from guanxi.platform.records.models import Tag
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.cast import actor, client_for, give_role

pytestmark = pytest.mark.django_db(transaction=True)


class Wizard:
    """A browser of 顾明 that brings one file in."""

    def __init__(self, cast, text: str, name: str = "people.csv") -> None:
        self.cast, self.browser = cast, client_for(cast.admin)
        upload = BytesIO(text.encode())
        upload.name = name
        self.columns = self.browser.post("/import/", {"files": upload})["Location"]
        self.check = self.columns.replace("columns", "check")

    @property
    def file(self) -> str:
        found = re.search(r'action="(/import/\d+/columns/(\d+)/)"', self.page(self.columns))
        assert found
        return found[2]

    def page(self, address: str) -> str:
        answer = self.browser.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    def decide(self, **said: str):
        return self.browser.post(self.columns, {name.replace("_", "-"): text for name, text in said.items()})

    def mend(self, **said):
        assert self.browser.post(self.check, {"file": self.file, **said}).status_code == 302

    def run(self) -> str:
        self.page(self.check)
        result = self.browser.post(self.check.replace("check", "run"))["Location"]
        run_pending_jobs()
        return self.page(result)

    def kept(self) -> ImportFile:
        """The file that was brought last, as it is in the database."""
        with in_workspace(self.cast.xishan.pk), reading():
            found: ImportFile = ImportFile.objects.order_by("-pk")[:1].get()
        return found

    def people(self) -> dict[str, Contact]:
        with in_workspace(self.cast.xishan.pk), reading():
            rows = Contact.objects.filter(archived_at=None).select_related("owner__user")
            return {one.name: one for one in rows}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def test_every_row_gets_what_the_file_lacks(cast):
    wizard = Wizard(cast, "Name,Email\nAnna,a@x.com\nBert,b@x.com\n")
    wizard.decide(read="1", fixed_field="owner", fixed_value="林知遥")
    wizard.decide(read="1", fixed_field="tags", fixed_value="展会, 2026")
    wizard.decide(read="1", fixed_field="source", fixed_value="上海展会")
    page = wizard.page(wizard.columns)
    assert 'name="fixed-owner" value="林知遥"' in page
    wizard.run()
    people = wizard.people()
    assert {one.owner_id for one in people.values()} == {cast.rep.pk}
    assert {one.source for one in people.values()} == {"上海展会"}
    with in_workspace(cast.xishan.pk), reading():
        tags = Tag.objects.filter(pk__in=people["Anna"].tags)
        assert {tag.name for tag in tags} == {"展会", "2026"}


def test_what_a_row_says_itself_comes_first_and_an_emptied_field_is_dropped(cast):
    wizard = Wizard(cast, "Name,Email,Source\nAnna,a@x.com,\nBert,b@x.com,Web\n")
    wizard.decide(read="1", path_2="")
    wizard.decide(read="1", fixed_field="source", fixed_value="Fair")
    assert 'name="fixed-source"' in wizard.page(wizard.columns)
    wizard.decide(read="1", fixed_source="")
    assert 'name="fixed-source"' not in wizard.page(wizard.columns)


def test_nobody_of_that_name_is_said_at_once(cast):
    wizard = Wizard(cast, "Name,Email\nAnna,a@x.com\n")
    answer = wizard.decide(read="1", fixed_field="owner", fixed_value="Nobody Here")
    assert answer.status_code == 200
    assert "Nobody Here" in answer.content.decode()
    assert 'name="fixed-owner"' not in wizard.page(wizard.columns)


def test_unknown_owners_are_mapped_to_members_and_remembered(cast):
    text = "Name,Email,Owner\nAnna,a@x.com,Lin Z.\nBert,b@x.com,Zhou\nCeci,c@x.com,Lin Z.\n"
    wizard = Wizard(cast, text)
    page = wizard.page(wizard.check)
    assert "“Lin Z.”" in page
    assert ">周砚 · South</option>" in page
    wizard.mend(column="2", mend="replace", text=["Lin Z.", "Zhou"], **{"with": ["林知遥", "周砚"]})
    wizard.run()
    people = wizard.people()
    assert {name: one.owner_id for name, one in people.items()} == {
        "Anna": cast.rep.pk, "Bert": cast.manager.pk, "Ceci": cast.rep.pk,
    }  # fmt: skip
    again = Wizard(cast, text.replace("x.com", "y.com"))
    assert "Lin Z." not in again.page(again.check)


KNOWN = "Name,Email,Mobile\nAnna Berg,anna@x.com,138 5710 4426\nBert,b@x.com,139 5710 4427\n"
MORE = (
    "Name,Email,Mobile,Job title\n"
    "Anna B.,a.berg@y.com,138 5710 4426,Buyer\nBertram,bert@y.com,139 5710 4427,Chief\nCeci,c@y.com,,Cook\n"
)


@pytest.fixture
def second(cast) -> Wizard:
    """Another file, two of whose three people are there under another address."""
    Wizard(cast, KNOWN).run()
    return Wizard(cast, MORE)


def test_rows_like_records_that_are_there_are_shown_and_new_all_the_same(second):
    page = second.page(second.check)
    assert "Anna Berg" in page, "the record that is there"
    assert "Anna B." in page, "the row"
    second.run()
    assert set(second.people()) == {"Anna Berg", "Bert", "Anna B.", "Bertram", "Ceci"}


def test_all_rows_like_records_become_those_records(second):
    second.page(second.check)
    second.mend(mend="alike", alike="update")
    second.page(second.check)
    assert second.kept().checked == {"rows": 3, "update": 2, "create": 1}
    second.run()
    people = second.people()
    assert set(people) == {"Anna B.", "Bertram", "Ceci"}
    assert {one["email"] for one in people["Anna B."].emails} == {"anna@x.com", "a.berg@y.com"}
    file = second.kept()
    assert (file.created, file.updated, file.skipped, file.rejected) == (1, 2, 0, 0)


def test_one_is_skipped_and_the_other_a_new_record(second):
    page = second.page(second.check)
    numbers = re.findall(r'name="alike-(\d+)"', page)
    assert len(numbers) == 2
    second.mend(mend="alike", alike="create", **{f"alike-{numbers[0]}": "skip"})
    second.run()
    assert set(second.people()) == {"Anna Berg", "Bert", "Bertram", "Ceci"}


def test_rows_of_one_file_that_are_alike_are_not_taken_for_records_that_were_there(cast):
    wizard = Wizard(cast, "Name,Email,Mobile\nAnna,a@x.com,138 5710 4426\nOtto,o@x.com,138 5710 4426\n")
    wizard.page(wizard.check)
    wizard.mend(mend="alike", alike="update")
    wizard.run()
    assert set(wizard.people()) == {"Anna", "Otto"}


def test_twins_of_another_team_are_not_told(cast, second):
    other = Wizard.__new__(Wizard)
    give_role(cast.stranger, {"*": {"verbs": ["*"], "see": "team", "edit": "own"}})
    other.cast, other.browser = cast, client_for(cast.stranger)
    upload = BytesIO(MORE.encode())
    upload.name = "people.csv"
    other.columns = other.browser.post("/import/", {"files": upload})["Location"]
    page = other.page(other.columns.replace("columns", "check"))
    assert "Anna Berg" not in page
    assert "alike-" not in page


def test_a_file_that_is_too_large_for_the_web_is_said_and_not_kept(cast, settings):
    settings.UPLOAD_MAX_BYTES = 2 << 20
    upload = BytesIO(b"Name,Email\n" + b"Anna,a@x.com\n" * 300_000)
    upload.name = "large.csv"
    answer = client_for(cast.admin).post("/import/", {"files": upload})
    assert answer.status_code == 200
    said = answer.content.decode()
    assert "“large.csv”超过 2 MB" in said
    assert "guanxi import" in said
    with in_workspace(cast.xishan.pk), reading():
        assert not ImportFile.objects.exists()


def test_who_may_not_import_is_offered_no_import(cast):
    assert 'href="/import/"' in client_for(cast.admin).get("/today/").content.decode()
    page = client_for(cast.rep).get("/today/")
    assert page.status_code == 200
    assert "/import/" not in page.content.decode()
    assert client_for(cast.rep).get("/import/").status_code == 403


def test_among_very_many_places_one_is_typed_by_its_name(cast, monkeypatch):
    """Each column with a list of hundreds of its own made a page of megabytes: one list serves them all."""
    monkeypatch.setattr(pages, "MOST_PICKED", 5)
    wizard = Wizard(cast, "Name,Fon,Post\nAnna,057188881234,a@x.example\n")
    page = wizard.page(wizard.columns)
    assert page.count("<datalist") == 1
    assert page.count('list="f-places"') == 3
    assert 'name="path-' not in page
    assert 'name="place-0" id="f-path-0" value="姓名"' in page
    refused = wizard.decide(place_1="电话 › 座鸡")
    assert refused.status_code == 200
    assert "电话 › 座鸡" in refused.content.decode()
    assert wizard.decide(place_0="姓名", place_1="电话 › 工作", place_2="").status_code == 302
    assert [one.path for one in wizard.kept().file_plan.columns] == ["name", "phones:work", ""]
    wizard.run()
    assert wizard.people()["Anna"].phones[0]["kind"] == "work"
    assert not wizard.people()["Anna"].emails


def test_a_preview_shows_values_as_a_record_does(cast):
    """Days, amounts, options, people and yes or no as the product says them, not as the file writes them."""
    with in_workspace(cast.xishan.pk), reading():
        add_field(object="deal", type="boolean", label="Fair", by=actor(cast.admin))
        sizes = {"options": [{"label": {"en": "Large", "zh-hans": "大号"}}]}
        add_field(object="deal", type="choice", label="Size", settings=sizes, by=actor(cast.admin))
    headers = "Deal name,Amount,Expected close,Owner,Fair,Size,Company"
    wizard = Wizard(cast, f"{headers}\nPumps,268000.50,31.12.2031,lin@xishan.example,Y,LARGE,\n", "deals.csv")
    page = wizard.page(wizard.columns).split('class="facts"')[1].split("</dl>")[0]
    said = re.findall("<dd>(.*?)</dd>", page)
    assert said == ["Pumps", "¥268,000.50", "2031年12月31日", "林知遥", "是", "大号"]
