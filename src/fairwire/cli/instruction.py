"""`fairwire instruction`: what customers were told to do or to leave, and whether they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fairwire.cli.case import pack_named, viewer_of
from fairwire.cli.order import ByOption, DataOption, JsonOption, WhyOption, opened, who
from fairwire.cli.typed import instant_us, one_of, print_json

if TYPE_CHECKING:
    from fairwire.model.instructions import Instruction

InstructionId = Annotated[str, typer.Argument(metavar="INSTRUCTION", help="The id, or its beginning.")]
PolicyOption = Annotated[str, typer.Option(metavar="ID", help="The customer's policy.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Instructions to customers, and whether they were kept.", no_args_is_help=True)
    for name, command in (
        ("issue", issue),
        ("list", list_all),
        ("acknowledge", acknowledge),
        ("kept", kept),
        ("breach", breach),
        ("withdraw", withdraw),
    ):
        group.command(name)(command)
    app.add_typer(group, name="instruction")


def issue(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to do or to leave, as the customer reads it.")],
    policy: PolicyOption,
    clause: Annotated[list[str] | None, typer.Option(metavar="ID", help="The clause it rests on; once for each.")] = None,
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="By when it must be kept.")] = None,
    case: Annotated[str, typer.Option(metavar="CASE", help="The case that it came from.")] = "",
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a customer an instruction, and track it.

    Exit status: 0 on record, 2 it says nothing, or names a clause that is not there.
    """
    from fairwire.runtime.customer_acts import instruct
    from fairwire.runtime.replay import now_us

    with opened(data, made=True) as store:
        pack = pack_named(store, policy)
        assert pack is not None
        made = instruct(
            store.records,
            viewer_of(by, data),
            now_us(),
            customer=customer,
            pack=pack,
            text=text,
            clauses=clause or (),
            due_us=instant_us(until, "--until"),
            case_id=case,
        )
    _tell(made, as_json)


def list_all(
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only those to one customer.")] = None,
    state: Annotated[str | None, typer.Option(metavar="STATE", help="issued, acknowledged, kept, breached or withdrawn.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show instructions, the oldest first.

    Exit status: 0.
    """
    from typing import get_args

    from fairwire.model.instructions import InstructionState
    from fairwire.runtime.case_registers import INSTRUCTIONS

    states = None if state is None else [one_of(state, get_args(InstructionState), "state of an instruction")]
    with opened(data) as store:
        found = [each.noun for each in INSTRUCTIONS.find(store.records, customer=customer, states=states)]
    found.sort(key=lambda each: (each.issued, each.instruction_id))
    if as_json:
        print_json(found)
        return
    for each in found:
        typer.echo(_line(each))
    if not found:
        typer.echo("there are no such instructions", err=True)


def acknowledge(
    instruction: InstructionId,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="The customer who says so.")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put it on record that the customer has it.

    Exit status: 0 on record, 2 there is no such instruction, or it is over.
    """
    from fairwire.runtime import customer_acts
    from fairwire.runtime.replay import now_us

    said = who(by) if customer is None else f"customer:{customer}"
    with opened(data) as store:
        _tell(customer_acts.acknowledge(store.records, instruction, said, now_us()), as_json)


def kept(
    instruction: InstructionId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """The customer did as it was told.

    Exit status: 0 on record, 2 it is over, or no reason is given.
    """
    from fairwire.runtime.customer_acts import end_instruction
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        _tell(end_instruction(store.records, instruction, "kept", viewer_of(by, data), now_us(), why), as_json)


def breach(
    instruction: InstructionId,
    why: WhyOption,
    policy: PolicyOption,
    severity: Annotated[str, typer.Option(metavar="LEVEL", help="info, low, medium, high or critical.")] = "medium",
    event: Annotated[list[str] | None, typer.Option(metavar="ID", help="An event that shows it; once for each.")] = None,
    by: ByOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The customer did not: that is a finding, and opens a case.

    Exit status: 0 on record, 2 it is over, or no reason is given.
    """
    from typing import cast

    from fairwire.model.finding import SEVERITIES, Severity
    from fairwire.runtime import customer_acts
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        pack = pack_named(store, policy)
        assert pack is not None
        done = customer_acts.breach(
            store,
            instruction,
            viewer_of(by, data),
            now_us(),
            pack,
            why,
            severity=cast("Severity", one_of(severity, SEVERITIES, "severity")),
            events=event or (),
        )
    _tell(done, as_json)


def withdraw(
    instruction: InstructionId, why: WhyOption, by: ByOption = None, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """It no longer holds.

    Exit status: 0 withdrawn, 2 it is over, or no reason is given.
    """
    from fairwire.runtime.customer_acts import end_instruction
    from fairwire.runtime.replay import now_us

    with opened(data) as store:
        _tell(end_instruction(store.records, instruction, "withdrawn", viewer_of(by, data), now_us(), why), as_json)


def _line(made: Instruction) -> str:
    until = f"by {made.due}" if made.due else ""
    found = f"finding {made.finding_id}" if made.finding_id else ""
    return f"{made.instruction_id}  {made.state:<12}  {made.customer:<24}  {made.text}  {until}  {found}".rstrip()


def _tell(made: Instruction, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    typer.echo(_line(made))
