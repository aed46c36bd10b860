"""The local engine: this process, or spawned ones beside it that share a folder for their pieces."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pyarrow as pa

from fairwire.ports.engines import PIECES, TO_DRIVER, EngineFailed, Piece, Read, Run, Session, Told, as_batch, from_batch


class InProcess:
    """One worker: this process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], list[Piece]] = {}

    def scatter(self, read: Read, splits: Sequence[bytes], told: Told | None = None) -> list[Piece]:
        """See `Session`."""
        own: list[Piece] = []
        self._kept.clear()
        for done, split in enumerate(splits):
            if told:
                told(done, len(splits))
            for piece in read(split):
                if piece.partition == TO_DRIVER:
                    own.append(piece)
                else:
                    self._kept.setdefault((piece.topic, piece.partition), []).append(piece)
        return own

    def gather(self, topic: str, run: Run, partitions: int, told: Told | None = None) -> Iterator[Piece]:
        """See `Session`."""
        for number in range(partitions):
            if told:
                told(number, partitions)
            yield from run(number, iter(self._kept.get((topic, number), ())))


class Spawned:
    """Several workers: processes with nothing in common but a folder."""

    def __init__(self, pool: ProcessPoolExecutor, folder: Path) -> None:
        self._pool = pool
        self._folder = folder

    def scatter(self, read: Read, splits: Sequence[bytes], told: Told | None = None) -> list[Piece]:
        """See `Session`."""
        for file in self._folder.glob("split-*.arrow"):
            file.unlink()
        jobs = [
            self._pool.submit(_read, read, split, self._folder / f"split-{number}.arrow") for number, split in enumerate(splits)
        ]
        return list(_results(jobs, told))

    def gather(self, topic: str, run: Run, partitions: int, told: Told | None = None) -> Iterator[Piece]:
        """See `Session`."""
        jobs = [self._pool.submit(_run, run, topic, number, self._folder) for number in range(partitions)]
        return _results(jobs, told)


def _results(jobs: list[Future[list[Piece]]], told: Told | None) -> Iterator[Piece]:
    done = 0
    try:
        for job in as_completed(jobs):
            yield from job.result()
            done += 1
            if told:
                told(done, len(jobs))
    except BrokenProcessPool:
        raise EngineFailed(
            "a worker process ended before its work was done", help_="was it killed, or out of memory? Fewer --workers need less"
        ) from None
    finally:
        for job in jobs:
            job.cancel()


def _read(read: Read, split: bytes, file: Path) -> list[Piece]:
    own: list[Piece] = []
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, PIECES) as writer:
        for piece in read(split):
            if piece.partition == TO_DRIVER:
                own.append(piece)
            else:
                writer.write_batch(as_batch([piece]))
    return own


def _run(run: Run, topic: str, number: int, folder: Path) -> list[Piece]:
    return list(run(number, _pieces(topic, number, folder)))


def _pieces(topic: str, number: int, folder: Path) -> Iterator[Piece]:
    for file in sorted(folder.glob("split-*.arrow")):
        with pa.memory_map(str(file)) as source:
            reader = pa.ipc.open_file(source)
            for place in range(reader.num_record_batches):
                batch = reader.get_batch(place)
                if batch["partition"][0].as_py() == number and batch["topic"][0].as_py() == topic:
                    yield from from_batch(batch)


class Local:
    """Processes of this machine."""

    name = "local"
    reads_in_tasks = False

    def session(self, workers: int) -> AbstractContextManager[Session]:
        """See `Engine`."""
        return _session(workers)


@contextmanager
def _session(workers: int) -> Iterator[Session]:
    if workers == 1:
        yield InProcess()
        return
    with (
        tempfile.TemporaryDirectory(prefix="fairwire-") as name,
        ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        yield Spawned(pool, Path(name))


ENGINE = Local()
