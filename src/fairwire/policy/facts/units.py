"""What policies count, in singular and plain: the units of `Quantity`."""

from __future__ import annotations

from collections.abc import Sequence

from fairwire.policy.facts.words import Word, vocabulary

TIME = {
    "millisecond": "millisecond ms msec msecs",
    "second": "second seconds sec secs s",
    "minute": "minute minutes min mins",
    "hour": "hour hours hr hrs",
    "day": "day days",
    "business_day": "workday workdays",
    "week": "week weeks wk wks",
    "fortnight": "fortnight fortnights",
    "month": "month months",
    "quarter": "quarter quarters",
    "year": "year years yr yrs annum",
    "billing_period": "",
}
COUNTED = {
    "call": "call calls",
    "call_attempt": "",
    "message": "message messages sms mms smses text texts segment segments",
    "email": "email emails e-mail e-mails mail mails",
    "fax": "fax faxes",
    "page": "page pages",
    "recipient": "recipient recipients addressee addressees",
    "destination": "destination destinations",
    "number": "number numbers did dids",
    "user": "user users enduser endusers",
    "person": "person persons people individual individuals",
    "employee": "employee employees",
    "customer": "customer customers client clients",
    "subscriber": "subscriber subscribers",
    "account": "account accounts",
    "line": "line lines",
    "extension": "extension extensions",
    "seat": "seat seats",
    "licence": "licence licences license licenses",
    "device": "device devices handset handsets phone phones",
    "computer": "computer computers pc pcs machine machines workstation workstations",
    "household": "household households",
    "channel": "channel channels",
    "trunk": "trunk trunks",
    "connection": "connection connections",
    "session": "session sessions",
    "process": "process processes",
    "thread": "thread threads",
    "port": "port ports",
    "server": "server servers",
    "mailbox": "mailbox mailboxes",
    "domain": "domain domains",
    "website": "website websites site sites",
    "database": "database databases",
    "file": "file files inode inodes",
    "address": "address addresses",
    "query": "query queries",
    "request": "request requests",
    "attempt": "attempt attempts",
    "transaction": "transaction transactions",
    "packet": "packet packets",
    "participant": "participant participants",
    "party": "",
    "post": "post posts posting postings newsgroup newsgroups",
    "character": "character characters",
    "complaint": "complaint complaints",
    "violation": "violation violations breach breaches infringement infringements offence offences offense offenses",
    "warning": "warning warnings strike strikes",
    "notice": "notices",
    "incident": "incident incidents occurrence occurrences occasion occasions",
    "report": "report reports",
    "gateway": "gateway gateways",
    "location": "location locations",
    "country": "country countries",
    "campaign": "campaign campaigns",
    "copy": "copy copies",
    "core": "core cores cpu cpus vcpu vcpus",
    "agent": "agent agents",
    "number_of_times": "times",
}
SIZES = {
    "bit": "bit bits",
    "byte": "byte bytes",
    "kB": "kb kbyte kbytes kilobyte kilobytes",
    "MB": "mb mbs mbyte mbytes meg megs megabyte megabytes",
    "GB": "gb gbs gbyte gbytes gig gigs gigabyte gigabytes",
    "TB": "tb tbs tbyte tbytes terabyte terabytes",
    "PB": "pb petabyte petabytes",
    "kiB": "kib",
    "MiB": "mib",
    "GiB": "gib",
    "TiB": "tib",
}
RATES = {
    "kbit_per_second": "kbps kbits kbit kilobits kilobit",
    "Mbit_per_second": "mbps mbits mbit megabits megabit",
    "Gbit_per_second": "gbps gbits gbit gigabits gigabit",
}
MONEY_WORDS = {
    "USD": "dollar dollars usd",
    "EUR": "euro euros eur",
    "GBP": "pound pounds gbp sterling quid",
    "INR": "rupee rupees inr rs",
    "AUD": "aud",
    "CAD": "cad",
    "NZD": "nzd",
    "SGD": "sgd",
    "HKD": "hkd",
    "ZAR": "zar rand",
    "CHF": "chf francs",
    "SEK": "sek",
    "NOK": "nok",
    "DKK": "dkk",
    "PLN": "pln",
    "JPY": "jpy yen",
    "AED": "aed dirhams",
    "NGN": "ngn naira",
    "KES": "kes",
    "PHP": "php pesos",
    "MYR": "myr ringgit",
}
MONEY_SIGNS = {"$": "USD", "£": "GBP", "€": "EUR", "₹": "INR", "¥": "JPY"}
DOLLARS = {
    "a": "AUD",
    "au": "AUD",
    "us": "USD",
    "nz": "NZD",
    "c": "CAD",
    "ca": "CAD",
    "cad": "CAD",
    "s": "SGD",
    "hk": "HKD",
    "aud": "AUD",
}
PARTS_OF_MONEY = {"cent": "USD", "cents": "USD", "¢": "USD", "pence": "GBP", "penny": "GBP", "p": "GBP", "paise": "INR"}
COUNTRY_OF_DOLLAR = {"australian": "AUD", "us": "USD", "canadian": "CAD", "american": "USD"}

PER_DAY = {
    "daily": "day",
    "hourly": "hour",
    "weekly": "week",
    "monthly": "month",
    "annual": "year",
    "annually": "year",
    "yearly": "year",
}
TOGETHER = frozenset({"simultaneous", "concurrent", "simultaneously", "concurrently", "parallel"})
WORKING = frozenset({"business", "working", "work", "banking", "trading", "week"})
OF_CALLS = vocabulary(
    """
    call calls calling talk talking talktime voice outbound inbound outgoing incoming usage airtime conversation
    speech billable
    """
)
"""Beside `minutes`, these make minutes of calls of them, not a stretch of time."""
ADJECTIVES = (
    OF_CALLS
    | TOGETHER
    | WORKING
    | vocabulary(
        """
    calendar clear full whole consecutive successive continuous additional extra further more other new separate
    different distinct unique individual individually active total aggregate local international national domestic
    overseas mobile landline long distance short email e mail e-mail sms text fax bulk unsolicited commercial
    automated telephone phone voip sip ip registered named authorised authorized permitted physical virtual
    dedicated included free standard such customer user end client subscriber billing invalid failed unanswered
    answered legitimate written prior verbal us australian canadian maximum max
    """
    )
)
"""May stand between a number and what is counted."""


def _table(*tables: dict[str, str]) -> dict[str, str]:
    return {form: unit for table in tables for unit, forms in table.items() for form in forms.split()}


TIMES = _table(TIME)
COUNTS = _table(COUNTED)
MEASURES = _table(SIZES, RATES)
MONEY = _table(MONEY_WORDS)
UNITS = TIMES | COUNTS | MEASURES
CURRENCIES = frozenset(MONEY_WORDS)
WHOLE = frozenset(COUNTED) | frozenset(TIME)
"""Units of which nobody writes thousandths."""
FUNCTION_WORDS = vocabulary(
    """
    a an the and or but if of to in on at by for from with without as is are was were be been being has have had do
    does did will would shall should may might can could must not no nor this that these those it its they them
    their we us our you your he she his her which who whom whose when where while than then so such per each every
    any all some via into onto over under after before during within until since because however therefore notice
    also only just very too there here what how why i my me
    """
)
_NOT_COUNTED = vocabulary(
    """
    others ones ways parts parties sections clauses paragraphs categories types kinds following terms conditions
    policies reasons purposes is was has does this its us thus as always perhaps less plus versus means aspects
    """
)


def unit_at(words: Sequence[Word], at: int, *, any_noun: bool) -> tuple[str, int] | None:
    """The unit that begins with `words[at]`, adjectives before it included, and the place after it.

    Parameters
    ----------
    any_noun
        Whether a plural noun outside the tables will do.
    """
    together = working = of_calls = False
    strangers = 0
    place = at
    if place < len(words) and words[place].text in ("-", "‑", "‐") and words[place].start == words[place - 1].end:
        place += 1
    for _ in range(5):
        if place >= len(words):
            return None
        plain = words[place].plain.removesuffix("'s").removesuffix("'")
        unit = UNITS.get(plain)
        after = words[place + 1].plain.removesuffix("'s") if place + 1 < len(words) else ""
        if unit is not None and not _is_adjective(plain, after):
            return _named(words, place, unit, together, working, of_calls)
        if plain not in ADJECTIVES:
            if (
                words[place].text in ("-", "‑", "(", ")", "/")
                and words[place].text != "("
                and words[place - 1].plain in ADJECTIVES
            ):
                place += 1
                continue
            if any_noun and plain.endswith("s") and not plain.endswith("ss") and len(plain) > 3 and plain not in _NOT_COUNTED:
                return _singular(plain), place + 1
            if words[place].kind != "word" or plain in FUNCTION_WORDS or strangers == 2 or not _counts_soon(words, place):
                return None
            strangers += 1
        together |= plain in TOGETHER
        working |= plain in WORKING
        of_calls |= plain in OF_CALLS
        place += 1
    return None


def _counts_soon(words: Sequence[Word], at: int) -> bool:
    """Whether something countable follows a word nobody knows: `25 repetitive messages`."""
    for word in words[at + 1 : at + 3]:
        if word.kind != "word" or word.plain in FUNCTION_WORDS:
            return False
        if word.plain in COUNTS and word.plain.endswith("s"):
            return True
    return False


def _is_adjective(plain: str, after: str) -> bool:
    """`user` in `five user accounts`, `text` in `text messages`: followed by another unit it only qualifies."""
    return plain in ADJECTIVES and (after in UNITS or after in ADJECTIVES) and after not in ("more", "other", "such", "free")


def _named(words: Sequence[Word], place: int, unit: str, together: bool, working: bool, of_calls: bool) -> tuple[str, int]:
    last = place + 1
    if unit == "day" and working:
        unit = "business_day"
    elif unit == "minute" and (of_calls or _calls_follow(words, last)):
        unit = "minute_of_calls"
    elif unit == "attempt" and of_calls:
        unit = "call_attempt"
    elif unit in RATES:
        last = _after_per_second(words, last)
    return ("concurrent_" + unit if together else unit), last


def _calls_follow(words: Sequence[Word], at: int) -> bool:
    if at + 1 >= len(words) or words[at].plain not in ("of", "in"):
        return False
    return any(word.plain in OF_CALLS for word in words[at + 1 : at + 3])


def _after_per_second(words: Sequence[Word], at: int) -> int:
    if at + 1 < len(words) and words[at].plain in ("per", "/") and words[at + 1].plain in ("second", "sec", "s"):
        return at + 2
    return at


def _singular(plural: str) -> str:
    if plural.endswith("ies") and len(plural) > 4:
        return plural[:-3] + "y"
    if plural.endswith(("sses", "xes", "ches", "shes")):
        return plural[:-2]
    return plural[:-1]
