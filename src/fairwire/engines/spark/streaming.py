"""A stream through Spark: lines of files, `mapInArrow` cuts them into pieces, `transformWithState` runs each partition.

The source is one statement: whatever gives a column `value` with a line in each row (Kafka does) can stand in its place.
"""

from __future__ import annotations

import pickle
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import Row
from pyspark.sql.streaming.stateful_processor import StatefulProcessor, StatefulProcessorHandle

from fairwire.engines.spark.session import SCHEMA, handed_over, is_error, last_line
from fairwire.model.errors import FairwireError
from fairwire.ports.engines import TO_DRIVER, Began, Cut, EngineFailed, Piece, Sink, Step, from_batch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.stateful_processor import MapState

SETTINGS = {
    "spark.sql.streaming.stateStore.providerClass": "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    "spark.sql.streaming.metricsEnabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",  # a row is a line here
    # What is larger would travel as a broadcast, which a stateful processor does not load; a plan with its customers is.
    "spark.broadcast.UDFCompressionThreshold": "1g",
}
FILES_A_BATCH = 64
_LOOK_S = 1
"""How often it is seen whether somebody wants it to stop."""


def lines(spark: SparkSession, folder: str) -> DataFrame:
    """The source: one line a row, in the column `value`."""
    return spark.readStream.format("text").option("maxFilesPerTrigger", FILES_A_BATCH).load(folder)


def run(
    spark: SparkSession,
    source: DataFrame,
    checkpoint: str,
    cut: Cut,
    step: Step,
    sink: Sink,
    *,
    once: bool,
    began: Began,
) -> None:
    """Run a stream from a source until it is interrupted, or with `once` until everything that is there has been read."""
    raised: list[BaseException] = []

    def written(frame: DataFrame, number: int) -> None:
        try:
            pieces = [piece for batch in frame.toArrow().to_batches() for piece in from_batch(batch)]
            errors = [piece for piece in pieces if is_error(piece)]
            if errors:
                raise pickle.loads(min(errors, key=lambda piece: piece.order).content)  # noqa: S301  (our own task wrote it)
            sink(number, pieces)
        except BaseException as error:
            raised.append(error)
            raise

    pieces = source.select(source["value"].cast("binary").alias("value")).mapInArrow(_Cutting(cut), SCHEMA)
    told = pieces.groupBy("partition").transformWithState(
        statefulProcessor=_Stepping(step), outputStructType=SCHEMA, outputMode="append", timeMode="none"
    )
    writer = told.writeStream.foreachBatch(written).outputMode("append").option("checkpointLocation", Path(checkpoint).as_uri())
    query = (writer.trigger(availableNow=True) if once else writer).start()
    try:
        with _asked_to_stop() as stop:
            began()
            while not query.awaitTermination(_LOOK_S):
                if stop.is_set():
                    query.stop()
    except PySparkException as error:
        if raised and isinstance(raised[0], FairwireError):
            raise raised[0] from None
        raise EngineFailed("the stream ended", hint=last_line(str(error))) from None


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM are looked at between two calls: Spark's own way of taking them tears its connection."""
    stop = threading.Event()
    names = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {name: signal.signal(name, lambda _signal, _frame: stop.set()) for name in names}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


class _Cutting:
    """`mapInArrow` over lines."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return handed_over(self._cut(batch["value"].to_pylist() for batch in batches), 0)


class _Stepping(StatefulProcessor):
    """`transformWithState` over the pieces of one partition. All that it keeps is in one map."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._map: MapState

    def init(self, handle: StatefulProcessorHandle) -> None:
        """Name the state."""
        self._map = handle.getMapState("kept", "name string", "content binary")

    def handleInputRows(self, key: Any, rows: Any, timerValues: Any) -> Iterator[Row]:
        """One batch of one partition."""
        number = int(key[0])
        pieces = (
            Piece(topic=row["topic"], partition=number, order=row["order"], content=bytes(row["content"] or b"")) for row in rows
        )
        if number == TO_DRIVER:  # an error of the step before
            told: Iterator[Piece] = pieces
        else:
            told = self._step(number, pieces, _Kept(self._map))
        for batch in handed_over(told, number):
            for piece in from_batch(batch):
                yield Row(topic=piece.topic, partition=piece.partition, order=piece.order, content=bytearray(piece.content))

    def close(self) -> None:
        """Nothing is open."""


class _Kept:
    """A `Keeper` on a map of Spark's."""

    def __init__(self, state: MapState) -> None:
        self._map = state

    def get(self, name: str) -> bytes | None:
        """See `Keeper`."""
        found = self._map.getValue((name,)) if self._map.containsKey((name,)) else None
        return None if found is None else bytes(found[0])

    def put(self, name: str, content: bytes) -> None:
        """See `Keeper`."""
        self._map.updateValue((name,), (bytearray(content),))

    def drop(self, name: str) -> None:
        """See `Keeper`."""
        self._map.removeKey((name,))
