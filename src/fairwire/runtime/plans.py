"""Everything that judges, loaded and checked: packs, detectors, the program."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fairwire.model.finding import Mode
from fairwire.model.policy import Pack
from fairwire.model.program import Program
from fairwire.plan.compile import compile_program
from fairwire.plan.detector import Detector


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is in force: packs by id, detectors by id, and the program that they give together."""

    packs: Mapping[str, Pack]
    detectors: Mapping[str, Detector]
    program: Program
    versions: Mapping[str, str]
    """Pack id -> hash of all that decides under it: the pack and every detector."""
    everyone: str | None = None
    """Pack that judges every customer; None: each customer's own."""
    _clauses: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def clauses(self, pack: str, detector: str) -> tuple[str, ...]:
        """Clauses of a pack that a detector serves, in the document's order."""
        key = (pack, detector)
        if key not in self._clauses:
            self._clauses[key] = self.packs[pack].bound_to(detector, self.detectors[detector].spec.topics)
        return self._clauses[key]

    def mode(self, pack: str, detector: str) -> Mode:
        """The pack's mode for a detector, else the detector's own."""
        return self.packs[pack].modes.get(detector) or self.detectors[detector].spec.mode


def load_plan(policies: Sequence[str], *, detector_folders: Sequence[Path] = ()) -> Plan:
    """Load packs and detectors and compile them.

    Parameters
    ----------
    policies
        Ids of built-in packs or folders. Exactly one judges every customer; none, or several, are matched with each
        customer's own `policy` (none: all built-in packs are loaded).
    """
    from fairwire.runtime.detectors import load_detectors
    from fairwire.runtime.packs import all_pack_ids, load_packs

    detectors, words = load_detectors(detector_folders)
    packs = load_packs(policies or all_pack_ids())
    everyone = next(iter(packs)) if len(policies) == 1 else None
    return plan_of(packs, detectors, words, everyone=everyone)


def plan_of(
    packs: Mapping[str, Pack],
    detectors: Mapping[str, Detector],
    words: Mapping[str, tuple[str, ...]],
    *,
    everyone: str | None = None,
) -> Plan:
    """Compile packs and detectors that are loaded already; `words` are those that the detectors compare customers with."""
    program = compile_program(list(detectors.values()), packs, words)
    texts = hashlib.sha256()
    for name in sorted(detectors):
        texts.update(detectors[name].text.encode())
    versions = {
        pack: hashlib.sha256(f"{packs[pack].version} {texts.hexdigest()}".encode()).hexdigest()[:16] for pack in sorted(packs)
    }
    return Plan(packs=packs, detectors=detectors, program=program, versions=versions, everyone=everyone)
