"""Events acknowledged a second by a real server: one event a request, from 1 and from 64 connections.

    python benchmarks/log.py [SECONDS]

Each connection sends its next event when the one before was acknowledged, so 64 connections are 64 who wait at a time. The
client runs beside the server; on two cores each has one. `PYTHONPATH` chooses whose server is measured.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fairwire.model.instants import MINUTE_US, format_us, parse_us

FIRST_US = parse_us("2026-01-05T09:00:00Z")
CONNECTIONS = (1, 64)
_SERVE = [sys.executable, "-c", "from fairwire.cli.main import main; main()", "serve", "--http", "127.0.0.1:0"]


def body(client: int, number: int) -> bytes:
    """One call of three minutes, over when it is told, five minutes after the one before; nothing that anybody would find."""
    start_us = FIRST_US + number * 5 * MINUTE_US
    at, end = format_us(start_us), format_us(start_us + 3 * MINUTE_US)
    data = {
        "customer": f"customer-{client}",
        "call_id": f"{client}-{number}",
        "direction": "outbound",
        "from": "+12025550117",
        "line": "+12025550117",
        "to": f"+1202555{1000 + number % 7}",
        "start": at,
        "answer": at,
        "end": end,
        "duration_s": 180,
        "disposition": "answered",
    }
    named = {"specversion": "1.0", "id": f"{client}-{number}", "source": "bench", "type": "call.ended", "time": end}
    return json.dumps({**named, "data": data}).encode()


async def post(host: str, port: int, token: str, client: int, until: float, seconds: list[float]) -> None:
    """Send events one by one until the time is over; adds how long each acknowledgement took."""
    reader, writer = await asyncio.open_connection(host, port)
    number = 0
    while (began := time.perf_counter()) < until:
        content = body(client, number)
        head = (
            f"POST /v1/events HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        writer.write(head.encode() + content)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer)
        assert length is not None
        told = json.loads(await reader.readexactly(int(length[1])))
        assert told == {"accepted": 1, "duplicates": 0, "rejected": 0}, told
        seconds.append(time.perf_counter() - began)
        number += 1
    writer.close()


async def drive(address: str, token: str, connections: int, duration_s: float) -> list[float]:
    """All connections at once."""
    host, port = address.removeprefix("http://").rsplit(":", 1)
    seconds: list[float] = []
    until = time.perf_counter() + duration_s
    first = connections * 1000  # customers of their own
    await asyncio.gather(*(post(host, int(port), token, first + c, until, seconds) for c in range(connections)))
    return seconds


def main() -> None:
    """Measure and print."""
    duration_s = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ids = [f"customer-{count * 1000 + c}" for count in CONNECTIONS for c in range(count)]
        records = [{"id": one, "policy": "clearspan", "country": "US", "numbers": ["+12025550117"]} for one in ids]
        (folder / "customers.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
        command = [*_SERVE, "--data", str(folder / "data"), "--customers", str(folder / "customers.jsonl")]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            ready = re.search(r"(http://\S+), token in (\S+)", server.stdout.readline())
            assert ready is not None
            token = Path(ready[2]).read_text().strip()
            for connections in CONNECTIONS:
                seconds = sorted(asyncio.run(drive(ready[1], token, connections, duration_s)))
                half, most = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
                print(
                    f"{connections:3d} connections: {len(seconds) / duration_s:8.0f} events/s acknowledged, "
                    f"p50 {1000 * half:.2f} ms, p99 {1000 * most:.2f} ms"
                )
        finally:
            server.terminate()
            server.wait(60)


if __name__ == "__main__":
    main()
