"""Numbers as the runtime has them: the site's lists from its folder, and what compiled code reads of them."""

from __future__ import annotations

import os
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from fairwire.model.errors import BadInput
from fairwire.numbers.book import NumberBook
from fairwire.numbers.destinations import Destinations
from fairwire.numbers.lists import ADDED, REPLACED, SITE, Lists
from fairwire.numbers.owned import OwnedNumbers
from fairwire.runtime.customers import CustomerTable, hashed
from fairwire.runtime.gather import Words
from fairwire.runtime.number_side import Sides
from fairwire.runtime.zone_tables import zone_table


def site_lists(folder: Path | None = None) -> Lists:
    """The site's lists of numbers: the files in `folder`, or in the one that `FAIRWIRE_NUMBERS` names. Without either, none.

    Raises
    ------
    BadInput
        There is no such folder, or a file in it cannot be read or is no list of ours.
    """
    named = os.environ.get("FAIRWIRE_NUMBERS")
    folder = folder or (Path(named) if named else None)
    if folder is None:
        return Lists()
    if not folder.is_dir():
        raise BadInput("no such folder of lists of numbers", at=str(folder), help_="name one with FAIRWIRE_NUMBERS, or unset it")
    texts: dict[str, str] = {}
    known = {*REPLACED, *ADDED, *SITE}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.lower().startswith("readme"):
            continue
        if path.name not in known:
            raise BadInput("no list of numbers is called so", at=str(path), help_=f"there are {', '.join(sorted(known))}")
        try:
            texts[path.name] = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"the list cannot be read: {error}", at=str(path), help_="it must be a file of UTF-8 text") from None
    return Lists(texts)


def site_destinations(folder: Path | None = None) -> Destinations:
    """`Destinations` by the site's lists; all of them are read now, so that a mistake in one is told before a call comes.

    Raises
    ------
    BadInput
        A list cannot be read.
    """
    destinations = Destinations(lists=site_lists(folder))
    book_of(destinations)
    return destinations


class Kept:
    """A book, and what compiled code reads of it."""

    def __init__(self, destinations: Destinations) -> None:
        self.book = NumberBook(destinations, zone_table)
        self.sides = Sides(self.book)
        self.barred: tuple[int, Words, Words] = (self.book.originate.line, *self.book.originate.numbers.arrays())
        self._own_of: tuple[Words | None, int] = (None, 0)
        """Whose numbers they are: keys of customers, and how often their records were amended."""
        self._own: tuple[Words, Words, Words] = (np.zeros(1, dtype=np.int64),) * 3
        self._blocks: Words = np.zeros(0, dtype=np.int64)
        self._places: Words = np.zeros(0, dtype=np.int64)
        self._table: tuple[Words, Words] = (np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64))

    def own_spans(self, customers: CustomerTable) -> tuple[Words, Words, Words]:
        """Where the spans of each customer's numbers begin, one more than customers; and the spans."""
        keys, amended = self._own_of
        if keys is not customers.keys or amended != customers.amended:
            owned = [OwnedNumbers(customer.numbers) for customer in customers.customers]
            starts = np.cumsum([0, *(len(each.lows) for each in owned)]).astype(np.int64)
            lows = np.array([low for each in owned for low in each.lows] or [0], dtype=np.int64)
            highs = np.array([high for each in owned for high in each.highs] or [-1], dtype=np.int64)
            self._own_of, self._own = (customers.keys, customers.amended), (starts, lows, highs)
        return self._own

    @property
    def blocks(self) -> tuple[Words, Words, Words]:
        """Keys and rows of blocks as a hash table, and the set of zones of each row."""
        return (*self._table, self._places)

    def learn(self, blocks: Words, places: Words) -> None:
        """Remember the sets of zones of blocks that are not known yet; forget the others when there are very many."""
        if len(self._blocks) > 1_000_000:
            self._blocks, self._places = self._blocks[:0], self._places[:0]
        self._blocks = np.concatenate([self._blocks, blocks])
        self._places = np.concatenate([self._places, places])
        self._table = hashed(self._blocks)


_kept: WeakKeyDictionary[Destinations, Kept] = WeakKeyDictionary()


def kept_of(destinations: Destinations) -> Kept:
    """What goes with these destinations; made when it is first asked for. Raises as `NumberBook` does."""
    found = _kept.get(destinations)
    if found is None:
        found = _kept[destinations] = Kept(destinations)
    return found


def book_of(destinations: Destinations) -> NumberBook:
    """The book that goes with these destinations. Raises as `NumberBook` does."""
    return kept_of(destinations).book
