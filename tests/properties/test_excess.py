"""What is charged for people above a limit: exact, each day once, and the newest first."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from hypothesis import given
from hypothesis import strategies as st

from fairwire.enforcement.excess import Individual, Price, above, excess_lines
from fairwire.model.instants import DAY_US, days_from_civil, parse_us
from fairwire.model.money import minor_micros, part_of

DAYS = st.integers(days_from_civil(2024, 1, 1), days_from_civil(2030, 12, 31))
CURRENCIES = {"GBP": 2, "JPY": 0, "KWD": 3, "": 2}
PEOPLE = st.lists(
    st.builds(Individual, st.text("abc", min_size=1, max_size=4), st.integers(0, 5), st.just(())),
    unique_by=lambda each: each.name,
    max_size=9,
)


@given(st.integers(0, 10**12), st.integers(0, 31), st.integers(28, 31), st.sampled_from(sorted(CURRENCIES)))
def test_a_part_of_a_price_is_rounded_once_half_to_even_to_what_the_currency_can_pay(
    micros: int, days: int, of_days: int, currency: str
) -> None:
    expected = (Decimal(micros) / 10**6 * days / of_days).quantize(Decimal(1).scaleb(-CURRENCIES[currency]), ROUND_HALF_EVEN)
    assert part_of(micros, days, of_days, minor_micros(currency)) == int(expected * 10**6)


@given(DAYS, st.integers(0, 120), st.integers(0, 120))
def test_no_day_is_on_two_lines_and_none_between_is_left_out(first: int, long: int, longer: int) -> None:
    def lines(from_day: int, to_day: int) -> list[tuple[str, str, str, int]]:
        made = excess_lines(
            Individual("fay", 0, ("fay",)), Price(12_500_000, "GBP"), from_day, to_day,
            customer="hobnail", policy="natterbox@1", clause="U02", source="deadline:d", at_us=0,
        )  # fmt: skip
        assert all(line.from_day[:7] == line.to_day[:7] == line.month for line in made)
        assert sum(line.days for line in made) == to_day - from_day + 1
        return [(line.line_id, line.from_day, line.to_day, line.days) for line in made]

    one, two = lines(first, first + long), lines(first + long + 1, first + long + 1 + longer)
    ids = [line[0] for line in (*one, *two)]
    assert len(set(ids)) == len(ids)
    covered = [
        day
        for _, start, end, _ in (*one, *two)
        for day in range(parse_us(f"{start}T00:00:00Z") // DAY_US, parse_us(f"{end}T00:00:00Z") // DAY_US + 1)
    ]
    assert covered == list(range(first, first + long + longer + 2))
    assert lines(first, first + long) == one, "the same twice is the same"


@given(PEOPLE, st.integers(0, 9))
def test_exactly_as_many_are_left_as_were_ordered_and_they_are_the_oldest(people: list[Individual], limit: int) -> None:
    over = above(people, limit)
    left = [each for each in people if each not in over]
    assert len(left) == min(limit, len(people))
    assert not left or not over or max(each.since_us for each in left) <= min(each.since_us for each in over)
    assert [each.since_us for each in over] == sorted((each.since_us for each in over), reverse=True)
    raised = above(people, limit + 1)
    assert raised == over[: len(raised)], "with one more, the oldest of those above it is let in"
