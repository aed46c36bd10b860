"""What requests of people at the desk have in common: who acts, what they may, and what an act's errors mean over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from fairwire.enforcement.lifecycle import NotPossible, UnsoundOrder
from fairwire.model.instants import parse_us
from fairwire.model.policy import Pack
from fairwire.ports.records import Conflict
from fairwire.runtime.case_access import Restricted, Viewer
from fairwire.runtime.lookup import NotThere
from fairwire.runtime.order_acts import NoSuchOrder
from fairwire.runtime.report_shapes import BadReport
from fairwire.serve.auth import OPERATOR, POINT, RIGHTS
from fairwire.serve.orders import PolicyOf, Refused
from fairwire.serve.problems import BadBody, BadParameter, Forbidden, NoSuchThing

T = TypeVar("T")


def by_of(request: Request) -> str:
    """Who acts: whoever the key belongs to."""
    return f"person:{request.scope.get(POINT, OPERATOR)}"


def may(request: Request, right: str) -> bool:
    """Whether the key is good for something beyond what the address asks for. The operator's token is, for all but `severe`:
    restricted matters are for people who are named."""
    if right in request.scope.get(RIGHTS, ()):
        return True
    return right != "severe" and request.scope.get(POINT) == OPERATOR


def demand(request: Request, right: str, what: str) -> None:
    """Refuse what the key is not good for.

    Raises
    ------
    Forbidden
        It lacks the right.
    """
    if not may(request, right):
        name = request.scope.get(POINT, OPERATOR)
        raise Forbidden(f"the key of `{name}` may not {what}", help_=f"it takes the right `{right}`")


def viewer_of(request: Request) -> Viewer:
    """Who looks. The operator's token names nobody."""
    return Viewer(by=by_of(request), severe=may(request, "severe"))


async def behind(act: Callable[[], T]) -> T:
    """Do it in a worker thread, and tell what is wrong as HTTP does."""
    return await run_in_threadpool(told, act)


def told(act: Callable[[], T]) -> T:
    """What was done, or why not, with the status that says whose move is next."""
    try:
        return act()
    except (NoSuchOrder, NotThere) as error:
        raise NoSuchThing(error.message, help_=error.help) from None
    except Restricted as error:
        raise Forbidden(error.message, help_=error.help) from None
    except (UnsoundOrder, BadReport) as error:
        raise BadBody(error.message, help_=error.help) from None
    except (NotPossible, Conflict) as error:
        raise Refused(error.message, help_=error.help) from None


def pack_of(policy_of: PolicyOf, customer: str) -> Pack:
    """The policy in force for a customer.

    Raises
    ------
    NoSuchThing
        Nobody knows the customer.
    """
    pack = policy_of(customer)
    if pack is None:
        raise NoSuchThing(f"there is no customer `{customer[:80]}`", field="customer")
    return pack


def instant(text: str | None, field: str) -> int | None:
    """Microseconds of an instant in a body; None where none was given.

    Raises
    ------
    BadBody
        It is none.
    """
    if text is None:
        return None
    try:
        return parse_us(text)
    except ValueError as error:
        raise BadBody(str(error), field=field) from None


def queried(request: Request, known: Sequence[str]) -> dict[str, str]:
    """The parameters behind the question mark.

    Raises
    ------
    BadParameter
        One of them is not known here.
    """
    for name in request.query_params:
        if name not in known:
            told_ = ", ".join(known) or "none"
            raise BadParameter(f"the parameter `{name[:40]}` is not known here", field=name[:40], help_=f"known: {told_}")
    return dict(request.query_params)


def chosen(query: dict[str, str], name: str, known: Sequence[Any]) -> str | None:
    """A parameter that is one of some words; None where it was not given.

    Raises
    ------
    BadParameter
        It is another word.
    """
    given = query.get(name)
    if given is not None and given not in known:
        raise BadParameter(f"`{given[:40]}` is not known here", field=name, help_=f"one of {', '.join(map(str, known))}")
    return given


def instant_in(query: dict[str, str], name: str) -> int | None:
    """A parameter that is an instant; None where it was not given.

    Raises
    ------
    BadParameter
        It is none.
    """
    given = query.get(name)
    if given is None:
        return None
    try:
        return parse_us(given.replace(" ", "+"))
    except ValueError as error:
        raise BadParameter(str(error), field=name) from None


def whole(query: dict[str, str], name: str, default: int, most: int) -> int:
    """A parameter that is a whole number from 1 on.

    Raises
    ------
    BadParameter
        It is none, or larger than `most`.
    """
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 10 or not 1 <= int(text) <= most:
        raise BadParameter(f"`{text[:40]}` is not a whole number from 1 to {most}", field=name)
    return int(text)
