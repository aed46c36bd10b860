"""Whom of a customer's contacts a letter goes to."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.model.customers import Contact, Customer
from fairwire.runtime.mailing import is_address

ABUSE_ROLES = ("abuse", "admin")
"""Who is told of what was found and done, the first that there is; else any."""


def recipients_of(customer: Customer, roles: Sequence[str]) -> tuple[list[Contact], str]:
    """All contacts of the first of `roles` that can be written to, each address once; else the first of any other role.

    Returns
    -------
    None of them, and why nobody can be told.
    """
    usable = [contact for contact in customer.contacts if is_address(contact.email)]
    for role in roles:
        there = {contact.email: contact for contact in usable if contact.role.casefold() == role}
        if there:
            return list(there.values()), ""
    if usable:
        return usable[:1], ""
    if customer.contacts:
        return [], f"`{' '.join(customer.contacts[0].email[:100].split())}` is no e-mail address"
    return [], "its record has no contact"
