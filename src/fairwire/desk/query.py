"""What a page was asked for: filters, run and length, read from the address and written back into links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

FILTERS = {"q": "text", "severity": "severity", "clause": "clause", "customer": "customer", "detector": "detector"}
"""Parameter of the address -> filter of the store."""

SHOWN = 100
MOST_SHOWN = 1000
LONGEST = 200
"""Characters of one parameter; more is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The parameters of a list. Unknown ones are left out, so a link never carries what we did not read."""

    given: Mapping[str, str] = field(default_factory=dict)
    """Parameter -> value, never empty: filters, `run`, `show`."""

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Query:
        """Take what is known from the parameters of a request."""
        kept = {name: parameters[name].strip()[:LONGEST] for name in (*FILTERS, "run", "show") if parameters.get(name)}
        show = kept.pop("show", "")
        if show.isascii() and show.isdigit() and SHOWN < int(show[:6]) <= MOST_SHOWN:
            kept["show"] = str(int(show[:6]))
        return cls(given={name: value for name, value in kept.items() if value})

    def __getitem__(self, name: str) -> str:
        return self.given.get(name, "")

    @property
    def filters(self) -> dict[str, str]:
        """For the store."""
        return {FILTERS[name]: value for name, value in self.given.items() if name in FILTERS}

    @property
    def shown(self) -> int:
        """Rows on the page at most."""
        return int(self.given.get("show", SHOWN))

    def url(self, path: str, **changes: str | None) -> str:
        """`path` with these parameters and the changes; None takes one away."""
        merged = {name: value for name, value in {**self.given, **changes}.items() if value}
        return f"{path}?{urlencode(merged)}" if merged else path

    def key(self) -> str:
        """The same text for the same questions."""
        return urlencode(sorted(self.given.items()))
