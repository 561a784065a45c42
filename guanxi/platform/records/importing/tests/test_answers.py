"""Answers to what a check asks: the usual words of other products, one answer for many, one click for all."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.utils import translation

from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.identity.models import User
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field, fields_made
from guanxi.platform.records.importing.mending import mend
from guanxi.platform.records.importing.models import Import, ImportFile
from guanxi.platform.records.importing.usual import OPTIONS, STAGES, usual_option
from guanxi.platform.tenancy.context import in_workspace
from guanxi.platform.tenancy.transactions import reading
from tests.at_once import at_once
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db

_HAN = re.compile("[\u4e00-\u9fff]")
EXPORTS = Path(__file__).parent / "exports_whole"


@pytest.fixture
def office(cast: Cast, settings: Any, tmp_path: Path) -> Any:
    settings.DATA_DIR = tmp_path
    with in_workspace(cast.xishan.pk):
        yield cast


def bring(browser: Any, files: dict[str, str]) -> Import:
    uploads = [SimpleUploadedFile(name, text.encode()) for name, text in files.items()]
    address = browser.post("/import/", {"files": uploads})["Location"]
    job: Import = Import.objects.get(pk=int(address.split("/")[2]))
    browser.get(f"/import/{job.pk}/check/")
    return job


def told(job: Import) -> set[tuple[str, str]]:
    """(file, code) of what keeps rows out."""
    return {
        (file.name, problem["code"])
        for file in job.files.all()
        for problem in file.problems
        if problem["code"] != "slip"
    }


def answer(browser: Any, job: Import, **said: Any) -> None:
    assert browser.post(f"/import/{job.pk}/check/", said).status_code == 302


def test_every_usual_word_means_an_option_that_is_offered():
    for (name, field), known in OPTIONS.items():
        offered = {one.value for one in getattr(registry.get(name)[field], "options", ())}
        assert set(known) - {""} <= offered, (name, field)
    company = registry.get("company")
    assert usual_option(company["role"], "Customer - Direct") == "customer"
    assert usual_option(company["level"], "重要客户") == "A"
    assert usual_option(company["level"], "nonsense") is None
    assert all(len(listed.split(",")) > 3 for listed in STAGES)


@pytest.mark.parametrize("product", ["salesforce", "fxiaoke"])
def test_a_whole_export_comes_in_after_one_click(office: Cast, product: str):
    """Types, ratings and states are known; whose records they were is nobody here."""
    browser = client_for(office.admin)
    files = {one.name: one.read_text("utf-8") for one in sorted((EXPORTS / product).glob("*.csv"))}
    files = {name: text.replace("林知遥", "0055g000001AAAA") for name, text in files.items()}
    job = bring(browser, files)
    assert not {code for _name, code in told(job)} & {"choice"}
    page = browser.get(f"/import/{job.pk}/check/").content.decode()
    assert 'value="empty-all"' in page
    assert 'value="create">' not in page.split("0055g000001AAAA")[1].split("</form>")[0]
    answer(browser, job, mend="empty-all")
    assert told(job) == set()


def test_who_is_meant_is_said_once_for_all_files(office: Cast):
    browser = client_for(office.admin)
    job = bring(
        browser,
        {
            "companies.csv": "Company name,Owner\nBlue,0055g000001AAAA\n",
            "contacts.csv": "Name,Email,Contact owner\nAnna,a@x.test,0055g000001AAAA\n",
        },
    )
    assert {code for _name, code in told(job)} == {"not_there"}
    assert len(told(job)) == 2
    file = job.files.get(name="contacts.csv")
    said = {"file": file.pk, "column": 2, "text": "0055g000001AAAA", "with": "林知遥"}
    answer(browser, job, mend="replace", **said)
    assert told(job) == set()
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    assert {Company.objects.get().owner_id, Contact.objects.get().owner_id} == {office.rep.pk}


def test_what_mends_stands_before_what_gives_up(office: Cast):
    """Reached for first is what makes the companies; to leave all out is the last way, and a quiet one."""
    browser = client_for(office.admin)
    text = "Name,Email,Company,Birthday\nAnna,a@x.test,Blue,soon\n"
    job = bring(browser, {"people.csv": text, "more.csv": text.replace("Anna,a@", "Bert,b@")})
    page = browser.get(f"/import/{job.pk}/check/").content.decode()
    buttons = re.findall(r"<button[^>]*name=\"mend\"[^>]*>", page)
    values = [re.findall(r'value="([\w-]+)"', one)[0] for one in buttons]
    assert values[0] == "create"
    assert values.index("create") < values.index("empty")
    assert values.index("empty-all") == len(values) - 1
    assert "以上全部留空" in page
    assert "ghost" in buttons[-1]


def test_who_reads_a_check_reads_it_in_their_language(office: Cast):
    """What is wrong is kept in every language: one runs the check, and somebody else may read it."""
    browser = client_for(office.admin)
    rows = ["Anna,nonsense,soon,Blue,1", "Bert,b@x.test,2001-02-03,,1", "Ceci,c@x.test,,,1", ",,,Blue,3,4"]
    text = "\n".join(["Name,Email,Birthday,Company,Badge", *rows])
    add_field(object="contact", type="text", label="Badge", unique=True, by=actor(office.admin))
    job = bring(browser, {"people.csv": text})
    file = job.files.get()
    assert {one["code"] for one in file.problems} >= {"date", "not_there", "taken", "too_many_cells"}

    def read_in(language: str) -> tuple[str, str]:
        User.objects.filter(pk=office.admin.user_id).update(language=language)
        page = client_for(office.admin).get(f"/import/{job.pk}/check/").content.decode()
        with translation.override(language):
            return page, " ".join(one["message"] for one in job.files.get().problems_said)

    page, said = read_in("en")
    assert "“soon” is not a day." in page
    assert not _HAN.search(said)
    for language in ("zh-hans", "zh-hant"):
        page, said = read_in(language)
        assert "is not" not in said
        assert all(_HAN.search(one["message"][language]) for one in file.problems)
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    for language, says in (("en", "“soon” is not a day."), ("zh-hans", "soon")):
        User.objects.filter(pk=office.admin.user_id).update(language=language)
        answered: Any = client_for(office.admin).get(f"/import/{job.pk}/files/{file.pk}/rejected.csv")
        csv = b"".join(answered.streaming_content).decode()
        assert says in csv
        assert ("is not a day" in csv) == (language == "en")


def test_no_company_is_made_of_a_number(office: Cast):
    browser = client_for(office.admin)
    job = bring(browser, {"deals.csv": "Deal name,Amount,客户编号\nPumps,100,K-7\n"})
    assert ("deals.csv", "not_there") in told(job)
    page = browser.get(f"/import/{job.pk}/check/").content.decode()
    assert "K-7" in page
    assert 'value="create"' not in page
    assert 'data-tone="azurite"' not in page.split('class="issues"')[1].split("</ul>")[0]  # it asks nothing


def test_a_column_of_members_is_left_empty_and_the_other_ones_are_not(office: Cast):
    add_field(object="contact", type="member", label="Referee", by=actor(office.admin))
    add_field(object="company", type="member", label="Referee", by=actor(office.admin))
    browser = client_for(office.admin)
    text = "Name,Email,Owner,Referee\nAnna,a@x.test,Nobody1,Nobody2\n"
    job = bring(browser, {"people.csv": text})
    answer(browser, job, file=job.files.get().pk, column=2, mend="empty")
    assert [one.header for one in job.files.get().file_plan.columns if one.on_problem == "empty"] == ["Owner"]
    firms = "Company name,Referee,Owner\nBlue,Nobody2,Nobody1\n"
    both = bring(browser, {"people.csv": text, "firms.csv": firms})
    people = both.files.get(name="people.csv")
    answer(browser, both, file=people.pk, column=2, mend="empty")
    left = {
        (file.name, one.field)
        for file in both.files.all()
        for one in file.file_plan.columns
        if one.on_problem == one.on_missing == "empty"
    }
    assert left == {("people.csv", "owner"), ("firms.csv", "owner")}


def test_what_a_choice_lacks_becomes_its_options(office: Cast):
    add_field(
        object="contact",
        type="choice",
        label="Shirt",
        settings={"options": ["S", "M"]},
        by=actor(office.admin),
    )
    text = "Name,Email,Shirt\nAnna,a@x.test,XL\nBert,b@x.test,xl\nCeci,c@x.test,XXL\nDora,d@x.test,M\n"
    browser = client_for(office.admin)
    job = bring(browser, {"people.csv": text})
    page = browser.get(f"/import/{job.pk}/check/").content.decode()
    assert 'value="options"' in page
    file = job.files.get()
    answer(browser, job, mend="options", file=file.pk, column=2, code="choice")
    assert told(job) == set()
    (made,) = fields_made("contact", by=actor(office.admin))
    assert [one["label"]["en"] for one in made.settings["options"]] == ["S", "M", "XL", "XXL"]


def test_who_may_not_shape_the_workspace_adds_no_options(office: Cast):
    add_field(
        object="contact",
        type="choice",
        label="Shirt",
        settings={"options": ["S", "M"]},
        by=actor(office.admin),
    )
    give_role(office.rep, {"*": {"verbs": ["*"], "see": "all", "edit": "all"}})
    browser = client_for(office.rep)
    job = bring(browser, {"people.csv": "Name,Email,Shirt\nAnna,a@x.test,XL\n"})
    assert 'value="options"' not in browser.get(f"/import/{job.pk}/check/").content.decode()
    answer(browser, job, mend="options", file=job.files.get().pk, column=2, code="choice")
    (made,) = fields_made("contact", by=actor(office.admin))
    assert len(made.settings["options"]) == 2
    for nobody in (office.stranger, office.outsider):
        assert client_for(nobody).post(f"/import/{job.pk}/check/", {"mend": "empty-all"}).status_code == 404


def test_what_no_empty_cell_would_mend_is_not_offered_to_be_empty(office: Cast):
    add_field(object="contact", type="text", label="Badge", unique=True, by=actor(office.admin))
    browser = client_for(office.admin)
    job = bring(browser, {"people.csv": "Name,Email,Badge\nAnna,a@x.test,1\nBert,b@x.test,1\n"})
    assert told(job) == {("people.csv", "taken")}
    assert 'value="empty' not in browser.get(f"/import/{job.pk}/check/").content.decode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_of_two_who_answer_at_once_neither_is_lost(cast: Cast, settings: Any, tmp_path: Path):
    """Options that two imports add to one field, and two answers to one import."""
    settings.DATA_DIR = tmp_path
    browser = client_for(cast.admin)
    with in_workspace(cast.xishan.pk), reading():
        sizes = {"options": ["S", "M"]}
        add_field(object="contact", type="choice", label="Shirt", settings=sizes, by=actor(cast.admin))
    texts = [f"Name,Email,Shirt,Company\nAnna,a@x.test,{size},Blue\n" for size in ("XL", "XXL")]
    addresses = [
        browser.post("/import/", {"files": SimpleUploadedFile("people.csv", text.encode())})["Location"]
        for text in texts
    ]
    jobs = [int(address.split("/")[2]) for address in addresses]
    for job in jobs:
        browser.get(f"/import/{job}/check/")

    def mends(at: int, **said: Any) -> Callable[[], object]:
        asked = QueryDict(mutable=True)
        with in_workspace(cast.xishan.pk), reading():
            asked.update({"file": str(ImportFile.objects.get(of_import=jobs[at]).pk), **said})
        request: Any = SimpleNamespace(POST=asked, actor=actor(cast.admin))
        return lambda: mend(request, Import.objects.get(pk=jobs[at]))

    works = [mends(at, column="2", mend="options") for at in (0, 1)]
    works += [mends(0, column="3", mend="create"), mends(0, column="1", mend="empty")]
    assert at_once(cast.xishan.pk, *works) == ["done"] * 4
    with in_workspace(cast.xishan.pk), reading():
        (made,) = fields_made("contact", by=actor(cast.admin))
        assert {one["label"]["en"] for one in made.settings["options"]} == {"S", "M", "XL", "XXL"}
        _name, email, _shirt, company = ImportFile.objects.get(of_import=jobs[0]).file_plan.columns
        assert (email.on_problem, company.on_missing) == ("empty", "create")
