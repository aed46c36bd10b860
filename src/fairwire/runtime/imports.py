"""A policy document from disk to what stands in it: read, taken apart, its clauses mapped to topics. Nothing is put in force."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import msgspec

from fairwire.model.errors import BadInput, BadUse
from fairwire.model.imported import Imported, ImportedClause, Passage, SourceText
from fairwire.model.prose import Block, Prose
from fairwire.policy.facts import (
    exemptions,
    kind_of,
    kind_of_title,
    language_of,
    particulars,
    party,
    policies_in,
    quantities,
    remedies,
    same_kind_again,
    whose_policy,
)
from fairwire.policy.importing import Read, Taxonomy, blocks_of, read_clauses, split_boilerplate, taxonomy_of, with_symbols
from fairwire.policy.importing.model import weights_of
from fairwire.policy.importing.topics import SURE
from fairwire.runtime.reading import read_prose

CUES_FILE = "cues.yaml"
WEIGHTS_FILE = "weights.json"
WORDS_FOLDER = "_words"
EXAMPLES_FOLDER = "examples"
SHEET = "IMPORT.md"
LARGEST_CHARACTERS = 4_000_000
"""A policy of 500 pages has a third of it."""

_NAMED = re.compile(
    r"\b(?:Acceptable|Fair|Appropriate|Responsible)\s+(?:Use|Usage)\s+Policy\b|\b(?:Anti-?Spam|Messaging|Usage)\s+Policy\b"
)
_DATED = re.compile(r"\b(?:last\s+(?:updated|modified|revised)|effective|updated\s+on|version|revision|published)\b", re.I)
_PACK_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OWN_KINDS = ("acceptable_use", "fair_use")
_KINDS = {
    "terms_of_service": "terms of service",
    "privacy_policy": "a privacy policy",
    "service_level_agreement": "a service-level agreement",
    "nda": "a non-disclosure agreement",
    "employment": "an employment contract or a policy for an employer's own staff",
    "lease": "a lease",
    "invoice": "an invoice",
    "order_form": "an order form",
    "data_processing": "a data-processing agreement",
    "other": "another kind of document",
}
_LONGEST_CLAUSE = 20_000
"""Characters of a clause that facts are looked for in; only a text without any full stop has a longer one."""
_NO_CONDUCT = ("privacy_policy", "cookie_policy", "data_processing")
"""Documents that say nothing of what customers may do, wherever they stand."""
_ENOUGH = 6
"""Clauses on conduct from which a document is taken for a policy, whatever else it looks like."""
_SEVERAL = 5
"""Topics that they are about: a confidentiality agreement has many clauses on one."""
_DUTIES = frozenset(
    {
        "termination",
        "scope_and_acceptance",
        "customer_responsibility",
        "policy_changes",
        "no_waiver",
        "legal_requests",
        "misuse_charges",
    }
)
"""Topics that any contract has."""


class NoPolicy(BadInput):
    """A document that can be read, and that is no acceptable-use policy in English, or more than one."""

    code = "FW-DOC-002"


class BadTarget(BadUse):
    """A draft cannot be written where it was asked for."""

    code = "FW-DOC-003"


Report = Callable[[str, int, int], None]


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The topics and the words by which they are known."""
    folder = files("fairwire") / "packs" / WORDS_FOLDER
    weights = weights_of((folder / WEIGHTS_FILE).read_bytes())
    return taxonomy_of(
        (folder / CUES_FILE).read_text(encoding="utf-8"), weights, file=f"fairwire/packs/{WORDS_FOLDER}/{CUES_FILE}"
    )


def examples_sha256() -> str:
    """Of the labelled examples that `weights.json` was learned from, the files in the order of their names."""
    folder = files("fairwire") / "packs" / WORDS_FOLDER / EXAMPLES_FOLDER
    digest = hashlib.sha256()
    for name in sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml")):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def import_policy(
    path: str | Path,
    *,
    part: int | None = None,
    anyway: bool = False,
    country: str = "",
    report: Report = lambda what, done, total: None,
) -> Imported:
    """Read a policy document.

    Parameters
    ----------
    path
        Text, Markdown, HTML, PDF or DOCX.
    part
        Which policy of the file, from 1, where it holds several.
    anyway
        Go on although it reads as another kind of document.
    country
        ISO 3166-1 alpha-2 of the provider, to read dates such as 09/07/2020 by.
    report
        Told what is being done.

    Raises
    ------
    fairwire.ports.documents.UnreadableDocument
        The file cannot be read as a document.
    NoPolicy
        It holds no text, is not in English, is another kind of document, or holds several policies and none was named.
    """
    report("reading", 0, 0)
    prose, sha256 = read_prose(path)
    file = str(path)
    if not re.search(r"[^\W\d_]{2}", prose.text):
        raise NoPolicy("the document holds no text", at=file, help_="name the file that has the policy in it")
    if len(prose.text) > LARGEST_CHARACTERS:
        raise NoPolicy(f"{len(prose.text):,} characters are more than any policy has", at=file, help_="name the policy alone")
    blocks = with_symbols(prose.text, blocks_of(prose.text) if prose.blocks is None else prose.blocks)
    body, _ = split_boilerplate(prose.text, blocks)
    said = "\n".join(prose.text[block.start : block.end] for block in body) or prose.text
    language = _english(said, prose, file)
    chosen, told = _part(prose.text, body, blocks, part, file)
    size = len(prose.text)
    report("finding clauses", 0, size)
    read = read_clauses(prose, chosen, taxonomy(), with_facts, lambda place: report("finding clauses", place, size))
    about = particulars(prose.text, _chosen_body(read, chosen), country=country)
    kind, _, words = kind_of(said)
    is_policy = kind in _OWN_KINDS or _on_conduct(read, known=bool(words))
    notes = [*prose.notes, *told, *_notes(read, kind, is_policy)]
    if not is_policy and not anyway:
        telling = ", ".join(f"“{word}”" for word in words[:3])
        because = f" ({telling})" if telling else ""
        raise NoPolicy(
            f"this reads as {_KINDS.get(kind, kind)}{because}, and not as an acceptable-use policy",
            at=file,
            help_="name the policy, or import it all the same with --anyway",
        )
    if not read.clauses:
        raise NoPolicy("no clause was found in the document", at=file, help_="see that its text is that of the policy")
    return Imported(
        title=_title(about.title or prose.title, prose.text),
        language=language,
        is_policy=is_policy,
        clauses=read.clauses,
        unmapped=read.unmapped,
        ignored=read.ignored,
        document=SourceText(file=Path(path).name, kind=prose.kind, characters=len(prose.text), sha256=sha256, text=prose.text),
        version=about.version,
        dates=about.dates,
        definitions=about.definitions,
        reporting=about.reporting,
        changes=about.changes,
        notes=tuple(notes),
    )


def with_facts(clause: ImportedClause) -> ImportedClause:
    """The clause with what its own words say: whose duty, how much, unless what, and else what."""
    said = clause.text[:_LONGEST_CLAUSE]
    exempt = exemptions(said, offset=clause.start)
    lead = clause.lead_in or ""
    return msgspec.structs.replace(
        clause,
        party=party(said, lead_in=lead),
        exceptions=tuple(dict.fromkeys(each.text for each in (*exempt, *exemptions(lead)))),
        quantities=quantities(said, offset=clause.start),
        remedies=tuple(dict.fromkeys((*remedies(said, lead_in=lead), *remedies(lead)))),
    )


def check_target(output: Path, pack: str | None) -> str:
    """The id of a draft that is to be written to `output`.

    Raises
    ------
    BadTarget
        The folder is there and not empty, or no id can be made of its name.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise BadTarget("a draft is written to an empty folder only", at=str(output), help_="name another, or empty it")
    name = pack or re.sub(r"[^a-z0-9]+", "_", output.resolve().name.casefold()).strip("_")
    if not _PACK_ID.fullmatch(name):
        raise BadTarget(
            f"`{name}` is no id of a pack" if name else "no id of a pack can be made of the folder's name",
            at=str(output),
            help_="give --pack ID: small letters, digits and `_`, a letter first",
        )
    return name


def write_draft(imported: Imported, output: Path, *, pack: str, country: str | None) -> list[str]:
    """Write a draft pack and the sheet for its reviewer; returns the names of the files.

    Raises
    ------
    BadTarget
        A file cannot be written.
    """
    from fairwire.policy.drafting import draft_pack, review_sheet
    from fairwire.runtime.packs import settable, topics

    texts = draft_pack(imported, pack=pack, meanings=topics(), controls=taxonomy().controls, settable=settable(), country=country)
    texts[SHEET] = review_sheet(imported, topics())
    for name, text in texts.items():
        target = output / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BadTarget(
                f"cannot be written: {error.strerror or error}", at=str(target), help_="name another folder"
            ) from None
    return list(texts)


def _title(found: str, text: str) -> str:
    """The title that was found; where it names no policy, the one that the document's first sentences call it by."""
    if re.search(r"polic|usage|\b(?:acceptable|fair)\s+use|terms\s+of|guidelines|AUP", found, re.I):
        return found
    named = _NAMED.search(text[:1500])
    return " ".join(named.group().split()) if named else found


def _english(said: str, prose: Prose, file: str) -> str:
    """`en`, or `und` for a text too short to tell."""
    language, sure = language_of(said)
    if language not in ("en", "und") and sure >= 0.5:
        declared = f", and its file says `{prose.language}`" if prose.language else ""
        raise NoPolicy(
            f"the document is in another language (`{language}`{declared}); only English is read",
            at=file,
            help_="give the English text, if the provider publishes one",
        )
    return language


def _part(
    text: str, body: Sequence[Block], blocks: Sequence[Block], part: int | None, file: str
) -> tuple[tuple[Block, ...], list[str]]:
    """(blocks of the policy that was asked for, notes). Where one of several documents is the policy, that one is meant."""
    named = policies_in(text, body)
    begins = [each for place, each in enumerate(named) if not place or _starts_anew(text, blocks, each)]
    if len(begins) < 2:
        again = same_kind_again(text, blocks)
        begins = [each for place, each in enumerate(again) if not place or _of_another(again[place - 1], each)]
        if len(begins) < 2 and again and part is None:
            titles = "; ".join(f"{number}. “{' '.join(each.text.split())[:60]}”" for number, each in enumerate(again, 1))
            return tuple(blocks), [f"it may hold {len(again)} policies ({titles}); all are read, --part N reads one alone"]
        begins = begins if len(begins) > 1 else list(again)
    if len(begins) < 2:
        if part not in (None, 1):
            raise NoPolicy(f"there is no part {part}: the file holds one policy", at=file, help_="leave --part out")
        return tuple(blocks), []
    names = "; ".join(f"{number}. “{' '.join(each.text.split())[:60]}”" for number, each in enumerate(begins, 1))
    own = [number for number, each in enumerate(begins, 1) if kind_of_title(each.text) in _OWN_KINDS]
    if part is None and len(own) > 1:
        said = f"the file holds {len(begins)} policies: {names}"
        raise NoPolicy(said, at=file, help_="name one with --part N, or split the file")
    if part is None and not own:
        return tuple(blocks), []
    if part is not None and part > len(begins):
        raise NoPolicy(f"there is no part {part}; the file holds {len(begins)} policies: {names}", at=file)
    ends = [*(each.start for each in begins[1:]), len(text)]
    said = f"the file holds {len(begins)} documents ({names})"
    if part is not None:
        kept = [(begins[part - 1].start, ends[part - 1])]
        note = f"{said}; the clauses are those of number {part}"
    else:
        kept = [(a.start, end) for a, end in zip(begins, ends, strict=True) if kind_of_title(a.text) not in _NO_CONDUCT]
        note = f"{said}; clauses of {len(kept)} of them are read, --part N reads one alone"
    return tuple(block for block in blocks if any(start <= block.start < end for start, end in kept)), [note]


def _of_another(one: Passage, other: Passage) -> bool:
    """Whether two titles name two providers."""
    first, second = whose_policy(one.text), whose_policy(other.text)
    return bool(first and second and not first & second)


def _starts_anew(text: str, blocks: Sequence[Block], title: Passage) -> bool:
    """Whether a document begins there, and not a section that has a policy's name: it has a date or a version of its own, or
    its sections are counted from one again."""
    if not re.search(r"\b(?:policy|agreement|terms|conditions|statement|notice|addendum)\b", title.text, re.I):
        return False
    place = next((place for place, block in enumerate(blocks) if block.start == title.start), None)
    if place is None:
        return False
    if (
        blocks[place].kind == "heading"
        and blocks[place].level == 1
        and sum(b.kind == "heading" and b.level == 1 for b in blocks) <= 4
    ):
        return True
    behind = blocks[place + 1 : place + 6]
    if any(_DATED.search(text[block.start : block.end][:120]) for block in behind):
        return True
    before = [block.marker.strip(".)(") for block in blocks[:place] if block.marker[:1].isdigit()]
    after = [block.marker.strip(".)(") for block in blocks[place + 1 : place + 12] if block.marker[:1].isdigit()]
    return bool(before and after) and after[0] in ("1", "1.1") and len(before) >= 3


def _chosen_body(read: Read, chosen: Sequence[Block]) -> Sequence[Block]:
    """Blocks to look for title and dates in: the policy's own, and the short ones dropped with banners."""
    kept = {(block.start, block.end) for block in read.blocks}
    return [block for block in chosen if (block.start, block.end) in kept or block.region in ("body", "header", "footer")]


def _on_conduct(read: Read, *, known: bool) -> bool:
    """Whether enough clauses of the customer are on what an acceptable-use policy is about, and on several things of it.

    Fewer are enough for a document that no words tell to be of another kind.
    """
    named = [
        {each.topic for each in clause.topics if each.confidence >= SURE} - _DUTIES
        for clause in read.clauses
        if clause.party == "customer"
    ]
    count = sum(bool(topics) for topics in named)
    several = len(set().union(*named))
    share = count / max(1, len(read.clauses))
    return (count >= _ENOUGH and several >= _SEVERAL and share >= 0.3) or (not known and count >= 3 and share >= 0.5)


def _notes(read: Read, kind: str, is_policy: bool) -> list[str]:
    notes = []
    if read.spun:
        notes.append("it reads as machine-spun English: words stand for others, so every clause is put to a person")
    if not is_policy:
        notes.append(f"it reads as {_KINDS.get(kind, kind)}, and was imported all the same")
    elif kind not in _OWN_KINDS:
        notes.append(
            f"it looks like {_KINDS.get(kind, kind)} that holds an acceptable-use policy; see that nothing else was taken for it"
        )
    if read.unmapped:
        many = len(read.unmapped)
        notes.append(f"{many} {'duty matches' if many == 1 else 'duties match'} no topic: {_places(read.unmapped)}")
    return notes


def _places(passages: Sequence[Passage]) -> str:
    shown = ", ".join(f"{each.start}-{each.end}" for each in passages[:5])
    return shown + (f" and {len(passages) - 5} more" if len(passages) > 5 else "")
