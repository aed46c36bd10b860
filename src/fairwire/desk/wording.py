"""Numbers, times and the words of the trade as the pages show them. All times are UTC and the pages say so."""

from __future__ import annotations

from fairwire.model.instants import DAY_US, civil_from_days, parse_us
from fairwire.model.order import Order

LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

COMPARISONS = {
    ">=": "at least",
    ">": "more than",
    "<=": "at most",
    "<": "less than",
    "==": "exactly",
    "!=": "other than",
}

STEPS = {
    "log": "Log",
    "notify": "Notify",
    "invoice": "Invoice",
    "step_up": "Ask for more proof",
    "throttle": "Slow down",
    "block": "Block",
    "suspend_outbound": "Suspend outbound",
    "suspend": "Suspend",
    "change_plan": "Change plan",
    "remove_content": "Remove content",
    "terminate": "Terminate",
}

ORDER_STATES = {
    "dry_run": "dry run",
    "waiting": "waits for approval",
    "due": "begins soon",
    "in_force": "in force",
    "done": "done",
    "lifted": "lifted",
    "expired": "expired",
    "refused": "refused",
    "overturned": "overturned",
}

HELD = {
    "wide": "the finding names no narrower target",
    "soft": "statistics alone do not go that far",
    "cap": "many customers were suspended within the hour",
    "snoozed": "somebody has put it to rest",
    "stopped": "automatic action is stopped",
    "critical": "the service is critical",
}

MODES = {
    "enforce": "acts on live calls",
    "alert": "tells people, does not act",
    "shadow": "is only recorded",
}


def number(value: float) -> str:
    """`12,345`, `0.04`, `10.08`: whole numbers whole, others with four digits."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def short_number(value: float) -> str:
    """For axes: `950`, `1.2k`, `3M`."""
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{suffix}"
    return f"{value:.3g}"


def is_share(unit: str, meaning: str = "") -> bool:
    """Whether a value from 0 to 1 is meant as a part of a whole."""
    return unit in ("share", "ratio", "fraction") or (not unit and meaning.lower().startswith("share "))


def quantity(value: float | str | None, unit: str, meaning: str = "") -> str:
    """A feature's value with its unit: `8%`, `61.25 USD`, `240 calls`; `not known` for None."""
    if value is None:
        return "not known"
    if isinstance(value, str):
        return value
    if is_share(unit, meaning):
        return f"{number(round(value * 100, 1))}%"
    if unit == "%":
        return f"{number(value)}%"
    if len(unit) == 3 and unit.isupper():
        return f"{value:,.2f} {unit}"
    if unit in ("x", "times"):
        return f"{number(value)}\N{NO-BREAK SPACE}times"
    if " " in unit:
        return f"{number(value)} {unit}"
    return f"{number(value)}\N{NO-BREAK SPACE}{unit}" if unit else number(value)


def count(n: int, one: str, many: str | None = None) -> str:
    """`1 finding`, `20 findings`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def day(us: int) -> str:
    """`4 Mar`."""
    _, month, number_ = civil_from_days(us // DAY_US)
    return f"{number_} {MONTHS[month - 1]}"


def clock(us: int, *, seconds: bool = False) -> str:
    """`14:07`, or `14:07:12`."""
    whole = us % DAY_US // 1_000_000
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}"
    return f"{text}:{whole % 60:02d}" if seconds else text


def moment(us: int, *, seconds: bool = False) -> str:
    """`4 Mar 14:07`."""
    return f"{day(us)} {clock(us, seconds=seconds)}"


def year(us: int) -> int:
    """The calendar year in UTC."""
    return civil_from_days(us // DAY_US)[0]


def moment_of(text: str) -> str:
    """`moment` of an RFC 3339 time; the text itself when it is none."""
    try:
        return moment(parse_us(text))
    except ValueError:
        return text


def span(seconds: float) -> str:
    """`45 s`, `12 min`, `4 h`, `7 days`."""
    for unit_s, name in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= unit_s * (2 if name == "day" else 1):
            n = round(seconds / unit_s, 1)
            return f"{number(n)} {name}{'s' if name == 'day' else ''}"
    return f"{number(round(seconds, 1))} s"


def talk(seconds: float) -> str:
    """Talk time as `2:28`, `1:02:03`; an em dash for none."""
    whole = round(seconds)
    if whole == 0:
        return "\N{EM DASH}"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def target(order: Order, *, brief: bool = False) -> str:
    """What an order touches, in words. `brief` leaves out numbers and names that stand beside it anyway."""
    user, line, value = (None, None, None) if brief else (order.user, order.line, order.value)
    named = {
        "customer": "the customer",
        "user": f"user {user}" if user else "the user",
        "line": f"line {line}" if line else "the line",
        "credential": f"credential {value}" if value else "the credential",
        "callee": f"calls to {value}" if value else "calls to this number",
        "new_callees": "calls to numbers never called before",
        "destination_class": f"{order.value} calls" if order.value else "calls of this class",
        "forwarding": "call forwarding",
        "new_calls": "new calls",
        "plan": f"the plan, to {order.value}" if order.value else "the plan",
        "address": f"address {value}" if value else "the address",
        "device": f"device {value}" if value else "the device",
        "messages": "messages sent",
        "mail": "mail sent",
        "content": "the content",
        "traffic": "the network port",
        "requests": "requests of programs",
        "charges": f"{order.value} above the limit" if order.value else "what is above the limit",
    }
    return named.get(order.target, order.target)


def action(order: Order, *, brief: bool = False) -> str:
    """`Block satellite calls`, `Suspend outbound calls of the line`: the step and what it touches, as one phrase."""
    touched = target(order, brief=brief)
    if order.step == "log":
        return "Only log it"
    if order.step == "change_plan":
        return f"Change {touched}" if order.target == "plan" else f"Change the plan of {touched}"
    forms = {
        "step_up": "Ask {} for more proof",
        "suspend_outbound": "Suspend outbound calls of {}",
        "remove_content": "Remove content of {}",
    }
    return forms.get(order.step, STEPS[order.step] + " {}").format(touched)
