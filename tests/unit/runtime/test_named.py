"""What events call those whom they are about is the same in their lines as in a table of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwire.runtime.known_events import KnownEvents, tables_of
from fairwire.runtime.named import InLines, InTable, name_of, shared_name
from fairwire.sources.jsonl.decoding import decode_lines
from fairwire.testkit.simulate import Order, simulate

COLUMNS = ("user", "line", "callee", "remote", "caller", "credential", "source", "device", "path")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Events of every type that the simulator makes, some of each."""
    folder: Path = tmp_path_factory.mktemp("named")
    simulate(Order(scenario="everything", seed=3, customers=12, days=3), folder)
    by_type: dict[bytes, list[bytes]] = {}
    for line in (folder / "events.jsonl").read_bytes().splitlines():
        kind = line.partition(b'"type":"')[2].partition(b'"')[0]
        by_type.setdefault(kind, []).append(line)
    assert len(by_type) > 10, sorted(by_type)
    return [line for some in by_type.values() for line in some[:40]]


def test_every_name_is_the_same_in_lines_as_in_a_table(lines: list[bytes]) -> None:
    table = decode_lines(lines, range(len(lines)), file="", now_us=None).calls
    kept = [line for line in lines if b'"customer":' in line]
    assert table.num_rows == len(kept)
    in_lines, in_table = InLines(kept), InTable(table)
    named = 0
    for row in range(len(kept)):
        assert (in_lines.id(row), in_lines.kind(row)) == (in_table.id(row), in_table.kind(row))
        for column in COLUMNS:
            name = name_of(in_lines, row, column)
            assert name == name_of(in_table, row, column), (column, kept[row])
            named += name is not None
    assert named > 2 * len(kept)
    for column in COLUMNS:
        assert shared_name(in_lines, column, range(5)) == shared_name(in_table, column, range(5))


def test_the_tables_of_many_findings_are_those_of_each(lines: list[bytes]) -> None:
    kept = [line for line in lines if b'"customer":' in line]
    parts = [KnownEvents(kept[:7]), KnownEvents([]), KnownEvents(kept[7:20]), KnownEvents(KnownEvents(kept[20:31]).table)]
    together = tables_of(parts)
    at = 0
    for part in parts:
        assert together.slice(at, part.count).to_pylist() == part.table.to_pylist()
        at += part.count
    assert together.num_rows == at
    assert tables_of([]).num_rows == 0
