"""Readers of policy documents: one folder each under `documents`, found by name, exporting `DOCUMENT`."""

from __future__ import annotations

from typing import Protocol

from fairwire.model.errors import FairwireError
from fairwire.model.prose import Prose


class UnreadableDocument(FairwireError):
    """A document cannot be read: broken, locked, empty, a picture of text, or larger than any policy."""

    code = "FW-DOC-001"


class DocumentReader(Protocol):
    """Reads one kind of file."""

    name: str
    """The folder's name: `html`."""
    suffixes: tuple[str, ...]
    """Lower-case endings of file names, with the dot."""

    def recognises(self, data: bytes) -> bool:
        """Whether the first bytes of a file say that it is of this kind; they are believed before the name's ending is."""

    def read(self, data: bytes, *, file: str) -> Prose:
        """The text of a document.

        Parameters
        ----------
        data
            The whole file.
        file
            Its name as shown in errors.

        Raises
        ------
        UnreadableDocument
            With what is wrong and what to do, in one sentence.
        """
