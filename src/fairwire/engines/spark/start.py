"""Starts Spark, quiet and closed: bound to loopback, no page of its own, everything it writes in one temporary folder."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fairwire.engines.spark.session import SparkPieces
from fairwire.ports.engines import EngineFailed, EngineMissing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA = 17
"""The oldest Java that Spark 4 runs on."""
MEMORY = "FAIRWIRE_SPARK_MEMORY"
"""Environment variable: memory of the JVM, such as 2g."""

_QUIET = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
"""


def check_installed() -> None:
    """See that pyspark and a fitting Java are here.

    Raises
    ------
    EngineMissing
        They are not; the message says what to install.
    """
    if not _is_here("pyspark"):
        raise EngineMissing(
            "the engine `spark` needs pyspark, which is not installed",
            help_='install the extra: pip install "fairwire[spark]"; `--engine local` needs nothing',
        )
    said = java_version()
    if said is None or said < JAVA:
        found = "none is here" if said is None else f"Java {said} is what is here"
        raise EngineMissing(
            f"the engine `spark` needs Java {JAVA} or later, and {found}",
            help_="on Debian or Ubuntu: apt-get install openjdk-17-jre-headless; `--engine local` needs no Java",
        )


def _is_here(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ValueError:  # somebody has forbidden it
        return False


def java_version() -> int | None:
    """Major version of the Java that Spark would start; None when there is none."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        return None
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=60).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(version[1]) if version else None


@contextmanager
def started(workers: int) -> Iterator[SparkPieces]:
    """A session of `workers` tasks at a time, and its end.

    Raises
    ------
    EngineMissing, EngineFailed
        Something is not installed, or Spark does not start.
    """
    with spark_session(workers, {}) as spark:
        pieces = SparkPieces(spark)
        try:
            yield pieces
        finally:
            pieces.close()


@contextmanager
def spark_session(workers: int, settings: Mapping[str, str]) -> Iterator[SparkSession]:
    """Spark itself, in a temporary folder, and its end; errors as of `started`."""
    check_installed()
    with tempfile.TemporaryDirectory(prefix="fairwire-spark-", ignore_cleanup_errors=True) as name:
        spark = start(workers, Path(name), settings)
        try:
            yield spark
        finally:
            spark.stop()
            _end_jvm()


def start(workers: int, folder: Path, settings: Mapping[str, str]) -> SparkSession:
    """A Spark session that writes under `folder` only."""
    from pyspark.sql import SparkSession

    (folder / "log4j2.properties").write_text(_QUIET, encoding="utf-8")
    said = folder / "jvm.log"
    given = {
        "spark.app.name": "fairwire",
        "spark.master": f"local[{workers}]",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": os.environ.get(MEMORY, "1g"),
        "spark.driver.maxResultSize": "0",  # what comes back are findings; a limit would only end a run that is nearly done
        # The JVM moves bytes: it is never worth the seconds that its second compiler takes.
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{folder / 'log4j2.properties'}"
        f" -Djava.io.tmpdir={folder} -Dderby.system.home={folder} -XX:-UsePerfData -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.shuffle.partitions": str(workers),
        "spark.sql.adaptive.enabled": "false",  # it would put partitions together
        "spark.sql.execution.arrow.maxRecordsPerBatch": "4",  # a row is a piece: some megabytes
        "spark.python.worker.reuse": "true",
        "spark.pyspark.python": sys.executable,
        "spark.pyspark.driver.python": sys.executable,
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "spark.executorEnv.PYTHONWARNINGS": "ignore",
        **settings,
    }
    before = os.environ.get("SPARK_LOCAL_IP"), os.environ.get("PYSPARK_PYTHON")
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder
    for key, value in given.items():
        builder = builder.config(key, value)
    try:
        with _stderr_to(said):
            return builder.getOrCreate()
    except Exception as error:
        tail = said.read_text(encoding="utf-8", errors="replace").strip().splitlines() if said.exists() else []
        hint = tail[-1][:300] if tail else str(error).splitlines()[0][:300]
        raise EngineFailed("spark does not start", hint=hint, help_=f"is {MEMORY} more than there is?") from None
    finally:
        for name, old in zip(("SPARK_LOCAL_IP", "PYSPARK_PYTHON"), before, strict=True):
            if old is None:
                os.environ.pop(name)
            else:
                os.environ[name] = old


def _end_jvm() -> None:
    """End the JVM too: the next session may want other settings, and its temporary folder goes."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is None:
        return
    process = getattr(gateway, "proc", None)
    gateway.shutdown()
    if process is not None:
        process.stdin.close()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    SparkContext._gateway = None
    SparkContext._jvm = None


@contextmanager
def _stderr_to(file: Path) -> Iterator[None]:
    """What a process started in here says goes to a file: the JVM greets everybody on standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 2)
    os.close(out)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
