"""JSON Schemas of the files of a pack, for editors and for other programs."""

from __future__ import annotations

import json

from fairwire.policy.cases import CasesFile
from fairwire.policy.files import ClausesFile, LaddersFile, PackFile, TopicsFile
from fairwire.policy.written import Written

_FILES: dict[str, type[Written]] = {
    "pack": PackFile,
    "clauses": ClausesFile,
    "ladder": LaddersFile,
    "cases": CasesFile,
    "topics": TopicsFile,
}


def schemas() -> dict[str, str]:
    """File name -> JSON Schema (draft 2020-12) as text, ending in a newline."""
    texts = {}
    for name, model in _FILES.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
        texts[f"{name}.schema.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return texts
