"""What a dollar is elsewhere: thresholds of rules are in US dollars, charges in the customer's currency.

A threshold that says when money is worth a look needs the size of a currency and not its rate of the day: these are rounded
to one or two digits, and a currency that is worth between half a dollar and two counts as one. Amounts that are owed never go
through this.
"""

from __future__ import annotations

# How many of it are about a US dollar: rounded from the rates of 2024 and 2025 that central banks publish (those of the European
# Central Bank, and pegs where there is one).
_PER_DOLLAR = {
    "AED": 3.7, "ARS": 1000, "BDT": 120, "BGN": 1.8, "BRL": 5.5, "CLP": 950, "CNY": 7, "COP": 4000, "CRC": 510, "CZK": 23,
    "DKK": 7, "DOP": 60, "EGP": 50, "GEL": 2.7, "GHS": 13, "GTQ": 7.7, "HKD": 7.8, "HUF": 360, "IDR": 16_000, "ILS": 3.6,
    "INR": 85, "ISK": 135, "JMD": 160, "JPY": 150, "KES": 130, "KRW": 1400, "KZT": 500, "LKR": 300, "MAD": 10, "MXN": 18,
    "MYR": 4.4, "NGN": 1500, "NOK": 10, "NPR": 135, "PEN": 3.7, "PHP": 57, "PKR": 280, "PLN": 4, "PYG": 7500, "QAR": 3.6,
    "RON": 4.5, "RSD": 107, "RUB": 90, "SAR": 3.75, "SEK": 10, "THB": 34, "TND": 3.1, "TRY": 35, "TWD": 32, "TZS": 2600,
    "UAH": 41, "UGX": 3700, "UYU": 40, "UZS": 12_700, "VND": 25_000, "XAF": 600, "XOF": 600, "ZAR": 18, "ZMW": 26,
}  # fmt: skip
# Worth three dollars.
_PER_DOLLAR |= {"BHD": 0.4, "JOD": 0.7, "KWD": 0.3, "OMR": 0.4}


def per_dollar(currency: str | None) -> float:
    """How many of a currency (ISO 4217) are about one US dollar; 1 where that is not known."""
    return _PER_DOLLAR.get((currency or "").upper(), 1.0)
