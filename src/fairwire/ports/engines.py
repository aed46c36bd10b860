"""How work is spread: an engine scatters what its tasks read, gathers it by partition, and hands back what each made of it.

An engine knows nothing of events, policies or findings. It moves pieces: a topic, a partition, an order and some bytes. The
runtime gives the callables that make and use them; they can be pickled, and whatever they need goes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec
import pyarrow as pa

from fairwire.model.errors import BadUse, FairwireError

PIECES = pa.schema([("topic", pa.string()), ("partition", pa.int32()), ("order", pa.int64()), ("content", pa.binary())])
"""Pieces as Arrow rows."""
TO_DRIVER = -1
"""The partition of a piece that no partition is meant to have: `scatter` returns it."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes on their way to one partition, or back from it."""

    topic: str
    partition: int
    order: int = 0
    """Whatever puts pieces in order; engines carry it and do not look at it."""
    content: bytes = b""


def as_batch(pieces: Iterable[Piece]) -> pa.RecordBatch:
    """Pieces as `PIECES`."""
    rows = list(pieces)
    return pa.record_batch(
        [
            pa.array([piece.topic for piece in rows], pa.string()),
            pa.array([piece.partition for piece in rows], pa.int32()),
            pa.array([piece.order for piece in rows], pa.int64()),
            pa.array([piece.content for piece in rows], pa.binary()),
        ],
        schema=PIECES,
    )


def from_batch(batch: pa.RecordBatch | pa.Table) -> Iterator[Piece]:
    """The pieces that `as_batch` was given."""
    columns = [batch.column(name).to_pylist() for name in PIECES.names]
    for topic, partition, order, content in zip(*columns, strict=True):
        yield Piece(topic=topic, partition=partition, order=order, content=content)


Read = Callable[[bytes], Iterator[Piece]]
"""Reads one split. Can be pickled; runs once for each split, anywhere."""
Run = Callable[[int, Iterator[Piece]], Iterator[Piece]]
"""Takes a partition's number and its pieces, in any order, and yields what it made of them. Can be pickled; runs anywhere."""
Told = Callable[[int, int], None]
"""(tasks that are done, of how many): called now and then."""


class Session(Protocol):
    """Processes at work, and the pieces they keep between two steps."""

    def scatter(self, read: Read, splits: Sequence[bytes], told: Told | None = None) -> list[Piece]:
        """Read every split, once, and keep its pieces for `gather`; returns those for `TO_DRIVER`, in any order.

        What was kept before goes.

        Raises
        ------
        FairwireError
            What `read` raised, as it raised it.
        """

    def gather(self, topic: str, run: Run, partitions: int, told: Told | None = None) -> Iterator[Piece]:
        """Run partitions 0 to `partitions` - 1, each with the pieces of a topic that are for it; yields what they yield.

        Every partition runs, one without pieces too. What is kept is kept: the same topic may be gathered again.

        Raises
        ------
        FairwireError
            What `run` raised, as it raised it.
        """


class Engine(Protocol):
    """Runs work in processes, here or elsewhere. Found by folder name under `fairwire/engines/`, exported as `ENGINE`."""

    name: str
    reads_in_tasks: bool
    """Its tasks read the events themselves; else one process reads them all and holds them for the others."""

    def session(self, workers: int) -> AbstractContextManager[Session]:
        """Start `workers` processes, and end them with all they keep.

        Raises
        ------
        EngineMissing
            Something it needs is not installed.
        """


class Keeper(Protocol):
    """What a partition of a stream remembers from one batch to the next."""

    def get(self, name: str) -> bytes | None:
        """What was put last; None when there is nothing of that name."""

    def put(self, name: str, content: bytes) -> None:
        """Keep it, or replace what is there."""

    def drop(self, name: str) -> None:
        """Forget it."""


Cut = Callable[[Iterator[list[bytes]]], Iterator[Piece]]
"""Takes lines as they come, some at a time, and yields pieces for partitions. Can be pickled."""
Step = Callable[[int, Iterator[Piece], Keeper], Iterator[Piece]]
"""One batch of a partition: its number, its pieces in any order, what it keeps; yields what is to be told. Can be pickled."""
Sink = Callable[[int, list[Piece]], None]
"""Takes what all partitions told in a batch, by the batch's number, in the process that started the stream.

Batches come in order. A batch that had not been written down as done when the process ended comes again, the same.
"""


Began = Callable[[], None]
"""Called when everything is up."""


class StreamingEngine(Engine, Protocol):
    """An engine that can also go on for ever."""

    def stream(
        self,
        folder: str,
        checkpoint: str,
        cut: Cut,
        step: Step,
        sink: Sink,
        *,
        workers: int,
        once: bool,
        began: Began,
    ) -> None:
        """Read files of lines that appear in a folder, until it is interrupted; with `once`, what is there now.

        `checkpoint` is a folder of the engine's own: with it, a later call goes on where this one ended.

        Raises
        ------
        FairwireError
            What `cut`, `step` or `sink` raised.
        """


class EngineMissing(BadUse):
    """An engine needs something that is not installed."""

    code = "FW-ENG-001"


class EngineFailed(FairwireError):
    """An engine lost a task, or itself."""

    code = "FW-ENG-002"
    exit_status = 2
