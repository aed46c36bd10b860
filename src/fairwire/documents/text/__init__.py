"""Plain text: the file decoded, nothing changed."""

from __future__ import annotations

from fairwire.documents import decode
from fairwire.model.prose import Prose
from fairwire.ports.documents import UnreadableDocument


class _Text:
    name = "text"
    suffixes = (".txt", ".text")

    def recognises(self, data: bytes) -> bool:
        """Plain text has no signature."""
        return False

    def read(self, data: bytes, *, file: str) -> Prose:
        """Decode; ends of lines stay as they are, so that offsets hold in the file that people have."""
        decoded = decode(data, file=file)
        if not decoded.text.strip():
            raise UnreadableDocument("the file is empty", at=file, help_="name the file that has the policy in it")
        return Prose(kind="text", text=decoded.text, notes=decoded.notes)


DOCUMENT = _Text()
