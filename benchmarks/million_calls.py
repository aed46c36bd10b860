"""A million calls over UDP, each with a Call-ID of its own, at one `fairwire serve`: are all answered, and does it stay small?

    python benchmarks/million_calls.py [--calls 1000000] [--customers 4000]

Prints a line every 50,000 calls: what was answered and lost, calls a second, memory of the server. Ends with status 1 when the
server said that it was busy or unwell (503), when more than one call in ten thousand got no answer, or when memory grew in the
second half by more than a quarter: what is kept of a call must be forgotten again, or be counted in bytes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from fairwire.testkit.bench.load.callers import write_customers
from fairwire.testkit.bench.load.served import Served
from fairwire.testkit.bench.load.sip import Sender

UNDER_WAY = 32
STEP = 50_000
LOST = 1e-4
GROWTH = 1.25


def memory_mib(pid: int) -> float:
    """Resident memory of a process in MiB, from /proc."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"/proc/{pid}/status has no VmRSS")


def run(calls: int, customers: int) -> int:
    """Place the calls; the status to end with."""
    with tempfile.TemporaryDirectory(prefix="fairwire-million-") as folder:
        records = write_customers(Path(folder) / "customers.jsonl", customers)
        with Served(Path(folder) / "data", records, sip=True, compiled=True) as server:
            sender = Sender("127.0.0.1", server.sip_port, customers)
            answered = lost = busy = 0
            sizes = []
            try:
                while answered + lost < calls:
                    rate = seconds = begun = 0.0
                    while begun < min(STEP, calls - answered - lost):
                        found = sender.closed(UNDER_WAY, 2.0)
                        told = found["answered"] + found["lost"]
                        begun += told
                        seconds += found["answered"] / max(found["per_s"], 1.0)
                        rate += found["answered"]
                        lost += int(found["lost"])
                        busy += int(found["busy"])
                    answered += int(rate)
                    sizes.append(memory_mib(server.pid))
                    sys.stdout.write(
                        f"{answered:>9,} answered  {lost} lost  {busy} busy  {rate / seconds:>7,.0f} a second"
                        f"  {sizes[-1]:>6,.0f} MiB\n"
                    )
                    sys.stdout.flush()
            finally:
                sender.close()
    grown = sizes[-1] / sizes[len(sizes) // 2]
    sys.stdout.write(f"memory at the end / at half: {grown:.2f}\n")
    return int(busy > 0 or lost > LOST * calls or grown > GROWTH)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=4_000)
    given = parser.parse_args()
    sys.exit(run(given.calls, given.customers))
