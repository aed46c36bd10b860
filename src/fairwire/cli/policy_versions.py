"""`fairwire policy submit`, `review`, `publish` ...: from a pack's folder to a version in force, with every version on record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwire.cli.policy import policy_app

if TYPE_CHECKING:
    from fairwire.model.customers import Customer
    from fairwire.model.versions import HistoryEntry, PolicyVersion
    from fairwire.runtime.data import StorePlace
    from fairwire.runtime.mailing import MailSettings
    from fairwire.runtime.versions import Published, Versions
    from fairwire.serve.settings import Settings

PackName = Annotated[
    str, typer.Argument(metavar="PACK[@VERSION]", help="Id of a pack, and a version's number; or a folder that was handed in.")
]
DataOption = Annotated[
    Path | None,
    typer.Option(envvar="FAIRWIRE_DATA", help="Data folder, where versions are kept. [default: .fairwire]", show_default=False),
]
ByOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who does this. [default: the user of the operating system]", show_default=False),
]
CustomersOption = Annotated[
    Path | None, typer.Option(envvar="FAIRWIRE_CUSTOMERS", help="Customer records, JSON Lines or YAML.", show_default=False)
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(envvar="FAIRWIRE_CONFIG", help="TOML file of the server: customers, smtp, public_url ...", show_default=False),
]
SmtpOption = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Mail server that takes the notices.", show_default=False)
]
FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="ADDRESS", help="From whom notices come. [default: the policy's contact]", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DEFAULT_URL = "http://127.0.0.1:8080"
_NARROW = 110
_STATE_COLOURS = {"in_force": "green", "scheduled": "cyan", "approved": "yellow", "in_review": "yellow", "superseded": "dim"}


@policy_app.command("submit")
def submit(
    pack_dir: Annotated[str, typer.Argument(metavar="PACK_DIR", help="The pack's folder, or the id of a built-in one.")],
    by: ByOption = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What is new, for the one who reviews.")] = "",
    number: Annotated[
        str, typer.Option("--version", metavar="X.Y.Z", help="Its number. [default: `version` of pack.yaml]", show_default=False)
    ] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Keep it without asking for a review.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand a pack in for review. A text that is open already is replaced, and an approval of it is void.

    Exit status: 0 handed in, 2 the pack is invalid, has nothing new, or its number was given before.
    """
    with opened(data, made=True) as versions:
        made = versions.submit(pack_dir, by=who(by), note=note, number=number, draft=draft)
        if as_json:
            print_json(_facts(made, _now()))
            return
        typer.echo(
            f"{made.name} is {'kept as a draft' if draft else 'in review'}: {made.content[:12]}, handed in by {made.author}"
        )
        if not draft:
            typer.echo(f"next  fairwire policy review {made.name} --by SOMEBODY_ELSE --approve --reason TEXT")


@policy_app.command("review")
def review(
    pack: PackName,
    by: ByOption = None,
    approve: Annotated[bool, typer.Option("--approve", help="This text may be put in force.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="This text may not.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stays on record.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve or reject the text in review. Whoever handed it in cannot approve it.

    Exit status: 0 on record, 2 there is nothing to review, or this person cannot.
    """
    from fairwire.model.errors import BadUse

    if approve == reject:
        raise BadUse("a review approves or rejects", help_="give `--approve` or `--reject`, and why with `--reason TEXT`")
    with opened(data) as versions:
        name, number = versions.named(pack)
        made = versions.review(name, number, by=who(by), verdict="approve" if approve else "reject", reason=reason)
        if as_json:
            print_json(_facts(made, _now()))
            return
        typer.echo(f"{made.name} is {made.stage}: {made.content[:12]}, by {who(by)}")
        if approve:
            typer.echo(f"next  fairwire policy publish {made.name} --customers FILE")


@policy_app.command("publish")
def publish(
    pack: PackName,
    by: ByOption = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT", help="When it begins, such as 2027-01-01T00:00:00Z. [default: as soon as its terms allow]"
        ),
    ] = None,
    customers: CustomersOption = None,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="Customers whose record names no policy are bound by this one.")
    ] = False,
    smtp: SmtpOption = None,
    sender: FromOption = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help=f"Where customers reach the public pages. [default: {DEFAULT_URL}]", show_default=False),
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put an approved version in force, at once or at an instant, and tell its customers as its own terms say.

    Notices are queued together with the publication. With --smtp they are sent now; else `fairwire serve` sends them, or
    `fairwire policy notices PACK --send`.

    Exit status: 0 published, 1 published and a notice was refused for good, 2 not published.
    """
    settings = read_config(config, data=data, customers=customers)
    mail = mail_settings(settings, smtp, sender)
    base_url = _address(url or settings.public_url or DEFAULT_URL)
    with opened(settings.data, settings.store) as versions:
        name, number = versions.named(pack)
        done = versions.publish(
            name,
            number,
            by=who(by),
            at_us=None if at is None else read_instant(at),
            customers=read_customers(settings.customers),
            everybody=everybody,
            base_url=base_url,
        )
        sent = None if mail is None or not done.notices else send_notices(versions, mail, name, done.version.version)
        failed = sent is not None and sent.failed > 0
        if as_json:
            print_json(_published_facts(done, sent))
        else:
            _show_published(done, sent)
        if failed:
            raise typer.Exit(1)


@policy_app.command("withdraw")
def withdraw(
    pack: PackName,
    by: ByOption = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stays on record.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back a version that is not in force yet: a draft, one in review, an approved or a scheduled one.

    Exit status: 0 withdrawn, 2 it is in force or over, or there is none.
    """
    with opened(data) as versions:
        name, number = versions.named(pack)
        made, told = versions.withdraw(name, number, by=who(by), reason=reason)
        if as_json:
            print_json(_facts(made, _now()) | {"told_already": told})
            return
        typer.echo(f"{made.name} is withdrawn, and stays readable: fairwire policy show {made.name}")
        if told:
            typer.echo(
                f"{many(told, 'customer')} had been told of it already; write to them: fairwire policy notices {made.name}"
            )


@policy_app.command("versions")
def versions_(
    pack: Annotated[
        str | None, typer.Argument(metavar="[PACK[@VERSION]]", help="Id of a pack, or one version. All when none is named.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every version on record, with its state and its dates.

    Exit status: 0 listed, 2 there is no such pack on record.
    """
    with opened(data) as versions:
        if pack is None:
            found = [each for name in versions.store.packs() for each in versions.dossier(name).versions]
        else:
            name, number = versions.named(pack)
            one = versions.version(name, number)
            found = [one] if number else list(versions.dossier(name).versions)
        now = _now()
        if as_json:
            print_json([_facts(each, now) for each in found])
            return
        if not found:
            typer.echo("no version is on record; `fairwire policy submit PACK_DIR` hands the first one in")
            return
        _show_versions(found, now)


@policy_app.command("show")
def show(
    pack: PackName,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write its files there.", show_default=False)] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a version as it was handed in: the one in force, or any other for ever.

    Exit status: 0 shown, 2 there is no such version.
    """
    with opened(data) as versions:
        name, number = versions.named(pack)
        found = versions.version(name, number)
        texts = versions.texts_of(found)
        if out is not None:
            _write_files(out, texts)
        if as_json:
            print_json(_facts(found, _now()) | {"files": texts})
        elif out is not None:
            typer.echo(f"{found.name}: {many(len(texts), 'file')} in {out}")
        else:
            _show_text(versions, found, texts)


@policy_app.command("history")
def history(
    pack: PackName,
    with_notices: Annotated[
        bool, typer.Option("--notices", help="What became of each notice, too; `policy notices` has the last word of each.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who did what to a policy's versions, and when. Nothing is ever taken out of it.

    Exit status: 0 listed, 2 there is no such pack on record.
    """
    with opened(data) as versions:
        name, number = versions.named(pack)
        versions.version(name, number)
        entries = [entry for entry in versions.store.history(name, notices=with_notices) if not number or entry.version == number]
        if as_json:
            import msgspec

            print_json([{"at": instant(entry.at_us)} | msgspec.structs.asdict(entry) for entry in entries])
            return
        for entry in entries:
            typer.echo(_told(entry))


# What they share


@contextmanager
def opened(data: Path | None, place: StorePlace | None = None, *, made: bool = False) -> Iterator[Versions]:
    """The acts on the versions in a data folder, which is made only where something can begin in it."""
    from contextlib import closing

    from fairwire.model.errors import BadInput
    from fairwire.runtime.data import data_folder, is_kept, open_control
    from fairwire.runtime.versions import Versions

    folder = data_folder(data)
    if not made and not is_kept(folder, place):
        raise BadInput(
            "there is no such data folder, so no version is on record",
            at=str(folder),
            help_="name the right one with --data, or hand a pack in with `fairwire policy submit PACK_DIR`",
        )
    with closing(open_control(folder, place)) as store:
        yield Versions(store.policies)


def who(by: str | None) -> str:
    """Who acts: as given, else the user of the operating system."""
    if by is not None:
        return by
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def many(count: int, noun: str) -> str:
    """`1 notice`, `2 notices`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _now() -> int:
    from fairwire.runtime.replay import now_us

    return now_us()


def read_instant(text: str) -> int:
    """An instant as typed; a day begins in UTC."""
    from fairwire.model.errors import BadUse
    from fairwire.model.instants import parse_us

    try:
        return parse_us(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except ValueError as error:
        raise BadUse(f"`--at`: {error}") from None


def _address(url: str) -> str:
    """An address that can stand in a letter."""
    from urllib.parse import urlsplit

    from fairwire.model.errors import BadUse

    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, url)) and url.isprintable()
    except ValueError:
        good = False
    if not good:
        shown = "".join(each for each in url[:80] if each.isprintable())
        raise BadUse(f"`{shown}` is no address of web pages", help_="give --url such as https://provider.example")
    return url


def read_config(config: Path | None, *, data: Path | None, customers: Path | None) -> Settings:
    """The server's settings, where the command line and the environment say nothing else."""
    import os

    from fairwire.serve.settings import read_settings

    return read_settings(config, data=data, customers=customers, store=os.environ.get("FAIRWIRE_STORE"))


def read_customers(file: Path | None) -> Sequence[Customer] | None:
    """The customers, None when no file is named."""
    from fairwire.runtime.customers import load_customers

    return None if file is None else load_customers(file)


def mail_settings(settings: Settings, smtp: str | None, sender: str | None) -> MailSettings | None:
    """The mail server of the command line, else of the configuration; None for neither."""
    from fairwire.runtime.mailing import mail_server

    if smtp is not None:
        return mail_server(smtp, sender or "")
    if settings.smtp is None:
        return None
    import dataclasses

    return dataclasses.replace(settings.smtp, sender=sender) if sender else settings.smtp


def send_notices(versions: Versions, mail: MailSettings, pack: str, version: str | None, *, now: bool = False) -> Any:
    """Send what waits, with a bar; returns how many came to what."""
    from contextlib import closing

    from fairwire.cli.notices import to_standard_error
    from fairwire.cli.replay import progress
    from fairwire.runtime.mailing import send_due

    to_standard_error()
    with progress() as told, closing(mail.mailer()) as mailer:
        return send_due(
            versions.store,
            mailer,
            versions.sender(mail.sender),
            pack=pack,
            version=version,
            now=now,
            report=lambda done, total: told("sending notices", done, total),
        )


def print_json(facts: object) -> None:
    """Facts, readable by programs."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(facts), indent=2).decode())


def instant(at_us: int | None) -> str | None:
    """RFC 3339, to the second where nothing finer matters."""
    from fairwire.model.instants import format_us

    return None if at_us is None else format_us(at_us)


def _facts(version: PolicyVersion, now: int) -> dict[str, Any]:
    from fairwire.model.versions import version_facts

    return version_facts(version, now)


def _published_facts(done: Published, sent: Any) -> dict[str, Any]:
    states = [notice.state for notice in done.notices]
    return _facts(done.version, _now()) | {
        "page": done.page,
        "notices": len(states),
        "unreachable": [notice.customer for notice in done.notices if notice.state == "unreachable"],
        "sent": sent.sent if sent else 0,
        "failed": sent.failed if sent else 0,
        "of_other_policies": done.of_other_policies,
        "without_policy": done.without_policy,
    }


def _show_published(done: Published, sent: Any) -> None:
    from fairwire.policy.adoption import choice_ends

    version = done.version
    state = version.state(_now())
    begins = (
        f"begins {instant(version.effective_us)}" if state == "scheduled" else f"in force since {instant(version.effective_us)}"
    )
    typer.echo(f"{version.name} is published: {begins}")
    if done.replaced is not None:
        typer.echo(f"  replaces   {done.replaced.name}, in force until that instant")
    typer.echo(f"  page       {done.page}")
    terms = version.terms
    typer.echo(f"  accepted   {'by use' if terms.acceptance == 'use' else 'by a word of the customer'}")
    if terms.window_s and version.previous:
        choice_us = choice_ends(version)
        how = f"until {instant(choice_us)}: fairwire policy schedule CUSTOMER {version.pack} --on DAY"
        none = "none: the window of its terms is over before it begins"
        typer.echo(f"  choice     {none if choice_us is None else 'each customer may choose a day ' + how}")
    if not terms.send:
        typer.echo("  notices    none: by its own terms a change is posted, and customers look at the page")
        return
    reachable = [notice for notice in done.notices if notice.state != "unreachable"]
    typer.echo(f"  notices    {len(reachable):,} of {many(len(done.notices), 'customer')} can be told by mail")
    for notice in done.notices:
        if notice.state == "unreachable":
            typer.echo(f"  unreachable  {notice.customer}: {notice.answer}")
    if done.without_policy:
        typer.echo(
            f"  not told   {many(done.without_policy, 'customer')} whose record names no policy; `--everybody` tells them, too"
        )
    if sent is None:
        how = f"fairwire policy notices {version.name} --send --smtp HOST:PORT"
        typer.echo(f"  queued     `fairwire serve` with a section [smtp] sends them, or: {how}")
    else:
        show_sending(sent)


def show_sending(sent: Any) -> None:
    """What became of notices that were to be sent."""
    typer.echo(f"  sent {sent.sent:,}, waiting for another attempt {sent.waiting:,}, refused for good {sent.failed:,}")
    if sent.last_answer:
        typer.echo(f"  last answer  {sent.last_answer}")


def _show_versions(found: Sequence[PolicyVersion], now: int) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=150, highlight=False)
    if console.width < _NARROW:
        for each in found:
            _show_version(each, now)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("version", "state", "begins", "ends", "by", "approved by", "text", "note"):
        table.add_column(heading, no_wrap=heading not in ("note", "by", "approved by"), overflow="fold")
    for each in found:
        state = each.state(now)
        table.add_row(
            each.name,
            f"[{_STATE_COLOURS.get(state, 'dim')}]{state.replace('_', ' ')}[/]",
            "-" if state == "withdrawn" else _second(each.effective_us),
            "-" if state == "withdrawn" else _second(each.superseded_us),
            escape(each.author),
            escape(each.approved_by) or "-",
            each.content[:12],
            escape(each.note),
        )
    console.print(table)


def _show_version(version: PolicyVersion, now: int) -> None:
    """The same for a narrow screen: one paragraph a version."""
    state = version.state(now)
    typer.echo(f"{version.name}  {state.replace('_', ' ')}")
    if version.effective_us is not None and state != "withdrawn":
        typer.echo(f"  begins {_second(version.effective_us)}, ends {_second(version.superseded_us)}")
    typer.echo(f"  by {version.author}, approved by {version.approved_by or '-'}, text {version.content[:12]}")
    if version.note:
        typer.echo(f"  {version.note}")


def _second(at_us: int | None) -> str:
    return "-" if at_us is None else str(instant(at_us // 1_000_000 * 1_000_000))


def _show_text(versions: Versions, version: PolicyVersion, texts: dict[str, str]) -> None:
    from textwrap import fill

    now = _now()
    typer.echo(f"{version.title}  ({version.name}, {version.state(now).replace('_', ' ')})")
    typer.echo(version.document)
    if version.effective_us is not None and version.state(now) != "withdrawn":
        until = f" until {_second(version.superseded_us)}" if version.superseded_us is not None else ""
        typer.echo(f"in force from {_second(version.effective_us)}{until}")
    typer.echo(
        f"text {version.content[:12]}, decides {version.decides}, by {version.author}, approved by {version.approved_by or '-'}"
    )
    pack = versions.pack_of(version)
    if pack is None:
        typer.echo("this version of the program cannot read the pack any more; here are its files as they were handed in")
        for name, text in texts.items():
            typer.echo(f"\n--- {name}\n{text}")
        return
    for clause in pack.clauses.values():
        typer.echo("")
        typer.echo(fill(f"{clause.id}  {clause.gist}", width=100, subsequent_indent=" " * (len(clause.id) + 2)))


def _write_files(out: Path, texts: dict[str, str]) -> None:
    from fairwire.model.errors import BadInput

    try:
        if out.exists() and any(out.iterdir()):
            raise BadInput("this folder is not empty", at=str(out), help_="name one that does not exist yet")
        for name, text in texts.items():
            file = out / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"this folder cannot be written: {error.strerror}", at=str(out), help_="name another one") from None


def _told(entry: HistoryEntry) -> str:
    whom = f" {entry.subject}" if entry.subject else ""
    change = f" {entry.before or '-'} -> {entry.after}" if entry.after else ""
    note = f": {entry.note}" if entry.note else ""
    done = f"{entry.action.replace('_', ' ')}{whom}{change}"
    return f"{instant(entry.at_us)}  {entry.pack}@{entry.version}  {done}  by {entry.by}{note}"
