"""One run as a folder: findings, labels, customers and events by their usual names."""

from __future__ import annotations

from pathlib import Path

from fairwire.model.errors import BadInput
from fairwire.testkit.evaluate import Run, read_actions, read_findings
from fairwire.testkit.labels import read_customers, read_labels

EVENTS = ("events.parquet", "events.jsonl", "events.jsonl.gz", "events.jsonl.zst", "events")


def run_of(folder: Path) -> Run:
    """The run in a folder. Findings and labels must be there; what else is there is used.

    Raises
    ------
    BadInput
        The folder, its findings or its labels are not there, or a file of it cannot be used.
    """
    if not folder.is_dir():
        raise BadInput("no such folder", at=str(folder), help_="name a folder with findings.jsonl and labels.jsonl in it")
    for needed, made_by in (("findings.jsonl", "fairwire replay --findings"), ("labels.jsonl", "fairwire simulate")):
        if not (folder / needed).exists():
            raise BadInput(f"there is no {needed} in this folder", at=str(folder), help_=f"`{made_by}` writes it")
    customers = next((folder / name for name in ("customers.jsonl", "customers.yaml") if (folder / name).exists()), None)
    actions, decisions = folder / "actions.jsonl", folder / "decisions.jsonl"
    return Run(
        name=folder.name or str(folder),
        findings=read_findings(folder / "findings.jsonl"),
        labels=list(read_labels(folder / "labels.jsonl")),
        customers=read_customers(customers) if customers else (),
        events=[folder / name for name in EVENTS if (folder / name).exists()][:1],
        actions=list(read_actions(actions)) if actions.exists() else None,
        decisions=decisions if decisions.exists() else None,
    )
