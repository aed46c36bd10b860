"""Packs compared as they would run here: the detectors and questions that are installed, and which way their rules go."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from fairwire.decisions import INLINE
from fairwire.decisions.packs import INLINE_DIRECTIONS
from fairwire.expr.direction import Range
from fairwire.expr.tree import Node
from fairwire.model.change import PackDiff
from fairwire.model.errors import BadUse
from fairwire.model.policy import Pack
from fairwire.plan.detector import Detector
from fairwire.plan.senses import feature_ranges, nested_features
from fairwire.policy import diff_packs
from fairwire.policy.senses import Sense
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.packs import detector_infos, read_pack


def resolve_pack(name: str, data: Path | None = None) -> Pack:
    """The one place where a pack is found by what a person typed.

    Parameters
    ----------
    name
        A built-in id, a folder, or a published version as `PACK@VERSION`. A folder of that name wins.
    data
        Data folder in which versions are published; None for the usual one.

    Raises
    ------
    BadUse, fairwire.policy.InvalidPack
        There is no such pack or version, or it is wrong.
    """
    if "@" not in name or Path(name).is_dir():
        return read_pack(name)
    from fairwire.runtime.data import data_folder, is_kept, open_control
    from fairwire.runtime.timelines import readable
    from fairwire.runtime.versions import Versions, split_name

    folder = data_folder(data)
    if not is_kept(folder):
        raise BadUse(f"`{name}` names a published version, and there is no data folder `{folder}`", help_="give --data DIR")
    with closing(open_control(folder)) as store:
        acts = Versions(store.policies)
        return readable(acts, acts.version(*split_name(name)))


def compare_packs(before: str, after: str, data: Path | None = None) -> PackDiff:
    """What differs between two packs, as `resolve_pack` finds them."""
    return diff_of(resolve_pack(before, data), resolve_pack(after, data))


def diff_of(before: Pack, after: Pack) -> PackDiff:
    """What differs between two packs that are loaded."""
    return diff_packs(before, after, senses())


@lru_cache(maxsize=1)
def senses() -> tuple[Sense, ...]:
    """All that a pack may switch on or set, by id."""
    detectors, _ = load_detectors()
    found = [_of_detector(detectors[info.id], info.id) for info in detector_infos()]
    found += [Sense(info=info, stated=INLINE_DIRECTIONS.get(info.id, {})) for info in INLINE]
    return tuple(sorted(found, key=lambda sense: sense.info.id))


def _of_detector(detector: Detector, name: str) -> Sense:
    info = next(info for info in detector_infos() if info.id == name)
    waived: tuple[Node, ...] = tuple(covers for covers in detector.entitlements.values() if covers is not None)
    ranges: Mapping[str, Range] = feature_ranges(detector)
    return Sense(
        info=info,
        severity=detector.spec.severity,
        rule=detector.when,
        waived=waived,
        ranges=ranges,
        nested=nested_features(detector),
    )
