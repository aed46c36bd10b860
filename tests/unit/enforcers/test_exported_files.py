"""The file of all that is wanted: replaced as a whole, with the rows of others in it, and a journal beside it."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from edge_bench import ACME, Bench, file_bench, order
from fairwire.ports.enforcers import BadEdge, Item


@pytest.fixture(params=["wanted.jsonl", "wanted.csv"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return file_bench(tmp_path, request.param)


def path(bench: Bench) -> Path:
    return bench.folder / str(bench.options["path"])


def item(bench: Bench, step: str = "suspend", **more: str) -> Item:
    (made,) = bench.open().items(order(step, **more), ACME)
    return made


def test_the_file_can_be_read_by_whatever_reads_such_files(bench: Bench) -> None:
    edge = bench.open()
    edge.put(item(bench))
    edge.put(item(bench, customer='o\'neill, "sons"\n& daughters'))
    text = path(bench).read_text()
    if path(bench).suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["customer"] for row in rows] == ["acme", 'o\'neill, "sons"\n& daughters']
        assert rows[0]["step"] == "suspend"
        assert rows[0]["expires"] == "2026-03-02T13:00:00Z"
    else:
        found = [json.loads(line) for line in text.splitlines()]
        assert [row["item"]["customer"] for row in found] == ["acme", 'o\'neill, "sons"\n& daughters']
        assert found[0]["edge"] == "edge-one"


def test_the_journal_has_each_change_once(bench: Bench) -> None:
    edge = bench.open()
    one, other = item(bench), item(bench, "terminate", order_id="o-2")
    for _ in range(2):
        edge.put(one)
    edge.put(other)
    for _ in range(2):
        edge.restore(other, None)
    lines = [json.loads(line) for line in (bench.folder / "journal.jsonl").read_text().splitlines()]
    assert [(line["what"], line["item"]["order_id"]) for line in lines] == [
        ("wanted", "o-0123456789abcdef"), ("wanted", "o-2"), ("gone", "o-2"),
    ]  # fmt: skip
    assert all(line["key"] == "cust:acme" and line["at"].endswith("Z") for line in lines)


def test_a_line_that_a_crash_has_cut_off_takes_no_other_with_it(bench: Bench) -> None:
    (bench.folder / "journal.jsonl").write_text('{"at": "2026-03-02T12:0')
    bench.open().put(item(bench))
    lines = (bench.folder / "journal.jsonl").read_text().splitlines()
    assert json.loads(lines[1])["what"] == "wanted"


@pytest.mark.parametrize("rubbish", ["{]\n", "a,b\n1,2\n", '"\n', "\x00\xff"])
def test_a_file_that_cannot_be_read_is_not_written_over(bench: Bench, rubbish: str) -> None:
    path(bench).write_bytes(rubbish.encode("latin-1"))
    edge = bench.open()
    for told in (edge.put(item(bench)), edge.present()[0], edge.look("cust:acme")[0], edge.restore(item(bench), None)):
        assert told.outcome == "never"
        assert path(bench).name in told.answer
        assert "move the file away" in told.answer
    assert path(bench).read_bytes() == rubbish.encode("latin-1")


def test_the_file_keeps_its_mode_and_is_nobody_elses_at_first(bench: Bench) -> None:
    edge = bench.open()
    edge.put(item(bench))
    assert stat.S_IMODE(path(bench).stat().st_mode) == 0o640
    path(bench).chmod(0o644)
    edge.put(item(bench, customer="umbra"))
    assert stat.S_IMODE(path(bench).stat().st_mode) == 0o644
    assert sorted(each.name for each in bench.folder.iterdir() if each.name.endswith(".tmp")) == []


def test_two_that_write_at_once_lose_nothing(bench: Bench) -> None:
    def write(name: str) -> None:
        edge = bench.open(name, timeout_s=30)
        for number in range(10):
            edge.put(item(bench, customer=f"{name}-{number}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in ("edge-one", "edge-two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("edge-one", "edge-two"):
        _, present = bench.open(name).present()
        assert present is not None
        assert len(present) == 10


def test_who_holds_the_lock_for_too_long_is_told(bench: Bench) -> None:
    import fcntl

    lock = os.open(bench.folder / f".{path(bench).name}.lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    told = bench.open(timeout_s=0.1).put(item(bench))
    os.close(lock)
    assert told.outcome == "later"
    assert "somebody else holds" in told.answer


def test_a_folder_that_goes_away_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    bench = file_bench(tmp_path, "out/wanted.jsonl")
    edge = bench.open(journal=None)
    (tmp_path / "out").rmdir()
    assert edge.put(item(file_bench(tmp_path, "wanted.jsonl"))).outcome == "later"
    assert edge.present()[0].outcome != "done"


def test_what_cannot_be_a_file_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadEdge, match=r"ends in neither .jsonl nor .csv"):
        file_bench(tmp_path, "wanted.txt").open()
    with pytest.raises(BadEdge, match="the folder of `path` of the edge `edge-one` is not there"):
        file_bench(tmp_path, "nowhere/wanted.csv").open()
    with pytest.raises(BadEdge, match="are one file"):
        file_bench(tmp_path, "journal.jsonl").open()
