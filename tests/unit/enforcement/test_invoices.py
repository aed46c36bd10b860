"""What is above the month's limit of an order is invoiced once for each customer and month, to the millionth."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.enforcement import Account, due_micros, plan_orders
from fairwire.model.finding import Finding, Measured, PolicyRef
from fairwire.model.money import format_micros
from fairwire.model.order import Order
from fairwire.model.policy import Clause, Ladder, Pack, RuleInfo, Rung

LIMITS = Ladder(
    name="limits",
    rungs=(Rung(step="log"), Rung(step="notify"), Rung(step="block", target="new_calls", approvals=1)),
    entry={"info": 0, "low": 1, "medium": 1, "high": 1, "critical": 1},
    invoice=True,
)
CLAUSE = Clause(id="L01", gist="g", place="p", controls=("limit",), topics=("charge_limit",), ladder="limits", status="working")
PACK = Pack(
    id="sample",
    title="Sample",
    version="0011223344556677",
    document="Sample, 2026-01-01",
    clauses={"L01": CLAUSE, "L02": msgspec.structs.replace(CLAUSE, id="L02")},
    ladders={"limits": LIMITS},
    modes={},
    parameters={},
    contact="review@provider.example",
)
RULES = {
    "limits.charges_due": RuleInfo(detector="limits.charges_due", certainty="hard", narrowest="charges"),
    "limits.monthly_charges": RuleInfo(detector="limits.monthly_charges", certainty="hard", narrowest="new_calls"),
}
MARCH = Account(limit_micros=20_000_000, currency="USD", month="2026-03")


def finding(name: str = "f-1", charged: float = 20.5, texts: float = 1.5, **changed: Any) -> Finding:
    made = Finding(
        finding_id=name,
        time="2026-03-20T10:00:00Z",
        policy=PolicyRef(id="sample", version="0011223344556677"),
        clauses=("L01", "L02"),
        detector="limits.charges_due",
        mode="enforce",
        severity="info",
        customer="hobnail-freight",
        reason="charges of 20.50 for calls and 1.50 for messages are above the limit",
        features={"charged": Measured(value=charged), "texts": Measured(value=texts)},
        events=("e-1",),
        first_seen="2026-03-20T10:00:00Z",
        last_seen="2026-03-20T10:00:00Z",
        count=1,
    )
    return msgspec.structs.replace(made, **changed)


def orders(*found: Finding, account: Account | None = MARCH, pack: Pack = PACK, history: tuple[Order, ...] = ()) -> list[Order]:
    return plan_orders(found, RULES, {"sample": pack}, history, account_of=lambda _: account)


def test_L01_an_excess_is_invoiced_at_once() -> None:
    (order,) = orders(finding())
    assert (order.step, order.target, order.value) == ("invoice", "charges", "2.00 USD")
    assert (order.amount, order.currency, order.period) == ("2.00", "USD", "2026-03")
    assert (order.clauses, order.owner, order.expires, order.approvals) == (("L01", "L02"), "billing", None, 0)
    assert order.reason.endswith(
        "2.00 USD of the charges of 2026-03 is above the limit of 20.00 and due at once under clause L01; "
        "what is charged above it later in the month is due with it."
    )
    assert order.undo.startswith("Take 2.00 USD above the limit of the order off the invoice")


def test_L01_a_customer_gets_one_invoice_a_month_whatever_finds_it() -> None:
    first, again = finding(), finding("f-2", charged=30.0, time="2026-03-25T10:00:00Z")
    (order,) = orders(first, again)
    assert orders(again, history=(order,)) == []
    assert orders(first, history=(order,)) == []
    april = msgspec.structs.replace(MARCH, month="2026-04")
    (later,) = orders(finding("f-3", time="2026-04-02T10:00:00Z"), account=april, history=(order,))
    assert later.key != order.key
    (other,) = orders(finding("f-4", customer="larkspur-clinic"), history=(order,))
    assert other.key != order.key


def test_L01_an_invoice_is_no_step_that_a_later_finding_climbs_from() -> None:
    (billed,) = orders(finding())
    crossed = finding("f-2", time="2026-03-21T10:00:00Z", detector="limits.monthly_charges", severity="medium")
    (notice,) = orders(crossed, history=(billed,))
    assert notice.step == "notify"
    assert "first order under clause L01" in notice.reason


@pytest.mark.parametrize(
    ("changed", "account", "pack", "step"),
    [
        ({"mode": "alert"}, MARCH, PACK, "log"),
        ({}, None, PACK, "log"),
        ({}, MARCH, msgspec.structs.replace(PACK, ladders={"limits": msgspec.structs.replace(LIMITS, invoice=False)}), "log"),
        ({"features": {"charged": Measured(value=20), "texts": Measured(value=0)}}, MARCH, PACK, "log"),
        ({"features": {"charged": Measured(value=None)}}, MARCH, PACK, "log"),
    ],
)
def test_L01_nothing_is_invoiced_unless_the_order_and_the_policy_say_so(
    changed: dict[str, Any], account: Account | None, pack: Pack, step: str
) -> None:
    assert [order.step for order in orders(finding(**changed), account=account, pack=pack)] == [step]


def test_in_shadow_nothing_is_invoiced() -> None:
    assert orders(finding(mode="shadow")) == []


def test_L01_without_a_currency_on_record_the_amount_stands_alone() -> None:
    (order,) = orders(finding(), account=msgspec.structs.replace(MARCH, currency=""))
    assert (order.value, order.amount, order.currency) == ("2.00", "2.00", None)


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 10**15))
def test_L01_the_amount_is_exact_to_the_millionth(charged: int, texts: int, limit: int) -> None:
    """A thousand million of a currency, in floating point and back."""
    given_ = finding(charged=round(charged / 1e6, 6), texts=round(texts / 1e6, 6))
    account = msgspec.structs.replace(MARCH, limit_micros=limit)
    assert due_micros(given_, account) == charged + texts - limit
    (order,) = orders(given_, account=account)
    assert order.amount == (format_micros(charged + texts - limit) if charged + texts > limit else None)
