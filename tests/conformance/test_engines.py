"""Every engine, held to the same words of the port: what is read reaches its partition, all of them run, errors come back."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import fairwire.engines
from fairwire.engines.spark import start
from fairwire.model.errors import BadInput
from fairwire.ports.engines import TO_DRIVER, Engine, EngineFailed, EngineMissing, Piece, Session, as_batch, from_batch
from fairwire.runtime import discovery
from fairwire.runtime.discovery import UnknownAdapter

ENGINES = sorted(path.parent.name for path in Path(fairwire.engines.__path__[0]).glob("*/__init__.py"))
STARTED = [("local", 1), ("local", 2), *(pytest.param((name, 2), marks=pytest.mark.slow) for name in ENGINES if name != "local")]


@dataclass(frozen=True)
class Reader:
    """A split is a number: some rows for each of three partitions, and one for whoever started it."""

    failing: bytes = b"none"
    note: Path | None = None

    def __call__(self, split: bytes) -> Iterator[Piece]:
        if self.note:
            with self.note.open("ab") as out:
                out.write(split + b"\n")
        for number in range(3):
            if split == self.failing and number == 1:
                raise BadInput("this split is bad", at=split.decode(), help_="mend it")
            yield Piece(topic="rows", partition=number, order=int(split), content=b"%b for %d" % (split, number))
            yield Piece(topic="other", partition=number, order=int(split), content=b"not for the same eyes")
        yield Piece(topic="read", partition=TO_DRIVER, order=int(split), content=split)


@dataclass(frozen=True)
class Runner:
    """Tells what it was given, and where it ran."""

    failing: int = -1
    dying: bool = False

    def __call__(self, number: int, pieces: Iterator[Piece]) -> Iterator[Piece]:
        if number == self.failing:
            if self.dying:
                raise ZeroDivisionError("nobody expected this")
            raise BadInput(f"partition {number} is bad", help_="mend it")
        for piece in sorted(pieces, key=lambda piece: piece.order):
            yield Piece(topic="seen", partition=number, order=piece.order, content=piece.content)
        yield Piece(topic="ran", partition=number, order=os.getpid())


def test_there_is_a_local_engine_and_a_distributed_one() -> None:
    assert ENGINES == ["local", "spark"]
    for name in ENGINES:
        engine: Engine = discovery.load("engines", name)
        assert engine.name == name


def test_an_unknown_engine_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownAdapter, match=r"unknown engine `sparc`; did you mean `spark`\?; there are: local, spark"):
        discovery.load("engines", "sparc")


@pytest.fixture(scope="module", params=STARTED, ids=lambda param: f"{param[0]}-{param[1]}")
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Path]]:
    """An engine at work, which has read four splits; and where its readers noted that they read."""
    name, workers = request.param
    engine: Engine = discovery.load("engines", name)
    note = tmp_path_factory.mktemp("engine") / "read"
    with engine.session(workers) as started:
        own = started.scatter(Reader(note=note), [b"10", b"20", b"30", b"40"], lambda _done, _of: None)
        assert sorted(piece.content for piece in own) == [b"10", b"20", b"30", b"40"]
        assert {(piece.topic, piece.partition) for piece in own} == {("read", TO_DRIVER)}
        yield started, note


def test_each_partition_gets_its_pieces_of_the_topic_and_runs_without_any_too(session: tuple[Session, Path]) -> None:
    found = list(session[0].gather("rows", Runner(), 5))
    seen = {(piece.partition, piece.content) for piece in found if piece.topic == "seen"}
    assert seen == {(number, b"%d for %d" % (split, number)) for number in range(3) for split in (10, 20, 30, 40)}
    assert sorted(piece.partition for piece in found if piece.topic == "ran") == [0, 1, 2, 3, 4]


def test_what_was_read_once_is_run_as_often_as_one_likes(session: tuple[Session, Path]) -> None:
    first, second = ({(p.partition, p.content) for p in session[0].gather("rows", Runner(), 3)} for _ in range(2))
    assert first == second
    assert sorted(session[1].read_bytes().split()) == [b"10", b"20", b"30", b"40"]


def test_an_error_of_a_task_comes_back_with_its_place_and_its_help(session: tuple[Session, Path]) -> None:
    with pytest.raises(BadInput, match="partition 2 is bad; mend it"):
        list(session[0].gather("rows", Runner(failing=2), 3))
    assert len(list(session[0].gather("rows", Runner(), 3))) == 15, "and the session goes on"


def test_an_error_while_reading_comes_back_as_it_was_raised(session: tuple[Session, Path]) -> None:
    with pytest.raises(BadInput, match="20: this split is bad; mend it"):
        session[0].scatter(Reader(failing=b"20"), [b"10", b"20"])
    session[0].scatter(Reader(), [b"10", b"20", b"30", b"40"])
    assert len(list(session[0].gather("rows", Runner(), 3))) == 15, "and what is read next takes its place"


def test_an_error_that_nobody_expected_is_told_in_its_own_words(session: tuple[Session, Path]) -> None:
    with pytest.raises((EngineFailed, ZeroDivisionError), match="nobody expected this"):
        list(session[0].gather("rows", Runner(failing=0, dying=True), 1))


class Dying:
    """A task whose process is ended from outside."""

    def __call__(self, number: int, pieces: Iterator[Piece]) -> Iterator[Piece]:
        if multiprocessing.parent_process() is not None:
            os._exit(9)
        yield from pieces


@pytest.mark.slow
def test_a_worker_that_dies_is_told_in_one_sentence() -> None:
    engine: Engine = discovery.load("engines", "local")
    with pytest.raises(EngineFailed, match="a worker process ended before its work was done"), engine.session(2) as started:
        list(started.gather("rows", Dying(), 2))


def test_pieces_survive_being_arrow_rows() -> None:
    pieces = [Piece(topic="a", partition=1, order=2**40, content=b"\0\xff"), Piece(topic="b", partition=TO_DRIVER)]
    assert list(from_batch(as_batch(pieces))) == pieces


def test_an_error_keeps_its_kind_and_its_parts_on_the_way_between_processes() -> None:
    error = UnknownAdapter("engines", "sparc", ["spark"])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  (it is ours)
    assert (type(again), again.sentence(), again.exit_status) == (UnknownAdapter, error.sentence(), 2)


def test_without_java_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(
        EngineMissing, match=r"needs Java 17 or later, and none is here; .*apt-get install openjdk-17-jre-headless"
    ):
        start.check_installed()


def test_a_java_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.22\" 2024-01-16' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineMissing, match="needs Java 17 or later, and Java 11 is what is here"):
        start.check_installed()


def test_without_pyspark_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(EngineMissing, match=r'needs pyspark, which is not installed; .*pip install "fairwire\[spark\]"'):
        start.check_installed()
