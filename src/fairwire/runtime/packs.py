"""Policy packs from disk: the built-in ones by folder name, a provider's own by directory. Texts go to `fairwire.policy`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from fairwire.decisions import INLINE, inline_controls
from fairwire.model.documents import read_document
from fairwire.model.errors import BadInput, BadUse
from fairwire.model.instants import format_us
from fairwire.model.policy import Coverage, DetectorInfo, Fired, Pack, ParameterLimits
from fairwire.plan.spec import DetectorSpec
from fairwire.policy import PACK_FILES, coverage, is_pack_file, load_pack, load_topics
from fairwire.ports.control import DayCount
from fairwire.runtime.checked import checked
from fairwire.runtime.detectors import load_detectors

TOPICS_FILE = "topics.yaml"
TESTS_FILE = "tests.yaml"
PLAIN_NOTICES = "_notices"
_LARGEST_BYTES = 1_000_000


class UnknownPack(BadUse):
    """Neither a built-in pack nor a directory."""

    code = "FW-PACK-016"


class PackClash(BadUse):
    """Two directories hold packs of the same id."""

    code = "FW-PACK-017"


class UnreadablePackFile(BadInput):
    """A file of a pack cannot be read as text."""

    code = "FW-PACK-018"


class PackTexts(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one pack, unread."""

    root: str
    """The folder as shown to people."""
    texts: dict[str, str]
    """Name inside the pack -> text."""


def all_pack_ids() -> tuple[str, ...]:
    """Ids of the built-in packs, sorted. The id is the folder's name."""
    return tuple(sorted(each.name for each in _built_in().iterdir() if each.is_dir() and not each.name.startswith((".", "_"))))


@lru_cache(maxsize=1)
def topics() -> Mapping[str, str]:
    """Topic -> meaning: the words that join clauses to detectors."""
    name = f"fairwire/packs/{TOPICS_FILE}"
    return load_topics(_text(_built_in() / TOPICS_FILE, name), file=name)


def pack_texts(pack: str) -> PackTexts:
    """The files of a pack.

    Parameters
    ----------
    pack
        Id of a built-in pack, or a directory. An id wins; write `./jns` for a directory of that name.

    Raises
    ------
    UnknownPack
        It is neither.
    UnreadablePackFile
        A file is not UTF-8 text, or larger than any pack's file.
    """
    if pack in all_pack_ids():
        return PackTexts(root=f"fairwire/packs/{pack}", texts=_texts(_built_in() / pack, f"fairwire/packs/{pack}"))
    directory = Path(pack)
    if not directory.is_dir():
        close = difflib.get_close_matches(pack, all_pack_ids(), n=1)
        what = "is a file, not a policy pack's directory" if directory.is_file() else "is no policy pack"
        raise UnknownPack(
            f"`{pack}` {what}",
            hint=f"did you mean `{close[0]}`?" if close else "",
            help_=f"name a directory, or one of {', '.join(f'`{each}`' for each in all_pack_ids())}",
        )
    if not any((directory / name).is_file() for name in PACK_FILES):
        raise UnknownPack(f"the directory `{pack}` holds no policy pack", help_=f"a pack is made of {', '.join(PACK_FILES)}")
    root = pack.rstrip("/") or "/"
    return PackTexts(root=root, texts=_texts(directory, root))


@lru_cache(maxsize=1)
def plain_notices() -> Mapping[str, str]:
    """The notices that go out where a pack has none of a kind, or where its own cannot be written; by kind."""
    folder = _built_in() / PLAIN_NOTICES
    return {
        name.removesuffix(".txt"): _text(each, f"fairwire/packs/{PLAIN_NOTICES}/{name}")
        for each, name in _below(folder, "", depth=1)
    }


def read_pack(pack: str) -> Pack:
    """Load one pack by id or directory, and compare what it sets with the detectors that are installed.

    Raises
    ------
    UnknownPack, UnreadablePackFile, fairwire.policy.InvalidPack
        It is not there, cannot be read, or is wrong; the last one says everything that is wrong.
    """
    read = pack_texts(pack)
    if pack not in all_pack_ids():
        return load_pack(read.texts, topics(), root=read.root, detectors=settable)
    known = topics(), settable()
    return checked(  # those that ship are the same at every start
        "pack",
        (sorted(read.texts.items()), read.root, known),
        ("policy", "model"),
        lambda: load_pack(read.texts, known[0], root=read.root, detectors=lambda: known[1]),
    )


def load_packs(ids_or_dirs: Iterable[str]) -> dict[str, Pack]:
    """Pack id -> pack, in the order given. The same one named twice counts once.

    Raises
    ------
    PackClash
        Two different packs have the same id.
    UnknownPack, UnreadablePackFile, fairwire.policy.InvalidPack
        See `read_pack`.
    """
    packs: dict[str, Pack] = {}
    named: dict[str, str] = {}
    for each in ids_or_dirs:
        pack = read_pack(each)
        there = packs.get(pack.id)
        if there is not None and there != pack:
            raise PackClash(
                f"`{named[pack.id]}` and `{each}` are both the pack `{pack.id}`",
                help_="give one of them another id in its pack.yaml",
            )
        packs[pack.id], named[pack.id] = pack, each
    return packs


RUNNING: frozenset[str] = frozenset(
    {
        "acceptance",
        "adjudication",
        "anomaly_notice",
        "authorisation",
        "consent",
        "credential_change",
        "excess_charges",
        "instruction",
        "investigation",
        "kill_switch",
        "legal_request",
        "plan_change",
        "policy_change",
        "report",
        "self_service",
        "suspension",
        "takedown",
        "termination",
        "terms",
        "transfer",
        "user_limit_cure",
    }
)
"""What of a pack's declarations has running code behind it: kinds of workflows, `report` for the intake of reports, `terms` for
terms that are shown to customers and accepted. Whoever builds one adds its word here; until then the coverage lists it as
declared and the clause keeps its status."""

FIRED_DAYS = 30
"""Days that the picture of a clause goes back from the last finding on record."""


def pack_coverage(pack: Pack, counts: Iterable[DayCount] | None = None) -> list[Coverage]:
    """What enforces each clause of `pack` in this installation.

    Parameters
    ----------
    pack
        The policy.
    counts
        Findings on record, of any policy; None when there is no record.
    """
    fired = None if counts is None else fired_by_clause(pack.id, counts)
    return coverage(pack, detector_infos(), inline_controls(), clause_tests(), running=RUNNING, fired=fired)


def fired_by_clause(policy: str, counts: Iterable[DayCount]) -> dict[str, Fired]:
    """Clause -> how often it was found broken under one policy, those in shadow apart."""
    mine = [each for each in counts if each.policy == policy]
    last_day = max((each.day for each in mine), default=0)
    found: dict[str, Fired] = {}
    for clause in {each.clause for each in mine}:
        here = [each for each in mine if each.clause == clause]
        days = [0] * FIRED_DAYS
        for each in here:
            if each.day > last_day - FIRED_DAYS:
                days[each.day - last_day - 1] += each.count
        found[clause] = Fired(
            shadow=sum(each.count for each in here if each.mode == "shadow"),
            acted=sum(each.count for each in here if each.mode != "shadow"),
            last=format_us(max(each.last_us for each in here)),
            by_day=tuple(days),
        )
    return found


def detector_infos() -> tuple[DetectorInfo, ...]:
    """What a policy needs to know of the installed detectors, by id.

    Raises
    ------
    fairwire.plan.errors.InvalidDetectors
        One of them does not load.
    """
    return tuple(
        DetectorInfo(
            id=spec.detector,
            topics=tuple(spec.topics),
            mode=spec.mode,
            certainty=spec.certainty,
            parameters={name: parameter.value for name, parameter in spec.parameters.items()},
            limits=limits,
            entitlements=tuple(each.name for each in spec.entitlements),
            version=spec.version,
            stage=spec.stage,
        )
        for spec, limits in sorted(_detector_specs(), key=lambda pair: pair[0].detector)
    )


def settable() -> tuple[DetectorInfo, ...]:
    """All that a pack may set a mode or a parameter for: the detectors, and the questions asked of every call.

    A question without a topic serves every clause, because it carries out what other rules have found.
    """
    everything = tuple(topics())
    inline = tuple(msgspec.structs.replace(info, topics=info.topics or everything) for info in INLINE)
    return (*detector_infos(), *inline)


def clause_tests() -> dict[str, list[str]]:
    """Clause -> tests that name it: the cases that detectors carry, as `detector-id: case name`, then the tests of the
    repository that are called after it, as `file::test`."""
    tests: dict[str, list[str]] = {}
    for spec, _ in _detector_specs():
        for case in spec.cases:
            for clause in case.clause:
                tests.setdefault(clause, []).append(f"{spec.detector}: {case.name}")
    for clause, names in named_tests().items():
        tests.setdefault(clause, []).extend(names)
    return tests


def named_tests() -> dict[str, list[str]]:
    """Clause -> tests of the repository that are called after it. `packs/tests.yaml` lists them; it is only read here."""
    name = f"fairwire/packs/{TESTS_FILE}"
    document, errors = read_document(_text(_built_in() / TESTS_FILE, name), name)
    if errors:
        raise errors[0]
    return {str(clause): [str(each) for each in names] for clause, names in (document.value or {}).items()}


def _built_in() -> Traversable:
    return files("fairwire") / "packs"


def _text(file: Traversable, shown: str) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UnreadablePackFile(f"cannot be read: {error.strerror or error}", at=shown) from None
    if len(data) > _LARGEST_BYTES:
        raise UnreadablePackFile(f"{len(data):,} bytes are more than any file of a policy pack has", at=shown)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadablePackFile(f"not UTF-8 text on line {line}", at=shown, help_="save the file as UTF-8") from None


def _texts(folder: Traversable, root: str) -> dict[str, str]:
    """The files of a pack. A file that no pack has is named with an empty text, so that it is reported and not read; notes
    for people (`*.md`) and hidden files are no part of it."""
    texts: dict[str, str] = {}
    for each, name in _below(folder, "", depth=3):
        if is_pack_file(name):
            texts[name] = _text(each, f"{root}/{name}")
        elif not name.endswith(".md"):
            texts[name] = ""
    return texts


def _below(folder: Traversable, prefix: str, *, depth: int) -> list[tuple[Traversable, str]]:
    """Files in `folder` and in the folders of it, `depth` levels in all, by name."""
    found: list[tuple[Traversable, str]] = []
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if each.name.startswith("."):
            continue
        if each.is_file():
            found.append((each, prefix + each.name))
        elif each.is_dir() and depth > 1:
            found.extend(_below(each, f"{prefix}{each.name}/", depth=depth - 1))
    return found


@lru_cache(maxsize=1)
def _detector_specs() -> tuple[tuple[DetectorSpec, dict[str, ParameterLimits]], ...]:
    detectors, _ = load_detectors()
    return tuple((detector.spec, detector.limits) for detector in detectors.values())
