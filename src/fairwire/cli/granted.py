"""What the commands on authorisations share: whom they are about, and how one is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fairwire.cli.order import opened, who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairwire.model.customers import Customer
    from fairwire.model.grants import Grant
    from fairwire.model.policy import Pack
    from fairwire.ports.control import ControlStore
    from fairwire.runtime.grant_acts import GrantActs
    from fairwire.serve.settings import Settings


def act_on(
    act: Callable[[GrantActs, str, int], Grant],
    by: str | None,
    customers: Path | None,
    config: Path | None,
    data: Path | None,
    as_json: bool,
    *,
    decides: bool = True,
) -> None:
    """Do one thing to a grant, and show what became of it."""
    from fairwire.runtime.replay import now_us

    settings, people = people_of(config, data, customers, needed=False)
    with opened(settings.data) as store:
        acts = acts_on(store, settings, people)
        held = act(acts, who(by), now_us())
        written = acts.letter(held) is not None
    tell(held, as_json)
    if decides and not written:
        typer.echo("the customer is not written to: nothing says who it is; give --customers FILE", err=True)


def settings_of(config: Path | None, data: Path | None, customers: Path | None) -> Settings:
    """The server's settings, where the command line says nothing else."""
    from fairwire.serve.settings import read_settings

    return read_settings(config, data=data, customers=customers)


def people_of(
    config: Path | None, data: Path | None, customers: Path | None, *, needed: bool = True
) -> tuple[Settings, Sequence[Customer]]:
    """The settings, and the customers that they or the command line name; none where nothing names them."""
    from fairwire.model.errors import BadUse
    from fairwire.runtime.customers import load_customers

    settings = settings_of(config, data, customers)
    if settings.customers is None:
        if needed:
            raise BadUse("nothing says whose addresses and numbers these are", help_="give --customers FILE")
        return settings, ()
    return settings, load_customers(settings.customers)


def customer_of(people: Sequence[Customer], name: str, policy: str | None) -> Customer:
    """The record of a customer, judged by another policy where one is named."""
    import msgspec

    from fairwire.runtime.versions import find_customer

    record = find_customer(people, name)
    return record if policy is None else msgspec.structs.replace(record, policy=policy)


def pack_of(store: ControlStore, customer: Customer, now: int) -> Pack:
    """The policy in force for a customer."""
    from fairwire.model.errors import BadUse
    from fairwire.runtime.plans import pack_for

    if not customer.policy:
        raise BadUse(f"the record of `{customer.id}` names no policy", help_="give --policy ID")
    return pack_for(customer.policy, customer.id, store.policies, now)


def acts_on(store: ControlStore, settings: Settings, people: Sequence[Customer]) -> GrantActs:
    """The acts on the grants of a store."""
    from fairwire.runtime.data import data_folder
    from fairwire.runtime.grant_acts import GrantActs
    from fairwire.runtime.replay import now_us
    from fairwire.runtime.sealed_documents import SealedDocuments

    known = {each.id: each for each in people}

    def policy_of(name: str) -> Pack | None:
        record = known.get(name)
        return None if record is None or not record.policy else pack_of(store, record, now_us())

    documents = SealedDocuments(data_folder(settings.data))
    return GrantActs(store.records, documents, customer_of=known.get, pack_of=policy_of)


def line_of(held: Grant) -> str:
    """One grant in a list."""
    from fairwire.runtime.grant_letters import scope_lines

    scope = "; ".join(scope_lines(held.allowed or held.scope)[:3])
    until = f"to {held.ended_at or held.end}" if held.ended_at or held.end else "without an end"
    state = held.state.replace("_", " ")
    time = f"{held.begins or held.start} {until}"
    return f"{held.grant_id}  {state:<15}  {held.customer:<24}  {held.kind:<20}  {time}  {scope}".rstrip()


def rows_of(held: Grant) -> Iterator[tuple[str, str]]:
    """What is shown of one grant, line by line."""
    from fairwire.enforcement.grant_kinds import KINDS
    from fairwire.runtime.grant_letters import scope_lines

    yield "id", f"{held.grant_id}, {held.state.replace('_', ' ')}"
    yield "for", f"{KINDS[held.kind].title}, {held.customer}"
    yield "under", f"{', '.join(held.clauses)} of {held.policy}"
    yield "asked by", f"{held.requested_by.partition(':')[2]} at {held.requested_at}: {held.why}"
    yield "time", f"{held.begins or held.start} to {held.end or 'its revocation'}"
    for name, scope in (("scope", held.scope), ("allowed", held.allowed), ("not", held.not_allowed)):
        if scope is not None and not (name == "allowed" and held.not_allowed is None):
            yield from ((name, text) for text in scope_lines(scope))
    if held.conditions:
        yield "provided", held.conditions
    for paper in held.papers:
        yield paper.use, f"{paper.sha256}  {paper.name}, {paper.bytes:,} bytes"
    if held.decided_by:
        yield "decided", f"{held.decided_at} by {held.decided_by.partition(':')[2] or held.decided_by}: {held.decided_why}"
    if held.ended_by:
        yield held.state, f"{held.ended_at} by {held.ended_by.partition(':')[2]}: {held.ended_why}"


def tell(held: Grant, as_json: bool, *, also: str = "") -> None:
    """Show a grant after something was done to it."""
    from fairwire.runtime.grant_acts import without_results

    if as_json:
        print_json(without_results(held))
        return
    typer.echo(line_of(held))
    if held.state == "refused":
        typer.echo(held.decided_why)
    elif held.state == "requested":
        typer.echo(f"next  fairwire authorisation grant {held.grant_id} --by SOMEBODY_ELSE --why TEXT")
    if also:
        typer.echo(also)


def content_of(path: Path) -> bytes:
    """A document from disk."""
    from fairwire.model.errors import BadInput

    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"the document cannot be read: {error.strerror}", at=str(path), help_="name the signed one") from None


def write_private(path: Path, content: bytes) -> None:
    """Write a document to a new file that its owner alone may read."""
    import os

    from fairwire.model.errors import BadInput

    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise BadInput(f"the document cannot be written: {error.strerror}", at=str(path), help_="name a new file") from None


def print_json(value: Any) -> None:
    """Facts, readable by programs."""
    import json

    import msgspec

    typer.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))
