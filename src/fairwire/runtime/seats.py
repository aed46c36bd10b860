"""How many people use a customer's service, at a guess where its order does not say."""

from __future__ import annotations

from fairwire.model.customers import Customer
from fairwire.numbers.owned import owned_spans

MOST = 10
"""The most that numbers stand for. An office has about one a person; above ten they are as often the senders of a campaign, lines
for reception and advertisements or a block that was cheap, and who rents two hundred numbers must not be allowed the calls of two
hundred people. Rules that go by seats have floors that an office of ten stays below or passes by little."""


def seats_of(customer: Customer) -> int:
    """What rules go by: the users that the order names, else as many as it has numbers, up to `MOST`; 1 where nothing tells.

    Only thresholds may be made of it. Whether more people use the service than were ordered, and what a sentence says of an
    order, goes by `user_limit`, which is unknown where nobody named it.
    """
    if customer.user_limit is not None:
        return customer.user_limit or 1
    held = 0
    for entry in customer.numbers:
        if held >= MOST:
            break
        spans = owned_spans(entry)
        held += MOST if len(spans) > 1 else spans[0][1] - spans[0][0] + 1
    return min(max(held, 1), MOST)
