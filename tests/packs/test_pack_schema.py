"""The JSON Schemas in `schema/` are those of the classes. `FAIRWIRE_ACCEPT=schema pytest tests/packs` writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fairwire.policy import schemas

FOLDER = Path(__file__).parents[2] / "schema"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schema_is_fresh(name: str) -> None:
    text = schemas()[name]
    if os.environ.get("FAIRWIRE_ACCEPT") == "schema":
        (FOLDER / name).write_text(text, encoding="utf-8")
    assert (FOLDER / name).read_text(encoding="utf-8") == text


def test_a_schema_refuses_unknown_keys_and_explains_the_known_ones() -> None:
    clause = json.loads(schemas()["clauses.schema.json"])["$defs"]["ClauseFile"]
    assert clause["additionalProperties"] is False
    assert clause["properties"]["status"]["enum"] == ["working", "partial", "not_yet"]
    assert clause["properties"]["place"]["description"] == "Where it stands in the document: section, item."
    assert set(clause["required"]) == {"gist", "place", "controls", "topics", "ladder", "status"}
