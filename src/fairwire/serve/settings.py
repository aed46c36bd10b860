"""The settings of the server: what the command line and the environment left open is read from a TOML file."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwire.model.errors import BadInput
from fairwire.runtime.data import StorePlace
from fairwire.runtime.keys import Declared
from fairwire.serve.edges import read_edges
from fairwire.serve.hep.settings import HepSettings, read_hep
from fairwire.serve.points import read_points
from fairwire.serve.redirect.settings import SipSettings, read_sip
from fairwire.serve.spelling import refuse_unknown

if TYPE_CHECKING:
    from fairwire.runtime.edges import DeclaredEdge
    from fairwire.runtime.mailing import MailSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `fairwire serve` runs with. None: not set anywhere."""

    data: Path | None
    http: str | None
    customers: Path | None
    policy: tuple[str, ...]
    drain: float | None
    """Seconds between SIGTERM and closing the port."""
    snapshot_every: int | None
    """Events between two snapshots."""
    keep_log: bool | None
    """Whether segments of the log stay when snapshots have all that is in them."""
    store: StorePlace | None = None
    """Where the control store is, when a setting says so."""
    smtp: MailSettings | None = None
    """Section `[smtp]`: the mail server that takes notices."""
    public_url: str | None = None
    """Where customers reach the public pages."""
    own_networks: tuple[str, ...] = ()
    """The provider's own systems that a customer may ask to test, as networks."""
    sip: SipSettings = field(default_factory=SipSettings)
    """Section `[sip]`: the redirect point; without an address it is not there."""
    page_to: tuple[str, ...] = ()
    """Who is written to at once when automatic action pauses itself."""
    act: bool | None = None
    """Whether orders of rules take effect by themselves; else they are written down, and only people act."""
    points: tuple[Declared, ...] = ()
    """Sections `[[points]]`: the enforcement points that ask over HTTP."""

    hep: HepSettings = field(default_factory=HepSettings)
    """Section `[hep]`: the listener for messages that proxies mirror; without an address it is not there."""
    edges: tuple[DeclaredEdge, ...] = ()
    """Sections `[[edges]]`: what carries orders out where nobody asks."""


NAMES = (
    "data", "http", "customers", "policy", "drain", "snapshot_every", "keep_log", "public_url", "smtp", "sip", "points", "hep",
    "act",
    "edges",
    "store", "store_password_file",
    "own_networks", "page_to",
)  # fmt: skip
SMTP_NAMES = ("host", "port", "from", "username", "password_file")
_KINDS = {
    "policy": "a text or a list of texts",
    "drain": "a number of seconds",
    "snapshot_every": "a number of events, at least 1",
    "keep_log": "true or false",
    "act": "true or false",
    "smtp": "a section with `host`",
    "sip": "a section with `listen`",
    "points": "sections `[[points]]`",
    "hep": "a section with `listen`",
    "edges": "sections `[[edges]]`",
    "own_networks": "a list of addresses or networks",
    "page_to": "a list of e-mail addresses",
}


def read_settings(
    file: Path | None,
    *,
    data: Path | None = None,
    http: str | None = None,
    customers: Path | None = None,
    policy: list[str] | None = None,
    drain: float | None = None,
    snapshot_every: int | None = None,
    keep_log: bool | None = None,
    sip: str | None = None,
    hep: str | None = None,
    act: bool | None = None,
    store: str | None = None,
    store_password_file: Path | None = None,
) -> Settings:
    """Settings given win over the file's. Relative paths in the file start at the file's directory.

    Raises
    ------
    BadInput
        The file cannot be read, is not TOML, names a setting that does not exist, or gives one of the wrong kind.
    """
    found = {} if file is None else _load(file)

    def path(text: str) -> Path:
        assert file is not None
        return file.parent / Path(text).expanduser()

    def policies(value: list[str] | str) -> tuple[str, ...]:
        many = [value] if isinstance(value, str) else value
        return tuple(str(path(one)) if "/" in one else one for one in many)

    def pick(given: Any, name: str, turn: Callable[[Any], Any]) -> Any:
        return given if given is not None else turn(found[name]) if name in found else None

    return Settings(
        data=pick(data, "data", path),
        http=pick(http, "http", str),
        customers=pick(customers, "customers", path),
        policy=tuple(policy) if policy else policies(found.get("policy", [])),
        drain=pick(drain, "drain", float),
        snapshot_every=pick(snapshot_every, "snapshot_every", int),
        keep_log=pick(keep_log, "keep_log", bool),
        smtp=None if file is None or "smtp" not in found else _mail(found["smtp"], file),
        public_url=pick(None, "public_url", str),
        own_networks=tuple(found.get("own_networks", ())),
        sip=_sip(found.get("sip", {}), sip, file),
        points=() if file is None else read_points(found.get("points", []), file),
        hep=_hep(found.get("hep", {}), hep, file),
        act=pick(act, "act", bool),
        page_to=tuple(found.get("page_to", ())),
        edges=() if file is None else read_edges(found.get("edges", []), file),
        store=_store(pick(store, "store", str), pick(store_password_file, "store_password_file", path)),
    )


def _store(url: str | None, password_file: Path | None) -> StorePlace | None:
    if url is None:
        if password_file is None:
            return None
        raise BadInput(
            "there is a password for the store, and no store that asks for it",
            at=str(password_file),
            help_='name it with `store`, such as store = "postgresql://fairwire@db.provider.example/fairwire"',
        )
    return StorePlace(url=url, password_file="" if password_file is None else str(password_file))


def _sip(section: dict[str, Any], given: str | None, file: Path | None) -> SipSettings:
    read = SipSettings() if file is None else read_sip(section, file)
    return read if given is None else replace(read, listen=given)


def _hep(section: dict[str, Any], given: str | None, file: Path | None) -> HepSettings:
    read = HepSettings() if file is None else read_hep(section, file)
    return read if given is None else replace(read, listen=given)


def _mail(section: dict[str, Any], file: Path) -> MailSettings:
    """The section `[smtp]`. A password stands in a file of its own, so that the settings can be shown to anybody."""
    from fairwire.runtime.mailing import mail_server

    hints = {"password": "name a file that only you can read with `password_file`"}
    refuse_unknown("smtp", section, SMTP_NAMES, file, hints=hints)
    for name, value in section.items():
        if name == "port" and (isinstance(value, bool) or not isinstance(value, int)):
            raise BadInput("the setting `smtp.port` must be a number", at=str(file))
        if name != "port" and not isinstance(value, str):
            raise BadInput(f"the setting `smtp.{name}` must be a text", at=str(file))
    if not section.get("host"):
        raise BadInput("the section `smtp` has no `host`", at=str(file), help_='add one such as host = "mail.provider.example"')
    password = ""
    if "password_file" in section:
        secret = file.parent / Path(section["password_file"]).expanduser()
        try:
            password = secret.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise BadInput("the file that `smtp.password_file` names cannot be read", at=str(secret)) from None
    server = mail_server(f"{section['host']}:{section.get('port', 25)}", section.get("from", ""))
    return replace(server, username=section.get("username", ""), password=password)


def _load(file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"the file cannot be read: {(error.strerror or 'unknown reason').lower()}", at=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"the file is not TOML: {str(error).lower()}", at=str(file)) from error
    hints = {"store_password": "name a file that only you can read with `store_password_file`"}
    refuse_unknown("", found, NAMES, file, hints=hints)
    for name, value in found.items():
        if not _fits(name, value):
            raise BadInput(f"the setting `{name}` must be {_KINDS.get(name, 'a text')}", at=str(file))
    return found


def _fits(name: str, value: object) -> bool:
    if name == "drain":
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if name == "snapshot_every":
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if name in ("keep_log", "act"):
        return isinstance(value, bool)
    if name in ("smtp", "sip", "hep"):
        return isinstance(value, dict)
    if name in ("points", "edges"):
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    if name == "page_to":
        from fairwire.runtime.mailing import is_address

        return isinstance(value, list) and all(isinstance(one, str) and is_address(one) for one in value)
    if name == "own_networks":
        return isinstance(value, list) and all(isinstance(one, str) and _is_network(one) for one in value)
    if name == "policy" and isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return isinstance(value, str)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
