"""Suricata's EVE log: one JSON object a line. Alerts become `net.alert`, flows `net.flow`; all other records are counted.

Whose an alert or a flow is, the addresses say: the option `networks` names the customers' networks. Where both sides are
customers, it is the one that began. A flow that somebody outside began and that the customer's side answered is told from the
customer's side: `served`, with the bytes that it sent as `bytes_out`.

The category of an alert is found from the text of its rule and from its classification; see `category_of`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, ClassVar

import msgspec

from fairwire.formats import Line, LineReader, LogFormat, Options, Told, decoded
from fairwire.model.errors import BadUse, InvalidRecord
from fairwire.model.instants import SECOND_US, parse_us

OTHER_RECORD = "neither an alert nor a flow"
NO_ADDRESS = "an alert or a flow without addresses"
NOBODYS = "no customer's address"

_CATEGORIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # The text of the rule is more exact than its class, so words that only rules use come first.
    ("irc", re.compile(r"\birc\b")),
    ("snoop", re.compile(r"\barp\b.*(poison|scan|spoof)|promiscuous|sniff|port mirror|man.in.the.middle")),
    ("spoof", re.compile(r"spoof|\bmartian\b|\bbogon|invalid checksum|\bland attack|malformed|source routed")),
    (
        "malware",
        re.compile(r"malware|trojan|\bcnc\b|\bc2\b|botnet|ransom|worm\b|coin.?min|crypto ?currency mining|backdoor|exploit kit"),
    ),
    ("dos", re.compile(r"\bd?dos\b|denial of service|\bflood|amplification")),
    ("scan", re.compile(r"\bscan|\bsweep|\brecon|portscan|sipvicious|friendly.scanner|information leak|enumerat")),
    (
        "intrusion",
        re.compile(
            r"exploit|attack|shellcode|overflow|injection|brute.?force|privilege gain|executable code|unauthorized|"
            r"default username|\bcve\b|web_server|targeted malicious"
        ),
    ),
)
"""Category -> words, tried in this order on the text of the rule and then on its classification."""

_ICMP = re.compile(r"icmp", re.IGNORECASE)
_Network = IPv4Network | IPv6Network


class SuricataEve(LogFormat):
    """Suricata EVE records."""

    name = "suricata_eve"
    title = "Suricata EVE JSON log"
    suffixes = (".eve.json", ".eve", ".json")
    kind = "ids"
    no_customer = "no option `networks` or `customer` says whose alert or flow it is"
    own_options: ClassVar = {
        "networks": "the customers' networks, with commas, such as 192.0.2.0/28=acme,2001:db8:7::/48=acme: "
        "an alert or a flow is of whoever has one of its addresses; default: all are of the option `customer`",
    }

    def reader(self, options: Options) -> LineReader:
        """A reader of lines."""
        return _Records(options).read


class _Records:
    def __init__(self, options: Options) -> None:
        self._encoding = options.encoding
        self._networks = _networks(options.text("networks"))
        self._anybody = bool(options.customer) or not self._networks

    def read(self, line: Line) -> Told | str:
        record = _parsed(line.text, self._encoding)
        if record.get("event_type") not in ("alert", "flow"):
            if not isinstance(record.get("event_type"), str):
                raise InvalidRecord("the record has no `event_type`", field="event_type")
            return OTHER_RECORD
        if "src_ip" not in record and "dest_ip" not in record:
            return NO_ADDRESS
        source, target = _address(record, "src_ip"), _address(record, "dest_ip")
        of_source, of_target = self._whose(source), self._whose(target)
        if not of_source and not of_target and not self._anybody:
            return NOBODYS
        customer = of_source or of_target
        if record["event_type"] == "alert":
            return Told(line, "net.alert", _instant_us(record, "timestamp"), customer, _alert(record, source, target))
        served = None if not self._networks else bool(of_target and not of_source)
        return _flow(line, record, customer, (source, target), served=served)

    def _whose(self, address: str) -> str:
        parsed = ip_address(address)
        return next((who for network, who in self._networks if parsed in network), "")


def _networks(text: str) -> list[tuple[_Network, str]]:
    found: list[tuple[_Network, str]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        network, equals, customer = part.partition("=")
        try:
            found.append((ip_network(network.strip(), strict=False), customer.strip()))
        except ValueError:
            raise BadUse(f"`{network[:60]}` is not a network", at="option networks", help_="write 192.0.2.0/28=acme") from None
        if not equals or not customer.strip():
            raise BadUse(f"`{part[:60]}` names no customer", at="option networks", help_="write 192.0.2.0/28=acme")
    return sorted(found, key=lambda each: -each[0].prefixlen)  # the narrowest first


def _parsed(text: bytes, encoding: str) -> dict[str, Any]:
    try:
        record = msgspec.json.decode(decoded(text, encoding))
    except msgspec.DecodeError as error:
        raise InvalidRecord(f"not JSON: {str(error).lower()}") from None
    if not isinstance(record, dict):
        raise InvalidRecord("not a JSON object")
    return record


def _address(record: Mapping[str, Any], field: str) -> str:
    try:
        return str(ip_address(record.get(field)))  # type: ignore[arg-type]
    except ValueError:
        raise InvalidRecord(f"`{field}`: `{str(record.get(field))[:40]}` is not an address", field=field) from None


def _instant_us(record: Mapping[str, Any], field: str) -> int:
    try:
        return parse_us(str(record.get(field)))
    except ValueError as error:
        raise InvalidRecord(f"`{field}`: {error}", field=field) from None


def _count(record: Mapping[str, Any], field: str, *, default: int | None = None) -> int:
    value = record.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise InvalidRecord(f"`{field}`: `{str(value)[:40]}` is not a whole number", field=field)
    return value


def _part(record: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    part = record.get(field)
    if not isinstance(part, dict):
        raise InvalidRecord(f"the record has no `{field}`", field=field)
    return part


def category_of(signature: str, classification: str) -> str:
    """The kind of an alert: the words of its rule decide, then those of its class; what neither tells is `policy`."""
    for text in (signature.lower(), classification.lower()):
        for category, words in _CATEGORIES:
            if words.search(text):
                return category
    return "policy"


def _alert(record: Mapping[str, Any], source: str, target: str) -> dict[str, Any]:
    alert = _part(record, "alert")
    signature = alert.get("signature")
    if not isinstance(signature, str):
        raise InvalidRecord("the alert has no `signature`", field="signature")
    return {
        "sensor": str(record.get("host") or record.get("in_iface") or "suricata"),
        "signature": f"{_count(alert, 'signature_id', default=0)} {signature}".removeprefix("0 "),
        "category": category_of(signature, str(alert.get("category") or "")),
        # The sensor's own scale has no end; all beyond 3 is information.
        "severity": min(4, max(1, _count(alert, "severity", default=3))),
        "src_ip": source,
        "dst_ip": target,
        "dst_port": _count(record, "dest_port") if "dest_port" in record else None,
    }


def _flow(line: Line, record: Mapping[str, Any], customer: str, sides: tuple[str, str], *, served: bool | None) -> Told:
    flow = _part(record, "flow")
    ended_us = _instant_us(flow, "end") if "end" in flow else _instant_us(record, "timestamp")
    began_us = _instant_us(flow, "start") if "start" in flow else ended_us
    if began_us > ended_us:
        raise InvalidRecord("the flow ends before it starts", field="end")
    asked, answered = _count(flow, "bytes_toserver"), _count(flow, "bytes_toclient")
    by_us = served and answered > 0
    protocol = str(record.get("proto", "other")).lower()
    return Told(
        line,
        "net.flow",
        ended_us,
        customer,
        {
            "src_ip": sides[0],
            "dst_ip": sides[1],
            "src_port": _count(record, "src_port", default=0),
            "dst_port": _count(record, "dest_port", default=0),
            "proto": "icmp" if _ICMP.search(protocol) else protocol,
            "bytes_out": answered if by_us else asked,
            "bytes_in": asked if by_us else answered,
            "packets_out": _count(flow, "pkts_toclient" if by_us else "pkts_toserver", default=0),
            "duration_s": (ended_us - began_us) / SECOND_US,
            "served": None if served is None else bool(by_us),
        },
    )


FORMAT = SuricataEve()
