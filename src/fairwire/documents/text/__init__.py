"""Plain text: the file decoded, nothing changed."""

from __future__ import annotations

from fairwire.model.prose import Prose
from fairwire.ports.documents import UnreadableDocument


class _Text:
    name = "text"
    suffixes = (".txt", ".text")

    def recognises(self, data: bytes) -> bool:
        """Plain text has no signature."""
        return False

    def read(self, data: bytes, *, file: str) -> Prose:
        """Decode UTF-8, with or without a mark."""
        try:
            return Prose(kind="text", text=data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise UnreadableDocument("not UTF-8 text", at=file, help_="save it as UTF-8") from None


DOCUMENT = _Text()
