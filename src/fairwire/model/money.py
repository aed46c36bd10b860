"""Money: integer micro-units of a currency (1 USD = 1,000,000). Never a float."""

from __future__ import annotations

import re

MAX_MONEY_MICROS = 10**15
"""A thousand million of any currency for one call: more is an error of the writer, and sums of these stay in 64 bits."""
_PLACES = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Decimal places of currencies that have not two. ISO 4217, list one."""
_DECIMAL = re.compile(r"([+-]?)([0-9]{1,12})(?:\.([0-9]{1,12}))?\Z")


def parse_micros(text: str) -> int:
    """Micro-units of a decimal string such as `"0.0125"`.

    Raises
    ------
    ValueError
        It is not a plain decimal, or it is finer than a millionth.
    """
    match = _DECIMAL.match(text)
    if match is None:
        raise ValueError(f"`{text[:40]}` is not a decimal amount such as 12.50")
    fraction = match[3] or ""
    if fraction[6:].strip("0"):
        raise ValueError(f"`{text[:40]}` is finer than a millionth")
    micros = int(match[2]) * 1_000_000 + int(fraction[:6].ljust(6, "0"))
    return -micros if match[1] == "-" else micros


def format_micros(micros: int) -> str:
    """Shortest decimal string with at least two places."""
    sign = "-" if micros < 0 else ""
    whole, fraction = divmod(abs(micros), 1_000_000)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{digits}"


def minor_micros(currency: str) -> int:
    """The smallest amount that a currency can pay, in micro-units; that of two decimal places where it is not known."""
    return int(10 ** (6 - _PLACES.get(currency, 2)))


def part_of(micros: int, part: int, whole: int, unit: int) -> int:
    """`part / whole` of an amount, rounded once, half to even, to a multiple of `unit`. Exact: whole numbers all the way."""
    quotient, rest = divmod(micros * part, whole * unit)
    twice = 2 * rest
    up = twice > whole * unit or (twice == whole * unit and quotient % 2 == 1)
    return (quotient + up) * unit
