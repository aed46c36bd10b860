"""How well an import finds what people found in the same document.

A gold file says for one document where its clauses stand and what they are about: `topics`, or `named` where only some of them
are in the words themselves; `accept` holds topics that are neither asked for nor wrong, `also` further places of the same
clause, `optional` clauses that count neither way. A clause counts as *found* when a clause of the import covers at least half
of it and is at least half covered by it (in words, so that a bullet or a full stop makes no difference); as *joined* when the
import has it in one clause with another; as *split* when the import has it in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fairwire.model.imported import Imported, ImportedClause

OVERLAP = 0.5
"""Share of both sides that makes two passages the same clause."""
PART = 0.6
"""Share of a passage that must lie inside another one to be a part of it."""


@dataclass(slots=True)
class Score:
    """Counts; several documents add up."""

    gold: int = 0
    imported: int = 0
    found: int = 0
    joined: int = 0
    split: int = 0
    missed: int = 0
    topics_gold: int = 0
    topics_said: int = 0
    topics_right: int = 0
    top_right: int = 0
    """Found clauses whose surest topic is one of the gold ones."""
    with_topics: int = 0
    parties_right: int = 0
    exceptions_gold: int = 0
    exceptions_found: int = 0
    quantities_gold: int = 0
    quantities_found: int = 0
    quantities_said: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Count another document in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def recall(self) -> float:
        """Gold clauses found."""
        return self.found / self.gold if self.gold else 1.0

    @property
    def precision(self) -> float:
        """Imported clauses that are gold ones."""
        return self.found / self.imported if self.imported else 1.0

    @property
    def topic_recall(self) -> float:
        """Gold topics of found clauses that the import names."""
        return self.topics_right / self.topics_gold if self.topics_gold else 1.0

    @property
    def topic_precision(self) -> float:
        """Topics named that are gold ones."""
        return self.topics_right / self.topics_said if self.topics_said else 1.0


def aligned(text: str, gold: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Clauses of a gold file with offsets in `text`; those given by their words alone are looked up."""
    clauses = []
    at = 0
    for each in gold["clauses"]:
        start, end = each.get("start"), each.get("end")
        if "text" in each and (start is None or text[start:end] != each["text"]):
            pattern = r"\W+".join(re.escape(word) for word in re.findall(r"\w+", each["text"]))
            place = re.compile(pattern).search(text, at) or re.compile(pattern).search(text)
            if place is None:
                continue
            start, end = place.span()
            at = start
        clauses.append({**each, "start": start, "end": end, "text": text[start:end]})
    return clauses


def score(imported: Imported, gold: Mapping[str, Any], *, sure: float = 0.5) -> Score:
    """Compare an import with what people found.

    Parameters
    ----------
    imported
        The import.
    gold
        `clauses` (each `text`, `topics`, and `start`, `end` or not), `exceptions`, `quantities`.
    sure
        Topics below this confidence are not counted as said.
    """
    text = imported.document.text
    placed = aligned(text, gold)
    wanted = [each for each in placed if not each.get("optional")]
    spare = [each for each in placed if each.get("optional")] + [other for each in placed for other in each.get("also", ())]
    mine = list(imported.clauses)
    result = Score(gold=len([each for each in gold["clauses"] if not each.get("optional")]))
    taken: set[int] = set()
    for each in wanted:
        best, place = 0.0, -1
        for index, clause in enumerate(mine):
            share = min(_inside(text, each, clause), _inside(text, clause, each))
            if share > best and index not in taken:
                best, place = share, index
        if best >= OVERLAP:
            taken.add(place)
            result.found += 1
            _topics(result, each, mine[place], sure)
            continue
        over = [clause for clause in mine if _inside(text, each, clause) >= PART]
        within = [clause for clause in mine if _inside(text, clause, each) >= PART]
        if over:
            result.joined += 1
            result.notes.append(f"joined {each['id']}: {each['text'][:70]}")
        elif len(within) > 1:
            result.split += 1
            result.notes.append(f"split {each['id']}: {each['text'][:70]}")
        else:
            result.missed += 1
            result.notes.append(f"missed {each['id']}: {each['text'][:70]}")
    for index, clause in enumerate(mine):
        if index not in taken and any(max(_inside(text, each, clause), _inside(text, clause, each)) >= OVERLAP for each in spare):
            continue
        result.imported += 1
        if index not in taken:
            result.notes.append(f"extra {clause.id}: {clause.text[:70]}")
    _facts(result, imported, gold)
    return result


def _topics(result: Score, gold: Mapping[str, Any], clause: ImportedClause, sure: float) -> None:
    wanted = set(gold.get("named", gold["topics"]))
    spare = {*gold["topics"], *gold.get("accept", ()), *gold.get("topics_optional", ())} - wanted
    said = [topic.topic for topic in clause.topics if topic.confidence >= sure and topic.topic not in spare]
    result.topics_gold += len(wanted)
    result.topics_said += len(said)
    result.topics_right += len(wanted & set(said))
    if wanted:
        result.with_topics += 1
        result.top_right += bool(said) and said[0] in wanted
    result.parties_right += gold.get("party_uncertain", False) or gold.get("party", clause.party) == clause.party
    if wanted - set(said):
        result.notes.append(f"topics {gold['id']}: lacks {sorted(wanted - set(said))} says {said}: {gold['text'][:90]}")
    if set(said) - wanted:
        result.notes.append(f"over {gold['id']}: says {sorted(set(said) - wanted)} wants {sorted(wanted)}: {gold['text'][:90]}")


def _facts(result: Score, imported: Imported, gold: Mapping[str, Any]) -> None:
    exempt = [_plain(text) for clause in imported.clauses for text in clause.exceptions]
    for each in gold.get("exceptions", ()):
        if isinstance(each, dict) and each.get("uncertain"):
            continue
        words = _plain(each if isinstance(each, str) else _said(each, imported))
        result.exceptions_gold += 1
        hit = any(len(set(words) & set(other)) >= 0.5 * len(set(words)) for other in exempt)
        result.exceptions_found += hit
        if not hit:
            result.notes.append(f"exception missed: {' '.join(words)[:90]}")
    numbers = [quantity for clause in imported.clauses for quantity in clause.quantities]
    result.quantities_said += len(numbers)
    for each in gold.get("quantities", ()):
        if isinstance(each, dict) and each.get("uncertain"):
            continue
        result.quantities_gold += 1
        told = set(_plain(_said(each, imported)))
        hit = any(quantity.value == each["value"] and told & set(_plain(quantity.text)) for quantity in numbers)
        result.quantities_found += hit
        if not hit:
            result.notes.append(f"quantity missed: {' '.join(told)} ({each['value']} {each['unit']})")


def _said(each: Mapping[str, Any], imported: Imported) -> str:
    return str(each["text"]) if "text" in each else imported.document.text[each["start"] : each["end"]]


def _plain(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _inside(text: str, one: Any, other: Any) -> float:
    """Share of the words of `one` that lie in `other`."""
    start, end = _ends(one)
    low, high = _ends(other)
    inner = len(_plain(text[max(start, low) : min(end, high)])) if max(start, low) < min(end, high) else 0
    return inner / max(1, len(_plain(text[start:end])))


def _ends(passage: Any) -> tuple[int, int]:
    if isinstance(passage, dict):
        return passage["start"], passage["end"]
    return passage.start, passage.end


def table(rows: Sequence[tuple[str, Score]]) -> str:
    """The figures of several documents, and of all of them, as lines of text."""
    total = Score()
    for _, each in rows:
        total.add(each)
    heads = (
        "gold",
        "found",
        "recall",
        "prec.",
        "joined",
        "split",
        "missed",
        "topic r",
        "topic p",
        "top 1",
        "party",
        "except.",
        "quant.",
    )
    lines = [f"{'document':<28}" + "".join(f"{head:>9}" for head in heads)]
    for name, each in [*rows, ("all", total)]:
        first = each.top_right / each.with_topics if each.with_topics else 1.0
        party = each.parties_right / each.found if each.found else 1.0
        cells = [str(each.gold), str(each.found), f"{each.recall:.0%}", f"{each.precision:.0%}"]
        cells += [str(each.joined), str(each.split), str(each.missed)]
        cells += [f"{each.topic_recall:.0%}", f"{each.topic_precision:.0%}", f"{first:.0%}", f"{party:.0%}"]
        cells += [f"{each.exceptions_found}/{each.exceptions_gold}", f"{each.quantities_found}/{each.quantities_gold}"]
        lines.append(f"{name[:28]:<28}" + "".join(f"{cell:>9}" for cell in cells))
    return "\n".join(lines)
