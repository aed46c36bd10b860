"""`fairwire case disclose`, `export`, `verify`, `key`, and `fairwire hold`: evidence kept, sealed, handed out, verified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.case import CaseId, case_app, viewer_of
from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened
from fairwire.cli.typed import instant_us, one_of, print_json, print_rows

if TYPE_CHECKING:
    from fairwire.model.holds import Disclosure, Hold

DisclosureId = Annotated[str, typer.Argument(metavar="DISCLOSURE", help="The id, or its beginning.")]
LevelOption = Annotated[str, typer.Option(metavar="masked|numbers|content", help="What is in it; content takes a second person.")]
ToOption = Annotated[str, typer.Option(metavar="TEXT", help="Who receives it.")]
BasisOption = Annotated[str, typer.Option(metavar="TEXT", help="The legal basis, such as a court order with its date.")]
ReferenceOption = Annotated[str, typer.Option(metavar="TEXT", help="What the receiver calls the matter.")]
ReporterOption = Annotated[bool, typer.Option("--reporter", help="Say who reported; takes a second person.")]
SinceOption = Annotated[
    str | None,
    typer.Option(metavar="INSTANT", help="Events from here on.  [default: a day before the first]", show_default=False),
]
UntilOption = Annotated[
    str | None, typer.Option(metavar="INSTANT", help="Events up to here.  [default: a day after the last]", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the group of holds; the others stand in `fairwire case`."""
    group = typer.Typer(help="What is kept though retention would delete it.", no_args_is_help=True)
    group.command("add")(add_hold)
    group.command("list")(list_holds)
    group.command("release")(release_hold)
    app.add_typer(group, name="hold")


@case_app.command("disclose")
def disclose(
    case: CaseId,
    to: ToOption,
    basis: BasisOption,
    level: LevelOption = "masked",
    reference: ReferenceOption = "",
    reporter: ReporterOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prepare a disclosure. With content, or with who reported, another person must agree before it can be exported.

    Exit status: 0 on record, 2 something is missing, there is no such case, or it is restricted.
    """
    from typing import cast

    from fairwire.model.holds import LEVELS, Level
    from fairwire.runtime import disclosures
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        made = disclosures.ask(
            store.records,
            case,
            viewer_of(by, data),
            now_us(),
            to=to,
            basis=basis,
            level=cast("Level", one_of(level, LEVELS, "level")),
            reference=reference,
            reporter=reporter,
            since_us=instant_us(since, "--since"),
            until_us=instant_us(until, "--until"),
        )
    _tell(made, as_json)


@case_app.command("agree")
def agree(
    disclosure: DisclosureId, why: WhyOption = "", by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Agree to a disclosure that another person has prepared.

    Exit status: 0 agreed, 2 it does not wait, or this person has prepared it.
    """
    _answer(disclosure, why, by, data, as_json, agrees=True)


@case_app.command("refuse")
def refuse(
    disclosure: DisclosureId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Refuse a disclosure that another person has prepared.

    Exit status: 0 refused, 2 it does not wait, or this person has prepared it.
    """
    _answer(disclosure, why, by, data, as_json, agrees=False)


@case_app.command("disclosures")
def disclosures_(
    case: Annotated[str | None, typer.Option(metavar="CASE", help="Only those of one case.")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the log of disclosures: what, to whom, on which legal basis, by whom, when.

    Exit status: 0.
    """
    from fairwire.runtime.disclosures import list_disclosures

    with opened(data) as store:
        found = list_disclosures(store.records, viewer_of(by, data), case_id=case)
    if as_json:
        print_json(found)
        return
    for each in found:
        typer.echo(_line(each))
    if not found:
        typer.echo("nothing was disclosed", err=True)


@case_app.command("export")
def export(
    case: CaseId,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The bundle to write; a ZIP archive.")],
    disclosure: Annotated[
        str | None, typer.Option(metavar="ID", help="A disclosure that was agreed to.  [default: one is prepared now]")
    ] = None,
    to: ToOption = "the provider's own file",
    basis: BasisOption = "none: it stays with the provider",
    level: LevelOption = "masked",
    reference: ReferenceOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the sealed evidence bundle of a case: signed, with a hash of each file, and put on record as a disclosure.

    Numbers are masked unless --level says otherwise; content takes a disclosure that a second person has agreed to.

    Exit status: 0 written, 2 nobody has agreed, the file is there already, or the case is restricted.
    """
    from typing import cast

    from fairwire.model.holds import LEVELS, Level
    from fairwire.runtime import disclosures
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.replay import now_us

    now, viewer, folder = now_us(), viewer_of(by, data), data_folder(data)
    with opened(data) as store:
        if disclosure is None:
            asked = disclosures.ask(
                store.records,
                case,
                viewer,
                now,
                to=to,
                basis=basis,
                level=cast("Level", one_of(level, LEVELS, "level")),
                reference=reference,
                since_us=instant_us(since, "--since"),
                until_us=instant_us(until, "--until"),
            )
            disclosure = asked.disclosure_id
        done, sealed = disclosures.export(store, folder, disclosure, viewer, now, output)
    if as_json:
        print_json(done)
        return
    typer.echo(f"{output}: {len(sealed.manifest.files)} files, sha256 {sealed.sha256}")
    typer.echo(f"disclosure {done.disclosure_id}, level {done.level}; manifest sha256 {sealed.manifest_sha256}")
    for sentence in sealed.manifest.missing:
        typer.echo(f"not in it: {sentence}", err=True)
    typer.echo(f"verify  fairwire case verify {output} --key KEY.pem   (`fairwire case key -o KEY.pem`)", err=True)


@case_app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle.")],
    key: Annotated[Path, typer.Option(metavar="PEM", help="The public key of whoever made it.")],
    as_json: JsonOption = False,
) -> None:
    """Say whether a bundle is as it was made, by this key. Needs the file and the key, and no data folder.

    Exit status: 0 it is, 1 it is not, 2 it is no bundle, or a file cannot be read.
    """
    from fairwire.runtime.bundle import verify_bundle
    from fairwire.runtime.evidence_key import fingerprint, read_public

    public = read_public(key)
    found = verify_bundle(file, public)
    if as_json:
        print_json({"sound": not found.problems, "problems": found.problems, "manifest": found.manifest})
    elif not found.problems:
        assert found.manifest is not None
        print_rows(
            [
                ("sound", f"{len(found.manifest.files)} files, signed with {fingerprint(public)[:16]}"),
                ("case", f"{found.manifest.case} of {found.manifest.customer or 'nobody known'}"),
                ("made", f"{found.manifest.made} by {found.manifest.made_by.removeprefix('person:')} for {found.manifest.to}"),
                ("basis", f"{found.manifest.basis} {found.manifest.reference}".strip()),
                ("level", f"{found.manifest.level}, events from {found.manifest.since} to {found.manifest.until}"),
                *(("missing", sentence) for sentence in found.manifest.missing),
            ]
        )
    for problem in found.problems:
        typer.echo(f"not as it was made: {problem}", err=True)
    if found.problems:
        raise typer.Exit(1)


@case_app.command("key")
def key(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.  [default: standard output]")] = None,
    data: DataOption = None,
) -> None:
    """Write the public key that this site's evidence is verified with. Give its fingerprint by another way than a bundle.

    Exit status: 0 written, 2 the key or the file cannot be used.
    """
    from fairwire.model.errors import BadInput
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.evidence_key import fingerprint, public_pem, signing_key

    public = signing_key(data_folder(data)).public_key()
    if output is None:
        typer.echo(public_pem(public).decode(), nl=False)
    else:
        try:
            output.write_bytes(public_pem(public))
        except OSError as error:
            raise BadInput(f"this file cannot be written: {error.strerror}", at=str(output), help_="name another one") from None
    typer.echo(f"fingerprint {fingerprint(public)}", err=True)


def add_hold(
    why: WhyOption,
    customer: Annotated[str, typer.Option(metavar="ID", help="Whose events are kept.")] = "",
    number: Annotated[list[str] | None, typer.Option(metavar="NUMBER", help="Events with this number; once for each.")] = None,
    address: Annotated[list[str] | None, typer.Option(metavar="IP", help="Events with this address; once for each.")] = None,
    case: Annotated[str, typer.Option(metavar="CASE", help="The case it is for; what the case is about is kept.")] = "",
    reference: ReferenceOption = "",
    since: Annotated[str | None, typer.Option(metavar="INSTANT", help="Events from here on.  [default: all]")] = None,
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="Events up to here.  [default: those to come too]")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep evidence: no retention deletes what a hold means. A running server heeds it from the next deletion on.

    Exit status: 0 it holds, 2 it names nobody, or gives no reason.
    """
    from fairwire.runtime import holds
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        made = holds.place(
            store.records,
            viewer_of(by, data),
            now_us(),
            why,
            customer=customer,
            numbers=number or (),
            addresses=address or (),
            case_id=case,
            reference=reference,
            since_us=instant_us(since, "--since"),
            until_us=instant_us(until, "--until"),
        )
    _tell_hold(made, as_json)


def list_holds(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those about one customer.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Released ones as well.")] = False,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is held, since when and why.

    Exit status: 0.
    """
    from fairwire.runtime import holds

    with opened(data) as store:
        found = holds.list_holds(store.records, viewer_of(by, data), customer=customer, everything=everything)
    if as_json:
        print_json(found)
        return
    for each in found:
        _tell_hold(each, False)
    if not found:
        typer.echo("nothing is held", err=True)


def release_hold(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The id, or its beginning.")],
    why: WhyOption,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let retention have what a hold kept.

    Exit status: 0 released, 2 there is no such hold, or no reason was given.
    """
    from fairwire.runtime import holds
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        _tell_hold(holds.release(store.records, hold_id, viewer_of(by, data), now_us(), why), as_json)


def _answer(disclosure: str, why: str, by: str | None, data: Path | None, as_json: bool, *, agrees: bool) -> None:
    from fairwire.runtime import disclosures
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        _tell(disclosures.answer(store.records, disclosure, viewer_of(by, data), now_us(), why, agrees=agrees), as_json)


def _line(made: Disclosure) -> str:
    when = made.made or made.agreed or made.asked
    who = (made.made_by or made.agreed_by or made.asked_by).removeprefix("person:")
    return (
        f"{made.disclosure_id}  {made.state:<8}  {made.level:<8}  {made.case_id}  to {made.to}  by {who} {when}  ({made.basis})"
    )


def _tell(made: Disclosure, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    typer.echo(_line(made))
    if made.state == "asked":
        typer.echo(f"next  fairwire case agree {made.disclosure_id} --by SOMEBODY_ELSE", err=True)
    elif made.state == "agreed":
        typer.echo(f"next  fairwire case export {made.case_id} --disclosure {made.disclosure_id} -o FILE", err=True)


def _tell_hold(hold: Hold, as_json: bool) -> None:
    if as_json:
        print_json(hold)
        return
    whom = " ".join(filter(None, (hold.customer, *hold.numbers, *hold.addresses)))
    when = f"{hold.since or 'the first event'} to {hold.until or 'those to come'}"
    by = hold.by.removeprefix("person:")
    typer.echo(f"{hold.hold_id}  {hold.state:<8}  {whom:<24}  {when}  by {by} {hold.at}: {hold.why}")
