"""What the acts on versions share: names, numbers, finding a version, writing the history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from fairwire.model.versions import Action, Dossier, HistoryEntry, PolicyVersion, Stage
from fairwire.policy.identities import keys
from fairwire.policy.refusals import BadIdentity, NoSuchVersion, WrongStage

T = TypeVar("T", bound=msgspec.Struct)

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\Z")
_LONGEST_NAME = 200


def number_key(number: str) -> tuple[int, int, int]:
    """A version number for comparing.

    Raises
    ------
    NoSuchVersion
        It is not `major.minor.patch`.
    """
    match = _NUMBER.match(number)
    if match is None:
        raise NoSuchVersion(f"`{number[:40]}` is not a version number", help_="write major.minor.patch, such as 1.2.0")
    return int(match[1]), int(match[2]), int(match[3])


def identity(name: str, *, option: str = "--by") -> str:
    """A name as it is put on record.

    Raises
    ------
    BadIdentity
        It names nobody, or holds what no name does.
    """
    tidy = " ".join(name.split())
    if len(tidy) > _LONGEST_NAME:
        raise BadIdentity(f"a name of {len(tidy):,} characters names nobody", help_=f"{_LONGEST_NAME} are the most")
    if not tidy.isprintable():
        raise BadIdentity("the name holds a control character", help_=f"give it as plain text with `{option} NAME`")
    if not keys(tidy):
        raise BadIdentity("nobody is named", help_=f"say who does this with `{option} NAME`")
    return tidy


def named(file: Dossier, number: str) -> PolicyVersion:
    number_key(number)
    version = file.version(number)
    if version is None:
        raise _unknown(file, number)
    return version


def _unknown(file: Dossier, number: str) -> NoSuchVersion:
    known = ", ".join(each.version for each in file.versions)
    return NoSuchVersion(
        f"there is no `{file.pack}@{number}`", help_=f"there are: {known}" if known else "none was handed in yet"
    )


def chosen(file: Dossier, number: str, stages: Sequence[Stage]) -> PolicyVersion:
    """The version of that number, which must be in one of `stages`; without a number, the one that is."""
    if number:
        version = named(file, number)
        if version.stage not in stages:
            raise WrongStage(f"`{version.name}` is {words(version.stage)}, not {words(stages[0])}", help_=_next_step(version))
        return version
    found = [each for each in file.versions if each.stage in stages]
    if found:
        return found[-1]
    last = file.versions[-1] if file.versions else None
    if last is None:
        raise NoSuchVersion(f"no version of `{file.pack}` was handed in yet", help_="`fairwire policy submit PACK_DIR` does it")
    raise WrongStage(
        f"no version of `{file.pack}` is {words(stages[0])}: `{last.name}` is {words(last.stage)}", help_=_next_step(last)
    )


def _next_step(version: PolicyVersion) -> str:
    steps: dict[Stage, str] = {
        "draft": "hand it in with `fairwire policy submit`",
        "in_review": "somebody else approves it with `fairwire policy review --approve`",
        "approved": "put it in force with `fairwire policy publish`",
        "published": "it is done; hand in the next one with `fairwire policy submit`",
        "rejected": "hand in another text with `fairwire policy submit`",
        "withdrawn": "hand in another text with `fairwire policy submit`",
    }
    return steps[version.stage]


def words(state: str) -> str:
    return state.replace("_", " ") if state != "draft" else "a draft"


def replace(record: T, **changes: object) -> T:
    return msgspec.structs.replace(record, **changes)


def entry(
    version: PolicyVersion, action: Action, by: str, at_us: int, before: str, after: str, note: str, *, subject: str = ""
) -> HistoryEntry:
    return HistoryEntry(
        at_us=at_us,
        by=by,
        action=action,
        pack=version.pack,
        version=version.version,
        subject=subject,
        before=before,
        after=after,
        note=note,
    )
