"""A document for each customer whose port is slowed down: rules of nftables, in a folder, with the end date inside.

    port-acme.nft    the limit, as long as it is wanted
    gone-acme.nft    takes the limit away; written when it is lifted, removed when it is wanted again

Nothing is executed here. Whoever applies them reads all of `gone-*.nft`, then all of `port-*.nft`: that is right at every
instant, also between the two. Each document can be applied again, and the limit ends at its date when nobody applies anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from fairwire.enforcers.failing import Failed, one_line
from fairwire.enforcers.keys import escaped, fault_of, key_of, rank_of, subject_of
from fairwire.enforcers.port_speed.rules import lifting, limiting
from fairwire.enforcers.secret_files import path_of
from fairwire.enforcers.written_files import remove_file, replace_file, why
from fairwire.model.customers import Customer
from fairwire.model.instants import parse_us
from fairwire.model.order import Order
from fairwire.ports.enforcers import BadEdge, Enforcer, Item, Site, Told

LARGEST: Final = 1 << 20
"""Bytes of a document that is looked at."""
_SPEED: Final = re.compile(r"\s*([0-9]{1,9})\s*([kmg])bit(?:/s|ps)?\s*\Z", re.IGNORECASE)
_KBIT: Final = {"k": 1, "m": 1000, "g": 1_000_000}


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its section may have."""

    folder: str
    kbit: Annotated[int, msgspec.Meta(ge=8, le=100_000_000)] = 1000
    """What is left to the customer each way, kbit/s, where the order does not say (`512 kbit/s`)."""
    voice_kbit: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] = 512
    """What calls may have beside that, by their DSCP: a call for help must not be lost in a crowd. 0: nothing."""


class PortSpeed:
    """One folder."""

    def __init__(self, options: Options, folder: Path, site: Site) -> None:
        self._options = options
        self._folder = folder
        self._site = site

    def items(self, order: Order, customer: Customer | None) -> Sequence[Item]:
        """The limit of a customer's port, for the networks of its record."""
        if order.step != "throttle" or order.target != "traffic":
            return ()
        key = key_of(order, self._site.is_help)
        assert key is not None
        value = {
            "order": order.order_id,
            "kbit": _speed(order.value) or self._options.kbit,
            "networks": list(customer.addresses) if customer is not None else [],
            "until": order.expires,
        }
        return (Item(key=key, value=value, rank=rank_of(order.step)),)

    def look(self, key: str) -> tuple[Told, Any]:
        """The document of somebody else under the customer's name."""
        try:
            text = self._read(self._path(key))
        except Failed as error:
            return error.told(), None
        if text is None or self._value_in(text) is not None:
            return Told(outcome="done"), None
        return Told(outcome="done"), text

    def put(self, item: Item) -> Told:
        """Have the document there, and the one that takes it away not."""
        try:
            path = self._path(item.key)
            text = self._written(item)
            if self._read(path) != text:
                self._replace(path, text)
            self._remove(self._gone(path))
        except Failed as error:
            return error.told()
        return Told(outcome="done")

    def restore(self, item: Item, before: Any) -> Told:
        """Have the document there that takes the limit away, and under the customer's name what was before."""
        if before is not None and not isinstance(before, str):
            return Told(outcome="never", answer="what is said to have stood there before is no text")
        try:
            path = self._path(item.key)
            found = self._read(path)
            if found is not None and self._value_in(found) is None:
                stays = "" if found == before else "somebody else has written the document since, and it stays"
                if not self._gone(path).exists():
                    self._replace(self._gone(path), lifting(subject_of(item.key).customer, self._site.name))
                return Told(outcome="done", answer=stays)
            self._replace(self._gone(path), lifting(subject_of(item.key).customer, self._site.name))
            if found is None:
                return Told(outcome="done", answer="the document is gone already")
            if before is None:
                self._remove(path)
            else:
                self._replace(path, before)
        except Failed as error:
            return error.told()
        return Told(outcome="done")

    def present(self) -> tuple[Told, Mapping[str, Any] | None]:
        """Our documents."""
        found: dict[str, Any] = {}
        others = 0
        try:
            for path in sorted(self._folder.glob("port-*.nft")):
                text = self._read(path)
                value = None if text is None else self._value_in(text)
                if value is None:
                    others += 1
                else:
                    found[f"traffic:{path.name.removeprefix('port-').removesuffix('.nft')}"] = value
            if not self._folder.is_dir():
                raise Failed("later", f"the folder {self._folder} is not there")
        except Failed as error:
            return error.told(), None
        except OSError as error:
            return Told(outcome="later", answer=f"{self._folder}: {why(error)}"), None
        return Told(outcome="done", answer=f"{len(found)} of ours, {others} of others"), found

    def close(self) -> None:
        """Nothing stays open."""

    def _written(self, item: Item) -> str:
        customer = subject_of(item.key).customer
        networks = [_network(text) for text in item.value["networks"]]
        if not networks:
            raise Failed("never", "the customer's record names no networks (`addresses`), so nothing tells its traffic")
        four = list(collapse_addresses(each for each in networks if isinstance(each, IPv4Network)))
        six = list(collapse_addresses(each for each in networks if isinstance(each, IPv6Network)))
        until = item.value["until"]
        until_s = None if until is None else -(-parse_us(until) // 1_000_000)
        rules = limiting(customer, self._site.name, [*four, *six], item.value["kbit"], self._options.voice_kbit, until_s)
        told = one_line(f"The port of {customer} has {item.value['kbit']} kbit/s until {until or 'a person ends it'}.")
        return f"{self._mark}{msgspec.json.encode(item.value).decode()}\n# {told}\n{rules}"

    @property
    def _mark(self) -> str:
        return f"# fairwire:{self._site.name} "

    def _value_in(self, text: str) -> dict[str, Any] | None:
        if not text.startswith(self._mark):
            return None
        try:
            found = msgspec.json.decode(text.partition("\n")[0].removeprefix(self._mark))
        except (msgspec.DecodeError, UnicodeEncodeError):
            return None
        return found if isinstance(found, dict) else None

    def _path(self, key: str) -> Path:
        fault = fault_of(key)
        subject = subject_of(key)
        if fault or subject.kind != "traffic":
            raise Failed("never", fault or "the name is not that of a customer's traffic")
        return self._folder / f"port-{escaped(subject.customer)}.nft"

    def _gone(self, path: Path) -> Path:
        return path.with_name(f"gone-{path.name.removeprefix('port-')}")

    def _read(self, path: Path) -> str | None:
        try:
            with path.open("rb") as file:
                text = file.read(LARGEST + 1)
            if len(text) > LARGEST:
                raise Failed("never", f"{path} is longer than {LARGEST} bytes, and none of ours")
            return text.decode()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise Failed("never", f"{path} is no text, and none of ours") from None
        except OSError as error:
            raise Failed("later", f"{path}: {why(error)}") from None

    def _replace(self, path: Path, text: str) -> None:
        try:
            replace_file(path, text.encode())
        except PermissionError as error:
            raise Failed("never", f"{path}: {why(error)}") from None
        except OSError as error:
            raise Failed("later", f"{path}: {why(error)}") from None

    def _remove(self, path: Path) -> None:
        try:
            remove_file(path)
        except OSError as error:
            raise Failed("later", f"{path}: {why(error)}") from None


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        raise Failed("never", f"the customer's record names a network that is none: {one_line(text[:60])}") from None
    if found.prefixlen == 0:
        raise Failed("never", f"the customer's record names all of the internet: {found}")
    return found


def _speed(text: str | None) -> int | None:
    """kbit/s of an order's value, `512 kbit/s` or `2 Mbit/s`; None where it says none."""
    match = _SPEED.match(text) if text else None
    return max(8, int(match[1]) * _KBIT[match[2].lower()]) if match else None


class PortSpeeds:
    """Opens folders."""

    options = Options

    def open(self, options: Options, site: Site) -> Enforcer:
        """One folder.

        Raises
        ------
        BadEdge
            It is not there.
        """
        folder = path_of(site, options.folder)
        if not folder.is_dir():
            raise BadEdge(f"the `folder` of the edge `{site.name}` is not there", at=str(folder), help_="make it")
        return PortSpeed(options, folder, site)


ENFORCER = PortSpeeds()
