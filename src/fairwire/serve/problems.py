"""What a caller can do wrong, and the one JSON shape in which it is told: `{"error": {"code", "message", "field"?, "line"?}}`."""

from __future__ import annotations

import msgspec

from fairwire.model.errors import FairwireError, InvalidRecord
from fairwire.ports.control import StoreError
from fairwire.ports.log import LogError, LogFull


class HttpProblem(FairwireError):
    """Base of the errors that belong to HTTP itself."""

    code = "FW-HTTP-001"
    status = 400

    def __init__(self, message: str, *, field: str = "", line: int | None = None, help_: str = "") -> None:
        super().__init__(message, help_=help_)
        self.field = field
        self.line = line

    def headers(self) -> dict[str, str]:
        """Headers that the status asks for."""
        return {}


class BadBody(HttpProblem):
    """The body is not the JSON, JSON Lines or form that it should be."""

    code = "FW-HTTP-002"


class BadParameter(HttpProblem):
    """A query parameter is unknown or out of range."""

    code = "FW-HTTP-003"


class Unauthorised(HttpProblem):
    """No token or key, or one that nobody knows."""

    code = "FW-HTTP-004"
    status = 401

    def headers(self) -> dict[str, str]:
        """The scheme we take."""
        return {"www-authenticate": 'Bearer realm="fairwire"'}


class NoSuchThing(HttpProblem):
    """There is nothing at this address."""

    code = "FW-HTTP-005"
    status = 404


class WrongMethod(HttpProblem):
    """The address is right, the method is not."""

    code = "FW-HTTP-006"
    status = 405

    def __init__(self, message: str, *, allow: str) -> None:
        super().__init__(message)
        self.allow = allow

    def headers(self) -> dict[str, str]:
        """The methods that would be right."""
        return {"allow": self.allow}


class BodyTooLarge(HttpProblem):
    """More than we read in one request."""

    code = "FW-HTTP-007"
    status = 413


class WrongMediaType(HttpProblem):
    """A content type or encoding that we do not read."""

    code = "FW-HTTP-008"
    status = 415


class Internal(HttpProblem):
    """Our own fault. The log has the rest."""

    code = "FW-HTTP-009"
    status = 500


class Forbidden(HttpProblem):
    """The key is known, and not good for this."""

    code = "FW-HTTP-011"
    status = 403


class TooMany(HttpProblem):
    """More requests than this key may send in a while."""

    code = "FW-HTTP-013"
    status = 429

    def __init__(self, message: str, *, wait_s: int, help_: str = "") -> None:
        super().__init__(message, help_=help_)
        self.wait_s = wait_s

    def headers(self) -> dict[str, str]:
        """When it is worth trying again."""
        return {"retry-after": str(self.wait_s)}


def status_of(error: FairwireError) -> int:
    """The HTTP status that says whose fault it is: the caller's, or ours for now."""
    if isinstance(error, HttpProblem):
        return error.status
    if isinstance(error, InvalidRecord):
        return 400
    if isinstance(error, LogFull):
        return 507
    return 503 if isinstance(error, StoreError | LogError) else 500


def describe(error: FairwireError, *, line: int | None = None) -> dict[str, object]:
    """The value of `error` in the answer."""
    told: dict[str, object] = {"code": error.code, "message": f"{error.message}; {error.help}" if error.help else error.message}
    if isinstance(error, HttpProblem | InvalidRecord) and error.field:
        told["field"] = error.field
    if line is None and isinstance(error, HttpProblem):
        line = error.line
    if line is not None:
        told["line"] = line
    return told


def encode(error: FairwireError, *, line: int | None = None) -> bytes:
    """The whole answer as JSON."""
    return msgspec.json.encode({"error": describe(error, line=line)})


def explain_json(error: msgspec.DecodeError) -> str:
    """The decoder's words as a phrase of ours."""
    return f"the body is not JSON ({str(error).removeprefix('JSON is malformed: ')})"
