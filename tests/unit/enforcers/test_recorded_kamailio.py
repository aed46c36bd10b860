"""What Kamailio answers, as it was recorded: the adapter understands it, and the Kamailio of this machine still says it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from edge_bench import SECRET, running_kamailio
from edge_exchanges import exchanges
from edge_faults import FaultyServer
from edge_http import read_request, response
from fairwire.enforcers.failing import Failed
from fairwire.enforcers.kamailio_htable import HashTable
from fairwire.enforcers.kamailio_htable.asking import Http, Rpc
from fairwire.net.connecting import Deadline
from fairwire.net.http import read_address
from sip_lab import missing

RECORDED = exchanges("kamailio_htable")


class _Replaying(FaultyServer):
    """Answers what was recorded for a question, under the id of the question."""

    def serve(self, connection: socket.socket) -> None:
        request = read_request(connection)
        if request is None:
            return
        asked = json.loads(request[3])
        self.asked.append(f"{asked['method']} {asked['params']}")
        each = next(
            one for one in RECORDED if (one["asked"]["method"], one["asked"]["params"]) == (asked["method"], asked["params"])
        )
        connection.sendall(response(each["status"], json.dumps({**each["answered"], "id": asked["id"]}).encode()))


@pytest.fixture
def table() -> Iterator[HashTable]:
    server = _Replaying()
    yield HashTable(Rpc(Http(read_address(f"http://127.0.0.1:{server.port}/RPC"), "", None), Deadline(5)), "fw", "")
    server.close()


def test_what_was_recorded_is_understood(table: HashTable) -> None:
    table.set("cust:acme", "suspend;o-1;403;;fairwire:edge")
    table.set("number", 7)
    assert table.get("cust:acme") == "suspend;o-1;403;;fairwire:edge"
    assert table.get("number") == 7
    assert table.get("nobody") is None
    assert table.all() == {"number": 7, "cust:acme": "suspend;o-1;403;;fairwire:edge"}
    table.delete("cust:acme", "")
    table.delete("nobody", "")


@pytest.mark.parametrize(
    ("name", "outcome", "says"),
    [
        ("none", "never", "the proxy has no table `none`: declare it with modparam of htable"),
        ("soon", "never", "what stands there ends by itself, and could not be put back so; give Fairwire its own table"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(name: str, outcome: str, says: str, table: HashTable) -> None:
    other = HashTable(table._rpc, name, "")
    with pytest.raises(Failed) as caught:
        other.get("cust:acme")
    assert (caught.value.outcome, caught.value.answer) == (outcome, says)


@pytest.mark.skipif(bool(missing()), reason=missing() or "here")
def test_the_kamailio_of_this_machine_answers_as_recorded(tmp_path: Path) -> None:
    def plain(answer: Any) -> Any:
        # The place in the table and the hour are nobody's business.
        return json.loads(
            re.sub(r'"entry":\s*\d+', '"entry": 0', re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "(then)", json.dumps(answer)))
        )

    with running_kamailio(tmp_path / "k", SECRET, f"{tmp_path}/k/rpc.sock") as (_, port, _start):
        # Only tables of orders may be asked for over HTTP; the one that ends by itself is the proxy's own.
        for each in RECORDED:
            if each["asked"]["params"][0] == "soon":
                continue
            headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as asking:
                asking.request("POST", "/RPC", json.dumps(each["asked"]), headers)
                reply = asking.getresponse()
                answer = json.loads(reply.read())
            if isinstance(answer.get("result"), list):
                answer["result"].sort(key=lambda row: -len(row["slot"][0]["name"]))
                each["answered"]["result"].sort(key=lambda row: -len(row["slot"][0]["name"]))
            assert (reply.status, plain(answer)) == (each["status"], plain(each["answered"])), each["name"]
