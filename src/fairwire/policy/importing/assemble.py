"""All of it together: prose in, clauses with topics and facts out, and what was left aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fairwire.model.imported import ImportedClause, NamedTopic, Passage
from fairwire.model.policy import Control
from fairwire.model.prose import Block, Prose
from fairwire.policy.importing.boilerplate import split_boilerplate
from fairwire.policy.importing.english import Token, words_of
from fairwire.policy.importing.inside import Spot
from fairwire.policy.importing.lines import looks_like_heading
from fairwire.policy.importing.sentences import goes_on, is_normative, is_particular, is_purpose
from fairwire.policy.importing.structure import Candidate, candidates_of, joined
from fairwire.policy.importing.topics import CERTAIN, SURE, Taxonomy, topics_in

_OWN_SECTION = {"no_waiver", "abuse_reports", "policy_changes"}
"""Topics whose section, when it is short, tells one thing in several sentences."""
_SECTION_SENTENCES = 2
_FAINT = frozenset({"general_conduct", "customer_responsibility", "provider_discretion", "scope_and_acceptance"})
_DEMANDS = re.compile(
    r"\b(?:must|shall|may\s+not|should\s+not|shouldn['’]t|cannot|can\s+not|prohibited|forbidden|not\s+(?:permitted|allowed)|will\s+not|do\s+not|required\s+to)\b",
    re.I,
)


_EXPLAINS = re.compile(r"\W*(?:why|purpose|background)\b", re.I)
"""Headings of sections in which only what binds somebody is a clause."""


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a document."""

    blocks: tuple[Block, ...]
    """Of the policy itself."""
    clauses: tuple[ImportedClause, ...]
    unmapped: tuple[Passage, ...]
    ignored: tuple[Passage, ...]
    definitions: tuple[Spot, ...]
    spun: bool
    """It reads as machine-spun English."""


def read_clauses(
    prose: Prose,
    blocks: Sequence[Block],
    taxonomy: Taxonomy,
    complete: Callable[[ImportedClause], ImportedClause],
    told: Callable[[int], None] = lambda place: None,
) -> Read:
    """Find the clauses.

    Parameters
    ----------
    prose
        The document.
    blocks
        Those of it that are read.
    taxonomy
        What clauses may be about.
    complete
        Adds the facts of a clause's own words: its party, quantities, exceptions, remedies.
    told
        Called now and then with the place in the text that was reached.
    """
    text = prose.text
    kept, dropped = split_boilerplate(text, blocks)
    reader = _Reader(text, taxonomy, kept)
    candidates, definitions = candidates_of(text, kept)
    clauses: list[ImportedClause] = []
    unmapped: list[Passage] = []
    ignored = [_passage(text, block.start, block.end) for block in dropped]
    names = _Names(candidates)
    for candidate in reader.grouped(candidates):
        told(candidate.end)
        topics = reader.topics(candidate)
        said = text[candidate.start : candidate.end]
        sure = [topic for topic in topics if topic.confidence >= SURE]
        if is_particular(said):
            continue
        if not candidate.whole and looks_like_heading(said) and not is_normative(said):
            # A title that the document's format did not mark as one.
            ignored.append(_passage(text, candidate.start, candidate.end))
            continue
        explains = candidate.heading is not None and _EXPLAINS.match(text, *candidate.heading) and not is_normative(said)
        if not candidate.whole and (explains or is_purpose(said) or (not sure and not reader.spun and not is_normative(said))):
            ignored.append(_passage(text, candidate.start, candidate.end))
            continue
        clause = complete(reader.clause(candidate, topics, names.name(candidate)))
        clauses.append(clause)
        if not sure:
            unmapped.append(_passage(text, candidate.start, candidate.end))
    return Read(
        blocks=tuple(kept),
        clauses=tuple(clauses),
        unmapped=tuple(unmapped),
        ignored=tuple(sorted(ignored, key=lambda each: each.start)),
        definitions=tuple(definitions),
        spun=reader.spun,
    )


class _Reader:
    """A document with its words at hand."""

    def __init__(self, text: str, taxonomy: Taxonomy, blocks: Sequence[Block]) -> None:
        self._text = text
        self._taxonomy = taxonomy
        whole = [token for block in blocks for token in words_of(text[block.start : block.end], offset=block.start, most=10**6)]
        self.spun = taxonomy.spun.reads_spun(whole)
        self._seen: dict[Candidate, tuple[NamedTopic, ...]] = {}

    def grouped(self, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
        """Sentences of one paragraph that tell one thing, put together."""
        sizes = Counter(each.section for each in candidates)
        before: Candidate | None = None
        for each in candidates:
            beside = before is not None and not each.whole and not before.whole and before.paragraph == each.paragraph
            if before is not None and beside and self._belongs(before, each, small=sizes[each.section] <= _SECTION_SENTENCES):
                before = joined(before, each)
                continue
            if before is not None:
                yield before
            before = each
        if before is not None:
            yield before

    def _belongs(self, before: Candidate, each: Candidate, *, small: bool) -> bool:
        if each.lead_in != before.lead_in:
            return False
        said = self._text[each.start : each.end]
        mine = self._sure(each)
        theirs = self._sure(before)
        if small and each.heading and _OWN_SECTION & {topic.topic for topic in self._about(each.heading)}:
            return True
        if not theirs and not is_normative(self._text[before.start : before.end]):
            return False
        if goes_on(said) and (not mine or mine & theirs):
            return True
        if not mine:
            # In spun English neither a topic nor a duty may be told by its words: each sentence is for a person to see.
            return not self.spun and not is_normative(said)
        if each.numbered and mine & theirs:
            return True
        # A sentence that forbids or demands something of its own is a clause of its own, whatever the one before was about.
        return mine <= theirs and each.lead_in is None and not _DEMANDS.search(said)

    def _sure(self, candidate: Candidate) -> set[str]:
        return {topic.topic for topic in self.topics(candidate) if topic.confidence >= SURE}

    def topics(self, candidate: Candidate) -> tuple[NamedTopic, ...]:
        """What it is about."""
        if candidate not in self._seen:
            own = self._words((candidate.start, candidate.end))
            lead = self._words(candidate.lead_in)
            heading = self._words(candidate.heading) if candidate.heading and candidate.heading[0] != candidate.start else []
            self._seen[candidate] = topics_in(self._taxonomy, self._text, own, lead, heading)
        return self._seen[candidate]

    def clause(self, candidate: Candidate, topics: tuple[NamedTopic, ...], name: str) -> ImportedClause:
        """The clause before its facts are read."""
        sure = [topic for topic in topics if topic.confidence >= SURE]
        review = []
        if not topics:
            review.append("no topic of the taxonomy was recognised")
        elif not sure:
            review.append(f"its topic is a guess (`{topics[0].topic}`, {topics[0].confidence:.0%})")
        for topic in sure:
            if topic.confidence < CERTAIN:
                review.append(f"`{topic.topic}` is likely and not certain ({topic.confidence:.0%})")
        if self.spun:
            review.append("the document reads as machine-spun English; check what was meant")
        controls: dict[Control, None] = {}
        for topic in sure:
            controls.update(dict.fromkeys(self._taxonomy.controls.get(topic.topic, ())))
        heading, lead = candidate.heading, candidate.lead_in
        return ImportedClause(
            id=name,
            text=self._text[candidate.start : candidate.end],
            start=candidate.start,
            end=candidate.end,
            party="customer",
            topics=topics,
            exceptions=(),
            quantities=(),
            remedies=(),
            controls=tuple(controls) or ("report",),
            needs_review=bool(review),
            heading=" ".join(self._text[heading[0] : heading[1]].split()) if heading else None,
            lead_in=" ".join(self._text[lead[0] : lead[1]].split()) if lead else None,
            review=tuple(review),
        )

    def _about(self, spot: Spot) -> tuple[NamedTopic, ...]:
        return topics_in(self._taxonomy, self._text, self._words(spot))

    def _words(self, spot: Spot | None) -> list[Token]:
        if spot is None:
            return []
        tokens = words_of(self._text[spot[0] : spot[1]], offset=spot[0])
        return self._taxonomy.spun.unspun(tokens) if self.spun else tokens


class _Names:
    """Ids for clauses: the document's own numbers where it has them."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._written = {_bare(each.marker) for each in candidates}
        self._used: dict[str, int] = {}
        self._count: dict[str, int] = {}

    def name(self, candidate: Candidate) -> str:
        """A name that no other clause of the document has."""
        own, above, over = map(_bare, (candidate.marker, candidate.above, candidate.section_marker))
        section = over or (f"s{candidate.section}" if candidate.section else "p")
        if re.fullmatch(r"\d+(?:\.\d+)+", own):
            wanted = own
        elif own and re.fullmatch(r"\d+(?:\.\d+)+", above):
            wanted = f"{above}.{own}"
        elif own:
            parts = dict.fromkeys(part for part in (section, above, own) if part)
            wanted = ".".join(parts)
        else:
            count = self._count.get(section, 0) + 1
            while f"{section}.{count}" in self._written:
                count += 1
            self._count[section] = count
            wanted = f"{section}.{count}"
        wanted = wanted[:26]
        again = self._used[wanted] = self._used.get(wanted, 0) + 1
        return wanted if again == 1 else f"{wanted}-{again}"


def _bare(marker: str) -> str:
    return re.sub(r"[^0-9A-Za-z.]", "", marker).strip(".")


def _passage(text: str, start: int, end: int) -> Passage:
    return Passage(start=start, end=end, text=text[start:end])
