"""What a document says about itself."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.model.imported import Particulars
from fairwire.model.prose import Block
from fairwire.policy.facts.changes import changes
from fairwire.policy.facts.dates import dates, version
from fairwire.policy.facts.definitions import definitions
from fairwire.policy.facts.reporting import reporting
from fairwire.policy.facts.titles import title_of


def particulars(text: str, blocks: Sequence[Block], *, country: str = "") -> Particulars:
    """Title, version, dates, definitions, reporting addresses and terms of change.

    Parameters
    ----------
    blocks
        As the reader of the file gave them; where there are none, the lines of the text are looked at.
    country
        Two letters (ISO 3166) of the document's country, for dates such as `09/07/2020`; empty where it is not known.
    """
    title = title_of(text, blocks)
    return Particulars(
        title="" if title is None else " ".join(title.text.split()),
        version=version(text),
        dates=dates(text, country=country),
        definitions=definitions(text),
        reporting=reporting(text),
        changes=changes(text),
    )
