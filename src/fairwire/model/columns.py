"""The columns of one kernel event: what a detector may name, its unit, and when it is known.

A kernel event is a row of 64-bit integers. Strings are 64-bit hashes, words of a closed list are small codes, flags are
0 or 1, money is micro-units, times are microseconds, spans are milliseconds. `UNKNOWN` stands for missing evidence:
it is neither zero nor false.

A row is as wide as the widest kind of event needs. Columns that no kind of event has both of share a place in it
(`COLUMN_INDEX`), so that messages, logins and flows cost calls nothing. What stands at a place is known by the row's kind.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

UNKNOWN = -(2**63)
"""Missing evidence in an integer column."""

ATTEMPT, ANSWERED, ENDED, SENT, RECEIVED, MAILED, LOGIN, TICK, DAY = 1, 2, 3, 4, 5, 6, 7, 8, 9
REGISTER, FLOW, ALERT, QUALITY, USAGE, SCANNED, REQUEST = 10, 11, 12, 13, 14, 15, 16
USER_ADDED, USER_REMOVED, DEVICE_LOST, DEVICE_FOUND, CREDENTIAL, ORDER, REPORT = 17, 18, 19, 20, 21, 22, 23
KIND_CODES = {
    "call.attempt": ATTEMPT,
    "call.answered": ANSWERED,
    "call.ended": ENDED,
    "message.sent": SENT,
    "message.received": RECEIVED,
    "email.sent": MAILED,
    "auth.login": LOGIN,
    "tick": TICK,
    "day": DAY,
    "auth.register": REGISTER,
    "net.flow": FLOW,
    "net.alert": ALERT,
    "net.quality": QUALITY,
    "usage.sample": USAGE,
    "content.scanned": SCANNED,
    "api.request": REQUEST,
    "user.added": USER_ADDED,
    "user.removed": USER_REMOVED,
    "device.lost": DEVICE_LOST,
    "device.found": DEVICE_FOUND,
    "credential.changed": CREDENTIAL,
    "order.changed": ORDER,
    "report.received": REPORT,
}
"""Codes of the column `kind`. No feed sends `day`, the midnight UTC on which cohorts are compared, nor `tick`, the instant at
which what many customers have in common is judged."""
KIND_NAMES = {code: name for name, code in KIND_CODES.items()}
KINDS = 32
"""Above all codes: an instant times this, plus a code, puts events of one instant in order."""
EVENT_KINDS = tuple(sorted(code for code in KIND_CODES.values() if code not in (TICK, DAY)))
"""What feeds send."""

CALLS = (ATTEMPT, ANSWERED, ENDED)
MESSAGES = (SENT, RECEIVED)
LOGINS = (LOGIN, REGISTER)
WRITTEN = (*MESSAGES, MAILED)
_OVER = (ENDED,)
_SPOKEN = (*WRITTEN, ENDED)


HELP = 30
"""Family of calls to emergency and lifeline numbers: seen by the detectors that say so, and by nothing else."""


def family_of(kind: int) -> int:
    """The kind that stands for all kinds that are handled by one text: the three phases of a call are one family."""
    return ATTEMPT if kind in CALLS else kind


def kinds_of(family: int) -> tuple[int, ...]:
    """The kinds of events of a family. Calls for help are a family of their own, in the same three phases."""
    return CALLS if family in (ATTEMPT, HELP) else (family,)


DIRECTIONS = ("outbound", "inbound", "internal")
DISPOSITIONS = ("answered", "busy", "no_answer", "failed", "cancelled", "rejected", "blocked")
DestinationKind = Literal[
    "emergency", "standard", "mobile", "premium", "shared_cost", "toll_free", "satellite", "personal", "voip", "special",
    "unknown",
]  # fmt: skip
DESTINATIONS = get_args(DestinationKind)
TARIFFS = ("standard", "premium", "shared_cost", "satellite", "toll_free", "emergency")
RELEASES = ("caller", "callee", "network")
TRANSPORT_AGENTS = ("ordinary", "scanner", "gateway", "dialler")
CALLER_STATES = ("own", "other", "invalid", "unallocated", "do_not_originate", "emergency", "withheld")
ATTESTATIONS = ("A", "B", "C", "none")
MEDIA = ("voice", "fax", "data")
CONSENTS = ("none", "one", "all")
TOPICS = (
    "none", "spam", "phishing", "one_time_code", "lure", "threat", "hate", "adult", "violence", "authority", "offer",
)  # fmt: skip
"""What a text is most of all; the names but `none` are those of the scores."""
SENSITIVE = ("none", "card", "iban", "national_id", "health")
CHANNELS = ("sms", "mms", "chat", "fax", "voicemail")
STATUSES = ("accepted", "delivered", "failed", "complained")
OUTCOMES = ("pass", "fail", "none")
PROTOCOLS = ("tcp", "udp", "icmp", "other")
ALERTS = ("scan", "dos", "intrusion", "malware", "irc", "spoof", "snoop", "policy")
PLACES = ("upload", "attachment", "mms", "greeting")
METHODS = ("get", "post", "put", "patch", "delete", "head", "other")
REPORTS = (
    "spam", "robocall", "fraud", "phishing", "harassment", "copyright", "minors", "security", "privacy", "malware", "other",
)  # fmt: skip

ColumnType = Literal["number", "flag", "word", "key", "instant", "internal"]


def per_unit(scale: float) -> float:
    """How many stored integers make one unit: 1,000,000 for a scale of a millionth.

    Dividing by it is exact where multiplying by the scale is not: 400,000 times 0.000001 is less than 0.4.
    """
    return float(round(1 / scale))


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column: `scale` says which part of the unit that a rule reads the stored integer counts; see `per_unit`."""

    name: str
    type: ColumnType
    doc: str
    unit: str = ""
    scale: float = 1.0
    words: tuple[str, ...] = ()
    """For `word` columns: the closed list; code is the place in it, from 1."""
    kinds: tuple[int, ...] = CALLS
    """Kinds of events that know it. A rule about attempts must not read what only the end can tell."""
    alone: bool = False
    """No other column may share its place."""


def _key(name: str, doc: str, kinds: tuple[int, ...] = CALLS, *, alone: bool = False) -> Column:
    return Column(name=name, type="key", doc=doc, kinds=kinds, alone=alone)


def _flag(name: str, doc: str, kinds: tuple[int, ...] = CALLS) -> Column:
    return Column(name=name, type="flag", doc=doc, kinds=kinds)


def _word(name: str, words: tuple[str, ...], doc: str, kinds: tuple[int, ...] = CALLS, *, alone: bool = False) -> Column:
    return Column(name=name, type="word", words=words, doc=doc, kinds=kinds, alone=alone)


def _number(name: str, doc: str, kinds: tuple[int, ...] = CALLS, *, unit: str = "", scale: float = 1.0) -> Column:
    return Column(name=name, type="number", doc=doc, kinds=kinds, unit=unit, scale=scale)


def _score(name: str, doc: str) -> Column:
    return _number(name, f"How sure it is that the text {doc}, 0 to 1.", WRITTEN, unit="share", scale=1e-6)


_ALL = EVENT_KINDS
_PEOPLE = (*CALLS, *MESSAGES)
_ASKED_BY = (*CALLS, *LOGINS, REQUEST)
_ADDRESSED = (*_ASKED_BY, FLOW, ALERT)
_BORNE = (ENDED, QUALITY)

COLUMNS: tuple[Column, ...] = (
    Column(name="time", type="instant", doc="When it happened.", kinds=_ALL, alone=True),
    Column(name="kind", type="internal", doc="Event kind, see `KIND_CODES`.", kinds=_ALL, alone=True),
    Column(name="ordinal", type="internal", doc="Row of the event in the feed's table: evidence.", kinds=_ALL, alone=True),
    Column(name="customer_row", type="internal", doc="Row of the customer in the customers table.", kinds=_ALL, alone=True),
    _key("customer", "The customer.", _ALL, alone=True),
    _key("user", "The person the provider provisioned.", _ALL, alone=True),
    _key(
        "line",
        "The number or address of the customer's own side: what places the call, or writes. Of a call that does not say, the "
        "number that forwarded it, that it shows if that is the customer's own or may be, or that is called from outside.",
        _PEOPLE,
    ),
    _key("credential", "The login it used.", (*_ASKED_BY, CREDENTIAL)),
    _key("callee", "The number called or written to.", (*CALLS, SENT)),
    _key("caller", "The number or mail address shown to the other side.", (*_PEOPLE, MAILED)),
    _key(
        "remote",
        "The other side: who is called or written to on the way out, who calls or writes on the way in; of several recipients "
        "the first; of a flow or an alert the address.",
        (*_PEOPLE, MAILED, FLOW, ALERT, REPORT),
    ),
    _key("source", "The address the request came from.", _ADDRESSED),
    _key("service", "The address and the port at the other side, together.", (FLOW,)),
    _key("diverting", "The number that forwarded the call, newest first; unknown when nobody did."),
    _key("block", "First seven digits of the number called.", (*CALLS, SENT)),
    _key("country", "Country of the number called or written to; of a login, where it came from.", (*CALLS, SENT, *LOGINS)),
    _word("direction", DIRECTIONS, "outbound, inbound or internal.", (*_PEOPLE, MAILED, FLOW)),
    _word("destination", DESTINATIONS, "Kind of number called.", (*CALLS, SENT), alone=True),
    _flag("international", "The number called is in another country than the customer.", (*CALLS, SENT)),
    _flag("high_risk", "The number called is in a range known for revenue share.", (*CALLS, SENT)),
    _number(
        "number",
        "National part of the number called; of a flow the address, of a request the last number in its path.",
        (*CALLS, SENT, FLOW, REQUEST),
    ),
    _number("rate", "Price a minute; rough if in another currency.", unit="of the customer's currency a minute", scale=1e-6),
    _number(
        "price",
        "Price a minute by the size of its currency, for thresholds.",
        unit="US dollars a minute, roughly",
        scale=1e-6,
    ),
    _flag("automated", "The caller says that a machine placed it."),
    _flag("campaign", "The caller names a campaign that it belongs to; unknown where it names none."),
    _flag("forwarded", "Somebody forwarded it: it has a diverting party."),
    _number("diversions", "How often it was forwarded."),
    _flag("loop", "A number comes twice among the diverting parties and the one called."),
    _number("hour", "Hour of the day in the customer's zone, 0 to 23.", _ALL),
    _number("weekday", "Day of the week in the customer's zone, Monday is 0.", _ALL),
    _key("local_day", "Number of the calendar day in the customer's zone.", _ALL, alone=True),
    Column(
        name="local_month", type="internal", doc="Number of the calendar month in the customer's zone.", kinds=_ALL, alone=True
    ),
    Column(name="start", type="instant", doc="When the call was asked for.", kinds=_ALL, alone=True),
    _flag(
        "new_callee",
        "The customer has not called or written to this number or address in the last 90 days.",
        (ATTEMPT, SENT, MAILED, FLOW),
    ),
    _flag("solicited", "The number called has called or written to this customer in the last 72 hours.", (*CALLS, SENT)),
    _flag("reciprocal", "The number called was talked to when it called, or wrote, in the last 28 days.", (*CALLS, SENT)),
    _flag(
        "new_country",
        "The customer has not called this country in the last 90 days; of a login: it has not come from there.",
        (ATTEMPT, *LOGINS),
    ),
    _number(
        "step",
        "Distance of the number called from the one this line called before; of a flow, of the address; of a request, "
        "of the number in the path.",
        (ATTEMPT, FLOW, REQUEST),
    ),
    _word("disposition", DISPOSITIONS, "How the call ended.", _OVER),
    _number("sip_code", "Final SIP status.", _OVER),
    _number("ring_s", "From the attempt to the answer or the end.", _OVER, unit="s", scale=1e-3),
    _number("talk_s", "Talk time; 0 when nobody answered.", _OVER, unit="s", scale=1e-3),
    _number("charge", "Charge; rough if in another currency.", (ENDED, *MESSAGES), unit="of the customer's currency", scale=1e-6),
    _number(
        "charged_rate",
        "What was charged for each minute that began, by the size of the currency; unknown for talks of less than two.",
        _OVER,
        unit="US dollars a minute, roughly",
        scale=1e-6,
    ),
    _word("tariff", TARIFFS, "Tariff applied.", _OVER),
    _word("released_by", RELEASES, "Who hung up.", _OVER),
    _flag("recorded", "The call was recorded.", _OVER),
    _flag("elsewhere", "A call of the same login from another address was talked on for a minute at the same time.", _OVER),
    _number("silence", "Part of the call without sound, 0 to 1.", _OVER, unit="share", scale=1e-6),
    _key("reseller", "The customer's parent: who resells to it.", _ALL, alone=True),
    _flag("removed_user", "The user was removed an hour ago or longer and not added again; unknown without a user.", _ALL),
    _flag(
        "unprovisioned",
        "The customer's users are all told by user.added (feature `provisioned_users`), and this one was not.",
        _ALL,
    ),
    _flag("encrypted", "The signalling is encrypted, and the media are not known to be plain.", (*CALLS, *LOGINS)),
    _word("attestation", ATTESTATIONS, "STIR/SHAKEN attestation."),
    _word("agent", TRANSPORT_AGENTS, "What kind of program the user agent names.", _ASKED_BY),
    _word("caller_state", CALLER_STATES, "Whether the caller may show that number."),
    _flag("asserted", "The asserted identity is another number than the one shown."),
    _flag("brand", "The display name resembles a protected name that is not the customer's."),
    _flag("do_not_call", "The number called is on a do-not-call list.", (*CALLS, SENT)),
    _number("callee_hour", "Hour of the day where the number called is, 0 to 23; unknown where that may differ.", (*CALLS, SENT)),
    _flag(
        "neighbour",
        "The caller shares country code and six national digits with the number called, and the number is not the "
        "customer's own.",
    ),
    _word("medium", MEDIA, "What the call carries.", CALLS),
    _word("consent", CONSENTS, "Who agreed to the recording.", _OVER),
    _flag("all_party", "A side of the call is where all parties must agree to a recording.", _OVER),
    _number("mos", "Mean opinion score of the call or segment, 1 to 5.", _BORNE, scale=1e-3),
    _number("jitter_ms", "Jitter.", _BORNE, unit="ms", scale=1e-3),
    _number("loss", "Packets lost, 0 to 1.", _BORNE, unit="share", scale=1e-6),
    _word("topic", TOPICS, "What the text, mail subject or transcript is most of all.", _SPOKEN),
    _number("sure", "How sure the topic is, 0 to 1.", _SPOKEN, unit="share", scale=1e-6),
    _key("template", "Texts that differ in names, numbers and links only share it.", _SPOKEN),
    _word("sensitive", SENSITIVE, "The most sensitive kind of data in the text.", _SPOKEN),
    # Texts.
    _score("spam", "is unwanted advertising"),
    _score("phishing", "asks for credentials or leads to a page that does"),
    _score("one_time_code", "gives a code to log in with"),
    _score("lure", "promises a loan, a prize or money"),
    _score("threat", "threatens"),
    _score("hate", "attacks people for what they are"),
    _score("adult", "is adult content"),
    _score("violence", "promotes violence or terrorism"),
    _score("authority", "poses as an authority or a bank"),
    _score("offer", "is a fraudulent offer, a pyramid scheme or a chain letter"),
    _number("recipients", "To how many it went.", WRITTEN),
    _word("channel", CHANNELS, "How the message goes.", MESSAGES),
    _word("status", STATUSES, "What became of the message.", MESSAGES),
    _flag("opted_out", "The recipient had opted out.", MESSAGES),
    _number("segments", "Parts of the message.", MESSAGES),
    _number("links", "Links in the text.", MESSAGES),
    _key("link", "Registered domain of the first link.", WRITTEN),
    _key("media", "Hash of the first attachment, or of what was scanned.", (*MESSAGES, SCANNED)),
    # Mail.
    _key("sender", "The envelope's sender.", (MAILED,)),
    _number("size", "Size of the mail.", (MAILED,), unit="bytes"),
    _word("spf", OUTCOMES, "SPF.", (MAILED,)),
    _word("dkim", OUTCOMES, "DKIM.", (MAILED,)),
    _word("dmarc", OUTCOMES, "DMARC.", (MAILED,)),
    _number("spam_score", "The mail filter's score.", (MAILED,), scale=1e-3),
    _flag("complained", "The recipient complained.", (MAILED,)),
    _flag("aligned", "The domain shown is the envelope sender's, or a part of it.", (MAILED,)),
    _flag("own_domain", "The first recipient is in the envelope sender's own domain, and no check speaks against it.", (MAILED,)),
    _flag("shown_receives", "The address shown as the sender is one of the recipients.", (MAILED,)),
    _flag("received_odd", "The chain of Received headers contradicts itself.", (MAILED,)),
    _number("hops", "Received headers.", (MAILED,)),
    # Logins.
    _flag("ok", "It succeeded.", LOGINS),
    _key("asn", "Network of the address.", LOGINS),
    _key("device", "The device.", (*LOGINS, DEVICE_LOST, DEVICE_FOUND)),
    _number("contacts", "Bindings that the address of record has now.", LOGINS),
    _flag("new_device", "The credential has not come from this device in 90 days; unknown at its first login.", LOGINS),
    _flag("new_asn", "The same for the network.", LOGINS),
    _flag("new_address", "The same for the address.", LOGINS),
    _number("speed_kmh", "Distance from the last good login by the time since.", LOGINS, unit="km/h"),
    _number("distance_km", "Distance from the last good login.", LOGINS, unit="km"),
    _flag("lost_device", "The device was reported lost and has not been found.", LOGINS),
    Column(name="spot", type="internal", doc="Latitude and longitude, packed; see `packed_spot`.", kinds=LOGINS),
    # Network, resources, content, requests, provisioning, reports.
    _number("port", "Port at the other side.", (FLOW, ALERT)),
    _word("proto", PROTOCOLS, "Protocol.", (FLOW,)),
    _number("bytes_out", "Bytes sent.", (FLOW,), unit="bytes"),
    _number("bytes_in", "Bytes received.", (FLOW,), unit="bytes"),
    _number("packets_out", "Packets sent.", (FLOW,)),
    _number("lasted_s", "How long the flow lasted.", (FLOW,), unit="s", scale=1e-3),
    _flag("served", "The customer's side answered somebody who asked from outside.", (FLOW,)),
    _flag("unanswered", "Nothing came back.", (FLOW,)),
    _word("alert", ALERTS, "What the sensor saw.", (ALERT,)),
    _number("alert_severity", "1 is the worst, 4 the least.", (ALERT,)),
    _key("signature", "The sensor's rule, or the scanner's.", (ALERT, SCANNED)),
    _flag("outward", "It comes from one of the customer's own addresses; unknown when its record has none.", (ALERT, FLOW)),
    _flag("at_home", "The other side is on record as the customer's own address.", (FLOW,)),
    _key("segment", "Part of the network.", (QUALITY,)),
    _number("cpu", "Share of the processors, 0 to 1.", (USAGE,), unit="share", scale=1e-6),
    _number("memory", "Share of the memory, 0 to 1.", (USAGE,), unit="share", scale=1e-6),
    _number("throughput", "Throughput.", (USAGE,), unit="bit/s"),
    _number("neighbour_delay_ms", "Delay that others on the same machine see.", (USAGE,), unit="ms", scale=1e-3),
    _number("interval_s", "What the sample covers.", (USAGE,), unit="s", scale=1e-3),
    _flag("infected", "Something was found in it.", (SCANNED,)),
    _word("place", PLACES, "Where it was.", (SCANNED,)),
    _word("method", METHODS, "Method of the request.", (REQUEST,)),
    _key("path", "Path of the request, with numbers and ids replaced.", (REQUEST,)),
    _key("item", "Path of the request as it is.", (REQUEST,)),
    _number("status_code", "Status of the answer.", (REQUEST,)),
    _key("person", "The individual.", (USER_ADDED, USER_REMOVED)),
    _key("replaces", "The user that is replaced.", (USER_ADDED, USER_REMOVED)),
    _number("strength", "Strength of the new secret, 0 to 4.", (CREDENTIAL,)),
    _number("age_days", "Age of the secret.", (CREDENTIAL,), unit="days", scale=1e-3),
    _word("report", REPORTS, "Category of the report.", (REPORT,)),
)


def _places() -> tuple[dict[str, int], int]:
    """Where each column stands: the first place none of whose columns has a kind of event in common with it."""
    taken: list[set[int]] = []
    found: dict[str, int] = {}
    for column in COLUMNS:
        kinds = set(EVENT_KINDS) if column.alone else set(column.kinds)
        # The phases of a call are rows of one source, so their columns stand side by side.
        kinds |= set(CALLS) if kinds & set(CALLS) else set()
        place = next((i for i, used in enumerate(taken) if not used & kinds), len(taken))
        if place == len(taken):
            taken.append(set())
        taken[place] |= kinds
        found[column.name] = place
    return found, len(taken)


COLUMN_INDEX, WIDTH = _places()
"""Place of each column in a row, and how many places a row has."""
COLUMN_BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
COLUMNS_OF: dict[int, tuple[Column, ...]] = {
    kind: tuple(column for column in COLUMNS if kind in column.kinds) for kind in EVENT_KINDS
}
"""Columns that each kind of event knows. Those of `tick` and `day` are none."""
SENSED = (
    "new_callee", "solicited", "reciprocal", "new_country", "step", "removed_user", "unprovisioned", "elsewhere",
    "new_device", "new_asn", "new_address", "speed_kmh", "distance_km", "lost_device",
)  # fmt: skip
"""Columns that the kernel fills from what it has seen before; a feed never sends them."""


def packed_spot(latitude: float, longitude: float) -> int:
    """A place on earth as one integer, to 11 m."""
    return round((latitude + 90) * 1e4) * 4_000_000 + round((longitude + 180) * 1e4)
