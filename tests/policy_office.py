"""What tests of policy versions share: an office with a clock, a data folder, customers, and a mail server on loopback."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from typer.testing import CliRunner, Result

from fairwire.cli.main import build
from fairwire.model.errors import FairwireError
from fairwire.model.instants import parse_us


@dataclass(slots=True)
class Clock:
    """The clock of this machine, as the test sets it."""

    now_us: int

    def set(self, instant: str) -> None:
        """Go to an instant."""
        self.now_us = parse_us(instant)


def stopped_clock(monkeypatch: pytest.MonkeyPatch, instant: str) -> Clock:
    """Stop the machine's clock; whoever reads it gets the test's time."""
    clock = Clock(parse_us(instant))
    monkeypatch.setattr("time.time_ns", lambda: clock.now_us * 1000)
    return clock


def customer(name: str, pack: str, **more: Any) -> dict[str, Any]:
    """A customer record with an administrator who can be written to."""
    record = {"id": name, "name": name.title(), "policy": pack, "timezone": "Europe/London", "country": "GB"}
    return record | {"contacts": [{"role": "admin", "email": f"it@{name}.example"}]} | more


@dataclass(slots=True, kw_only=True)
class Office:
    """Runs commands on one data folder."""

    folder: Path
    clock: Clock

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def customers_file(self) -> Path:
        return self.folder / "customers.jsonl"

    def customers(self, *records: dict[str, Any]) -> None:
        """Write the customers file."""
        self.customers_file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")

    def pack(self, built_in: str, name: str = "") -> Path:
        """A copy of a built-in pack, to change."""
        with as_file(files("fairwire") / "packs" / built_in) as source:
            return Path(shutil.copytree(source, self.folder / (name or built_in)))

    def result(self, *words: str) -> Result:
        """A command as typed, whatever comes of it."""
        more = [] if words[:2] == ("policy", "check") else ["--data", str(self.data)]
        if words[:1] == ("policy",) and words[1] in ("publish", "accept", "acceptances", "schedule"):
            more += ["--customers", str(self.customers_file)]
        return CliRunner().invoke(build(), [*words, *more])

    def run(self, *words: str, status: int = 0) -> str:
        """A command that ends with `status`; what it prints."""
        done = self.result(*words)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == status, done.output
        return done.stdout

    def json(self, *words: str, status: int = 0) -> Any:
        """The same for programs."""
        return json.loads(self.run(*words, "--json", status=status))

    def refusal(self, *words: str) -> str:
        """The one sentence of a command that is refused."""
        done = self.result(*words)
        assert isinstance(done.exception, FairwireError), done.output
        assert done.exception.exit_status == 2
        return f"{done.exception.code} {done.exception.sentence()}"

    def in_force(self, pack_dir: Path, pack: str, *more: str) -> str:
        """From a folder to a publication, by two people; what `publish` prints."""
        self.run("policy", "submit", str(pack_dir), "--by", "ana")
        self.run("policy", "review", pack, "--by", "ben", "--approve", "--reason", "read")
        return self.run("policy", "publish", pack, "--by", "ben", *more)


def edit(file: Path, *changes: tuple[str, str]) -> None:
    """Change texts of a file; each must be there."""
    text = file.read_text(encoding="utf-8")
    for there, instead in changes:
        assert there in text, there
        text = text.replace(there, instead, 1)
    file.write_text(text, encoding="utf-8")


@dataclass(slots=True)
class Postbox:
    """What a mail server took, and what it answers instead."""

    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    """(sender, recipients, letter), as received."""
    refuse: dict[str, str] = field(default_factory=dict)
    """Recipient -> answer."""
    address: str = ""

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Sequence[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        self.taken.append((str(envelope.mail_from), list(envelope.rcpt_tos), letter))
        return f"250 queued as {len(self.taken)}"

    def to(self, recipient: str) -> list[EmailMessage]:
        """The letters to one recipient."""
        return [letter for _, recipients, letter in self.taken if recipients == [recipient]]


@contextmanager
def mail_server() -> Iterator[Postbox]:
    """A mail server on a free port of loopback."""
    box = Postbox()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="mail-server")
    thread.start()

    async def listen() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(box, hostname="mail.example", loop=loop), "127.0.0.1", 0)

    async def end(server: asyncio.Server) -> None:
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    box.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
