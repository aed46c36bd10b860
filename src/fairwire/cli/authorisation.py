"""`fairwire authorisation`: what the policy forbids unless it is allowed is asked for, decided, revoked, and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.granted import (
    act_on,
    acts_on,
    content_of,
    customer_of,
    line_of,
    pack_of,
    people_of,
    print_json,
    rows_of,
    settings_of,
    tell,
    write_private,
)
from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened, who
from fairwire.cli.policy_versions import ConfigOption, CustomersOption

if TYPE_CHECKING:
    from fairwire.model.grants import Grant
    from fairwire.runtime.grant_acts import GrantActs

GrantId = Annotated[str, typer.Argument(metavar="ID", help="The id, or its beginning.")]
Entry = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Permission for what the policy forbids otherwise: tests, gateways, diallers, numbers.", no_args_is_help=True
    )
    for name, command in (
        ("request", request),
        ("list", list_grants),
        ("show", show),
        ("grant", grant),
        ("refuse", refuse),
        ("revoke", revoke),
        ("withdraw", withdraw),
        ("attach", attach),
        ("results", results),
    ):
        group.command(name)(command)
    app.add_typer(group, name="authorisation")


def request(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Whose request it is.")],
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="penetration_test, gsm_gateway, registered_dialler, verified_number ...")
    ],
    start: Annotated[
        str, typer.Option(metavar="TIME", help="When it begins: RFC 3339, or a day or time by the customer's own clocks.")
    ],
    why: Annotated[str, typer.Option(metavar="TEXT", help="What for; it stays on record.")],
    end: Annotated[str | None, typer.Option(metavar="TIME", help="When it ends.")] = None,
    address: Annotated[
        Entry, typer.Option(metavar="NETWORK", help="What is tested, or where the calls come from; give it once for each.")
    ] = None,
    source: Annotated[Entry, typer.Option(metavar="NETWORK", help="Of a test: from where.")] = None,
    port: Annotated[Entry, typer.Option(metavar="PORT", help="Of a test: which ports, such as 5060 or 8000-8099.")] = None,
    test_type: Annotated[
        Entry, typer.Option("--type", metavar="TYPE", help="Of a test: what it does, such as network_scan.")
    ] = None,
    system: Annotated[
        Entry, typer.Option(metavar="NAME", help="Of a test: what of ours has no address in events: api, login, registrar ...")
    ] = None,
    site: Annotated[Entry, typer.Option(metavar="NAME", help="Of a gateway: where it stands.")] = None,
    number: Annotated[Entry, typer.Option(metavar="NUMBER", help="A number, range or prefix in E.164.")] = None,
    campaign: Annotated[Entry, typer.Option(metavar="ID", help="A campaign that calls name.")] = None,
    clause: Annotated[Entry, typer.Option(metavar="ID", help="The clause. [default: the policy's own for such a thing]")] = None,
    conditions: Annotated[str, typer.Option(metavar="TEXT", help="What the customer promises.")] = "",
    document: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="The request or consent as signed; give it once for each.")
    ] = None,
    asked_by: Annotated[
        str | None,
        typer.Option(metavar="PERSON", help="Who asks at the customer. [default: whoever does this]", show_default=False),
    ] = None,
    policy: Annotated[str | None, typer.Option(metavar="ID", help="Its policy. [default: the one of its record]")] = None,
    by: ByOption = None,
    customers: CustomersOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for permission. A test that is asked for too late is refused at once, by the notice that the policy asks.

    Exit status: 0 on record, 1 on record and refused, 2 it cannot be taken; the sentence says why.
    """
    from fairwire.runtime.grant_requests import Asked, Site
    from fairwire.runtime.replay import now_us

    papers = [(path, content_of(path)) for path in document or ()]
    settings, people = people_of(config, data, customers)
    record = customer_of(people, customer, policy)
    scope = {
        "addresses": address, "sources": source, "ports": port, "types": test_type, "systems": system, "sites": site,
        "numbers": number, "campaigns": campaign,
    }  # fmt: skip
    asked = Asked(
        kind=kind, why=why, start=start, end=end, scope={name: each for name, each in scope.items() if each},
        clauses=clause or (), conditions=conditions,
    )  # fmt: skip
    now, person = now_us(), who(by)
    with opened(settings.data, made=True) as store:
        acts = acts_on(store, settings, people)
        site_ = Site(customers=lambda: people, networks=settings.own_networks)
        made = acts.ask(asked, record, pack_of(store, record, now), site_, f"customer:{asked_by}" if asked_by else person, now)
        for path, content in papers:
            made = acts.attach(
                made.grant_id, person, now, path.name, content, "request" if kind == "penetration_test" else "consent"
            )
    tell(made, as_json)
    if made.state == "refused":
        raise typer.Exit(1)


def list_grants(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those of one customer.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Only those of one kind.")] = None,
    state: Annotated[Entry, typer.Option(metavar="STATE", help="Only those in this state; give it once for each.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show requests and grants, the oldest first. `--json` is what `fairwire replay --grants` takes.

    Exit status: 0.
    """
    from typing import cast, get_args

    from fairwire.model.errors import BadUse
    from fairwire.model.grants import GrantState
    from fairwire.runtime.grant_acts import find_grants
    from fairwire.runtime.grant_requests import kind_of

    unknown = next((one for one in state or [] if one not in get_args(GrantState)), None)
    if unknown is not None:
        raise BadUse(f"`{unknown[:40]}` is no state of an authorisation", help_=f"one of {', '.join(get_args(GrantState))}")
    with opened(data) as store:
        states = cast("list[GrantState] | None", state or None)
        found = find_grants(store.records, customer=customer, kind=None if kind is None else kind_of(kind), states=states)
    if as_json:
        print_json(found)
        return
    for held in found:
        typer.echo(line_of(held))
    if not found:
        typer.echo("there are no such authorisations", err=True)


def show(
    grant_id: GrantId,
    letter: Annotated[bool, typer.Option("--letter", help="Print what the customer is told.")] = False,
    customers: CustomersOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one: who asked for what and why, what is allowed and what is not, what it covered, and all that became of it.

    Exit status: 0 shown, 2 there is no such one.
    """
    import msgspec

    from fairwire.model.errors import BadUse
    from fairwire.model.instants import format_us
    from fairwire.runtime.grant_acts import covered_by, without_results
    from fairwire.runtime.registers import GRANTS

    settings, people = people_of(config, data, customers, needed=letter)
    with opened(settings.data) as store:
        acts = acts_on(store, settings, people)
        held = acts.find(grant_id).noun
        covered = covered_by(store.records, held.grant_id)
        trail = [
            {"at": format_us(one.at_us), "by": one.by, "action": one.action, "why": one.why}
            for one in store.records.trail(kind=GRANTS.kind, id_=held.grant_id)
        ]
        if letter:
            written = acts.letter(held)
            if written is None:
                raise BadUse(
                    f"nobody knows customer `{held.customer}` any more", help_="name the file that has it with --customers"
                )
            typer.echo(f"Subject: {written.subject}\n\n{written.text}", nl=False)
            return
    shown = without_results(held)
    if as_json:
        print_json(msgspec.to_builtins(shown) | {"covered": msgspec.to_builtins(covered), "trail": trail})
        return
    for name, text in rows_of(held):
        typer.echo(f"{name:<10}{text}")
    for each in covered:
        hits = f"{each.hits:,} {'hit' if each.hits == 1 else 'hits'}"
        typer.echo(
            f"{'covered':<10}{each.finding.detector}, {hits} from {each.finding.time} to {each.last_seen}: {each.finding.reason}"
        )
    for step in trail:
        said = f": {step['why']}" if step["why"] else ""
        typer.echo(f"{'trail':<10}{step['at']}  {step['action']} by {step['by'].partition(':')[2] or step['by']}{said}")


def grant(
    grant_id: GrantId,
    why: WhyOption,
    allow: Annotated[Entry, typer.Option(metavar="ENTRY", help="Only this of what was asked for; give it once for each.")] = None,
    deny: Annotated[Entry, typer.Option(metavar="ENTRY", help="All but this; give it once for each.")] = None,
    conditions: Annotated[str, typer.Option(metavar="TEXT", help="On which conditions.")] = "",
    by: ByOption = None,
    customers: CustomersOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Allow what was asked for, or a part of it: networks within an address, a type, a number. Who asked cannot.

    Exit status: 0 granted, 2 it cannot be; the sentence says why.
    """

    def act(acts: GrantActs, person: str, now: int) -> Grant:
        return acts.grant(grant_id, person, now, why, allow=allow or (), deny=deny or (), conditions=conditions)

    act_on(act, by, customers, config, data, as_json)


def refuse(
    grant_id: GrantId,
    why: WhyOption,
    by: ByOption = None,
    customers: CustomersOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse what was asked for. Who asked cannot.

    Exit status: 0 refused, 2 it cannot be; the sentence says why.
    """
    act_on(lambda acts, person, now: acts.refuse(grant_id, person, now, why), by, customers, config, data, as_json)


def revoke(
    grant_id: GrantId,
    why: WhyOption,
    by: ByOption = None,
    customers: CustomersOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """End what was granted, now. A running server knows within a second.

    Exit status: 0 revoked, 2 it cannot be; the sentence says why.
    """
    act_on(lambda acts, person, now: acts.revoke(grant_id, person, now, why), by, customers, config, data, as_json)


def withdraw(
    grant_id: GrantId,
    why: WhyOption,
    by: ByOption = None,
    customers: CustomersOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a request or a grant back, for those who asked for it.

    Exit status: 0 withdrawn, 2 it cannot be; the sentence says why.
    """
    act_on(lambda acts, person, now: acts.withdraw(grant_id, person, now, why), by, customers, config, data, as_json)


def attach(
    grant_id: GrantId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document.")],
    use: Annotated[str, typer.Option(metavar="request|consent", help="What it is.")] = "consent",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a document with it, outside the record, under its SHA-256.

    Exit status: 0 kept, 2 it cannot be; the sentence says why.
    """
    content = content_of(file)

    def act(acts: GrantActs, person: str, now: int) -> Grant:
        return acts.attach(grant_id, person, now, file.name, content, use)  # type: ignore[arg-type]

    act_on(act, by, None, None, data, as_json, decides=False)


def results(
    grant_id: GrantId,
    add: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep this document as a result.")] = None,
    read: Annotated[str | None, typer.Option(metavar="SHA256", help="Read the one of this hash, or of its beginning.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it, readable by you alone.")] = None,
    why: WhyOption = "",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand results of a test in, or look at them. They are confidential: who looks says why, and is in the audit trail.

    Exit status: 0 done, 2 it cannot be; the sentence says why.
    """
    from fairwire.model.errors import BadUse
    from fairwire.runtime.replay import now_us

    if (add is not None) + (read is not None) != 1 or (read is None) != (out is None):
        raise BadUse("results are handed in or read", help_="give `--add FILE`, or `--read SHA256 --out FILE --why TEXT`")
    content = b"" if add is None else content_of(add)
    with opened(data) as store:
        acts = acts_on(store, settings_of(None, data, None), ())
        if add is not None:
            held = acts.attach(grant_id, who(by), now_us(), add.name, content, "results")
            tell(held, as_json, also=f"results   {held.results[-1].sha256}  {held.results[-1].name}")
            return
        assert read is not None
        assert out is not None
        paper, content = acts.read(grant_id, read, who(by), now_us(), why)
    write_private(out, content)
    typer.echo(f"{paper.name}: {paper.bytes:,} bytes in {out}")
