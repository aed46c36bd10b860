"""The JSON Schemas in `schema/` are those of the classes. `FAIRWIRE_ACCEPT=schema pytest tests/packs` writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from fairwire.model.documents import read_document
from fairwire.policy import schemas
from fairwire.runtime.packs import all_pack_ids

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


PACKS = Path(__file__).parents[2] / "src" / "fairwire" / "packs"
WITH_SCHEMA = sorted(path for path in PACKS.rglob("*.yaml") if "$schema=" in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WITH_SCHEMA, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_is_valid_by_the_schema_that_it_names(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = text.partition("$schema=")[2].splitlines()[0].strip()
    schema = json.loads((path.parent / named).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(read_document(text, path.name)[0].value, schema, cls=jsonschema.Draft202012Validator)


def test_the_schema_refuses_what_the_check_refuses() -> None:
    schema = json.loads(schemas()["pack.schema.json"])
    value = read_document((PACKS / "jns" / "pack.yaml").read_text(encoding="utf-8"), "pack.yaml")[0].value
    value["changes"]["effective"] = "tomorrow"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, schema, cls=jsonschema.Draft202012Validator)


def test_every_file_of_a_pack_names_its_schema() -> None:
    listed = {path for pack in all_pack_ids() for path in (PACKS / pack).glob("*.yaml")}
    assert listed <= set(WITH_SCHEMA), sorted(path.name for path in listed - set(WITH_SCHEMA))
