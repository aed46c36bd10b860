"""The Spark engine: tasks of a Spark application read, Spark shuffles, `mapInArrow` runs each partition.

What goes through Spark are pieces: a partition's share of some ten thousand events in one row. Spark would spend more time on
turning 40 columns into its own rows and back than the kernel spends on the events.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from fairwire.ports.engines import Began, Cut, Session, Sink, Step


class Spark:
    """Spark on this machine: one JVM, Python workers beside it. Needs the extra `spark`, and Java."""

    name = "spark"
    reads_in_tasks = True

    def session(self, workers: int) -> AbstractContextManager[Session]:
        """See `Engine`."""
        from fairwire.engines.spark.start import started  # pyspark is an extra, and slow to import

        return started(workers)

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
        """See `StreamingEngine`."""
        from fairwire.engines.spark.start import check_installed, spark_session

        check_installed()
        from fairwire.engines.spark.streaming import SETTINGS, lines, run

        with spark_session(workers, SETTINGS) as spark:
            run(spark, lines(spark, folder), checkpoint, cut, step, sink, once=once, began=began)


ENGINE = Spark()
