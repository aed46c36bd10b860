"""A served process writes to a customer by itself: users come in over HTTP, the notice leaves by SMTP, an order settles it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from limit_office import body, subjects
from policy_office import Postbox, mail_server

pytestmark = pytest.mark.slow

CUSTOMER = {
    "id": "hobnail", "name": "Hobnail Freight", "policy": "natterbox", "country": "GB", "region": "ENG",
    "timezone": "Europe/London", "user_limit": 5, "contacts": [{"role": "abuse", "email": "abuse@hobnail.example"}],
}  # fmt: skip
READY = re.compile(r"fairwire ready: console and API at (http://\S+), token in (\S+)\n")


@contextmanager
def served(folder: Path, box: Postbox) -> Iterator[httpx.Client]:
    """A process of `fairwire serve --act` with a mail server."""
    (folder / "customers.jsonl").write_text(json.dumps(CUSTOMER) + "\n", encoding="utf-8")
    host, _, port = box.address.partition(":")
    settings = 'data = "data"\ncustomers = "customers.jsonl"\nhttp = "127.0.0.1:0"\nact = true\n'
    (folder / "fairwire.toml").write_text(f'{settings}[smtp]\nhost = "{host}"\nport = {port}\n', encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FAIRWIRE_") or name == "FAIRWIRE_CACHE"}
    command = [
        sys.executable,
        "-c",
        "from fairwire.cli.main import main; main()",
        "serve",
        "--config",
        str(folder / "fairwire.toml"),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean | {"FAIRWIRE_COMPILE": "later"}
    )
    watchdog = threading.Timer(120, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        match = READY.fullmatch(process.stdout.readline())
        assert match is not None, process.communicate()[1]
        token = Path(match[2]).read_text(encoding="utf-8").strip()
        with httpx.Client(base_url=match[1], headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            yield client
    finally:
        watchdog.cancel()
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0


def tell(client: httpx.Client, number: int, type_: str, **data: Any) -> None:
    at = (datetime.now(UTC) - timedelta(seconds=60 - number)).isoformat()
    named = {"specversion": "1.0", "id": f"e-{number}", "source": "portal", "type": type_, "time": at}
    done = client.post("/v1/events", json=named | {"data": {"customer": "hobnail"} | data})
    assert done.status_code == 202, done.text


def until(box: Postbox, count: int) -> None:
    """Wait for a letter; the service looks every few seconds."""
    gone = threading.Event()
    for _ in range(400):
        if len(box.taken) >= count:
            return
        gone.wait(0.05)
    raise AssertionError(subjects([letter for _, _, letter in box.taken]))


def test_U02_a_service_writes_to_its_customer_and_takes_its_order(tmp_path: Path) -> None:
    with mail_server() as box, served(tmp_path, box) as client:
        for number, user in enumerate(("ann", "ben", "cat", "dan", "eve", "fay"), start=1):
            tell(client, number, "user.added", user=user)
        until(box, 1)
        sender, recipients, letter = box.taken[0]
        assert (sender, recipients) == ("aup-review@natterbox.example", ["abuse@hobnail.example"])
        assert "6 individual users use the service, and the order names 5; the newest: fay" in body(letter)
        tell(client, 7, "order.changed", user_limit=6)
        until(box, 2)
        assert subjects(box.to("abuse@hobnail.example"))[1] == "Your users and your order agree again, thank you"
        # The rule has the new number, too: a seventh user is one too many, and no finding is open twice.
        assert [each["customer"] for each in client.get("/v1/findings").json()["findings"]] == ["hobnail"]
