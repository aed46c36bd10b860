"""Users of a directory over SCIM 2.0 (RFC 7643, RFC 7644): found by filter, changed by PATCH, each as it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http.client import HTTPMessage
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from fairwire.enforcers.failing import Failed, by_status
from fairwire.net.connecting import Deadline
from fairwire.net.http import Address, Asking, NoReply, Reply

MEDIA: Final = "application/scim+json"
_PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_PAGE: Final = 100
_MOST_PAGES: Final = 200

Resource = Mapping[str, Any]


class Directory:
    """One directory, for the time of one call of the edge. Every method raises Failed for what does not come to its end."""

    def __init__(self, asking: Asking, base: Address, token: str, deadline: Deadline) -> None:
        self._asking = asking
        self._base = base
        self._token = token
        self._deadline = deadline

    def find(self, condition: str) -> list[Resource]:
        """Users that a filter names, from all pages. A directory may leave the filter out, so they must be looked at."""
        found: dict[str, Resource] = {}
        for _ in range(_MOST_PAGES):
            query = urlencode({"filter": condition, "startIndex": len(found) + 1, "count": _PAGE}, quote_via=quote)
            page = self._object(self._ask("GET", f"/Users?{query}"))
            resources, total = page.get("Resources", []), page.get("totalResults", 0)
            if not isinstance(resources, list) or isinstance(total, bool) or not isinstance(total, int):
                raise Failed("unknown", "what the directory answered is no list of users")
            for each in resources:
                if not isinstance(each, dict) or not isinstance(each.get("id"), str) or not each["id"]:
                    raise Failed("unknown", "what the directory answered is no list of users")
            before = len(found)
            found |= {each["id"]: each for each in resources}
            if len(found) >= total or len(found) == before:
                return list(found.values())
        raise Failed("never", f"the directory names more than {_PAGE * _MOST_PAGES} users")

    def get(self, user_id: str) -> Resource | None:
        """One user; None for one who is gone."""
        reply = self._ask("GET", f"/Users/{quote(user_id, safe='')}", missing_ok=True)
        return None if reply.status == 404 else self._object(reply)

    def patch(self, user: Resource, operations: Sequence[Mapping[str, Any]]) -> bool:
        """Change a user, if nobody else has meanwhile; False for one who is gone."""
        meta = user.get("meta")
        version = meta.get("version") if isinstance(meta, dict) else None
        headers = {"If-Match": version} if isinstance(version, str) and version else {}
        body = {"schemas": [_PATCH], "Operations": operations}
        where = f"/Users/{quote(user['id'], safe='')}"
        reply = self._ask("PATCH", where, msgspec.json.encode(body), headers, missing_ok=True)
        return reply.status != 404

    def _ask(
        self, method: str, where: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *, missing_ok: bool = False
    ) -> Reply:
        base = self._base
        address = Address(secure=base.secure, host=base.host, port=base.port, target=base.target.rstrip("/") + where)
        all_headers = {"Authorization": f"Bearer {self._token}", "Accept": MEDIA, **(headers or {})}
        if body:
            all_headers["Content-Type"] = MEDIA
        reply = self._asking.ask(method, address, self._deadline, headers=all_headers, body=body)
        if isinstance(reply, NoReply):
            raise Failed("unknown" if reply.sent else "later", reply.why)
        if reply.status in (200, 204) or (reply.status == 404 and missing_ok):
            return reply
        raise _refused(reply)

    def _object(self, reply: Reply) -> Resource:
        try:
            found = msgspec.json.decode(reply.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = None
        if not isinstance(found, dict):
            raise Failed("unknown", "what the directory answered is no JSON object")
        return found


def quoted(text: str) -> str:
    """A text as filters have it: a JSON string (RFC 7644 section 3.4.2.2)."""
    return msgspec.json.encode(text).decode()


def attribute(user: Resource, path: str) -> Any:
    """What stands under an attribute's path, with or without its schema; None when nothing does."""
    found: Any = user
    schema, colon, name = path.rpartition(":")
    if colon:
        found = next((value for key, value in user.items() if key.lower() == schema.lower()), None)
    for part in name.split("."):
        if not isinstance(found, dict):
            return None
        found = next((value for key, value in found.items() if key.lower() == part.lower()), None)
    return found


def _refused(reply: Reply) -> Failed:
    said = ""
    try:
        error = msgspec.json.decode(reply.body)
        said = f": {error['detail']}" if isinstance(error, dict) and isinstance(error.get("detail"), str) else ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    if reply.status == 412:
        return Failed("later", "somebody else has changed the user in this moment")
    if reply.status in (401, 403):
        return Failed("never", f"the directory answered {reply.status}{said}: the token is not taken, or may not do this")
    if 300 <= reply.status <= 399:
        return Failed("never", f"the directory answered {reply.status}: redirects are not followed")
    return Failed(by_status(reply.status), f"the directory answered {reply.status}{said}{_wait(reply.headers)}")


def _wait(headers: HTTPMessage) -> str:
    after = headers.get("Retry-After", "") or ""
    return f"; it asks for {after} s" if after.isascii() and after.isdigit() and len(after) < 8 else ""
