"""POST to an address of somebody else: signed as Standard Webhooks 1.0 has it, and never where it must not lead.

What is told is a state and no event: what shall stand under a key now, or that nothing shall. So whoever receives it twice does
the same twice. A receiver cannot be asked what stands there.
"""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from ssl import SSLContext
from typing import Any, Final

import msgspec

from fairwire.enforcers.failing import by_status, one_line
from fairwire.enforcers.keys import fault_of
from fairwire.enforcers.secret_files import hidden, read_authorities, read_secret
from fairwire.enforcers.webhook.numbering import Numbering
from fairwire.enforcers.whole_orders import order_items
from fairwire.model.customers import Customer
from fairwire.model.instants import format_us
from fairwire.model.order import Order
from fairwire.net.addresses import is_public
from fairwire.net.connecting import Deadline, MayConnect, Resolve, resolve
from fairwire.net.http import Address, Asking, NoReply, read_address
from fairwire.ports.enforcers import BadEdge, Enforcer, Item, Site, Told

PREFIX: Final = "whsec_"
LEAST_BYTES: Final = 24
MOST_BYTES: Final = 64
MOST_SECRETS: Final = 2
LARGEST: Final = 64 << 10
"""Bytes of an answer that are read; the first of them are told."""
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its section may have."""

    url: str
    secret_files: str | list[str]
    """One file with a secret, or two while it is changed: what is sent is signed with each."""
    allow_private: bool | list[str] = False
    """Whether it may lead into private networks; or the networks it may lead into beside the public ones."""
    ca_file: str | None = None


class Webhook:
    """One receiver."""

    def __init__(
        self,
        address: Address,
        keys: Sequence[bytes],
        may_connect: MayConnect,
        context: SSLContext | None,
        site: Site,
        *,
        resolver: Resolve = resolve,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self._address = address
        self._keys = tuple(keys)
        self._asking = Asking(may_connect=may_connect, largest=LARGEST, context=context, resolver=resolver)
        self._site = site
        self._seconds = seconds
        self._numbering = Numbering(None if site.keep is None else site.keep / f"{site.name}.json")

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """The order as it stands."""
        return order_items(order, self._site)

    def look(self, key: str) -> tuple[Told, Any]:
        """Whether the receiver can be connected to. It is not asked for anything, and so nothing is known to stand there."""
        why = self._asking.reach(self._address, Deadline(self._site.timeout_s))
        return Told(outcome="later" if why else "done", answer=why or "it cannot be asked what stands there"), None

    def put(self, item: Item) -> Told:
        """Tell what shall stand there."""
        return self._tell("fairwire.item.wanted", item, None)

    def restore(self, item: Item, before: Any) -> Told:
        """Tell that it shall stand there no more."""
        return self._tell("fairwire.item.gone", item, before)

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """It cannot be asked."""
        return Told(outcome="done", answer="it cannot be asked what stands there"), None

    def close(self) -> None:
        """Nothing stays open."""

    def _tell(self, kind: str, item: Item, before: Any) -> Told:
        fault = fault_of(item.key)
        if fault:
            return Told(outcome="never", answer=fault)
        said = {"edge": self._site.name, "key": item.key, "rank": item.rank, "item": item.value, "before": before}
        now = self._seconds()
        try:
            number = self._numbering.of(item.key, msgspec.json.encode([kind, said], order="deterministic"), int(now * 1e6))
        except OSError as error:
            return Told(
                outcome="later", answer=f"the number of the message cannot be kept: {(error.strerror or 'it failed').lower()}"
            )
        data = {**said, "sequence": number.sequence}
        # The same bytes for every attempt: only the time of the attempt, in the headers, differs.
        body = msgspec.json.encode({"type": kind, "timestamp": format_us(number.at_us), "data": data}, order="deterministic")
        stamp = str(int(now))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": number.message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(signature(key, number.message_id, stamp, body) for key in self._keys),
        }
        reply = self._asking.ask("POST", self._address, Deadline(self._site.timeout_s), headers=headers, body=body)
        if isinstance(reply, NoReply):
            return Told(outcome="unknown" if reply.sent else "later", answer=one_line(reply.why))
        if 200 <= reply.status <= 299:
            if kind == "fairwire.item.gone":
                self._numbering.forget(item.key)
            return Told(outcome="done", answer=self._said(reply.status, reply.body))
        if 300 <= reply.status <= 399:
            return Told(outcome="never", answer=f"{reply.status}: redirects are not followed; give the address that it leads to")
        return Told(outcome=by_status(reply.status), answer=self._said(reply.status, reply.body))

    def _said(self, status: int, body: bytes) -> str:
        secrets = [shown for key in self._keys for shown in (PREFIX + b64encode(key).decode(), b64encode(key).decode())]
        return one_line(hidden(f"{status} {body[:1000].decode('utf-8', 'replace')}", *secrets))


def signature(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """Of one message with one secret: HMAC-SHA256 over id, time and body, base64, behind its version."""
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()


class Webhooks:
    """Opens webhooks."""

    options = Options

    def open(self, options: Options, site: Site) -> Enforcer:
        """One receiver.

        Raises
        ------
        BadEdge
            The address may not be asked, or a secret cannot be used.
        """
        try:
            address = read_address(options.url)
        except ValueError as error:
            raise BadEdge(f"`url` of the edge `{site.name}` cannot be used: {error}") from None
        may_connect = allowed(options.allow_private, address, site)
        files = [options.secret_files] if isinstance(options.secret_files, str) else options.secret_files
        if not 1 <= len(files) <= MOST_SECRETS:
            raise BadEdge(f"`secret_files` of the edge `{site.name}` must name one file, or two while the secret is changed")
        keys = [_key(site, name) for name in files]
        return Webhook(address, keys, may_connect, read_authorities(site, options.ca_file) if address.secure else None, site)


def allowed(allow_private: bool | Sequence[str], address: Address, site: Site) -> MayConnect:
    """Which addresses a receiver may have: public ones over https; this machine where its URL says so; others where they are
    allowed. Link-local addresses, where clouds keep their metadata, must be named.

    Raises
    ------
    BadEdge
        What is allowed is no network, or nothing that plain http may go to.
    """
    here = address.host in _LOOPBACK
    if not address.secure and not here and not allow_private:
        raise BadEdge(
            f"`url` of the edge `{site.name}` must begin with https://",
            help_="only this machine, and what `allow_private` lets, may do without",
        )
    try:
        named = () if isinstance(allow_private, bool) else tuple(ip_network(each) for each in allow_private)
    except ValueError as error:
        raise BadEdge(f"`allow_private` of the edge `{site.name}` is no list of networks: {error}") from None

    def may_connect(text: str) -> bool:
        if is_public(text):
            return address.secure
        try:
            found = ip_address(text)
        except ValueError:
            return False
        if any(found in network for network in named):
            return True
        if here and found.is_loopback:
            return True
        lost = found.is_link_local or found.is_multicast or found.is_unspecified
        return allow_private is True and not lost and getattr(found, "ipv4_mapped", None) is None

    return may_connect


def _key(site: Site, name: str) -> bytes:
    text = read_secret(site, "secret_files", name)
    try:
        key = b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise BadEdge(
            f"a secret of the edge `{site.name}` must be `{PREFIX}` and {LEAST_BYTES} to {MOST_BYTES} bytes in base64",
            at=str(site.folder / name),
            help_='fill the file with, say, printf "whsec_%s" "$(openssl rand -base64 32)"',
        )
    return key


ENFORCER = Webhooks()
