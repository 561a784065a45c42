"""Photos are kept without the place where they were taken, and are the same pictures.

photo.heic was written by libheif (as pillow-heif brings it), with the Exif and the XMP of `photo`.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pi_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from guanxi.platform.files import places
from guanxi.platform.files.places import forget_place, without_place
from guanxi.platform.files.storage import keep, path_of
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="31,13.824N" tiff:Make="Zqx">'
    b"<exif:GPSLongitude>121,28.422E</exif:GPSLongitude></rdf:Description></x:xmpmeta>"
)


def photo(order: str = "<", kind: str = "JPEG") -> bytes:
    """A picture as a phone makes it."""
    exif = Image.Exif()
    exif.endian = order
    exif[ExifTags.Base.Make] = "Zqxphone"
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {1: "N", 2: (31.0, 13.0, 49.44), 3: "E", 4: (121.0, 28.0, 25.32), 29: "2026:11:20"}
    )
    out = io.BytesIO()
    said = PngInfo()
    said.add_itxt("XML:com.adobe.xmp", XMP.decode())
    xmp = {"pnginfo": said} if kind == "PNG" else {"xmp": XMP}
    Image.new("RGB", (64, 48), (20, 90, 160)).save(out, kind, exif=exif, **xmp)
    return out.getvalue()


def through(content: bytes, size: int) -> bytes:
    """What is left of it when it comes in parts of so many bytes."""
    return b"".join(without_place(content[at : at + size] for at in range(0, len(content), size)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_place_goes_and_the_picture_stays(order: str, kind: str):
    before = photo(order, kind)
    assert Image.open(io.BytesIO(before)).getexif().get_ifd(ExifTags.IFD.GPSInfo)[2][0] == 31
    assert b"GPSL" in before
    after = through(before, 1000)
    assert len(after) == len(before)
    shown, was = Image.open(io.BytesIO(after)), Image.open(io.BytesIO(before))
    assert shown.tobytes() == was.tobytes()
    exif = shown.getexif()
    assert dict(exif.get_ifd(ExifTags.IFD.GPSInfo)) == {}
    assert (exif[ExifTags.Base.Make], exif[ExifTags.Base.Orientation]) == ("Zqxphone", 6)
    assert b"GPSL" not in after
    assert b"2026:11:20" not in after
    assert b'tiff:Make="Zqx"' in after
    assert through(after, 7) == after == through(before, 7)
    shown.load()
    Image.open(io.BytesIO(after)).verify()  # the sums of the chunks of a PNG


HEIC = (Path(__file__).parent / "photo.heic").read_bytes()
KINDS = st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF"])


def test_the_place_goes_from_a_photo_of_a_telephone_that_writes_heic():
    was = pi_heif.open_heif(io.BytesIO(HEIC))
    assert (was.info["exif"].count(b"2026:11:20"), was.info["xmp"].count(b"exif:GPSL")) == (1, 3)
    after = through(HEIC, 100)
    assert len(after) == len(HEIC)
    for said in (b"GPSL", b"2026:11:20", b"31,13.824N", b"121,28.422E", struct.pack(">II", 1236, 25)):
        assert said in HEIC
        assert said not in after
    shown = pi_heif.open_heif(io.BytesIO(after))
    assert (shown.size, bytes(shown.data)) == (was.size, bytes(was.data))
    exif = Image.Exif()
    exif.load(shown.info["exif"])
    assert dict(exif.get_ifd(ExifTags.IFD.GPSInfo)) == {}
    assert exif[ExifTags.Base.Make] == "Zqxphone"
    assert through(HEIC, 7) == after


@given(st.integers(0, len(HEIC) - 1), st.binary(min_size=1, max_size=8), st.integers(0, len(HEIC) + 9))
def test_a_heic_with_other_bytes_in_it_breaks_nothing(at: int, other: bytes, cut: int):
    broken = (HEIC[:at] + other + HEIC[at + len(other) :])[:cut]
    assert len(through(broken, 100)) == len(broken)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


@pytest.mark.parametrize("from_start", [False, True])
def test_the_place_goes_where_the_items_lie_in_the_directory_itself(from_start: bool):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (31.0, 13.0, 49.44), 29: "2026:11:20"})
    item = struct.pack(">I", 6) + exif.tobytes()  # six: behind the name that Exif has in a JPEG
    kind = box(b"ftyp", b"heic" + bytes(8))
    named = box(b"iinf", bytes(4) + b"\x00\x01" + box(b"infe", b"\x02\0\0\0\0\x01\0\0Exif\0"))
    place = len(kind) + 12 + len(named) + 32 + 8 if from_start else 0  # `iloc` has 32 bytes
    way = struct.pack(">4H2I", 1, 0 if from_start else 1, 0, 1, place, len(item))
    placed = box(b"iloc", bytes((1, 0, 0, 0, 0x44, 0)) + b"\x00\x01" + way)
    sent = kind + box(b"meta", bytes(4) + named + placed + box(b"idat", item)) + b"the picture"
    assert sent[place : place + len(item)] == item or not from_start
    after = through(sent, 50)
    assert len(after) == len(sent)
    assert b"2026:11:20" in sent
    assert b"2026:11:20" not in after
    assert struct.pack(">II", 1236, 25) not in after


def heic(items: list[tuple[bytes, int, int]], content: bytes) -> bytes:
    """One whose items (`infe` behind the key, begin and length) lie in the `idat` of its directory."""
    infe = [box(b"infe", b"\x02\0\0\0" + struct.pack(">H", i) + one[0]) for i, one in enumerate(items, 1)]
    named = box(b"iinf", bytes(4) + struct.pack(">H", len(items)) + b"".join(infe))
    ways = [struct.pack(">4H2I", i, 1, 0, 1, begin, size) for i, (_what, begin, size) in enumerate(items, 1)]
    placed = box(b"iloc", bytes((1, 0, 0, 0, 0x44, 0)) + struct.pack(">H", len(items)) + b"".join(ways))
    return box(b"ftyp", b"heic" + bytes(8)) + box(b"meta", bytes(4) + named + placed + box(b"idat", content))


RDF = b"\0\0mime\0application/rdf+xml\0"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long each piece of XMP was that was looked into."""
    found, blanked = [], places._blanked

    def watched(xmp: bytes) -> bytes:
        found.append(len(xmp))
        return blanked(xmp)

    monkeypatch.setattr(places, "_blanked", watched)
    return found


HALF = 250_000  # two are what is looked into of one file


@pytest.mark.parametrize(
    ("sent", "looked"),
    [
        (heic([(RDF, 0, 2 * HALF)] * 8, b"<exif:GPS>" * (HALF // 5)), [2 * HALF]),
        (heic([(RDF, one, HALF) for one in range(8)], bytes(2 * HALF)), [HALF]),
        (heic([(RDF, 0, 2**31), (RDF, 9, HALF)], bytes(2 * HALF)), [HALF]),
        (b"\x89PNG\r\n\x1a\n" + (struct.pack(">I", HALF) + b"iTXt" + bytes(HALF + 4)) * 8, [HALF, HALF]),
        (b"RIFF\0\0\0\0WEBP" + (b"XMP " + struct.pack("<I", HALF) + bytes(HALF)) * 8, [HALF, HALF]),
    ],
    ids=["one of eight names", "overlapping", "too long", "png", "webp"],
)
def test_nothing_is_looked_into_twice_and_of_no_file_more_than_half_a_megabyte(
    sent: bytes, looked: list[int], read: list[int]
):
    """Eight times the same took seconds, in which nobody could write."""
    assert len(through(sent, 65536)) == len(sent)
    assert read == looked


def test_items_of_a_heic_are_found_in_whatever_order_they_are_told():
    sent = heic([(RDF, len(XMP), len(XMP)), (RDF, 0, len(XMP))], XMP * 2)
    assert b"exif:GPSL" in sent
    assert b"exif:GPSL" not in through(sent, 50)


def test_a_heic_of_very_many_items_is_read_at_once():
    """Items that take no room at all, as many as can be said: a loop over them would never end."""
    items = box(b"iloc", bytes((0, 0, 0, 0, 0, 0)) + b"\xff\xff" + b"\x00\x01\x00\x00\xff\xff" * 80_000)
    sent = box(b"ftyp", b"heic" + bytes(8)) + box(b"meta", bytes(4) + items) + b"end"
    assert through(sent, 100_000) == sent


@given(st.binary(max_size=300), st.integers(0, 600), KINDS)
def test_what_is_no_photo_or_a_broken_one_breaks_nothing(more: bytes, cut: int, kind: str):
    assert forget_place(more) == more or more.startswith(b"\xff\xd8")
    broken = photo(kind=kind)[:cut] + more
    assert len(through(broken, 100)) == len(broken)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (b"<exif:GPSa>1</exif:GPSa>x", b" " * 24 + b"x"),
        (b"<exif:GPSa><exif:GPSb>1</exif:GPSb>x</exif:GPSa>", b" " * 35 + b"x</exif:GPSa>"),
        (b"<exif:GPSa>" + b"1" * 300 + b"</exif:GPSa>", b" " * 323),
        (b"<exif:GPSa>" + b"1" * 301 + b"</exif:GPSa>", b""),
        (b"<exif:GPSa><rdf:li>1</rdf:li></exif:GPSa ><exif:GPSb>2</exif:GPSb>", b" " * 66),
        (b"<exif:GPSa>1</exif:GPSa<exif:GPSb>2</exif:GPSb>", b"<exif:GPSa>1</exif:GPSa" + b" " * 24),
        (b"</exif:GPSa><exif:GPSa>1", b""),
        (b"<a exif:GPSa = '1' exif:GPSb=\"2\"/>", b"<a" + b" " * 30 + b"/>"),
    ],
)
def test_which_elements_and_attributes_go(said: bytes, left: bytes):
    assert places._blanked(said) == (left or said)


@pytest.mark.parametrize("unit", [b"<exif:GPS" + b"a" * 90 + b">", b"<exif:GPSa>", b' exif:GPSa="'])
def test_a_photo_made_to_be_read_for_ever_is_read_at_once(unit: bytes):
    """Of patterns that go back this took minutes, and everybody's requests waited."""
    body = b"http://ns.adobe.com/xap/1.0/\x00" + unit * (65_000 // len(unit) - 3)
    sent = b"\xff\xd8" + (b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body) * 8
    assert len(forget_place(sent)) == len(sent)


def test_a_picture_of_very_many_chunks_is_passed_on_as_it_is():
    chunk = bytes(4) + b"tEXt" + zlib.crc32(b"tEXt").to_bytes(4, "big")
    sent = b"\x89PNG\r\n\x1a\n" + chunk * 60_000 + b"end"
    assert b"".join(without_place([sent[:100_000], sent[100_000:]])) == sent


@pytest.mark.django_db
def test_what_is_kept_of_an_upload_says_no_place(cast: Cast):
    sent = photo() + bytes(300_000)
    with in_workspace(cast.xishan.pk):
        stored = keep(SimpleUploadedFile("photo.jpg", sent), look=False)
        kept = path_of(stored).read_bytes()
    assert (stored.media_type, stored.size, len(kept)) == ("image/jpeg", len(sent), len(sent))
    assert kept == forget_place(sent) != sent
