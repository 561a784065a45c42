from __future__ import annotations

import datetime
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from guanxi.platform.records.importing.encodings import detect_encoding
from guanxi.platform.records.importing.problems import UnreadableFile
from guanxi.platform.records.importing.reading import Choice, Table, open_table


@pytest.fixture
def opened(tmp_path: Path):
    def open_bytes(content: bytes | str, name: str = "table.csv", **choice) -> Table:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_table(path, Choice(**choice), workroom=tmp_path)

    return open_bytes


def cells(table: Table) -> list[list[str]]:
    return [row for _number, row in table.rows()]


PEOPLE = {
    "gb18030": "姓名,公司,城市\n陈思远,青禾水务集团有限公司,杭州\n王若溪,锦江印染,成都\n",
    "big5hkscs": "姓名,公司,城市\n陳大文,台灣水務股份有限公司,台北\n林美玲,遠東紡織,高雄\n",
    "cp1252": "nom,ville\nGérard Lefèvre,Besançon\nJürgen Müller,Köln\n",
    "cp932": "名前,会社\n田中太郎さん,トヨタ自動車株式会社\n",
    "cp949": "이름,전화\n김철수,010-1234\n박영희,011-5678\n",
    "cp1251": "Имя,Город\nИван Петров,Москва\nОльга Смирнова,Казань\n",
    "utf-16": "姓名,城市\n陈思远,杭州\n",
    "utf-8-sig": "姓名,城市\n陈思远,杭州\n",
}


@pytest.mark.parametrize("encoding", PEOPLE)
def test_a_short_list_is_read_in_its_own_encoding(opened, encoding):
    text = PEOPLE[encoding]
    table = opened(text.encode(encoding))
    assert [table.columns, *cells(table)] == [line.split(",") for line in text.splitlines()]
    assert text.encode(encoding).decode(detect_encoding(text.encode(encoding), whole=True)) == text


def test_utf16_without_a_mark_is_recognised(opened):
    table = opened("name,city\nAnna,Rome\n".encode("utf-16-le"))
    assert (table.encoding, cells(table)) == ("utf-16-le", [["Anna", "Rome"]])


def test_letters_beyond_ascii_that_come_late_still_decide(opened):
    table = opened(("name,city\n" + "Anna,Rome\n" * 40_000 + "陈思远,杭州\n" * 50).encode("gb18030"))
    assert table.encoding == "gb18030"
    assert cells(table)[-1] == ["陈思远", "杭州"]


def test_a_few_broken_bytes_do_not_spoil_utf8(opened):
    table = opened("姓名,城市\n".encode() + "陈思远,杭州\n".encode() * 30 + b"\xff,Rome\n")
    assert (table.encoding, table.broken, table.first_broken_line) == ("utf-8", 1, 32)
    assert cells(table)[-1] == ["\ufffd", "Rome"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(opened, delimiter):
    rows = [["Anna", "1,5", "2026-01-02"], ["Bert;Co", "2,5", "2026-01-03"]]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in [["name", "amount", "day"], *rows]]
    table = opened("\n".join(lines))
    assert (table.delimiter, cells(table)) == (delimiter, rows)


def test_semicolons_win_over_decimal_commas(opened):
    table = opened("name;amount\nAnna;1,5\nBert;2,5\n")
    assert cells(table) == [["Anna", "1,5"], ["Bert", "2,5"]]


def test_a_file_that_names_its_own_delimiter(opened):
    table = opened("sep=;\nname;city\nAnna;Rome\n")
    assert (table.columns, cells(table)) == (["name", "city"], [["Anna", "Rome"]])


def test_rows_without_names_get_letters(opened):
    table = opened('103,"Atelier graphique",NULL,21000.0\n112,"Signal Gift Stores","NV",71800.0\n')
    assert (table.header, table.columns, len(cells(table))) == (0, ["A", "B", "C", "D"], 2)


def test_titles_above_the_names_are_passed_over(opened):
    table = opened("Customers 2026,,\n,,\nname,city,since\nAnna,Rome,2020-01-01\nBert,Oslo,2021-01-01\n")
    assert (table.header, table.columns) == (3, ["name", "city", "since"])
    assert [number for number, _row in table.rows()] == [4, 5]


def test_the_reader_may_decide_otherwise(opened):
    text = "name;city\nAnna;Rome\n"
    assert cells(opened(text, header=0)) == [["name", "city"], ["Anna", "Rome"]]
    assert opened(text, delimiter=",").columns == ["name;city"]
    assert cells(opened('name,say\nAnna,5" nail\n', quote="")) == [["Anna", '5" nail']]


def test_ragged_rows_are_filled_up_and_too_long_ones_stay_long(opened):
    table = opened("a,b,c\n1,2\n1,2,3,,\n1,2,3,4\n\n , ,\n")
    assert cells(table) == [["1", "2", ""], ["1", "2", "3"], ["1", "2", "3", "4"]]


def test_a_row_within_one_quoted_cell_is_unpacked(opened):
    table = opened('name,city,say\nAnna,Rome,x\n"Bert,""Oslo, N"",y"\n')
    assert cells(table)[1] == ["Bert", "Oslo, N", "y"]


def test_mixed_ends_of_lines_nuls_and_lines_within_cells(opened):
    table = opened('name,say\r\nAnna,"two\nlines"\rBert,\0x\nCleo,z\r\n')
    assert cells(table) == [["Anna", "two\nlines"], ["Bert", "x"], ["Cleo", "z"]]


def test_names_that_come_twice_are_told_apart(opened):
    assert opened("Email,Email,\nx@y.de,z@y.de,1\n").columns == ["Email", "Email (2)", "C"]


def test_reading_goes_on_after_any_row(opened):
    table = opened("name\n" + "".join(f"n{at}\n" for at in range(100)))
    assert next(table.rows(after=41)) == (42, ["n40"])
    assert Table.from_json(table.as_json()) == table


REFUSED = {
    "empty": b" \n\n",
    "web_page": b"<html><body><table><tr><td>1</td></tr></table></body></html>",
    "not_a_table": b"%PDF-1.7 ...",
    "archive": b"\x1f\x8b\x08\x00....",
    "broken_workbook": b"PK\x03\x04[Content_Types].xml and then nothing",
    "unclosed_quote": b'name,say\nAnna,"x\nBert,y\nCleo,z\n',
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_way_out(opened, code):
    with pytest.raises(UnreadableFile) as refused:
        opened(REFUSED[code]).count()
    assert refused.value.code == code
    assert refused.value.reason
    assert refused.value.remedy


def test_an_unclosed_quote_names_its_line(opened):
    with pytest.raises(UnreadableFile) as refused:
        opened(REFUSED["unclosed_quote"]).count()
    assert "line 2" in refused.value.reason


def test_a_line_that_never_ends_is_refused_before_it_fills_the_memory(opened):
    with pytest.raises(UnreadableFile, match="longer than 16 MB"):
        opened(b"name," + b"x" * (17 << 20))


def test_the_wrong_encoding_by_choice_is_refused(opened):
    with pytest.raises(UnreadableFile) as refused:
        opened(("姓名,城市\n" + "陈思远,杭州\n" * 100).encode("gb18030"), encoding="utf-8")
    assert refused.value.code == "wrong_encoding"
    with pytest.raises(UnreadableFile, match="not an encoding"):
        opened("a,b\n1,2\n", encoding="klingon")


def test_a_workbook_gives_its_sheets_with_dates_as_dates(tmp_path):
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yy"}) as book:
        book.add_worksheet("Cover")
        sheet = book.add_worksheet("名单")
        sheet.write_row(1, 0, ["姓名", "金额", "日期", "是"])
        sheet.write_row(2, 0, ["陈思远", 12.5])
        sheet.write_boolean(2, 3, True)
        sheet.write_datetime(2, 2, datetime.datetime(2026, 11, 12))
        sheet.write_row(3, 0, ["Rachel", 1_000_000])
    table = open_table(path, workroom=tmp_path)
    assert (table.sheets, table.sheet, table.header) == (["Cover", "名单"], "名单", 2)
    assert cells(table) == [["陈思远", "12.5", "2026-11-12", "TRUE"], ["Rachel", "1000000", "", ""]]
    with pytest.raises(UnreadableFile, match="no sheet named"):
        open_table(path, Choice(sheet="Nowhere"), workroom=tmp_path)


@pytest.mark.slow
def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _part in range(610):
                part.write(b"0" * (1 << 20))
    with pytest.raises(UnreadableFile) as refused:
        open_table(path, workroom=tmp_path)
    assert refused.value.code == "unpacks_too_large"


def test_a_workbook_with_one_cell_in_its_last_corner_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "corner.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "name")
        sheet.write(1_048_575, 16_383, "far away")
    with pytest.raises(UnreadableFile):
        open_table(path, workroom=tmp_path)


def test_for_a_look_only_the_first_rows_of_a_workbook_are_unpacked(tmp_path):
    path = tmp_path / "long.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row in range(1_000):
            sheet.write_row(row, 0, ["number", "name"] if not row else [row, f"name {row}"])
    table = open_table(path, workroom=tmp_path, most=101)
    assert len(table.path.read_text().splitlines()) == 101
    assert cells(table)[-1] == ["100", "name 100"]
    assert open_table(path, workroom=tmp_path).count() == 999


def test_a_workbook_that_unpacks_to_much_is_no_thing_to_look_at(tmp_path):
    path = tmp_path / "heavy.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _part in range(70):
                part.write(b"0" * (1 << 20))
    with pytest.raises(UnreadableFile) as refused:
        open_table(path, workroom=tmp_path, most=101)
    assert (refused.value.code, refused.value.facts) == ("unpacks_too_large", {"limit": 64})


def test_what_is_written_for_a_look_has_an_end(tmp_path):
    path = tmp_path / "wide.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row in range(100):
            sheet.write_row(row, 0, ["x" * 32_000] * 10)
    with pytest.raises(UnreadableFile) as refused:
        open_table(path, workroom=tmp_path, most=101)
    assert refused.value.code == "broken_workbook"


CARD = """BEGIN:VCARD\r
VERSION:3.0\r
N:Chen;Siyuan;;;\r
FN:陈思远\r
item1.TEL:+86 571 8888 6666\r
item1.X-ABLabel:_$!<Work>!$_\r
TEL;TYPE=CELL:138 5710 4426\r
TEL;TYPE="CELL,VOICE":139 0000 0000\r
EMAIL;TYPE=work:siyuan@example.com\r
ORG:青禾水务\\, 集团;采购\r
ADR;TYPE=WORK:;;西湖区文三路 1 号;杭州;浙江;310000;中国\r
NOTE:第一行\\n第二\r
 行\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:2.1\r
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B=\r
=E8=8B=A5=E6=BA=AA\r
TEL;HOME:0571 1234567\r
END:VCARD\r
"""


def test_an_address_book_becomes_a_table(opened):
    table = opened(CARD, name="people.vcf")
    first, second = (dict(zip(table.columns, row, strict=True)) for row in cells(table))
    assert first["Name"] == "陈思远"
    assert (first["Work phone"], first["Mobile"], first["Mobile 2"]) == (
        "+86 571 8888 6666",
        "138 5710 4426",
        "139 0000 0000",
    )
    assert (first["Company"], first["Department"]) == ("青禾水务, 集团", "采购")
    assert (first["Work city"], first["Work country"]) == ("杭州", "中国")
    assert first["Note"] == "第一行\n第二行"
    assert (second["Name"], second["Home phone"]) == ("王若溪", "0571 1234567")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w") as out:
        out.write("name,city,say\n")
        for number in range(150_000):
            out.write(f"Person {number},Rome,{'x' * 60}\n")
    table = open_table(path, workroom=tmp_path)
    tracemalloc.start()
    assert table.count() == 150_000
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 << 20
