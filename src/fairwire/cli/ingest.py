"""`fairwire ingest`: foreign records become events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

if TYPE_CHECKING:
    from fairwire.runtime.intake import RejectLog


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(ingest_command)


def ingest_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files or folders of records; gzip and zstd too.")],
    format_name: Annotated[str, typer.Option("--format", help="What the records are; `fairwire formats` lists them.")],
    option: Annotated[list[str] | None, typer.Option("--option", metavar="KEY=VALUE", help="An option of the format.")] = None,
    out: Annotated[str, typer.Option("--out", "-o", help="Where the events go: .jsonl, .jsonl.gz or .jsonl.zst.")] = "-",
    rejects: Annotated[
        str, typer.Option(help="Where refused records go; by default <first FILE>.rejects.jsonl in the working folder.")
    ] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first refused record.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
) -> None:
    """Turn call records of other systems into events, one JSON object a line.

    Records of one call become one event; a record that is there twice counts once. What cannot be used is set aside
    with its place and the reason. Events go to standard output, the summary to standard error (with --json and -o, to
    standard output).

    Exit status: 0 done, even when some records were refused; 2 bad use, a file that cannot be read, or with --strict a
    refused record.
    """
    from fairwire.runtime.intake import RejectLog, refuse_overwriting

    options = _options(option or [])
    log = RejectLog(rejects or RejectLog.default_path(files[0]), inputs=files, strict=strict)
    if out != "-":
        refuse_overwriting(out, files)
    try:
        summary = _run(files, format_name, options, out, log)
    except BrokenPipeError:
        _hush_standard_output()
        raise typer.Exit(0) from None
    _show(summary, log, as_json=as_json, to_stdout=out != "-")


def _options(given: list[str]) -> dict[str, str]:
    from fairwire.model.errors import BadUse

    options: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise BadUse(f"`{text}` is not an option", help_="write --option name=value")
        options[name.strip()] = value
    return options


def _run(files: list[str], format_name: str, options: dict[str, str], out: str, log: RejectLog) -> dict[str, int]:
    """Convert everything; the counts for the summary."""
    import time

    from fairwire.runtime.intake import CONTRADICTS, convert

    counts = {"read": 0, "events": 0, "rejected": 0, "duplicates": 0, "contradicting": 0, "joined": 0, "skipped": 0}
    with _output(out) as stream, _progress(files) as advance:
        for part in convert(files, format_name=format_name, format_options=options, now_us=time.time_ns() // 1000):
            log.add(part.rejected)
            if part.lines:
                stream.write(b"\n".join(part.lines) + b"\n")
            counts["events"] += len(part.lines)
            counts["rejected"] += len(part.rejected)
            counts["contradicting"] += sum(entry.reason.startswith(CONTRADICTS) for entry in part.rejected)
            for why, count in part.skipped.items():
                counts[_COUNTED_AS.get(why, "skipped")] += count
            counts["read"] += len(part.lines) + len(part.rejected) + sum(part.skipped.values())
            advance(part.bytes_read)
        stream.flush()
    log.close()
    return counts


_COUNTED_AS = {"duplicate": "duplicates", "part of the call of another record": "joined"}


def _show(counts: dict[str, int], log: RejectLog, *, as_json: bool, to_stdout: bool) -> None:
    if as_json:
        import msgspec

        summary = {**counts, "rejects": str(log.path) if log.count else None, "reasons": log.by_reason}
        typer.echo(msgspec.json.encode(summary).decode(), err=not to_stdout)
        return
    for line in log.summary():
        typer.echo(line, err=True)
    typer.echo(
        f"read {counts['read']:,} records: events {counts['events']:,}, joined to them {counts['joined']:,}, "
        f"duplicates {counts['duplicates']:,}, rejected {counts['rejected']:,} "
        f"(contradicting {counts['contradicting']:,}), no calls {counts['skipped']:,}",
        err=True,
    )


@contextmanager
def _output(out: str) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears under its name only when it is complete."""
    import sys
    from pathlib import Path

    from fairwire.model.errors import BadUse

    if out == "-":
        yield sys.stdout.buffer
        return
    target = Path(out)
    is_special = target.exists() and not target.is_file()
    part = target if is_special else target.with_name(target.name + ".part")
    try:
        raw = part.open("wb")
    except OSError as error:
        raise BadUse(f"cannot write: {(error.strerror or str(error)).lower()}", at=out) from None
    try:
        with raw, _packed(raw, target.name) as stream:
            yield stream
        if not is_special:
            part.replace(target)
    except BaseException:
        if not is_special:
            part.unlink(missing_ok=True)
        raise


@contextmanager
def _packed(raw: BinaryIO, name: str) -> Iterator[BinaryIO]:
    if name.endswith(".gz"):
        import gzip
        from typing import cast

        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as stream:
            yield cast(BinaryIO, stream)
    elif name.endswith(".zst"):
        import zstandard

        with zstandard.ZstdCompressor().stream_writer(raw, closefd=False) as writer:
            yield writer
    else:
        yield raw


@contextmanager
def _progress(files: list[str]) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal, for those who watch; nothing otherwise."""
    import sys
    from pathlib import Path

    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from fairwire.runtime.intake import total_bytes

    total = None if any(Path(name).is_dir() for name in files) else total_bytes(files)
    with Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("ingest", total=total)
        yield lambda done: bar.update(task, completed=done)


def _hush_standard_output() -> None:
    """The reader of our output has gone (`| head`): that is no error, and the interpreter must not say one at exit."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
