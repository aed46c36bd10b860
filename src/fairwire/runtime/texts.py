"""What texts say, as columns: scores, topic, template, what is sensitive in them. Each distinct text is read once."""

from __future__ import annotations

from functools import lru_cache

from fairwire.content import read_text, read_transcript, redact
from fairwire.kernel.hashing import key_of
from fairwire.model.columns import SENSITIVE, TOPICS

LEAST_SURE = 0.5
"""A topic that is less sure than this is none."""
SHOWN = ("text", "subject", "transcript")
"""Fields of an event that hold what somebody wrote or said."""
_MILLION = 1_000_000


@lru_cache(maxsize=1 << 15)
def text_columns(text: str, spoken: bool) -> dict[str, int]:
    """Columns of one text; those that it says nothing of are left out."""
    reading = read_transcript(text) if spoken else read_text(text)
    scores = reading.scores._asdict()
    # Spam says the least: a text that is sure to be something else is called that.
    topic, sure = max(scores.items(), key=lambda item: (item[1] >= LEAST_SURE and item[0] != "spam", item[1]))
    found = {"template": reading.template, "sensitive": SENSITIVE.index(reading.sensitive) + 1}
    found["topic"] = (TOPICS.index(topic) if sure >= LEAST_SURE else 0) + 1
    found["sure"] = round(sure * _MILLION)
    if not spoken:
        found |= {name: round(score * _MILLION) for name, score in scores.items()}
    if reading.link is not None:
        found["link"] = key_of(reading.link)
    return found


@lru_cache(maxsize=1 << 12)
def shown_text(text: str) -> str:
    """A text as evidence shows it: without card numbers, ids, codes and addresses."""
    return redact(text)
