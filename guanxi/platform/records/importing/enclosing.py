"""Files that rows name: in an archive beside the tables, in a folder of the server, or at an address.

While an import is checked they are looked at where they are; addresses are not asked before it runs. When it
runs, the files of a piece of rows are brought onto the disk before the transaction that writes the rows.
"""

from __future__ import annotations

import shutil
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from guanxi.platform.calls.calling import CallFailed, fetch
from guanxi.platform.files.media_types import media_type_of, media_type_of_start
from guanxi.platform.records.importing.archives import BROKEN, MOST_PARTS, Part, parts_of
from guanxi.platform.records.importing.values import CellProblem

SECONDS = 60.0
PATIENCE = 3  # times that a host may fail to answer within one piece of rows
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a row names. `path` is where it lies, None while it was only looked at; size in bytes.

    media_type  by its content; "" where nobody has seen it yet
    """

    name: str
    size: int = 0
    media_type: str = ""
    path: Path | None = None

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, as storing takes them."""
        assert self.path is not None
        with self.path.open("rb") as file:
            while piece := file.read(1 << 20):
                yield piece


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file is: a part of an archive, or a path below a folder."""

    source: Path
    name: str
    size: int
    part: Part | None = None


class Enclosures:
    """Finds what rows name.

    sources  archives and folders that came with the import
    room     a folder of ours for what is brought; None only looks
    """

    def __init__(self, sources: Sequence[str] = (), *, room: Path | None = None) -> None:
        self._room = room
        self._archives: dict[Path, zipfile.ZipFile] = {}
        self._by_path: dict[str, list[_Place]] = defaultdict(list)
        self._by_name: dict[str, list[_Place]] = defaultdict(list)
        self._known: dict[str, NamedFile | CellProblem] = {}
        self._folders = [one.resolve() for one in map(Path, sources) if one.is_dir()]
        for source in map(Path, sources):
            for path, place in self._places(source):
                self._by_path[_folded(str(path))].append(place)
                self._by_name[_folded(path.name)].append(place)

    def bring(self, texts: Iterable[str]) -> None:
        """Bring what a piece of rows names onto the disk, in place of what the piece before named."""
        assert self._room is not None
        shutil.rmtree(self._room, ignore_errors=True)
        self._room.mkdir(parents=True)
        silent: Counter[str] = Counter()
        self._known = {text: self._tried(self._brought, text, silent) for text in dict.fromkeys(texts)}

    def find(self, text: str) -> NamedFile:
        """What a cell names. Raises CellProblem."""
        if text not in self._known:
            self._known[text] = self._tried(self._looked_at, text)
        found = self._known[text]
        if isinstance(found, CellProblem):
            raise found
        return found

    def close(self) -> None:
        for archive in self._archives.values():
            archive.close()
        if self._room is not None:
            shutil.rmtree(self._room, ignore_errors=True)

    def _places(self, source: Path) -> Iterator[tuple[PurePosixPath, _Place]]:
        if source.is_dir():
            inside = source.resolve()
            for number, path in enumerate(sorted(inside.rglob("*"))):
                if number > MOST_PARTS:
                    return
                if path.is_file() and path.resolve().is_relative_to(inside):
                    place = _Place(path, path.name, path.stat().st_size)
                    yield PurePosixPath(path.relative_to(inside).as_posix()), place
            return
        archive = self._archives[source] = zipfile.ZipFile(source)
        for part in parts_of(archive):
            yield part.path, _Place(source, part.path.name, part.size, part)

    def _tried(
        self, way: Callable[..., NamedFile], text: str, *given: Counter[str]
    ) -> NamedFile | CellProblem:
        try:
            return way(text, *given)
        except CellProblem as problem:
            return problem

    def _looked_at(self, text: str) -> NamedFile:
        if is_address(text):
            return NamedFile(_name_at(text))
        place = self._place(text)
        try:
            if place.part is None:
                return NamedFile(place.name, place.size, media_type_of(place.source))
            with self._archives[place.source].open(place.part.info) as file:
                return NamedFile(place.name, place.size, media_type_of_start(file.read(_HEAD)))
        except BROKEN as problem:
            raise _broken(text) from problem

    def _brought(self, text: str, silent: Counter[str]) -> NamedFile:
        if is_address(text):
            return self._fetched(text, silent)
        place = self._place(text)
        try:
            if place.part is None:
                return NamedFile(place.name, place.size, media_type_of(place.source), place.source)
            target = self._target()
            with self._archives[place.source].open(place.part.info) as file, target.open("wb") as out:
                shutil.copyfileobj(file, out, 1 << 20)
        except BROKEN as problem:
            raise _broken(text) from problem
        return NamedFile(place.name, place.size, media_type_of(target), target)

    def _fetched(self, text: str, silent: Counter[str]) -> NamedFile:
        host = urlsplit(text).hostname or ""
        target = self._target()
        try:
            if silent[host] >= PATIENCE:
                raise CallFailed(_("The other system did not answer in time."), passing=True)
            with target.open("wb") as out:
                asked = {"User-Agent": "Guanxi", "Accept-Encoding": "identity"}
                fetch(text, out, headers=asked, most=settings.UPLOAD_MAX_BYTES, seconds=SECONDS)
        except CallFailed as problem:
            target.unlink(missing_ok=True)
            silent[host] += problem.status is None
            said = _("“%(value)s” could not be fetched: %(why)s") % {"value": text[:80], "why": problem}
            raise CellProblem("file_not_fetched", text, said) from problem
        return NamedFile(_name_at(text), target.stat().st_size, media_type_of(target), target)

    def _place(self, text: str) -> _Place:
        """By the whole path, first that below a folder to the letter, or by a name that only one file has."""
        asked = _folded(text)
        found = (
            self._to_the_letter(text)
            or self._by_path.get(asked)
            or self._by_name.get(asked.rpartition("/")[2], [])
        )
        if not found:
            said = _("There is no file “%(value)s” with this import.") % {"value": text[:80]}
            raise CellProblem("file_not_there", text, said)
        if len(found) > 1:
            said = _("Several files are called “%(value)s”: name the folder, too.") % {"value": text[:80]}
            raise CellProblem("several_files", text, said)
        if found[0].size > settings.UPLOAD_MAX_BYTES:
            said = _("“%(value)s” is larger than %(limit)d MB.")
            limit = settings.UPLOAD_MAX_BYTES // 1_000_000
            raise CellProblem("file_too_large", text, said % {"value": text[:80], "limit": limit})
        return found[0]

    def _to_the_letter(self, text: str) -> list[_Place]:
        """What a folder has under just this path, however many others lie there."""
        for inside in self._folders:
            path = inside / text
            try:
                if path.is_file() and path.resolve().is_relative_to(inside):
                    return [_Place(path, path.name, path.stat().st_size)]
            except OSError:  # no name that the system would take
                continue
        return []

    def _target(self) -> Path:
        assert self._room is not None
        return self._room / str(len(list(self._room.iterdir())))


def is_address(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))


def _name_at(address: str) -> str:
    return unquote(PurePosixPath(urlsplit(address).path).name)[:200] or "file"


def _folded(path: str) -> str:
    parts = [one for one in path.strip().replace("\\", "/").split("/") if one not in ("", ".")]
    return unicodedata.normalize("NFC", "/".join(parts)).casefold()


def _broken(text: str) -> CellProblem:
    return CellProblem(
        "file_broken", text, _("“%(value)s” can't be read from its archive.") % {"value": text[:80]}
    )
