"""How well `fairwire policy import` finds what people found: `python benchmarks/import_quality.py FOLDER [-v]`.

FOLDER holds documents and, beside each, a JSON file of the same name with its clauses (`fairwire.testkit.import_score` says what
is in it). Prints one line a document and one for all; with -v also each difference. docs/evidence/import.md has our figures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fairwire.model.errors import FairwireError
from fairwire.runtime.imports import import_policy
from fairwire.testkit.import_score import Score, score, table


def main(folder: Path, *, told: bool) -> int:
    """Score every document of a folder; 1 when one cannot be imported."""
    rows: list[tuple[str, Score]] = []
    failed = 0
    for file in sorted(folder.glob("*.json")):
        gold = json.loads(file.read_text(encoding="utf-8"))
        try:
            imported = import_policy(folder / gold["file"])
        except FairwireError as error:
            failed += 1
            print(f"{file.stem}: {error.sentence()}", file=sys.stderr)
            continue
        result = score(imported, gold)
        rows.append((file.stem, result))
        if told:
            print(f"{file.stem}\n  " + "\n  ".join(result.notes))
    print(table(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python benchmarks/import_quality.py FOLDER [-v]")
    sys.exit(main(Path(sys.argv[1]), told="-v" in sys.argv[2:]))
