"""`fairwire serve`: the HTTP API and the console, until a signal ends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.model.errors import BadUse, FairwireError
from fairwire.serve.addresses import DEFAULT_HTTP, parse_address

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp

    from fairwire.desk.policies import Coverages, PackCoverage
    from fairwire.ports.control import ControlStore
    from fairwire.ports.mail import Mailer
    from fairwire.ports.policies import PolicyStore
    from fairwire.ports.service import CallSession, LiveSession
    from fairwire.runtime.clockwork import Clockwork
    from fairwire.runtime.enforcing import Enforcing
    from fairwire.runtime.keys import Keyring
    from fairwire.runtime.live import Live
    from fairwire.runtime.mailing import Postman
    from fairwire.runtime.report_desk import ReportDesk
    from fairwire.runtime.secrets import Secrets
    from fairwire.serve.app import Readiness
    from fairwire.serve.hep.server import HepSockets
    from fairwire.serve.hep.settings import HepSettings
    from fairwire.serve.metrics import Meter
    from fairwire.serve.process import Beside
    from fairwire.serve.redirect.server import SipSockets
    from fairwire.serve.redirect.settings import SipSettings
    from fairwire.serve.settings import Settings

StoreOption = Annotated[
    str | None,
    typer.Option(
        envvar="FAIRWIRE_STORE",
        metavar="URL",
        help="Where the control store is: postgresql://USER@HOST/DATABASE, or `sqlite` for a file in the data folder."
        "  [default: as at the last start, else sqlite]",
        show_default=False,
    ),
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(envvar="FAIRWIRE_STORE_PASSWORD_FILE", help="File with the password of the store's user.", show_default=False),
]
DRAIN_S = 1.0
"""How long `/readyz` says `draining` before the port closes, so that a load balancer can look elsewhere first."""


class PortBusy(FairwireError):
    """Somebody else listens there, or the address is not ours."""

    code = "FW-NET-001"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="FAIRWIRE_DATA",
            help="Directory of the server's own files; made when missing.  [default: .fairwire]",
            show_default=False,
        ),
    ] = None,
    http: Annotated[
        str | None, typer.Option(envvar="FAIRWIRE_HTTP", metavar="HOST:PORT", help=f"Where to listen.  [default: {DEFAULT_HTTP}]")
    ] = None,
    sip: Annotated[
        str | None,
        typer.Option(
            envvar="FAIRWIRE_SIP",
            metavar="HOST:PORT",
            help="Where to listen for SIP, UDP and TCP; not at all unless it is given here or in --config.",
            show_default=False,
        ),
    ] = None,
    hep: Annotated[
        str | None,
        typer.Option(
            envvar="FAIRWIRE_HEP",
            metavar="HOST:PORT",
            help="Where to listen for SIP that proxies mirror by HEP3, UDP and TCP; not at all unless it is given.",
            show_default=False,
        ),
    ] = None,
    customers: Annotated[
        Path | None, typer.Option(envvar="FAIRWIRE_CUSTOMERS", help="Customer records, JSON Lines or YAML.", show_default=False)
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            envvar="FAIRWIRE_POLICY", metavar="ID|DIR", help="Pack id or directory; give it once for each.", show_default=False
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(envvar="FAIRWIRE_CONFIG", help="TOML file with the same names.", show_default=False)
    ] = None,
    drain: Annotated[
        float | None,
        typer.Option(
            min=0,
            envvar="FAIRWIRE_DRAIN",
            metavar="SECONDS",
            help=f"Time between SIGTERM and closing the port.  [default: {DRAIN_S:g}]",
        ),
    ] = None,
    snapshot_every: Annotated[
        int | None,
        typer.Option(
            min=1,
            envvar="FAIRWIRE_SNAPSHOT_EVERY",
            metavar="EVENTS",
            help="Events between two snapshots; a start runs at most these again.  [default: 100000]",
            show_default=False,
        ),
    ] = None,
    keep_log: Annotated[
        bool | None,
        typer.Option(
            "--keep-log/--forget-log",
            envvar="FAIRWIRE_KEEP_LOG",
            help="Keep log segments for ever, or only until two snapshots have all of them.  [default: keep]",
            show_default=False,
        ),
    ] = None,
    act: Annotated[
        bool | None,
        typer.Option(
            "--act/--dry-run",
            envvar="FAIRWIRE_ACT",
            help="Carry out what rules order, within their guards, or only write it down.  [default: dry run]",
            show_default=False,
        ),
    ] = None,
    store: StoreOption = None,
    store_password_file: PasswordFileOption = None,
) -> None:
    """Serve the HTTP API and the console.

    Options come from the command line, else from the environment (FAIRWIRE_DATA, FAIRWIRE_HTTP, ...), else from the file of
    --config. The first start makes the operator's token, `token` in the data directory. SIGTERM drains, then ends with status 0.
    """
    from fairwire.serve.settings import read_settings

    settings = read_settings(
        config,
        data=data,
        http=http,
        customers=customers,
        policy=policy,
        drain=drain,
        snapshot_every=snapshot_every,
        keep_log=keep_log,
        sip=sip,
        hep=hep,
        act=act,
        store=store,
        store_password_file=store_password_file,
    )
    host, port = parse_address(settings.http or DEFAULT_HTTP)

    from fairwire.cli.notices import to_standard_error
    from fairwire.runtime.data import data_folder, open_control, remember_store
    from fairwire.runtime.keys import Keyring
    from fairwire.runtime.secrets import load_secrets

    to_standard_error()

    folder = settings.data or data_folder(None)
    secrets = load_secrets(folder)
    keys = Keyring(folder, settings.points)
    for wrong in keys.read()[1]:
        raise wrong
    listener = listen(host, port)
    sockets: SipSockets | None = None
    try:
        sockets = listen_sip(settings.sip)
        hep_sockets = listen_hep(settings.hep)
    except BaseException:
        listener.close()
        if sockets is not None:
            sockets.close()
        raise
    control = open_control(folder, settings.store)
    try:
        remember_store(folder, settings.store)
        from fairwire.cli.replay import progress
        from fairwire.runtime.anchor import Watch
        from fairwire.runtime.holds import held_by
        from fairwire.runtime.journal import SNAPSHOT_EVERY, SNAPSHOT_S, Keeping
        from fairwire.runtime.live import open_live

        keeping = Keeping(
            snapshot_every=settings.snapshot_every or SNAPSHOT_EVERY,
            at_least_s=0.0 if settings.snapshot_every else SNAPSHOT_S,
            keep_log=settings.keep_log is not False,
            held=lambda: held_by(control.records),
        )
        enforcing = _enforcing(control, settings, secrets, folder)
        clockwork = _clockwork(control, enforcing)
        with progress() as told:
            service = open_live(
                folder,
                settings.customers,
                settings.policy,
                control,
                keeping=keeping,
                report=lambda done, total: told("running the log again", done, total),
                enforcing=enforcing,
                clockwork=clockwork,
            )
        reports = _reports(service, control, settings)
        enforcing.start()
        postman = _postman(control, settings, clockwork)
        watch = Watch(control, folder, secrets.audit_key)
        watch.start()
        try:
            wait_s = DRAIN_S if settings.drain is None else settings.drain
            run(
                service,
                control,
                secrets,
                listener,
                drain_s=wait_s,
                place=folder,
                policies=settings.policy,
                public_url=settings.public_url,
                sip=settings.sip,
                sockets=sockets,
                keys=keys,
                hep=settings.hep,
                hep_sockets=hep_sockets,
                own_networks=settings.own_networks,
                reports=reports,
            )
        finally:
            if postman is not None:
                postman.close()
            enforcing.stop()
            service.close()
            enforcing.close()
            watch.close()
    finally:
        control.close()
        listener.close()
        for bound in (sockets, hep_sockets):
            if bound is not None:
                bound.close()


def _enforcing(store: ControlStore, settings: Settings, secrets: Secrets, folder: Path) -> Enforcing:
    """Carries orders out while the service runs."""
    import hmac

    from fairwire.runtime.edges import FOLDER, open_edges
    from fairwire.runtime.enforcing import Enforcing
    from fairwire.runtime.paging import pager
    from fairwire.runtime.replay import now_us

    edges = {edge.name: edge for edge in open_edges(settings.edges, keep=folder / FOLDER)}
    page = pager(settings.smtp, settings.page_to, now_us)
    key = hmac.digest(secrets.session_key, b"when the steps of ladders begin", "sha256")
    return Enforcing(store, clock=now_us, acts=bool(settings.act), edges=edges, jitter_key=key, page=page)


def _clockwork(store: ControlStore, enforcing: Enforcing) -> Clockwork:
    """Letters, deadlines and what follows from them, by the same clock as orders."""
    from fairwire.runtime.clockwork import Clockwork
    from fairwire.runtime.plan_changes import PlanChanges

    made = Clockwork(store.records, finding_of=store.finding, admit=enforcing.take, pause_us=1_000_000)
    enforcing.also(made.run_due)
    enforcing.also(PlanChanges(store.records, made.watch.ordered).run_due)
    return made


def _reports(service: Live, store: ControlStore, settings: Settings) -> ReportDesk:
    """Where reports of abuse arrive, those that come as events too. Findings that a crash kept from the others are put there."""
    from fairwire.runtime.plans import packs_in_force
    from fairwire.runtime.raised_findings import show_raised
    from fairwire.runtime.report_desk import ReportDesk

    show_raised(store)
    reports = ReportDesk(
        store.records,
        policy_of=service.policy,
        owner_of=lambda what: service.owner_of_number(what) or service.owner_of_address(what),
        packs=lambda: packs_in_force(settings.policy, store.policies),
    )
    service.reports.to(reports.take_events)
    return reports


def _postman(store: ControlStore, settings: Settings, clockwork: Clockwork) -> Postman | None:
    """Sends notices while the service runs, where a mail server is named."""
    if settings.smtp is None:
        if store.policies.notices(states=("queued",), limit=1) or store.records.find("notice", states=("queued",), limit=1):
            typer.echo("notices to customers wait for a mail server; name one in the section [smtp] of --config", err=True)
        return None
    from fairwire.runtime.letter_box import LetterBox
    from fairwire.runtime.mailing import Postman
    from fairwire.runtime.posting import send_waiting
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.versions import Versions

    box = LetterBox(store.records, clockwork.letters, settings.smtp.sender)

    def letters(mailer: Mailer, stop: Callable[[], bool]) -> object:
        return send_waiting(box, mailer, clock=now_us, stop=stop)

    sender = Versions(store.policies).sender(settings.smtp.sender)
    postman = Postman(store.policies, settings.smtp, sender, also=(letters,))
    postman.start()
    return postman


def compose(
    service: LiveSession,
    store: ControlStore,
    secrets: Secrets,
    readiness: Readiness | None = None,
    *,
    policies: Sequence[str] = (),
    public_url: str | None = None,
    meter: Meter | None = None,
    keys: Keyring | None = None,
    place: Path | None = None,
    own_networks: Sequence[str] = (),
    reports: ReportDesk | None = None,
) -> ASGIApp:
    """The API and the console as one application.

    Parameters
    ----------
    policies
        Those in force; none: all built-in and published packs.
    place
        Where documents are kept; none are taken where it is left out.
    own_networks
        The provider's own systems that a customer may ask to test.
    """
    import hmac

    from fairwire.desk.people import PORTAL, KeyCustomers, KeyPeople
    from fairwire.desk.policy_pages import policy_routes
    from fairwire.desk.portal import portal_routes
    from fairwire.desk.routes import desk_routes
    from fairwire.desk.sessions import Sessions
    from fairwire.runtime.grant_acts import GrantActs
    from fairwire.runtime.grant_requests import Asked, Site
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.sealed_documents import SealedDocuments
    from fairwire.serve.app import build_app
    from fairwire.serve.authorisations import GrantDesk

    people = None if keys is None else KeyPeople(keys)
    documents = None if place is None else SealedDocuments(place)
    grants = GrantDesk(
        acts=GrantActs(store.records, documents, customer_of=service.customer, pack_of=service.policy),
        site=Site(customers=lambda: service.customers() or (), networks=own_networks),
        customer_of=service.customer,
        policy_of=service.policy,
        changed=service.look_at_grants,
    )
    sessions = Sessions(secrets.token, secrets.session_key, people)
    console = desk_routes(
        store,
        sessions,
        coverages=covered(policies, store.policies),
        customers=service.customers,
        public_url=public_url,
        policy_of=service.policy,
    )
    # Nobody knows this token: only customers' keys open their pages.
    closed = hmac.digest(secrets.session_key, b"pages of customers", "sha256").hex()
    portal = Sessions(closed, secrets.session_key, None if keys is None else KeyCustomers(keys), right=PORTAL)

    def ask(name: str, asked: Asked, by: str) -> object:
        customer, pack = service.customer(name), service.policy(name)
        if customer is None or pack is None:
            raise BadUse(f"there is no customer `{name[:80]}` any more")
        return grants.acts.ask(asked, customer, pack, grants.site, by, now_us())

    pages = [*policy_routes(store.policies), *portal_routes(store, portal, service, ask), *console]
    return build_app(
        service,
        store,
        secrets.token,
        pages=pages,
        readiness=readiness,
        customer_of=service.customer,
        policy_of=service.policy,
        meter=meter,
        keys=keys,
        grants=grants,
        reports=reports,
        place=place,
    )


def covered(policies: Sequence[str], store: PolicyStore) -> Coverages:
    """Gives the policies in force with their coverage. Worked out when another version is in force than at the last question,
    and not before the first, so that a start does not wait for it."""
    from fairwire.runtime.packs import pack_coverage
    from fairwire.runtime.plans import packs_in_force, versions_in_force

    known: dict[tuple[str, ...], list[PackCoverage]] = {}

    def now() -> list[PackCoverage]:
        key = versions_in_force(store)
        if key not in known:
            known.clear()
            known[key] = [(pack, pack_coverage(pack)) for pack in packs_in_force(policies, store)]
        return known[key]

    return now


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises `PortBusy` in one sentence when that cannot be had."""
    import socket

    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise _busy(error, f"{host}:{port}", "--http") from error


def listen_sip(settings: SipSettings) -> SipSockets | None:
    """The sockets of the redirect point; None where it is not asked for. Raises as `listen` does."""
    from fairwire.serve.redirect.server import SipSockets

    for address in settings.evapi:
        parse_address(address)
    if settings.listen is None and settings.tls is None:
        return None
    plain = None if settings.listen is None else parse_address(settings.listen)
    tls = None if settings.tls is None else parse_address(settings.tls)
    try:
        return SipSockets(settings, plain, tls)
    except OSError as error:
        raise _busy(error, " or ".join(filter(None, (settings.listen, settings.tls))), "--sip") from error


def listen_hep(settings: HepSettings) -> HepSockets | None:
    """The sockets for mirrored messages; None where they are not asked for. Raises as `listen` does."""
    from fairwire.serve.hep.server import HepSockets

    if settings.listen is None:
        return None
    try:
        return HepSockets(settings, parse_address(settings.listen))
    except OSError as error:
        raise _busy(error, settings.listen, "--hep") from error


def _busy(error: OSError, address: str, option: str) -> PortBusy:
    import errno

    if error.errno == errno.EADDRINUSE:
        why, what = "is in use by another process", f"end that process or choose another port with `{option}`"
    elif error.errno == errno.EACCES:
        why, what = "may not be used by this user", f"choose a port above 1023 with `{option}`"
    else:
        why, what = "cannot be listened on", f"give an address of this machine with `{option}`"
    return PortBusy(f"the address {address} {why}", help_=what)


def run(
    service: CallSession,
    store: ControlStore,
    secrets: Secrets,
    listener: socket.socket,
    *,
    drain_s: float,
    place: Path,
    policies: Sequence[str] = (),
    public_url: str | None = None,
    sip: SipSettings | None = None,
    sockets: SipSockets | None = None,
    keys: Keyring | None = None,
    hep: HepSettings | None = None,
    hep_sockets: HepSockets | None = None,
    own_networks: Sequence[str] = (),
    reports: ReportDesk | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Prints one line when requests are answered."""
    from fairwire.serve.app import Readiness
    from fairwire.serve.metrics import Meter
    from fairwire.serve.process import Drainable
    from fairwire.serve.redirect.peers import Paces
    from fairwire.serve.redirect.server import SipServer, evapi_clients

    readiness = Readiness()
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def ready() -> None:
        also = "" if sockets is None else f", SIP at {sockets.address}"
        also += "" if hep_sockets is None else f", HEP at {hep_sockets.address}"
        typer.echo(f"fairwire ready: console and API at {address}{also}, token in {place / 'token'}")

    meter = Meter(service)
    app = compose(
        service,
        store,
        secrets,
        readiness,
        policies=policies,
        public_url=public_url,
        meter=meter,
        keys=keys,
        place=place,
        own_networks=own_networks,
        reports=reports,
    )
    beside: list[Beside] = []
    paces = Paces()
    if sockets is not None and sip is not None:
        vouching = None
        if sip.stir is not None:
            from fairwire.runtime.certificates import HttpsCertificates
            from fairwire.runtime.replay import now_us
            from fairwire.serve.redirect.server import vouching_of

            vouching = vouching_of(sip.stir, secrets.tag_key, now_us, HttpsCertificates() if sip.stir.trust else None)
        server = SipServer(
            service,
            sockets,
            sip,
            secrets.tag_key,
            told=meter.told("sip"),
            draining=lambda: readiness.draining,
            vouching=vouching,
            paces=paces,
        )
        meter.watch_sip(server.point.counts, server.point.degraded)
        beside.append(server)
    if sip is not None and sip.evapi:
        counts: Counter[str] = Counter()
        addresses = map(parse_address, sip.evapi)
        beside += evapi_clients(service, addresses, sip, told=meter.told("evapi"), took=meter.took, paces=paces, counts=counts)
        meter.watch_evapi(counts)
    if hep_sockets is not None and hep is not None:
        beside.append(_hep_server(service, hep, hep_sockets, sip, sockets, place, meter))
    Drainable(app, readiness, ready, drain_s=drain_s, beside=beside).run(sockets=[listener])


def _hep_server(
    service: CallSession,
    hep: HepSettings,
    hep_sockets: HepSockets,
    sip: SipSettings | None,
    sockets: SipSockets | None,
    place: Path,
    meter: Meter,
) -> Beside:
    from fairwire.runtime.replay import now_us
    from fairwire.serve.hep.server import HepServer, own_addresses
    from fairwire.serve.redirect.peers import LOOPBACK

    own = () if sockets is None else own_addresses((sockets.udp, sockets.tcp, sockets.tls))
    peers = (LOOPBACK,) if sip is None else sip.peers
    server = HepServer(service, hep_sockets, hep, now_us, peers=peers, own=own, folder=place, took=meter.took)
    meter.watch_hep(server.counts)
    return server
