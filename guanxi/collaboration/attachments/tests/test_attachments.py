"""Files of a record through their doors; their rights are those of the record, asked at every door."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image as Picture

from guanxi.collaboration.attachments.actions import forget_removed
from guanxi.collaboration.attachments.models import Attachment
from guanxi.platform.events.delivery import drain_events
from guanxi.platform.events.models import Fact
from guanxi.platform.files.models import StoredFile
from guanxi.platform.files.naming import clean_name
from guanxi.platform.files.storage import path_of
from guanxi.platform.files.tests.test_places import HEIC
from guanxi.platform.jobs.running import run_pending_jobs
from guanxi.platform.records.kept import KEPT_FOR
from guanxi.platform.records.pages.files import LONGEST_TEXT
from guanxi.platform.records.search import find_records
from guanxi.platform.records.writing import change_record, create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import actor, client_for

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(100))
HTML = b"<html><script>alert(1)</script></html>"


@pytest.fixture(autouse=True)
def kept_in(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def contact(cast):
    with in_workspace(cast.xishan.pk):
        return create_record(object="contact", values={"name": "王若溪"}, by=actor(cast.rep))


def attach(member, contact, *contents: tuple[str, bytes], **headers):
    files = [SimpleUploadedFile(name, content) for name, content in contents]
    return client_for(member).post(f"/contacts/{contact.pk}/attachments/", {"files": files}, **headers)


@pytest.fixture
def photo(cast, contact):
    assert attach(cast.rep, contact, ("现场.png", PNG)).status_code == 303
    with in_workspace(cast.xishan.pk):
        return Attachment.objects.select_related("file").get()


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_what_is_attached_can_be_downloaded_and_nothing_in_it_runs(cast, contact):
    attach(cast.rep, contact, ("page.html", HTML))
    with in_workspace(cast.xishan.pk):
        found = Attachment.objects.get()
    for address in (f"/files/{found.pk}/", f"/files/{found.pk}/preview/"):
        answer = client_for(cast.rep).get(address)
        assert body(answer) == HTML
        assert answer["Content-Type"].startswith("text/plain")
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_only_safe_pictures_are_shown_in_the_page(cast, photo):
    shown = client_for(cast.rep).get(f"/files/{photo.pk}/preview/")
    assert (shown["Content-Type"], shown["Content-Disposition"].split(";")[0]) == ("image/png", "inline")
    assert client_for(cast.rep).get(f"/files/{photo.pk}/")["Content-Disposition"].startswith("attachment")


def test_parts_and_unchanged_files_are_answered_as_such(cast, photo):
    client = client_for(cast.rep)
    part = client.get(f"/files/{photo.pk}/", headers={"Range": "bytes=1-3"})
    assert (part.status_code, body(part), part["Content-Range"]) == (206, b"PNG", f"bytes 1-3/{len(PNG)}")
    tail = client.get(f"/files/{photo.pk}/", headers={"Range": "bytes=-2"})
    assert body(tail) == PNG[-2:]
    senseless = client.get(f"/files/{photo.pk}/", headers={"Range": "bytes=9-1"})
    assert (senseless.status_code, body(senseless)) == (200, PNG)
    again = client.get(f"/files/{photo.pk}/", headers={"If-None-Match": part["ETag"]})
    assert again.status_code == 304


def test_attaching_and_removing_are_facts_of_the_record_and_can_be_undone(cast, contact, photo):
    client = client_for(cast.rep)
    assert "现场.png" in client.get(f"/contacts/{contact.pk}/files/").content.decode()
    assert client.post(f"/files/{photo.pk}/removal/").status_code == 303
    assert client.get(f"/files/{photo.pk}/").status_code == 404
    assert client.post(f"/files/{photo.pk}/return/").status_code == 303
    assert client.get(f"/files/{photo.pk}/").status_code == 200
    with in_workspace(cast.xishan.pk):
        facts = Fact.objects.filter(object="contact", record_id=contact.pk).order_by("id")
        assert [fact.verb for fact in facts] == ["created", "attached", "detached", "reattached"]
        assert facts[1].data["name"] == "现场.png"
        drain_events()
    for page in ("timeline", "changes"):
        assert "恢复了文件现场.png" in client.get(f"/contacts/{contact.pk}/{page}/").text
    with in_workspace(cast.xishan.pk):
        assert [hit.ref.title for hit in find_records("现场", by=actor(cast.rep))] == ["王若溪"]


def test_a_record_is_found_by_the_names_of_its_files(cast, contact):
    attach(cast.rep, contact, ("Lageplan Werk 4.pdf", b"%PDF-1.4"))
    with in_workspace(cast.xishan.pk):
        drain_events()
        for text in ("lageplan", "werk 4", "lagepaln"):
            assert [hit.ref.title for hit in find_records(text, by=actor(cast.rep))] == ["王若溪"], text
        assert find_records("lageplan", by=actor(cast.stranger)) == []
        photo = Attachment.objects.get()
    client_for(cast.rep).post(f"/files/{photo.pk}/removal/")
    with in_workspace(cast.xishan.pk):
        drain_events()
        assert find_records("lageplan", by=actor(cast.rep)) == []


def zipped(**parts: str) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, text in parts.items():
            archive.writestr(f"{name.replace('__', '/')}.xml", text)
    return out.getvalue()


WORDS = "<w:p><w:r><w:t>Pumps</w:t><w:tab/><w:t xml:space='x'>&lt;4&gt;</w:t></w:r></w:p>"
CELLS = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"/><c><f>1+1</f><v>2</v></c></row>'
STRINGS = "<sst><si><t>Name</t></si></sst>"


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("offer.docx", zipped(word__document=WORDS), "Pumps\t&lt;4&gt;"),
        ("talk.pptx", zipped(ppt__slides__slide1="<a:p><a:r><a:t>Why us</a:t></a:r></a:p>"), "1\nWhy us"),
        (
            "list.xlsx",
            zipped(xl__sharedStrings=STRINGS, xl__worksheets__sheet1=CELLS),
            "Name\t\t2",
        ),
        ("broken.docx", zipped(word__document=WORDS)[:-40], "这个文件没有预览"),
        ("call.mp3", b"ID3" + bytes(50), "<audio"),
        ("visit.mp4", b"\0\0\0\x20ftypisom" + bytes(50), "<video"),
        ("visit.webm", b"\x1aE\xdf\xa3\x9fB\x82\x84webm" + bytes(50), "<video"),
        ("visit.mkv", b"\x1aE\xdf\xa3\xa3B\x82\x88matroska" + bytes(50), "这个文件没有预览"),
        ("visit.avi", b"RIFF\0\0\0\0AVI LIST" + bytes(50), "这个文件没有预览"),
        ("voice.amr", b"#!AMR\n" + bytes(50), "这个文件没有预览"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "这个文件没有预览"),
    ],
)
def test_documents_and_recordings_are_looked_at_in_the_page(cast, contact, name, content, shown):
    attach(cast.rep, contact, (name, content))
    with in_workspace(cast.xishan.pk):
        found = Attachment.objects.get()
    page = client_for(cast.rep).get(f"/files/{found.pk}/look/").content.decode()
    assert shown in page
    assert f'href="/files/{found.pk}/"' in page  # the download is there in any case
    assert client_for(cast.stranger).get(f"/files/{found.pk}/look/").status_code == 404


def test_a_name_again_is_a_newer_version(cast, contact, photo):
    attach(cast.rep, contact, ("现场.png", PNG + b"2"))
    with in_workspace(cast.xishan.pk):
        assert sorted(Attachment.objects.values_list("version", flat=True)) == [1, 2]


def test_an_older_version_is_looked_at_and_restored(cast, contact, photo):
    attach(cast.rep, contact, ("现场.png", PNG + b"2"))
    client = client_for(cast.rep)
    page = client.get(f"/files/{photo.pk}/look/").content.decode()
    assert f'action="/files/{photo.pk}/restoration/"' in page
    answer = client.post(f"/files/{photo.pk}/restoration/")
    with in_workspace(cast.xishan.pk):
        newest = Attachment.objects.order_by("-version").first()
        assert (newest.version, newest.file_id, newest.created_by_id) == (3, photo.file_id, cast.rep.pk)
        fact = Fact.objects.filter(object="contact", record_id=contact.pk).order_by("id").last()
        assert (fact.name, fact.data["version"], fact.data["restored"]) == ("contact.attached", 3, 1)
    assert answer["Location"] == f"/files/{newest.pk}/look/"
    client.post(f"/files/{newest.pk}/restoration/")  # it is the newest already
    for member, refused in ((cast.observer, 403), (cast.stranger, 404), (cast.outsider, 404)):
        assert client_for(member).post(f"/files/{photo.pk}/restoration/").status_code == refused
    assert "restoration" not in client_for(cast.observer).get(f"/files/{photo.pk}/look/").content.decode()
    with in_workspace(cast.xishan.pk):
        assert Attachment.objects.count() == 3


def test_a_file_is_one_row_and_goes_and_returns_with_all_its_versions(cast, contact, photo):
    attach(cast.rep, contact, ("现场.png", PNG + b"2"), ("b.txt", b"b"))
    client = client_for(cast.rep)
    files = client.get(f"/contacts/{contact.pk}/files/").content.decode()
    assert files.count("现场.png</a>") == 1
    assert '<span class="count">2</span>' in files
    with in_workspace(cast.xishan.pk):
        newest = Attachment.objects.get(version=2)
    client.post(f"/files/{newest.pk}/removal/")
    assert "现场.png</a>" not in client.get(f"/contacts/{contact.pk}/files/").content.decode()
    assert client.get(f"/files/{photo.pk}/").status_code == 404
    client.post(f"/files/{newest.pk}/return/")
    assert client.get(f"/files/{photo.pk}/").status_code == 200
    assert f"/files/{photo.pk}/look/" in client.get(f"/files/{newest.pk}/look/").content.decode()


def test_what_was_removed_is_brought_back_from_the_tab_for_a_month(cast, contact, photo):
    attach(cast.rep, contact, ("现场.png", PNG + b"2"), ("b.txt", b"b"))
    client = client_for(cast.rep)
    tab = f"/contacts/{contact.pk}/files/"
    assert "return/" not in client.get(tab).content.decode()
    with in_workspace(cast.xishan.pk):
        newest = Attachment.objects.get(version=2)
    client.post(f"/files/{newest.pk}/removal/")
    page = client.get(tab).content.decode()
    assert f'action="/files/{newest.pk}/return/"' in page
    assert "1 个已移除的文件" in page
    assert "return/" not in client_for(cast.observer).get(tab).content.decode()
    assert client.post(f"/files/{newest.pk}/return/").status_code == 303
    page = client.get(tab).content.decode()
    assert ("return/" in page, "现场.png</a>" in page) == (False, True)


def test_what_was_forgotten_leaves_its_number_and_restoring_goes_on(cast, contact, photo):
    client = client_for(cast.rep)
    client.post(f"/files/{photo.pk}/removal/")
    for content in (b"second", b"third"):
        attach(cast.rep, contact, ("现场.png", PNG + content))
        with in_workspace(cast.xishan.pk):
            forget_removed(timezone.now() + KEPT_FOR + timedelta(days=1))
    with in_workspace(cast.xishan.pk):
        second, third = Attachment.objects.order_by("pk")
        assert (second.version, third.version) == (2, 3)
    client.post(f"/files/{second.pk}/restoration/")
    with in_workspace(cast.xishan.pk):
        newest = Attachment.objects.get(version=4)
    assert newest.file_id == second.file_id
    assert f"/files/{newest.pk}/look/" in client.get(f"/contacts/{contact.pk}/files/").content.decode()


def test_the_right_is_that_of_the_record_at_this_moment(cast, contact, photo):
    assert client_for(cast.manager).get(f"/files/{photo.pk}/").status_code == 200
    assert client_for(cast.observer).get(f"/files/{photo.pk}/").status_code == 200
    for member in (cast.stranger, cast.outsider):
        client = client_for(member)
        assert client.get(f"/files/{photo.pk}/").status_code == 404
        assert client.get(f"/files/{photo.pk}/preview/").status_code == 404
        assert client.post(f"/files/{photo.pk}/removal/").status_code == 404
        assert client.post(f"/files/{photo.pk}/return/").status_code == 404
        assert attach(member, contact, ("a.png", PNG)).status_code == 404
    with in_workspace(cast.xishan.pk):
        change_record(contact, {"owner": cast.stranger.pk}, by=actor(cast.admin))
    assert client_for(cast.rep).get(f"/files/{photo.pk}/").status_code == 404
    assert client_for(cast.stranger).get(f"/files/{photo.pk}/").status_code == 200


def test_readers_neither_attach_nor_remove(cast, contact, photo):
    assert attach(cast.observer, contact, ("a.png", PNG)).status_code == 403
    assert client_for(cast.observer).post(f"/files/{photo.pk}/removal/").status_code == 403
    with in_workspace(cast.xishan.pk):
        assert Attachment.objects.filter(removed_at=None).count() == 1


def test_too_large_is_said_and_not_kept(cast, contact, settings):
    settings.UPLOAD_MAX_BYTES = 50
    answer = attach(cast.rep, contact, ("大.png", PNG), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "大.png" in answer.content.decode()
    with in_workspace(cast.xishan.pk):
        assert not Attachment.objects.exists()


def test_what_fits_is_kept_beside_what_is_too_large(cast, contact, settings):
    settings.UPLOAD_MAX_BYTES = 50
    files = (("a.txt", b"a"), ("big.txt", b"b" * 51), ("c.txt", b"c"))
    answer = attach(cast.rep, contact, *files, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/plain; charset=utf-8")
    assert answer.content.decode().startswith("big.txt")
    with in_workspace(cast.xishan.pk):
        assert set(Attachment.objects.values_list("name", flat=True)) == {"a.txt", "c.txt"}


def test_tables_are_looked_at_as_tables(cast, contact):
    workbook = BytesIO()
    with xlsxwriter.Workbook(workbook) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["名称", "Price"])
        sheet.write_row(1, 0, ["<b>泵</b>", 12.5])
    lines = "名称,Price\r\n" + "<b>泵</b>,12.5\r\n我们下周去现场看设备的安装,1\r\n" * 100
    attach(cast.rep, contact, ("a.xlsx", workbook.getvalue()), ("b.csv", lines.encode("gb18030")))
    attach(cast.rep, contact, ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))
    with in_workspace(cast.xishan.pk):
        keys = {one.name: one.pk for one in Attachment.objects.all()}
    pages = {
        name: client_for(cast.rep).get(f"/files/{key}/look/").content.decode() for name, key in keys.items()
    }
    for name in ("a.xlsx", "b.csv"):
        assert '<th scope="col">名称</th>' in pages[name], name
        assert "<td>&lt;b&gt;泵&lt;/b&gt;</td><td>12.5</td>" in pages[name], name
    assert "前 100 行" in pages["b.csv"]
    assert pages["b.csv"].count("<tr>") == 101
    assert "这个文件没有预览" in pages["old.xls"]


def test_what_is_not_shown_of_a_table_is_said(cast, contact):
    workbook = BytesIO()
    with xlsxwriter.Workbook(workbook) as book:
        for name in ("Prices", "Old"):
            sheet = book.add_worksheet(name)
            for row in range(101):
                sheet.write_row(row, 0, [f"P{row}", 12.5] if row else ["名称", "Price"])
    wide = ",".join(f"c{at}" for at in range(51)) + "\n" + "y" * 301 + ",1" * 50 + "\n"
    attach(cast.rep, contact, ("a.xlsx", workbook.getvalue()), ("b.csv", wide.encode()))
    with in_workspace(cast.xishan.pk):
        keys = {one.name: one.pk for one in Attachment.objects.all()}
    pages = {
        name: client_for(cast.rep).get(f"/files/{key}/look/").content.decode() for name, key in keys.items()
    }
    assert "“Prices”" in pages["a.xlsx"]
    assert "前 100 行" not in pages["a.xlsx"]
    assert "前 50 列" in pages["b.csv"]
    assert "前 300 个字" in pages["b.csv"]


def test_the_photo_of_a_telephone_is_shown(cast, contact):
    attach(cast.rep, contact, ("IMG_0007.HEIC", HEIC))
    run_pending_jobs()
    with in_workspace(cast.xishan.pk):
        found = Attachment.objects.select_related("file").get()
    assert found.file.media_type == "image/heic"
    client = client_for(cast.rep)
    page = client.get(f"/files/{found.pk}/look/").content.decode()
    assert f'<img src="/files/{found.pk}/preview/?whole"' in page
    shown = client.get(f"/files/{found.pk}/preview/?whole")
    assert shown["Content-Type"] == "image/webp"
    with Picture.open(BytesIO(body(shown))) as picture:
        assert picture.size == (96, 64)
        red, green, blue = picture.convert("RGB").resize((1, 1)).tobytes()
    assert abs(red - 20) < 9
    assert abs(green - 90) < 9
    assert abs(blue - 160) < 9
    assert len(body(client.get(f"/files/{found.pk}/"))) == len(HEIC)


def test_of_a_long_text_it_is_said_that_only_the_beginning_is_shown(cast, contact):
    long = "长" * (LONGEST_TEXT + 1)
    words = f"<w:p><w:r><w:t>{long}</w:t></w:r></w:p>"
    attach(cast.rep, contact, ("a.txt", long.encode()), ("b.txt", long[1:].encode()))
    attach(cast.rep, contact, ("c.docx", zipped(word__document=words)))
    with in_workspace(cast.xishan.pk):
        keys = {one.name: one.pk for one in Attachment.objects.all()}
    for name, said in (("a.txt", True), ("b.txt", False), ("c.docx", True)):
        page = client_for(cast.rep).get(f"/files/{keys[name]}/look/").content.decode()
        assert page.count("长") == LONGEST_TEXT, name
        assert ("前 20,000 个字" in page) is said, name
        assert f'href="/files/{keys[name]}/"' in page


def test_a_file_is_renamed_on_its_page(cast, contact, photo):
    client = client_for(cast.rep)
    assert f'action="/files/{photo.pk}/renaming/"' in client.get(f"/files/{photo.pk}/look/").content.decode()
    assert client.post(f"/files/{photo.pk}/renaming/", {"name": "泵房.png"}).status_code == 303
    assert "泵房.png</a>" in client.get(f"/contacts/{contact.pk}/files/").content.decode()
    attach(cast.rep, contact, ("b.png", PNG))
    taken = client.post(
        f"/files/{photo.pk}/renaming/", {"name": "b.png"}, headers={"HX-Request": "true"}, follow=True
    )
    assert "b.png" in taken["HX-Trigger"].encode().decode("unicode_escape")
    assert "renaming" not in client_for(cast.observer).get(f"/files/{photo.pk}/look/").content.decode()
    for member, status in ((cast.observer, 403), (cast.stranger, 404), (cast.outsider, 404)):
        assert client_for(member).post(f"/files/{photo.pk}/renaming/", {"name": "x"}).status_code == status


def test_the_tab_counts_anew_while_another_one_is_open(cast, contact):
    client = client_for(cast.rep)
    page = client.get(f"/contacts/{contact.pk}/changes/").content.decode()
    assert f'hx-get="/contacts/{contact.pk}/changes/" hx-trigger="changed:file from:body"' in page
    attach(cast.rep, contact, ("a.txt", b"a"))
    tabs = {"HX-Request": "true", "HX-Target": "rec-tabs"}
    piece = client.get(f"/contacts/{contact.pk}/changes/", headers=tabs).content.decode()
    assert '<span class="count">1</span>' in piece
    assert "<html" not in piece
    assert 'hx-target="#rec-tabs"' not in client.get(f"/contacts/{contact.pk}/files/").content.decode()


def test_after_a_month_the_bytes_go_unless_another_record_has_them(cast, contact, photo):
    with in_workspace(cast.xishan.pk):
        other = create_record(object="contact", values={"name": "高峻"}, by=actor(cast.rep))
    attach(cast.rep, other, ("副本.png", PNG))
    client = client_for(cast.rep)
    client.post(f"/files/{photo.pk}/removal/")
    later = timezone.now() + KEPT_FOR + timedelta(days=1)
    with in_workspace(cast.xishan.pk):
        assert forget_removed(timezone.now()) == 0
        assert forget_removed(later) == 1
        assert path_of(photo.file).exists()
        second = Attachment.objects.get()
        client.post(f"/files/{second.pk}/removal/")
        assert forget_removed(later) == 1
        assert not path_of(photo.file).exists()
        assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\报价.xlsx", "报价.xlsx"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("a\x00\r\nb.txt", "ab.txt"),
        (" . ", "file"),
        ("长" * 300 + ".pdf", "长" * 251 + ".pdf"),
    ],
)
def test_names_are_cleaned(given, kept):
    assert clean_name(given) == kept
