"""Events as others send them: CloudEvents 1.0, one class for each `type`.

The classes say what is required and of which kind; fields they do not name are kept in the event's raw bytes and
never refused. `from` is a word of the language, so it is `from_` here.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

Direction = Literal["outbound", "inbound", "internal"]
Disposition = Literal["answered", "busy", "no_answer", "failed", "cancelled", "rejected", "blocked"]
Maybe = UnsetType | None


class Envelope(msgspec.Struct, kw_only=True):
    """The CloudEvents attributes, with the data still undecoded."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    data: msgspec.Raw


class Data(msgspec.Struct, kw_only=True):
    """What all `data` objects share: the customer it is about."""

    customer: str


class CallAttempt(Data, kw_only=True):
    """`call.attempt`: someone asks for a call."""

    call_id: str
    direction: Direction
    from_: str = field(name="from")
    to: str
    user: str | Maybe = UNSET
    line: str | Maybe = UNSET
    credential: str | Maybe = UNSET
    display_name: str | Maybe = UNSET
    pai: str | Maybe = UNSET
    diversion: list[str] | Maybe = UNSET
    src_ip: str | Maybe = UNSET
    user_agent: str | Maybe = UNSET
    transport: str | Maybe = UNSET
    srtp: bool | Maybe = UNSET
    attestation: str | Maybe = UNSET
    trunk: str | Maybe = UNSET
    campaign: str | Maybe = UNSET
    automated: bool | Maybe = UNSET
    rate_per_min: str | Maybe = UNSET
    currency: str | Maybe = UNSET


class CallAnswered(Data, kw_only=True):
    """`call.answered`: the called side picked up."""

    call_id: str


class CallEnded(CallAttempt, kw_only=True):
    """`call.ended`: a call detail record. Alone, it implies its attempt and answer."""

    start: str
    end: str
    duration_s: float
    disposition: Disposition
    answer: str | Maybe = UNSET
    sip_code: int | Maybe = UNSET
    charge: str | Maybe = UNSET
    tariff: str | Maybe = UNSET
    released_by: str | Maybe = UNSET
    forwarded: bool | Maybe = UNSET
    recorded: bool | Maybe = UNSET
    recording_consent: str | Maybe = UNSET
    kind: str | Maybe = UNSET
    silence_ratio: float | Maybe = UNSET
    mos: float | Maybe = UNSET
    jitter_ms: float | Maybe = UNSET
    loss_pct: float | Maybe = UNSET
    transcript: str | Maybe = UNSET


class Media(msgspec.Struct, kw_only=True):
    """One attachment of a message."""

    sha256: str
    type: str
    bytes: int


class Message(Data, kw_only=True):
    """`message.sent` and `message.received`."""

    message_id: str
    channel: Literal["sms", "mms", "chat", "fax", "voicemail"]
    from_: str = field(name="from")
    to: list[str]
    user: str | Maybe = UNSET
    text: str | Maybe = UNSET
    links: list[str] | Maybe = UNSET
    media: list[Media] | Maybe = UNSET
    segments: int | Maybe = UNSET
    status: str | Maybe = UNSET
    opted_out: bool | Maybe = UNSET
    charge: str | Maybe = UNSET
    currency: str | Maybe = UNSET


class EmailSent(Data, kw_only=True):
    """`email.sent`."""

    message_id: str
    mail_from: str
    header_from: str
    to: list[str]
    bytes: int
    user: str | Maybe = UNSET
    subject: str | Maybe = UNSET
    spf: str | Maybe = UNSET
    dkim: str | Maybe = UNSET
    dmarc: str | Maybe = UNSET
    spam_score: float | Maybe = UNSET
    received: list[str] | Maybe = UNSET
    complained: bool | Maybe = UNSET


class Auth(Data, kw_only=True):
    """`auth.login` and `auth.register`."""

    credential: str
    ok: bool
    src_ip: str
    user: str | Maybe = UNSET
    country: str | Maybe = UNSET
    asn: int | Maybe = UNSET
    lat: float | Maybe = UNSET
    lon: float | Maybe = UNSET
    device: str | Maybe = UNSET
    user_agent: str | Maybe = UNSET
    transport: str | Maybe = UNSET
    contacts: int | Maybe = UNSET


class NetFlow(Data, kw_only=True):
    """`net.flow`."""

    src_ip: str
    dst_ip: str
    src_port: int
    dst_port: int
    proto: str
    bytes_out: int
    bytes_in: int
    duration_s: float
    packets_out: int | Maybe = UNSET
    served: bool | Maybe = UNSET


class NetAlert(Data, kw_only=True):
    """`net.alert`."""

    sensor: str
    signature: str
    category: Literal["scan", "dos", "intrusion", "malware", "irc", "spoof", "snoop", "policy"]
    severity: int
    src_ip: str
    dst_ip: str
    dst_port: int | Maybe = UNSET


class NetQuality(Data, kw_only=True):
    """`net.quality`."""

    segment: str
    mos: float | Maybe = UNSET
    jitter_ms: float | Maybe = UNSET
    loss_pct: float | Maybe = UNSET


class UsageSample(Data, kw_only=True):
    """`usage.sample`."""

    interval_s: float
    cpu_share: float | Maybe = UNSET
    memory_share: float | Maybe = UNSET
    throughput_bps: float | Maybe = UNSET
    neighbour_delay_ms: float | Maybe = UNSET


class ContentScanned(Data, kw_only=True):
    """`content.scanned`."""

    sha256: str
    verdict: Literal["clean", "infected"]
    where: Literal["upload", "attachment", "mms", "greeting"]
    user: str | Maybe = UNSET
    signature: str | Maybe = UNSET


class ApiRequest(Data, kw_only=True):
    """`api.request`."""

    credential: str
    method: str
    path: str
    status: int
    src_ip: str
    user_agent: str | Maybe = UNSET


class UserChange(Data, kw_only=True):
    """`user.added` and `user.removed`."""

    user: str
    person: str | Maybe = UNSET
    replaces: str | Maybe = UNSET


class DeviceChange(Data, kw_only=True):
    """`device.lost` and `device.found`."""

    device: str
    user: str | Maybe = UNSET


class CredentialChanged(Data, kw_only=True):
    """`credential.changed`."""

    credential: str
    strength: int | Maybe = UNSET
    at: str | Maybe = UNSET


class OrderChanged(Data, kw_only=True):
    """`order.changed`: any field of the customer record may stand beside the customer. Those that a replay goes by are named;
    what cannot stand in a record changes nothing, and refuses no event."""

    user_limit: Any = UNSET
    plan: Any = UNSET
    kind: Any = UNSET
    max_active_connections: Any = UNSET
    max_calls_per_second: Any = UNSET
    max_calls_per_day: Any = UNSET
    monthly_charge_limit: Any = UNSET
    daily_charge_limit: Any = UNSET
    on_limit: Any = UNSET
    numbers: Any = UNSET
    addresses: Any = UNSET
    features: Any = UNSET
    opened: Any = UNSET


class ReportReceived(msgspec.Struct, kw_only=True):
    """`report.received`: the only event that may be about nobody yet."""

    report_id: str
    category: str
    format: Literal["form", "api", "arf", "xarf"]
    customer: str | Maybe = UNSET
    number: str | Maybe = UNSET
    address: str | Maybe = UNSET
    text: str | Maybe = UNSET
    reporter: str | Maybe = UNSET


EventData = Data | ReportReceived

DATA_BY_TYPE: dict[str, type[Data] | type[ReportReceived]] = {
    "call.attempt": CallAttempt,
    "call.answered": CallAnswered,
    "call.ended": CallEnded,
    "message.sent": Message,
    "message.received": Message,
    "email.sent": EmailSent,
    "auth.login": Auth,
    "auth.register": Auth,
    "net.flow": NetFlow,
    "net.alert": NetAlert,
    "net.quality": NetQuality,
    "usage.sample": UsageSample,
    "content.scanned": ContentScanned,
    "api.request": ApiRequest,
    "user.added": UserChange,
    "user.removed": UserChange,
    "device.lost": DeviceChange,
    "device.found": DeviceChange,
    "credential.changed": CredentialChanged,
    "order.changed": OrderChanged,
    "report.received": ReportReceived,
}
"""Every `type` of CONTRACTS section 1. A type that is not here is kept and counted as unknown, not refused."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted event, at the edge of the system."""

    id: str
    source: str
    type: str
    time_us: int
    data: EventData
    raw: bytes
    """The event as it came, one JSON object; fields we do not know are still in it."""
