"""Pieces in Spark: `mapInArrow` reads the splits, executors keep them on disk, a shuffle by partition, `mapInArrow` runs them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fairwire.ports.engines import TO_DRIVER, EngineFailed, Piece, Read, Run, Told, as_batch, from_batch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = "topic string, partition int, order bigint, content binary"
_LOOK_S = 0.2
_ERROR = "!"
"""Topic of an error that a task hands over: Spark would make it a page of text, and try again."""


class SparkPieces:
    """A `Session`."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._kept: DataFrame | None = None
        self._watch = ThreadPoolExecutor(1, thread_name_prefix="fairwire-spark")

    def close(self) -> None:
        """Let go of what is kept."""
        if self._kept is not None:
            self._kept.unpersist()
        self._watch.shutdown()

    def scatter(self, read: Read, splits: Sequence[bytes], told: Told | None = None) -> list[Piece]:
        """See `Session`."""
        from pyspark import StorageLevel

        if self._kept is not None:
            self._kept.unpersist()
        rows = [(number, bytearray(split)) for number, split in enumerate(splits)]
        frame = self._spark.createDataFrame(rows, "number int, split binary")
        frame = frame.repartitionById(max(1, len(splits)), "number")
        # One event is in one place only: a lost executor's pieces are read again.
        self._kept = frame.mapInArrow(_Reading(read), SCHEMA).persist(StorageLevel.DISK_ONLY)
        return list(self._collect(self._kept.where(f"partition = {TO_DRIVER}"), told))

    def gather(self, topic: str, run: Run, partitions: int, told: Told | None = None) -> Iterator[Piece]:
        """See `Session`."""
        from pyspark.sql import functions as f

        # One empty piece each, so that a partition runs that nobody has anything for.
        wanted = self._spark.range(partitions).select(
            f.lit("").alias("topic"),
            f.col("id").cast("int").alias("partition"),
            f.lit(0).cast("long").alias("order"),
            f.lit(b"").cast("binary").alias("content"),
        )
        if self._kept is not None:
            wanted = wanted.unionByName(self._kept.where(f.col("topic") == topic).where(f.col("partition") != TO_DRIVER))
        frame = wanted.repartitionById(partitions, "partition").mapInArrow(_Running(run), SCHEMA)
        return self._collect(frame, told)

    def _collect(self, frame: DataFrame, told: Told | None) -> Iterator[Piece]:
        table = self._watched(frame.toArrow, told)
        errors = []
        for batch in table.to_batches():
            for piece in from_batch(batch):
                if piece.topic == _ERROR:
                    errors.append(piece)
                else:
                    yield piece
        if errors:
            raise pickle.loads(min(errors, key=lambda piece: piece.order).content)  # noqa: S301  (our own task wrote it)

    def _watched(self, action: Callable[[], pa.Table], told: Told | None) -> pa.Table:
        from pyspark.errors import PySparkException

        job = self._watch.submit(action)
        tracker = self._spark.sparkContext.statusTracker()
        while True:
            try:
                return job.result(timeout=_LOOK_S if told else None)
            except NotYet:
                for stage in tracker.getActiveStageIds():
                    info = tracker.getStageInfo(stage)
                    if told and info:
                        told(info.numCompletedTasks, info.numTasks)
            except PySparkException as error:
                raise EngineFailed("a task of Spark failed", hint=last_line(str(error))) from None


def last_line(text: str) -> str:
    """What Python said last in the text of an error that came through the JVM."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    said = [line for line in lines if ": " in line and "Error" in line.split(": ")[0]]
    return (said or lines or [""])[-1][:300]


class _Reading:
    """`mapInArrow` over splits."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number, split in zip(batch["number"].to_pylist(), batch["split"].to_pylist(), strict=True):
                yield from handed_over(self._read(split), number)


class _Running:
    """`mapInArrow` over the pieces of one partition."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        own = _Own(batches)
        if own.number is not None:
            yield from handed_over(self._run(own.number, own.pieces()), own.number)


class _Own:
    """A partition's number, which its first row tells, and its pieces without the empty one that is always there."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = iter(batches)
        self._first = next((batch for batch in self._batches if batch.num_rows), None)
        self.number: int | None = None if self._first is None else self._first["partition"][0].as_py()

    def pieces(self) -> Iterator[Piece]:
        """All of them, as they come."""
        batch = self._first
        while batch is not None:
            for piece in from_batch(batch):
                if piece.topic:
                    yield piece
            batch = next(self._batches, None)


def is_error(piece: Piece) -> bool:
    """Whether a task handed over an error."""
    return piece.topic == _ERROR


def handed_over(pieces: Iterator[Piece], order: int) -> Iterator[pa.RecordBatch]:
    """Rows of what a task makes; of an error, a last row that says it."""
    from fairwire.model.errors import FairwireError

    try:
        for piece in pieces:
            yield as_batch([piece])
    except FairwireError as error:
        content: Any = pickle.dumps(error)
        yield as_batch([Piece(topic=_ERROR, partition=TO_DRIVER, order=order, content=content)])
