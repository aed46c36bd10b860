"""Everything that judges, loaded and checked: packs, detectors, the program."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fairwire.model.finding import Mode
from fairwire.model.policy import Pack
from fairwire.model.program import Program
from fairwire.plan.compile import compile_program, judges
from fairwire.plan.detector import Detector
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.checked import checked

if TYPE_CHECKING:
    from fairwire.runtime.timelines import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is in force: packs by key, detectors by id, and the program that they give together.

    The key of a pack is its id; of a published version, `id@number`. Where versions are published, the id alone stands for the
    one in force, or for the pack's files until the first one begins.
    """

    packs: Mapping[str, Pack]
    detectors: Mapping[str, Detector]
    program: Program
    versions: Mapping[str, str]
    """Key -> hash of all that decides under it: the pack and every detector."""
    everyone: str | None = None
    """Pack that judges every customer; None: each customer's own."""
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    """Pack id -> which of its published versions judges whom since when."""
    former: Mapping[str, Pack] = field(default_factory=dict)
    """`by_ref` of the plan that a running service went on from: what was found under it still has its clauses."""
    _clauses: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def clauses(self, pack: str, detector: str) -> tuple[str, ...]:
        """Clauses of a pack that a detector serves, in the document's order."""
        key = (pack, detector)
        if key not in self._clauses:
            self._clauses[key] = self.packs[pack].bound_to(detector, self.detectors[detector].spec.topics)
        return self._clauses[key]

    @property
    def shape(self) -> str:
        """Fingerprint of what is counted and of how rules are asked, whatever the packs set."""
        # Whether a subject is judged before anything is counted depends on parameters, and never on what was counted.
        subjects = tuple(msgspec.structs.replace(subject, judged_idle=True) for subject in self.program.subjects)
        bare = msgspec.structs.replace(self.program, fingerprint="", packs=(), parameters=(), enabled=(), subjects=subjects)
        return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()[:16]

    @property
    def given(self) -> list[tuple[str, str]]:
        """Key and hash of the packs that are not published: a change of their files is not on record anywhere."""
        known = [key for key in self.packs if key.partition("@")[0] not in self.timelines or key.endswith("@files")]
        return sorted((key, self.versions[key]) for key in known)

    def ref(self, key: str) -> str:
        """A pack as findings and decisions name it: `id@hash`."""
        return f"{self.packs[key].id}@{self.versions[key]}"

    def refs(self) -> tuple[str, ...]:
        """All of them, sorted, each once."""
        return tuple(sorted({self.ref(key) for key in self.packs}))

    def by_ref(self) -> dict[str, Pack]:
        """Packs by id, and by `id@hash` for each version."""
        return {**self.former, **self.packs, **{self.ref(key): pack for key, pack in self.packs.items()}}

    def mode(self, pack: str, detector: str) -> Mode:
        """The pack's mode for a detector, else the detector's own."""
        spec = self.detectors[detector].spec
        mode = self.packs[pack].modes.get(detector) or spec.mode
        return "alert" if spec.counts_emergency and mode == "enforce" else mode


def load_plan(policies: Sequence[str], *, detector_folders: Sequence[Path] = (), store: PolicyStore | None = None) -> Plan:
    """Load packs and detectors and compile them.

    Parameters
    ----------
    policies
        Ids of packs or folders. Exactly one judges every customer; none, or several, are matched with each customer's own
        `policy` (none: all built-in packs, and all that are published, are loaded). `id@number` is one version, whenever
        it was in force.
    store
        Where versions are published. An id that has published versions there means those; a folder is always its files.
    """
    from fairwire.runtime.detectors import load_detectors

    detectors, words = load_detectors(detector_folders)
    packs, timelines = _packs(policies, store)
    everyone = next(iter(packs)) if len(policies) == 1 else None
    return plan_of(packs, detectors, words, everyone=everyone, timelines=timelines, as_read=True)


def plan_of(
    packs: Mapping[str, Pack],
    detectors: Mapping[str, Detector],
    words: Mapping[str, tuple[str, ...]],
    *,
    everyone: str | None = None,
    timelines: Mapping[str, Timeline] | None = None,
    whole: bool = False,
    beside: Sequence[Pack] = (),
    as_read: bool = False,
) -> Plan:
    """Compile packs and detectors that are loaded already; `words` are those that the detectors compare customers with.

    `beside`: packs whose programs are to stand side by side with this one: what they let judge is part of it, too.
    `whole`: so are rules that no pack lets judge. `as_read`: the detectors are what their texts say, so that a program that was
    made of the same texts before is taken from the disk.
    """
    # What no pack lets judge is no part of the program: it would be compiled, and counted, for nobody.
    asked = (*packs.values(), *beside)
    judging = [detector for detector in detectors.values() if whole or any(judges(pack, detector) for pack in asked)]
    judging = judging or list(detectors.values())
    program = _kept_program(judging, packs, words) if as_read else compile_program(judging, packs, words)
    texts = hashlib.sha256()
    for name in sorted(detectors):
        texts.update(detectors[name].text.encode())
    versions = {
        pack: hashlib.sha256(f"{packs[pack].version} {texts.hexdigest()}".encode()).hexdigest()[:16] for pack in sorted(packs)
    }
    return Plan(
        packs=packs, detectors=detectors, program=program, versions=versions, everyone=everyone, timelines=timelines or {}
    )


def _kept_program(judging: Sequence[Detector], packs: Mapping[str, Pack], words: Mapping[str, tuple[str, ...]]) -> Program:
    texts = [(detector.id, detector.file, detector.text) for detector in judging]
    written = [(key, msgspec.json.encode(pack)) for key, pack in packs.items()]  # whole: what decides may be anywhere in it
    return checked(
        "program",
        (texts, written, sorted(words.items())),
        ("expr", "plan", "model"),
        lambda: compile_program(judging, packs, words),
    )


def versions_in_force(store: PolicyStore) -> tuple[str, ...]:
    """Every published version that is in force now, `pack@number`."""
    from fairwire.runtime.replay import now_us

    found = [store.file(pack).in_force(now_us()) for pack in store.packs()]
    return tuple(version.name for version in found if version is not None)


def packs_in_force(policies: Sequence[str], store: PolicyStore) -> list[Pack]:
    """The packs that judge now, one for each id, as `load_plan` takes them."""
    packs, _ = _packs(policies, store)
    return [pack for key, pack in packs.items() if "@" not in key]


def pack_for(policy: str, customer: str, store: PolicyStore, at_us: int) -> Pack:
    """The pack that judges a customer at an instant: the version in force for it, or the files of one that is not published."""
    packs, timelines = _packs([policy], store)
    name = next(iter(packs))
    timeline = timelines.get(name)
    return packs[name if timeline is None else timeline.key(customer, at_us)]


def _packs(policies: Sequence[str], store: PolicyStore | None) -> tuple[dict[str, Pack], dict[str, Timeline]]:
    """Key -> pack, the one that was named first in front; and the timelines of those with published versions."""
    from fairwire.runtime.packs import all_pack_ids, load_packs

    if store is None:
        return load_packs(policies or all_pack_ids()), {}
    from fairwire.runtime.timelines import files_key, load_versions, published_packs, readable
    from fairwire.runtime.versions import Versions, split_name

    published = published_packs(store)
    named = list(policies) or sorted({*all_pack_ids(), *published})
    pinned = {name: split_name(name) for name in named if "@" in name and split_name(name)[0] in store.packs()}
    packs = load_packs([name for name in named if name not in published and name not in pinned])
    timelines: dict[str, Timeline] = {}
    acts = Versions(store)
    for name in named:
        if name in pinned:
            pack, number = pinned[name]
            version = acts.version(pack, number)
            _add(packs, pack, readable(acts, version), name)
        elif name in published:
            loaded = load_versions(store, name)
            base = load_packs([name])[name] if loaded.waits and name in all_pack_ids() else next(iter(loaded.packs.values()))
            _add(packs, name, loaded.current or base, name)
            packs |= loaded.packs
            if loaded.waits:
                packs[files_key(name)] = base
            timelines[name] = loaded.timeline
    return packs, timelines


def _add(packs: dict[str, Pack], pack_id: str, pack: Pack, named: str) -> None:
    from fairwire.runtime.packs import PackClash

    if pack_id in packs:
        raise PackClash(f"`{named}` and another policy that is named are both the pack `{pack_id}`", help_="name one of them")
    packs[pack_id] = pack
