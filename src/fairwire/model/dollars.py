"""What a dollar is elsewhere: thresholds of rules are in US dollars, charges in the customer's currency.

A threshold that says when money is worth a look needs the size of a currency and not its rate of the day: these are rounded
to one or two digits, and a currency that is worth between half a dollar and two counts as one. What is owed never goes through
this; what is compared with a limit does only where it was told in another currency than the customer's.
"""

from __future__ import annotations

from fairwire.model.money import MAX_MONEY_MICROS

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
# Those that count as one have to be known as well: a price in them is none in the customer's currency.
_AS_ONE = "AUD", "AZN", "BAM", "BMD", "BND", "BSD", "CAD", "CHF", "EUR", "GBP", "GIP", "KYD", "NZD", "PAB", "SGD", "USD"
_PER_DOLLAR |= dict.fromkeys(_AS_ONE, 1)

# ISO 4217, list one. The first two letters of a currency's code are those of its country, but for these.
_CURRENCY_OF = {code[:2]: code for code in _PER_DOLLAR if code[0] != "X"}
_EURO = (
    "AD", "AT", "AX", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GF", "GP", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MC",
    "ME", "MQ", "MT", "NL", "PT", "RE", "SI", "SK", "SM", "VA", "YT",
)  # fmt: skip
_CURRENCY_OF |= dict.fromkeys(_EURO, "EUR")
_CURRENCY_OF |= dict.fromkeys(("AS", "EC", "GU", "MP", "PR", "SV", "TC", "VG", "VI"), "USD")
_CURRENCY_OF |= dict.fromkeys(("CF", "CG", "CM", "GA", "GQ", "TD"), "XAF")
_CURRENCY_OF |= dict.fromkeys(("BF", "BJ", "CI", "GW", "ML", "NE", "SN", "TG"), "XOF")
_CURRENCY_OF |= {"BT": "INR", "EH": "MAD", "FO": "DKK", "GL": "DKK", "LI": "CHF", "LS": "ZAR", "NA": "ZAR", "SJ": "NOK"}


def told_per_dollar(currency: str | None) -> float | None:
    """How many of a currency (ISO 4217) are about one US dollar; None where that is not known, or no currency is named."""
    return _PER_DOLLAR.get(currency.upper()) if currency else None


def own_per_dollar(currency: str | None, country: str) -> float | None:
    """The same of whoever has a currency, else of whoever is in a country (ISO 3166-1); None where neither is known."""
    return told_per_dollar(currency) or told_per_dollar(_CURRENCY_OF.get(country.upper()))


def brought(micros: int, told: float, own: float) -> int:
    """An amount in a currency of which `told` are a dollar, in one of which `own` are: roughly; exact where these are the same.

    What comes out is no more than an amount that is told may be, so that sums of it stay in 64 bits.
    """
    if told == own:
        return micros
    return round(min(max(micros * (own / told), -MAX_MONEY_MICROS), MAX_MONEY_MICROS))
