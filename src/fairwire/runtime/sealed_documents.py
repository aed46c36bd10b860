"""Documents that stand outside the records, under their hash, readable by the service's own user alone."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from fairwire.model.errors import BadInput, BadUse, FairwireError

FOLDER = "documents"
LARGEST = 20 * 1024 * 1024
"""Bytes of one document."""


class DocumentGone(FairwireError):
    """A document that a record names is not where it should be, or is not what it was."""

    code = "FW-GRA-006"


class SealedDocuments:
    """Keeps each content once. Nothing here changes or deletes one."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def put(self, content: bytes) -> str:
        """Keep a document; its SHA-256 in hexadecimal, by which it is found again.

        Raises
        ------
        BadUse
            It is empty or too large.
        BadInput
            The folder cannot be written.
        """
        if not content:
            raise BadUse("the document is empty", help_="attach the signed one")
        if len(content) > LARGEST:
            raise BadUse(f"the document is larger than {LARGEST // 1024 // 1024} MiB", help_="attach it in parts")
        name = hashlib.sha256(content).hexdigest()
        path = self._folder / name
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                return name
            aside = path.with_name(f".{name}.{secrets.token_hex(8)}")
            handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                with contextlib.suppress(FileExistsError):
                    os.link(aside, path)
            finally:
                aside.unlink()
        except OSError as error:
            raise BadInput(f"the document cannot be kept: {error.strerror}", at=str(self._folder)) from None
        return name

    def get(self, sha256: str) -> bytes:
        """A document by its hash.

        Raises
        ------
        DocumentGone
            It is not there, or its content is another.
        """
        path = self._folder / sha256
        try:
            content = path.read_bytes()
        except OSError:
            raise DocumentGone(
                f"the document {sha256[:12]} is not in the data folder any more",
                help_="restore the folder `documents` from a backup",
            ) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DocumentGone(f"the document {sha256[:12]} was changed since it was kept", help_="restore it from a backup")
        return content
