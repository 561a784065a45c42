"""Columns that name files: in an archive, a folder, at an address; what is wrong with them, and the undo."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import translation
from PIL import Image as Picture

from guanxi.collaboration.attachments.models import Attachment
from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact
from guanxi.platform.calls import calling
from guanxi.platform.files.models import FieldFile, StoredFile
from guanxi.platform.files.storage import path_of
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.metadata import registry
from guanxi.platform.metadata.shaping import add_field
from guanxi.platform.records.duplicates.rules import set_rule
from guanxi.platform.records.importing import archives, vcards
from guanxi.platform.records.importing.models import Import
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor, client_for, give_role

pytestmark = pytest.mark.django_db

COMPANIES = (
    "公司名称,Licence,Front,附件\n"
    "青禾水务,licences/a.txt,front.png,合同.txt；notes.txt\n"
    "锦江印染,,not-there.png,\n"
    "蓝港物流,b.txt,,same.txt\n"
)
CONTACTS = "姓名,公司,附件\n陈思远,青禾水务,notes.txt\n"


def png() -> bytes:
    out = io.BytesIO()
    Picture.effect_noise((8, 8), 90).save(out, "PNG")
    return out.getvalue()


def packed(**more: bytes) -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in {
            "companies.csv": COMPANIES.encode(),
            "contacts.csv": CONTACTS.encode(),
            "licences/a.txt": b"licence a",
            "licences/b.txt": b"licence b",
            "photos/front.png": png(),
            "files/合同.txt": "合同".encode(),
            "files/notes.txt": b"quay wall",
            "files/table.csv": b"a,b\n1,2\n",
            "one/same.txt": b"1",
            "two/same.txt": b"2",
            "__MACOSX/._a.txt": b"",
            **more,
        }.items():
            archive.writestr(name, content)
    return SimpleUploadedFile("all.zip", out.getvalue())


@pytest.fixture
def shaped(cast: Cast, settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT, settings.DATA_DIR = tmp_path / "files", tmp_path
    with in_workspace(cast.xishan.pk):
        add_field(object="company", type="file", label="Licence", by=actor(cast.admin))
        add_field(object="company", type="image", label="Front", by=actor(cast.admin))
        yield cast


def begin(browser: Any, *uploads: SimpleUploadedFile) -> Import:
    answer = browser.post("/import/", {"files": list(uploads)})
    assert answer.status_code == 302, answer.content.decode()
    found: Import = Import.objects.get(pk=int(answer["Location"].split("/")[2]))
    return found


def run(browser: Any, job: Import) -> Import:
    assert browser.get(f"/import/{job.pk}/check/").status_code == 200
    browser.post(f"/import/{job.pk}/run/")
    run_pending_jobs()
    job.refresh_from_db()
    return job


def licence(name: str) -> Any:
    return registry.get("company")["licence"].get(Company.objects.get(name=name))


def told(job: Import) -> set[str]:
    return {problem["code"] for file in job.files.all() for problem in file.problems}


def test_an_archive_brings_linked_tables_and_the_files_that_they_name(shaped: Cast):
    browser = client_for(shaped.admin)
    job = begin(browser, packed())
    assert [file.name for file in job.files.order_by("position")] == ["companies.csv", "contacts.csv"]
    assert "合同.txt" in browser.get(f"/import/{job.pk}/columns/").content.decode()
    page = browser.get(f"/import/{job.pk}/check/").content.decode()
    job.refresh_from_db()
    assert told(job) == {"file_not_there", "several_files"}
    assert "not-there.png" in page
    assert not StoredFile.objects.exists()  # nothing is kept before it runs

    run(browser, job)
    companies, contacts = job.files.order_by("position")
    assert (companies.created, companies.rejected, contacts.created) == (1, 2, 1)
    company = Company.objects.get(name="青禾水务")
    front = registry.get("company")["front"].get(company)
    assert (licence("青禾水务")["name"], front["type"]) == ("a.txt", "image/png")
    kept = FieldFile.objects.get(pk=licence("青禾水务")["id"])
    assert path_of(kept.file).read_bytes() == b"licence a"
    assert kept.record_id == company.pk
    assert {one.name for one in Attachment.objects.filter(record_id=company.pk)} == {"合同.txt", "notes.txt"}
    person = Contact.objects.get(name="陈思远")
    assert [one.name for one in Attachment.objects.filter(object="contact")] == ["notes.txt"]
    assert client_for(shaped.outsider).get(f"/import/{job.pk}/").status_code == 404
    assert client_for(shaped.stranger).get(f"/import/{job.pk}/columns/").status_code == 404
    assert not (Path(job.enclosed[0]).parent.parent / str(job.pk) / "named").exists()

    browser.post(f"/import/{job.pk}/undo/")
    run_pending_jobs()
    company.refresh_from_db()
    person.refresh_from_db()
    assert company.archived_at
    assert person.archived_at


def test_an_update_adds_what_is_new_and_the_undo_removes_it(shaped: Cast):
    browser = client_for(shaped.admin)
    with in_workspace(shaped.xishan.pk):
        run(browser, begin(browser, packed()))
        before = licence("青禾水务")
        stored = StoredFile.objects.count()

        again = run(browser, begin(browser, packed()))
        assert licence("青禾水务") == before  # the same bytes are no newer version
        assert FieldFile.objects.filter(field="licence").count() == 1
        browser.post(f"/import/{again.pk}/undo/")
        run_pending_jobs()
        assert Attachment.objects.filter(object="company", removed_at=None).count() == 2

        newer = run(browser, begin(browser, packed(**{"licences/a.txt": b"a newer licence"})))
        row = FieldFile.objects.get(pk=licence("青禾水务")["id"])
        assert (row.version, row.file.size) == (2, len(b"a newer licence"))
        browser.post(f"/import/{newer.pk}/undo/")
        run_pending_jobs()
        assert licence("青禾水务") == before
        assert not FieldFile.objects.filter(pk=row.pk).exists()
        assert StoredFile.objects.count() == stored


def test_the_wrong_content_and_too_much_are_refused(shaped: Cast, monkeypatch: Any, settings: Any):
    browser = client_for(shaped.admin)
    wrong = packed(**{"not-there.png": b"<html>no picture</html>"})
    job = begin(browser, wrong)
    browser.get(f"/import/{job.pk}/check/")
    assert "image" in told(job)
    job = begin(browser, packed(**{"licences/b.txt": b"b" * 30_000}))
    settings.UPLOAD_MAX_BYTES = 20_000
    browser.get(f"/import/{job.pk}/check/")
    assert "file_too_large" in told(job)
    monkeypatch.setattr(archives, "MOST_PARTS", 3)
    assert "3" in browser.post("/import/", {"files": packed()}).content.decode()
    broken = SimpleUploadedFile("x.zip", b"PK\x03\x04" + b"\0" * 200)
    assert browser.post("/import/", {"files": broken}).status_code == 200
    dense = io.BytesIO()  # a hundred megabytes in a hundred bytes, which come out in one step
    with zipfile.ZipFile(dense, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.csv", b"Company name\n" + b"\n" * (1 << 20))
    refused = browser.post("/import/", {"files": SimpleUploadedFile("d.zip", dense.getvalue())})
    assert "ZIP" in refused.content.decode()
    count = Import.objects.count()
    only = io.BytesIO()
    with zipfile.ZipFile(only, "w") as archive:
        archive.writestr("photos/a.png", png())
    assert (
        browser.post("/import/", {"files": SimpleUploadedFile("p.zip", only.getvalue())}).status_code == 200
    )
    assert Import.objects.count() == count


def test_addresses_are_fetched_when_it_runs_and_never_inside(shaped: Cast, monkeypatch: Any):
    asked: list[str] = []

    def fetch(url: str, out: Any, **_limits: Any) -> Any:
        asked.append(url)
        if "dead" in url:
            raise calling.CallFailed("no answer", passing=True)
        out.write(b"fetched")

    monkeypatch.setattr("guanxi.platform.records.importing.enclosing.fetch", fetch)
    text = "Company name,Licence\n" + "".join(
        f"{name},https://{host}/l/{name}.txt\n"
        for name, host in [("A", "x.test"), *zip("BCDEF", ["dead.test"] * 5, strict=True)]
    )
    browser = client_for(shaped.admin)
    job = begin(browser, SimpleUploadedFile("companies.csv", text.encode()))
    browser.get(f"/import/{job.pk}/check/")
    assert not asked
    run(browser, job)
    file = job.files.get()
    assert (file.created, file.rejected) == (1, 5)
    assert licence("A")["name"] == "A.txt"
    assert len(asked) == 4  # who is silent three times is left alone
    monkeypatch.undo()
    inside = SimpleUploadedFile("companies.csv", b"Company name,Licence\nG,http://127.0.0.1/secret.txt\n")
    assert run(browser, begin(browser, inside)).files.get().rejected == 1


def test_the_command_line_takes_a_folder_and_does_not_leave_it(shaped: Cast, tmp_path: Path):
    folder = tmp_path / "scans"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.txt").write_bytes(b"a")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    table = tmp_path / "companies.csv"
    table.write_text("Company name,Licence,Attachments\nA,deep/a.txt,a.txt\nB,link.txt,\nC,../secret.txt,\n")
    out = io.StringIO()
    call = partial(call_command, "import", workspace="xishan", stdout=out)
    call(str(table), named=[folder], yes=True)
    assert licence("A")["name"] == "a.txt"
    assert Attachment.objects.get().name == "a.txt"
    assert not Company.objects.filter(name__in="BC").exists()
    assert folder.exists()


def test_records_made_for_others_get_their_files_and_who_may_not_change_attaches_none(shaped: Cast):
    browser = client_for(shaped.rep)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("contacts.csv", "姓名,负责人,附件\n陈思远,何北,a.txt\n")
        archive.writestr("a.txt", b"a")
    give_role(shaped.rep, {"*": {"verbs": ["*"], "see": "own", "edit": "own"}})
    job = run(browser, begin(browser, SimpleUploadedFile("all.zip", out.getvalue())))
    person = Contact.objects.get(name="陈思远")
    assert (job.files.get().created, person.owner_id) == (1, shaped.stranger.pk)
    assert Attachment.objects.get(record_id=person.pk).name == "a.txt"
    assert browser.get(f"/contacts/{person.pk}/").status_code == 404
    give_role(shaped.rep, {"*": {"verbs": ["create", "import"], "see": "all", "edit": "all"}})
    job = run(browser, begin(browser, SimpleUploadedFile("all.zip", out.getvalue())))
    assert job.files.get().file_plan.column("附件").path == ""
    assert Attachment.objects.count() == 1


def test_a_damaged_part_of_an_archive_rejects_its_row_alone(shaped: Cast):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("companies.csv", "公司名称,Licence\n青禾水务,a.txt\n蓝港物流,b.txt\n")
        archive.writestr("a.txt", b"licence a " * 50)
        archive.writestr("b.txt", b"licence b")
        begins = archive.getinfo("a.txt").header_offset + 30 + len("a.txt")
    raw = bytearray(out.getvalue())
    raw[begins : begins + 8] = b"\xff" * 8
    browser = client_for(shaped.admin)
    job = begin(browser, SimpleUploadedFile("all.zip", bytes(raw)))
    run(browser, job)
    assert told(job) == {"file_broken"}
    assert list(Company.objects.values_list("name", flat=True)) == ["蓝港物流"]


def test_the_photos_of_an_address_book_stand_with_their_people(shaped: Cast):
    """Once each, whichever version wrote them; what is no picture, and an address, are left alone."""
    photo = base64.b64encode(png()).decode()
    cards = (
        f"VERSION:2.1\r\nFN:诸葛亮\r\nPHOTO;ENCODING=BASE64;PNG:\r\n {photo[:60]}\r\n {photo[60:]}\r\n",
        f"VERSION:3.0\r\nN:周;瑜;;;\r\nPHOTO;ENCODING=b;TYPE=PNG:{photo}\r\n",
        f"VERSION:4.0\r\nFN:../鲁肃\r\nPHOTO:data:image/png;base64,{photo}\r\n",
        "VERSION:3.0\r\nFN:曹操\r\nPHOTO;ENCODING=b:PHNjcmlwdD4=\r\n",
        "VERSION:3.0\r\nFN:刘备\r\nPHOTO;VALUE=uri:https://x.example/a.png\r\n",
    )
    book = "".join(
        f"BEGIN:VCARD\r\nEMAIL:p{at}@x.example\r\n{one}END:VCARD\r\n" for at, one in enumerate(cards)
    )
    browser = client_for(shaped.admin)
    for _again in range(2):
        job = begin(browser, SimpleUploadedFile("people.vcf", book.encode()))
        columns = f"/import/{job.pk}/columns/"
        browser.post(columns, {"key": "emails", "found": "update"})
        assert run(browser, job).state == "done"
        files = {
            contact.name: [one.name for one in Attachment.objects.filter(record_id=contact.pk)]
            for contact in Contact.objects.all()
        }
        assert files == {
            "诸葛亮": ["诸葛亮 1.png"], "周瑜": ["周瑜 2.png"], "../鲁肃": ["鲁肃 3.png"],
            "曹操": [], "刘备": [],
        }  # fmt: skip


def test_the_photo_of_a_card_stands_in_the_field_for_a_picture(shaped: Cast):
    """Where contacts have one; else it is attached, and the page of columns says so."""
    browser = client_for(shaped.admin)
    before = begin(browser, SimpleUploadedFile("people.vcf", with_photo("鲁肃").encode()))
    assert before.files.get().file_plan.column("Photo").path == "+files"
    made = add_field(object="contact", type="image", label="Likeness", by=actor(shaped.admin))
    job = run(browser, begin(browser, SimpleUploadedFile("people.vcf", with_photo("鲁肃").encode())))
    assert job.files.get().file_plan.column("Photo").path == made.name
    kept = registry.get("contact")[made.name].get(Contact.objects.get())
    assert (kept["name"], kept["type"]) == ("鲁肃 1.png", "image/png")
    assert not Attachment.objects.filter(object="contact").exists()


def test_the_columns_of_an_address_book_are_called_in_the_readers_language(shaped: Cast):
    """And are the same columns for whoever looks: the plan knows them by one name."""
    book = card(
        "鲁肃", "TEL;TYPE=cell:13800138000", "TEL;TYPE=work:0571 8888 6666", "ADR;TYPE=home:;;;杭州;;;"
    )
    browser = client_for(shaped.admin)
    job = begin(browser, SimpleUploadedFile("people.vcf", book.encode()))
    assert {"Name", "Mobile", "Work phone", "Home city"} <= set(job.files.get().source.columns)
    page = browser.get(f"/import/{job.pk}/columns/").content.decode()
    for heading in ("姓名", "手机", "工作电话", "家庭城市"):
        assert f'<th scope="row">{heading}</th>' in page
    assert "Work phone" not in page


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_every_column_of_an_address_book_has_a_name_in_each_language(language: str):
    lines = [*vcards._PLAIN, "N", "ORG", "TEL", "EMAIL", "TEL;TYPE=fax", "TEL;TYPE=cell", "TEL;TYPE=cell"]
    lines += [f"{name};TYPE={kind}" for name in ("TEL", "EMAIL", "ADR") for kind in ("home", "work", "dom")]
    texts = [f"{line}:{';'.join('abcdefg') if line[:3] in ('N', 'ORG', 'ADR') else 'x'}" for line in lines]
    (found,) = vcards.read_cards(["BEGIN:VCARD", *texts, "END:VCARD"])
    with translation.override(language):
        said = {column: vcards.card_heading(column) for column in vcards.card_row(found)}
    assert len(said) > 30
    assert [column for column, words in said.items() if re.search("[A-Za-z]", words)] == []
    with translation.override("en"):
        assert vcards.card_heading("Mum phone 2") == "Mum phone 2"


def test_the_extension_of_a_number_is_no_number_of_its_own(shaped: Cast):
    number = "TEL;VALUE=uri;TYPE=work:tel:+86-791-8888-2222;ext=12"
    card = f"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:鲁肃\r\n{number}\r\nEND:VCARD\r\n"
    browser = client_for(shaped.admin)
    assert run(browser, begin(browser, SimpleUploadedFile("people.vcf", card.encode()))).state == "done"
    (phone,) = Contact.objects.get().phones
    assert (phone["kind"], phone["number"], phone["extension"]) == ("work", "+8679188882222", "12")


def card(name: str, *more: str) -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", *more, "END:VCARD"))


def with_photo(name: str) -> str:
    return card(name, f"PHOTO;ENCODING=b;TYPE=PNG:{base64.b64encode(png()).decode()}")


@pytest.mark.parametrize("header", ["Photo", "Picture", "Image", "照片", "头像", "圖片", "附件"])
@pytest.mark.parametrize("packed_up", [False, True])
def test_a_guess_fetches_nothing_and_keeps_nobody_out(
    shaped: Cast, monkeypatch: Any, header: str, packed_up: bool
):
    """Other products write addresses of pictures, and ids, into a column of that name."""
    asked: list[Any] = []

    def resolved(host: str, port: int) -> str:
        asked.append(host)
        raise calling.CallFailed("no answer", passing=True)

    monkeypatch.setattr(calling, "_resolved", resolved)  # before any socket is opened
    text = f"姓名,{header}\n孙权,https://x.test/a.png\n大乔,http://10.0.0.1/b.png\n"
    upload = SimpleUploadedFile("contacts.csv", text.encode())
    if packed_up:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("contacts.csv", text)
            archive.writestr("a.png", png())
        upload = SimpleUploadedFile("contacts.zip", out.getvalue())
    browser = client_for(shaped.admin)
    job = run(browser, begin(browser, upload))
    file = job.files.get()
    assert (file.created, file.rejected, asked) == (2, 0, [])
    assert file.file_plan.column(header).path == ""

    chosen = begin(browser, SimpleUploadedFile("contacts.csv", text.encode()))
    browser.post(f"/import/{chosen.pk}/columns/", {"path-1": "+files"})
    run(browser, chosen)
    assert len(asked) == 2  # whoever says where the column goes has asked for it


def test_pictures_that_came_along_are_attached_and_missing_ones_are_told(shaped: Cast, monkeypatch: Any):
    asked: list[Any] = []
    monkeypatch.setattr("guanxi.platform.records.importing.enclosing.fetch", lambda *a, **k: asked.append(a))
    rows = [f"人 {at},{'abcdefgh'[at % 8]}.png" for at in range(40)]
    rows += ["孙权,not-there.png", "大乔,https://x.test/b.png"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("contacts.csv", "姓名,头像\n" + "\n".join(rows) + "\n")
        for letter in "abcdefgh":
            archive.writestr(f"{letter}.png", png())
    browser = client_for(shaped.admin)
    job = begin(browser, SimpleUploadedFile("all.zip", out.getvalue()))
    page = browser.get(f"/import/{job.pk}/check/").content.decode()
    assert "not-there.png" in page
    problems = job.files.get().problems
    assert {(one["code"], one["note"]) for one in problems} == {
        ("file_not_there", True), ("address_unasked", True),
    }  # fmt: skip
    file = run(browser, job).files.get()
    assert (file.created, file.rejected, asked) == (42, 0, [])
    assert Attachment.objects.filter(object="contact").count() == 40


def test_two_address_books_may_have_a_photo_of_the_same_name(shaped: Cast):
    books = [
        SimpleUploadedFile(name, (with_photo("张三") + with_photo("李四")).encode())
        for name in ("a.vcf", "b.vcf")
    ]
    browser = client_for(shaped.admin)
    job = run(browser, begin(browser, *books))
    assert [(one.created, one.rejected) for one in job.files.all()] == [(2, 0), (2, 0)]
    assert told(job) == set()
    kept = Attachment.objects.filter(object="contact").select_related("file")
    assert len({one.file_id for one in kept}) == 4  # each has the one of their own book


def test_a_book_of_many_photos_is_not_cut(shaped: Cast, monkeypatch: Any):
    monkeypatch.setattr("guanxi.platform.records.importing.enclosing.MOST_PARTS", 2)
    book = "".join(with_photo(name) for name in ("张三", "李四", "王五", "赵六", "钱七"))
    browser = client_for(shaped.admin)
    job = run(browser, begin(browser, SimpleUploadedFile("a.vcf", book.encode())))
    assert (job.files.get().created, told(job)) == (5, set())
    assert Attachment.objects.filter(object="contact").count() == 5


def test_the_same_person_in_two_books_is_a_duplicate_by_the_rule(shaped: Cast):
    set_rule(
        registry.get("contact"), action="refuse", kinds=["phone"], others="exists", by=actor(shaped.admin)
    )
    books = [
        SimpleUploadedFile(name, card("张三", "TEL;TYPE=cell:13800138000").encode())
        for name in ("a.vcf", "b.vcf")
    ]
    browser = client_for(shaped.admin)
    job = begin(browser, *books)
    browser.get(f"/import/{job.pk}/check/")
    assert [one.checked.get("create", 0) for one in job.files.order_by("position")] == [1, 0]
    assert told(job) == {"duplicate"}
    run(browser, job)
    assert [one.created for one in job.files.order_by("position")] == [1, 0]


def test_two_books_of_one_name_in_two_folders_are_two(shaped: Cast, tmp_path: Path):
    for name in ("张三", "李四"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "people.vcf").write_text(with_photo(name), encoding="utf-8", newline="")
    files = [str(tmp_path / name / "people.vcf") for name in ("张三", "李四")]
    call_command("import", *files, workspace="xishan", stdout=io.StringIO(), yes=True)
    assert set(Contact.objects.values_list("name", flat=True)) == {"张三", "李四"}
