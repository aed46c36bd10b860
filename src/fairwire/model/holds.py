"""Legal holds, which keep what any retention would delete; and the log of what was disclosed to whom."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairwire.model.instants import parse_us

HoldState = Literal["holds", "released"]
Level = Literal["masked", "numbers", "content"]
LEVELS: tuple[Level, ...] = ("masked", "numbers", "content")
"""What of the evidence is in a bundle. `masked`: no number of another party and no content. `numbers`: numbers in full, no
content. `content`: everything, what people said and wrote included; two persons agree to that."""
DisclosureState = Literal["asked", "agreed", "refused", "made"]


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept, whatever else would delete it, until a person releases it.

    It means events of the customer, and events in which one of the numbers or addresses stands, whoever's they are."""

    hold_id: str
    why: str
    """The sentence for people, such as the authority and its request."""
    reference: str = ""
    """What the authority calls it."""
    case_id: str = ""
    customer: str = ""
    numbers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    since: str | None = None
    """Events from here on; None: from the first."""
    until: str | None = None
    """Events up to here; None: those to come as well."""
    by: str
    at: str
    state: HoldState = "holds"
    released: str | None = None
    released_by: str | None = None
    released_why: str = ""

    def in_time(self, at_us: int) -> bool:
        """Whether an event of an instant lies in the range."""
        return (self.since is None or at_us >= parse_us(self.since)) and (self.until is None or at_us <= parse_us(self.until))


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """One disclosure: what, to whom, on which legal basis, by whom, when. A customer never sees it."""

    disclosure_id: str
    case_id: str
    customer: str
    to: str
    """The authority, or whoever else receives it."""
    basis: str
    """The legal basis, such as a court order with its date."""
    reference: str = ""
    level: Level
    reporter: bool = False
    """Whether it says who reported."""
    since: str | None = None
    until: str | None = None
    """The range of events; None: as the case and its findings give it."""
    asked_by: str
    asked: str
    state: DisclosureState = "asked"
    agreed_by: str | None = None
    agreed: str | None = None
    why: str = ""
    """What whoever agreed or refused said."""
    made: str | None = None
    made_by: str | None = None
    sha256: str = ""
    """Of the file that was handed out."""
    manifest_sha256: str = ""
    contains: tuple[str, ...] = ()
    """What is in it, one line each."""
