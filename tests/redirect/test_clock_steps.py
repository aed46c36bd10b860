"""The machine's clock is put forward and back while calls are decided: nothing breaks, and nobody's answer turns into another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.model.instants import DAY_US, HOUR_US, SECOND_US
from fairwire.ports.control import ControlStore
from fairwire.runtime.data import open_control
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from fairwire.serve.redirect.peers import Peers
from fairwire.serve.redirect.point import RedirectPoint
from fairwire.sip import Response, read
from redirect_point import CUSTOMERS, NOW_US, SBC, SECRET, peer_of
from traces import real_plan, table_for
from written_sip import written

STEPS_US = (0, 0, 0, SECOND_US, -SECOND_US, HOUR_US, -HOUR_US, DAY_US, -DAY_US, 400 * DAY_US, -400 * DAY_US, -NOW_US)
"""The last one is the beginning of 1970, where a machine without a battery starts."""
CALLS = (
    # caller, called, the answer that the clock has nothing to do with
    ("+442079460100", "+442079460199", 403),
    ("+12125550110", "+442079460199", 403),
    ("+12125550100", "+19995550123", 404),
    ("+442079460100", "999", 302),
    ("+12125550199", "911", 302),
    ("+12125550110", "+12125550111", 302),
    ("+442079460130", "+442079460199", 302),
)
_number = itertools.count()


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.us = NOW_US

    def __call__(self) -> int:
        return self.us


class Machine:
    """A service behind a redirect point, on a folder, with a clock that can be set."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self._folder = folder
        self._start()

    def _start(self) -> None:
        plan = real_plan()
        self._store: ControlStore = open_control(self._folder)
        self.live = Live(self._folder, plan, table_for(plan, CUSTOMERS), self._store, self.clock, None, Keeping())
        self.point = RedirectPoint(self.live, Peers([peer_of(trusted=False)]), SECRET)

    def stop(self) -> None:
        self.live.close()
        self._store.close()

    def restart(self) -> None:
        self.stop()
        self._start()

    def asked(self, data: bytes) -> Response:
        found = read(self.point.answer(data, SBC) or b"")
        assert isinstance(found, Response)
        return found


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("stepping"))
    yield made
    made.stop()


def invite(caller: str, called: str) -> bytes:
    place = next(_number)
    return written(
        f"INVITE sip:{called}@198.51.100.10 SIP/2.0",
        **{
            "Via": f"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKstep{place};rport",
            "From": f"<sip:{caller}@example.net>;tag=t{place}",
            "To": f"<sip:{called}@198.51.100.10>",
            "Call-ID": f"step-{place}@192.0.2.10",
        },
    )


@given(st.lists(st.tuples(st.sampled_from(STEPS_US), st.sampled_from(CALLS)), min_size=1, max_size=25), st.booleans())
@settings(max_examples=30)
def test_answers_stay_what_they_are_wherever_the_clock_is_put(
    machine: Machine, course: list[tuple[int, tuple[str, str, int]]], again: bool
) -> None:
    machine.clock.us = NOW_US
    told = []
    for step_us, (caller, called, status) in course:
        machine.clock.us = max(0, machine.clock.us + step_us)
        data = invite(caller, called)
        found = machine.asked(data)
        reason = (found.value(b"reason") or b"").decode()
        # Many such calls in one window are noticed by rules, and rightly so: then the answer says which clause.
        assert found.status == status or (status == 302 and len(called) > 3 and "text=" in reason), (found.status, reason)
        told.append((data, found.status))
    assert machine.point.counts["failed"] == 0
    if again:
        machine.clock.us = NOW_US
        machine.restart()
    for data, status in told:
        assert machine.asked(data).status == status, "the same question gets the same answer"
    assert machine.point.counts["failed"] == 0
