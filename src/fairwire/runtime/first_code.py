"""The first start of a version: a service answers from plain Python while another process makes the machine code.

Without it, the first decision waits for all functions on its way to be compiled, one after the other. With it, a decision takes
a millisecond instead of a tenth of one, for the minute or two that compiling takes, once.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fairwire.model.instants import format_us
from fairwire.runtime.machine import cache_folder

if TYPE_CHECKING:
    from fairwire.runtime.customers import CustomerTable
    from fairwire.runtime.plans import Plan

_MARK = "decisions"
"""In the cache folder: the code of all that decides has been made."""
FEW = 6_000
"""Events that plain Python takes less time for (1.3 ms each) than the compiler does for the functions that they need (20 s)."""
_loads: list[Callable[[], None]] = []


def is_kept() -> bool:
    """Whether the code of what decides is on disk."""
    return (cache_folder() / _MARK).exists()


def hold() -> None:
    """Let nobody wait for code where it is not kept; `release` follows, when it has been made."""
    from fairwire.kernel.compiled import wait_for_code

    if not os.environ.get("FAIRWIRE_COMPILE") and not is_kept():
        wait_for_code(True)


@contextmanager
def not_for(paths: Sequence[str]) -> Iterator[None]:
    """Have nothing compiled for event files that are read in plain Python before the compiler would be done."""
    from fairwire.kernel.compiled import wait_for_code, waits_for_code

    size = sum(_events_in(Path(path)) for path in paths)
    compiled = any(cache_folder().glob("plan_*.1"))
    if size > FEW or compiled or waits_for_code() or os.environ.get("FAIRWIRE_COMPILE"):
        yield
        return
    wait_for_code(True)
    try:
        yield
    finally:
        wait_for_code(False)


def _events_in(path: Path) -> int:
    """About how many; what is no file may have any number."""
    if not path.is_file():
        return FEW + 1
    packed = path.suffix in (".parquet", ".gz", ".zst")
    return path.stat().st_size // (30 if packed else 300)


def then(load: Callable[[], None]) -> None:
    """Have this called on the thread that waits for the code, once it is there: it loads what the next call needs."""
    _loads.append(load)


def load(plan: Plan, customers: CustomerTable) -> None:
    """Load compiled code on a thread, through objects of its own: those of a service are used by another."""
    from fairwire.runtime.numbering import site_destinations
    from fairwire.runtime.spending import Spending
    from fairwire.runtime.stream import Stream
    from fairwire.runtime.usual import UsualCalls

    destinations = site_destinations()
    stream = Stream(plan, customers, destinations)
    stream.warm()
    UsualCalls(customers, destinations).warm()
    Spending(plan).warm(stream.kernel)


def release() -> None:
    """Load what was asked for, and compile whatever is missing from now on at its first use."""
    from fairwire.kernel.compiled import making_code, wait_for_code

    try:
        with making_code():
            while _loads:
                _loads.pop()()
        keep()
    finally:
        wait_for_code(False)


def give_up() -> None:
    """What was to decide does not start: nobody loads anything for it, and nothing waits."""
    from fairwire.kernel.compiled import wait_for_code

    _loads.clear()
    wait_for_code(False)


def keep() -> None:
    """Take down that the code of what decides is on disk."""
    with suppress(OSError):
        (cache_folder() / _MARK).touch()


def make() -> None:
    """Have all code made that is on the way of a decision, by deciding: calls, one like another, and their ends.

    For a process that nobody waits for. Rules are run as text, which calls each function as that of a service does until its
    rules are compiled.
    """
    from fairwire.runtime.data import open_control
    from fairwire.runtime.live import open_live
    from fairwire.runtime.plans import load_plan

    before = os.environ.get("FAIRWIRE_COMPILE", "")
    os.environ["FAIRWIRE_COMPILE"] = "never"
    try:
        with tempfile.TemporaryDirectory(prefix="fairwire-code-") as folder:
            customers = Path(folder) / "customers.jsonl"
            customers.write_bytes(msgspec.json.encode({"id": "c", "country": "GB", "policy": min(load_plan(()).packs)}) + b"\n")
            with (
                closing(open_control(Path(folder))) as store,
                closing(open_live(Path(folder), customers, (), store)) as service,
            ):
                for number in range(3):
                    service.decide(_event("call.attempt", number))
                service.accept([_event(kind, number) for number in range(2) for kind in ("call.answered", "call.ended")])
        keep()
    finally:
        os.environ["FAIRWIRE_COMPILE"] = before


def _event(kind: str, number: int) -> bytes:
    """One of a call between numbers that nobody has (Ofcom's for drama)."""
    now = format_us(time.time_ns() // 1000)
    data: dict[str, Any] = {"customer": "c", "call_id": str(number), "direction": "outbound"}
    data |= {"from": "+442079460100", "to": "+442079460101", "line": "+442079460100"}
    if kind == "call.ended":
        data |= {"start": now, "answer": now, "end": now, "duration_s": 0, "disposition": "answered"}
    told = {"specversion": "1.0", "id": f"{kind}-{number}", "source": "code", "type": kind, "time": now, "data": data}
    return msgspec.json.encode(told)
