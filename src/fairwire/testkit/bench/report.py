"""A run as a page of Markdown, as JSON and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from fairwire.testkit.bench.figures import Figure, Outcome
from fairwire.testkit.bench.listing import section
from fairwire.testkit.bench.run import Run
from fairwire.testkit.bench.wording import number, spread, verdict
from fairwire.testkit.chart import Picture, draw

FILES = ("bench.json", "bench.md", "bench.svg")


def write_report(run: Run, folder: Path) -> list[Path]:
    """Write `bench.json`, `bench.md` and `bench.svg`; an earlier run's are replaced."""
    texts = (msgspec.json.format(msgspec.json.encode(as_json(run)), indent=2).decode() + "\n", markdown(run), picture(run))
    paths = [folder / name for name in FILES]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def as_json(run: Run) -> dict[str, Any]:
    """The shape that `docs/how-to/measure.md` describes."""
    return {
        "started": run.started,
        "scale": run.scale,
        "rounds": run.rounds,
        "complete": run.complete,
        "load_at_end": run.load_at_end,
        "environment": msgspec.to_builtins(run.environment),
        "differing": run.differing,
        "sections": [_section(outcome) for outcome in run.outcomes],
    }


def _section(out: Outcome) -> dict[str, Any]:
    return {
        "name": out.name,
        "title": out.title,
        "setup": out.setup,
        "complete": out.complete,
        "seconds": out.seconds,
        "figures": [_figure(figure) for figure in ordered(out)],
        "agreements": msgspec.to_builtins(out.agreements),
        "shares": msgspec.to_builtins(out.stacks),
        "missing": out.missing,
        "notes": out.notes,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": figure.key,
        "label": figure.label,
        "unit": figure.unit,
        "group": figure.group,
        "better": figure.better,
        "median": figure.median,
        "min": figure.low,
        "max": figure.high,
        "rounds": figure.rounds,
    }
    if figure.target is not None:
        told["target"] = figure.target.says
        told["reached"] = figure.reached
    return told


def ordered(out: Outcome) -> list[Figure]:
    """The figures of a section, group by group, ratios first."""
    groups = list(dict.fromkeys(figure.group for figure in out.figures.values()))
    return sorted(out.figures.values(), key=lambda figure: (figure.group != "ratio", groups.index(figure.group)))


def environment_lines(run: Run) -> list[str]:
    """Where it was measured, in two lines."""
    at = run.environment
    versions = ", ".join(f"{name} {version}" for name, version in at.versions.items())
    load = "load not known" if at.load is None else f"load {at.load:.2f} before, {run.load_at_end or 0:.2f} at the end"
    return [f"{at.cpu}, {at.cores} cores, {at.memory_gib:g} GiB, {at.system}, {load}", versions]


def busy_line(run: Run) -> str:
    """A warning when others used the machine; empty when nobody did."""
    cores, before = run.environment.cores, run.environment.load
    if before is None or before <= 0.25 * cores:
        return ""
    return f"The machine was busy before it began ({before:.2f} processes on {cores} cores): figures are worse than they need be."


def markdown(run: Run) -> str:
    """The run as a page: ratios, then figures with their spread and targets, then how it was done."""
    where, versions = environment_lines(run)
    busy = busy_line(run)
    lines = [
        "# Fairwire bench",
        "",
        f"{run.started}, scale `{run.scale}`, {run.rounds} rounds. Each figure is the median of its rounds."
        + ("" if run.complete else " **The run was stopped before its end.**"),
        "",
        f"{where}.  ",
        f"{versions}.",
        *(("", busy) if busy else ()),
        "",
        "![the figures as bars](bench.svg)",
    ]
    for out in run.outcomes:
        lines += ["", f"## {out.title}", "", out.setup]
        if not out.complete:
            lines += ["", "This section did not come to its end."]
        groups = list(dict.fromkeys(figure.group for figure in ordered(out)))
        for group in groups:
            lines += ["", f"| {group} | median | min…max | must be |", "| --- | ---: | ---: | --- |"]
            for figure in out.group(group):
                value = f"{number(figure.median)} {figure.unit}"
                shown = f"**{value}**" if group == "ratio" else value
                lines.append(f"| {figure.label} | {shown} | {spread(figure)} | {verdict(figure)} |")
        if out.stacks:
            lines += ["", *(f"- {stack.label}: {shares(stack.parts)}" for stack in out.stacks)]
        if out.agreements:
            lines += ["", *(f"- {sentence(agreement)}" for agreement in out.agreements)]
        lines += ["", *(f"- {text}" for text in (*out.missing, *out.notes))] if out.missing or out.notes else []
    return "\n".join(lines) + "\n"


def shares(parts: dict[str, float]) -> str:
    """`kernel 61 %, read 20 %`."""
    return ", ".join(f"{name} {share:.0%}".replace("%", " %") for name, share in parts.items())


def sentence(agreement: Any) -> str:
    """What was compared, and what came of it."""
    if not agreement.compared:
        return f"{agreement.says}: there was nothing to compare"
    if not agreement.differing:
        return f"{agreement.says}: {agreement.compared:,} compared, all agree"
    return f"{agreement.says}: {agreement.differing:,} of {agreement.compared:,} DIFFER, first {agreement.example}"


def picture(run: Run) -> str:
    """All pictures of a run in one."""
    found: list[Picture] = [one for out in run.outcomes for one in section(out.name).pictures(out)]
    where, _ = environment_lines(run)
    return draw("Fairwire bench", f"Fairwire {run.environment.versions['fairwire']}, {run.started[:10]}, {where}", found)
