"""Ladders: whatever loads only climbs, ends by itself or has people behind it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.documents import Document
from fairwire.model.finding import SEVERITIES
from fairwire.model.order import STEPS
from fairwire.policy.files import OneLadderFile
from fairwire.policy.ladders import build_ladder, check_ladder, seconds

RUNGS = st.fixed_dictionaries(
    {"step": st.sampled_from(STEPS), "approvals": st.integers(0, 3)},
    optional={"lasts": st.sampled_from(["1h", "24h", "3d"]), "target": st.sampled_from(["customer", "narrowest", "callee"])},
)
LADDERS = st.fixed_dictionaries(
    {
        "what": st.just("Anything"),
        "rungs": st.lists(RUNGS, min_size=1, max_size=5),
        "entry": st.fixed_dictionaries({severity: st.sampled_from(STEPS) for severity in SEVERITIES}),
        "soft_limit": st.sampled_from(STEPS),
        "invoice": st.booleans(),
    }
)
CLIMBING = st.lists(RUNGS, min_size=1, max_size=6, unique_by=lambda rung: rung["step"]).map(
    lambda rungs: sorted(rungs, key=lambda rung: STEPS.index(rung["step"]))
)


def errors_of(written: OneLadderFile) -> list[str]:
    document = Document(file="ladder.yaml", lines=("",), value=None)
    return [error.message for error in check_ladder(written, ("ladders", "any"), document)]


@given(LADDERS)
def test_what_passes_the_check_is_safe(written: dict[str, object]) -> None:
    ladder_file = OneLadderFile.model_validate(written)
    if errors_of(ladder_file):
        return
    ladder = build_ladder("any", ladder_file)
    places = [STEPS.index(rung.step) for rung in ladder.rungs]
    assert places == sorted(places)
    assert [rung.approvals for rung in ladder.rungs] == sorted(rung.approvals for rung in ladder.rungs)
    for rung in ladder.rungs:
        if rung.step in ("suspend", "change_plan", "remove_content"):
            assert rung.approvals >= 1
        if rung.step == "terminate":
            assert rung.approvals >= 2
        if rung.step in ("step_up", "throttle", "block", "suspend_outbound"):
            assert rung.ttl_s is not None or rung.approvals > 0
    assert ladder.invoice == ladder_file.invoice
    assert "invoice" not in {rung.step for rung in ladder.rungs}
    entered = [places[ladder.entry[severity]] for severity in SEVERITIES]
    assert entered == sorted(entered)
    assert STEPS.index(ladder.soft_limit) <= STEPS.index("block")


@given(CLIMBING, st.data())
def test_two_rungs_in_the_wrong_order_are_always_found(rungs: list[dict[str, object]], data: st.DataObject) -> None:
    if len(rungs) < 2:
        return
    place = data.draw(st.integers(0, len(rungs) - 2))
    rungs[place], rungs[place + 1] = rungs[place + 1], rungs[place]
    lowest = rungs[0]["step"]
    written = OneLadderFile.model_validate(
        {"what": "Anything", "rungs": rungs, "entry": dict.fromkeys(SEVERITIES, lowest)},
    )
    down = f"the ladder steps down from `{rungs[place]['step']}` to `{rungs[place + 1]['step']}`"
    assert down in errors_of(written)


def test_nobody_climbs_to_a_bill() -> None:
    rungs = [{"step": "log"}, {"step": "invoice"}]
    written = OneLadderFile.model_validate({"what": "Bills", "rungs": rungs, "entry": dict.fromkeys(SEVERITIES, "log")})
    assert errors_of(written) == ["`invoice` is no rung: nobody climbs to a bill"]


def test_times_are_read_in_their_unit() -> None:
    assert [seconds(each) for each in ("30s", "10m", "24h", "90d")] == [30, 600, 86_400, 7_776_000]
