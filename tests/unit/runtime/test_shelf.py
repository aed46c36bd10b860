"""The kernel's memory budget: what does not fit goes to a file, and the findings are the same."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from fairwire.kernel.kernel import Kernel
from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.instants import SECOND_US
from fairwire.runtime.engine import Partition
from fairwire.runtime.shelf import kernel_of, memory_budget, shelf_on_disk
from traces import BEGIN_US, Row, Words, ended, feed_of, run, table_for, touchy_plan


def quiet_customers(count: int) -> tuple[list[Row], list[Customer]]:
    """Each is busy for some minutes, one after the other, and comes back a day later."""
    rows: list[Row] = []
    for day in range(2):
        for number in range(count):
            for call in range(4):
                at = BEGIN_US + (day * 86_400 + number * 40 + call) * SECOND_US
                called = f"+1312555{(number + call) % 10_000:04d}"
                rows.append(ended(len(rows), at, talk_s=5 * call, customer=f"c{number}", to=called))
    return rows, [Customer(id=f"c{number}", country="US") for number in range(count)]


def test_a_replay_that_does_not_fit_finds_what_one_that_fits_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, customers = quiet_customers(1500)
    wanted = run(touchy_plan(), rows, customers).lines
    assert wanted
    monkeypatch.setenv("FAIRWIRE_MEMORY_MB", "1")
    went: list[int] = []
    make_room = Kernel._make_room

    def watched(kernel: Kernel) -> None:
        make_room(kernel)
        went.append(kernel.shelved)

    monkeypatch.setattr(Kernel, "_make_room", watched)
    assert run(touchy_plan(), rows, customers).lines == wanted
    assert max(went) > 500


def test_a_checkpoint_takes_along_what_is_on_the_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWIRE_MEMORY_MB", "1")
    rows, customers = quiet_customers(1500)
    table = table_for(touchy_plan(), customers)
    feed = feed_of(rows, table)
    midnights: Words = feed.emitted[:0, 0]
    whole = Partition(touchy_plan(), table, feed.emitted, feed.raw, None, midnights).run(None)
    part = Partition(touchy_plan(), table, feed.emitted, feed.raw, None, midnights)
    halfway = part.run(None, stop_at=len(feed.emitted) // 2)
    assert halfway.state["shelf"].nbytes > 100_000
    done = part.run(halfway)
    assert [found[:3] for found in done.opened] == [found[:3] for found in whole.opened]


@pytest.mark.parametrize("given", ["", "0", "-5", "4GB", "1.5"])
def test_a_budget_that_is_no_number_of_megabytes_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWIRE_MEMORY_MB", given)
    with pytest.raises(BadUse, match="is no number of megabytes"):
        memory_budget()


def test_processes_share_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRWIRE_MEMORY_MB", "100")
    assert memory_budget(4) == 25_000_000
    monkeypatch.delenv("FAIRWIRE_MEMORY_MB")
    assert memory_budget(2) == memory_budget(1) // 2 > 0


def test_a_shelf_grows_in_its_file_and_keeps_what_it_had() -> None:
    shelf = shelf_on_disk()
    shelf.words[:] = 7
    shelf.make_room(100_000)
    assert (shelf.words[:1024] == 7).all()
    assert not shelf.words[1024:].any()
    shelf.words[90_000] = 3
    shelf.make_room(1_000_000)
    assert shelf.words[90_000] == 3


FULL = """
from fairwire.runtime.shelf import shelf_on_disk
from fairwire.model.errors import FairwireError
try:
    shelf_on_disk().make_room(1 << 20)
except FairwireError as error:
    print(error.render())
"""


def test_no_room_on_disk_is_said_and_kills_nothing() -> None:
    """A file of this process may not be larger than a megabyte."""
    done = subprocess.run(
        [sys.executable, "-c", FULL],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
    )
    assert "the state of quiet customers needs 8 MB on disk: File too large" in done.stdout
    assert "make room, or set TMPDIR or FAIRWIRE_MEMORY_MB" in done.stdout


def test_a_kernel_goes_on_from_a_snapshot_within_its_budget() -> None:
    program = touchy_plan().program
    from fairwire.runtime.machine import load_run

    kernel = kernel_of(program, load_run(program))
    again = kernel_of(program, load_run(program), kernel.state.snapshot())
    assert again.state.fingerprint == program.fingerprint
