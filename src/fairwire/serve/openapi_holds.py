"""The part of the OpenAPI document about holds and disclosures."""

from __future__ import annotations

from typing import Any

from fairwire.model.holds import Disclosure, Hold
from fairwire.serve.desk_answers import Disclosures, Holds
from fairwire.serve.holds import NewDisclosure, NewHold
from fairwire.serve.openapi_parts import acting, parameter, query, reading
from fairwire.serve.orders import Why

Json = dict[str, Any]

STRUCTS = (Disclosure, Disclosures, Hold, Holds, NewDisclosure, NewHold)


def paths() -> Json:
    """Path -> its operations."""
    hold, made = parameter("hold_id", "The id, or its beginning."), parameter("disclosure_id", "The id, or its beginning.")
    return {
        "/v1/holds": {
            "get": reading("listHolds", "What is kept from deletion", Holds, query("customer", "About this customer only.")),
            "post": acting("hold", "Keep evidence", NewHold, Hold, made=True),
        },
        "/v1/holds/{hold_id}/release": {"post": acting("releaseHold", "Let retention have it", Why, Hold, hold, right="approve")},
        "/v1/disclosures": {
            "get": reading("listDisclosures", "What was handed out to whom", Disclosures, query("case", "Of this case only.")),
            "post": acting("disclose", "Prepare a disclosure", NewDisclosure, Disclosure, made=True),
        },
        "/v1/disclosures/{disclosure_id}/agree": {
            "post": acting("agreeToDisclosure", "Agree to what another has prepared", Why, Disclosure, made, right="approve")
        },
        "/v1/disclosures/{disclosure_id}/refuse": {
            "post": acting("refuseDisclosure", "Refuse what another has prepared", Why, Disclosure, made, right="approve")
        },
    }
