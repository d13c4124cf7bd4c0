"""Static files: read once, each at an address with its content's hash, so a browser may keep it for ever."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from admin_web.answers import Octets

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).parent / "static"

_KINDS: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASH_LETTERS: Final = 16
_KEPT: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file with its address, and its bytes plain and packed."""

    path: str
    etag: str
    kind: str
    plain: bytes = field(repr=False)
    packed: bytes = field(repr=False)

    def answer(self, if_none_match: str, accepted: str) -> Octets:
        """Give the file, packed where the browser can unpack it, or say that it has it already."""
        headers = (("Cache-Control", _KEPT), ("ETag", self.etag), ("Vary", "Accept-Encoding"))
        if self.etag in if_none_match:
            return Octets(b"", self.kind, headers, code=304)
        if "gzip" in accepted:
            return Octets(self.packed, self.kind, (*headers, ("Content-Encoding", "gzip")))
        return Octets(self.plain, self.kind, headers)


class StaticFiles:
    """The files of ``admin_web/static``; their licences lie beside them and are served as nothing."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._by_name = {
            file.relative_to(folder).as_posix(): _read(folder, file)
            for file in sorted(folder.rglob("*"))
            if file.suffix in _KINDS
        }
        self._by_path = {one.path: one for one in self._by_name.values()}

    def address(self, name: str) -> str:
        """Give the address of a file by its name in the folder; KeyError where there is none."""
        return self._by_name[name].path

    def get(self, path: str) -> StaticFile | None:
        """Find a file by its address; None where it is none."""
        return self._by_path.get(path)


def _read(folder: Path, file: Path) -> StaticFile:
    octets = file.read_bytes()
    mark = sha256(octets).hexdigest()[:_HASH_LETTERS]
    path = f"/static/{mark}/{file.relative_to(folder).as_posix()}"
    return StaticFile(path, f'"{mark}"', _KINDS[file.suffix], octets, gzip.compress(octets, mtime=0))
