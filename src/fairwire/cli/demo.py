"""`fairwire demo`: simulated traffic through everything, and the console on top."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    data: Annotated[Path | None, typer.Option(help="Folder for everything. [default: a new one in the temporary folder]")] = None,
    http: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the console listens; port 0 takes a free one.")
    ] = "127.0.0.1:0",
    seed: Annotated[int, typer.Option(help="Same seed, same traffic.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="Print the summary and end, without the console.")] = False,
) -> None:
    """Simulate two weeks of a small provider, judge them by all five policies, and open the console.

    Nothing leaves this machine; the console listens on this machine only.
    """
    import tempfile

    from rich.console import Console

    from fairwire.cli.replay import print_replayed, progress
    from fairwire.runtime.data import IN_FOLDER, StorePlace
    from fairwire.runtime.replay import Replay
    from fairwire.runtime.replay import replay as run

    console = Console(highlight=False)
    folder = data or Path(tempfile.mkdtemp(prefix="fairwire-demo-"))
    traffic = folder / "traffic"
    made = simulate_demo(traffic, seed)
    console.print(f"simulated  {made}\n           in {traffic}", soft_wrap=True)
    work = Replay(
        events=[str(traffic / "events.jsonl")],
        customers=traffic / "customers.jsonl",
        findings=folder / "findings.jsonl",
        actions=folder / "actions.jsonl",
        rejects=folder / "rejects.jsonl",
        data=folder,
        store=StorePlace(url=IN_FOLDER),  # what is simulated belongs in no store but its own
    )
    with progress() as report:
        done = run(work, report)
    console.print()
    print_replayed(done)
    console.print(f"  (with --data {folder})", soft_wrap=True, style="dim")
    if not once:
        serve_console(folder, http, traffic / "customers.jsonl")


def simulate_demo(folder: Path, seed: int) -> str:
    """Write the demo's traffic; returns one line on what it is."""
    from fairwire.testkit.simulate import Order, simulate

    made = simulate(Order(scenario="demo", seed=seed), folder, lambda name, done, of: None)
    return f"{made.events:,} events of {made.customers:,} customers, with labels of who abused what"


def serve_console(folder: Path, http: str, customers: Path) -> None:
    """Serve the folder until the process is told to stop."""
    from fairwire.cli.notices import to_standard_error
    from fairwire.cli.serve import listen, run
    from fairwire.runtime.data import IN_FOLDER, StorePlace, open_control
    from fairwire.runtime.live import open_live
    from fairwire.runtime.secrets import load_secrets
    from fairwire.serve.addresses import parse_address

    to_standard_error()
    host, port = parse_address(http)
    secrets = load_secrets(folder)
    listener = listen(host, port)
    store = open_control(folder, StorePlace(url=IN_FOLDER))
    try:
        service = open_live(folder, customers, (), store)
        try:
            run(service, store, secrets, listener, drain_s=0, place=folder)
        finally:
            service.close()
    finally:
        store.close()
        listener.close()
