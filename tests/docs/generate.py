"""Writes the pages of `docs/reference/` and the tables of the README from what they describe.

`FAIRWIRE_ACCEPT=docs pytest tests/docs` (or `./dev accept docs`) writes them anew.
"""

from __future__ import annotations

import ast
import inspect
import io
import os
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import clause_table
import clause_tests
import http_page
import typer

from fairwire.cli.main import build
from fairwire.expr.evaluate import show
from fairwire.expr.parse import FUNCTIONS
from fairwire.expr.units import CALLED
from fairwire.kernel.reading import found
from fairwire.model.aggregates import AGGREGATES, PROFILE
from fairwire.model.columns import ANSWERED, ATTEMPT, CALLS, COLUMNS, ENDED, EVENT_KINDS, KIND_NAMES, SENSED, Column
from fairwire.plan.detector import CheckedFeature, Detector
from fairwire.plan.spec import EntitlementSpec, ParameterSpec
from fairwire.plan.sql import SQL
from fairwire.runtime import discovery
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.packs import all_pack_ids, load_packs, pack_coverage, read_pack

if os.environ.get("FAIRWIRE_ACCEPT") == "docs":  # before any page counts what is listed there
    clause_tests.FILE.write_text(clause_tests.text(), encoding="utf-8")

ROOT = Path(__file__).resolve().parents[2]
HELP_WIDTH = 100
_PHASES = {ATTEMPT: "attempt", ANSWERED: "answer", ENDED: "end"}


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines)


def page(title: str, source: str, *parts: str) -> str:
    """A page with its title, where it comes from, and its parts."""
    return "\n\n".join([f"# {title}", f"Generated from {source} by `./dev accept docs`; a test keeps it fresh.", *parts]) + "\n"


def cli() -> str:
    """Every command's help, as a terminal shows it."""
    root = typer.main.get_command(build())
    parts = [f"```\n{_help(root, [])}\n```"]
    for words in _commands(root, []):
        parts.append(f"## fairwire {' '.join(words)}\n\n```\n{_help(root, words)}\n```")
    return page("Commands", "the program's own help", *parts)


def _commands(command: object, words: list[str]) -> Iterable[list[str]]:
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        if hasattr(inner, "commands"):
            yield from _commands(inner, [*words, name])
        else:
            yield [*words, name]


def _help(root: Any, words: list[str]) -> str:
    shown = io.StringIO()
    with redirect_stdout(shown), suppress(SystemExit):
        root.main([*words, "--help"], prog_name="fairwire", terminal_width=HELP_WIDTH, color=False)
    return "\n".join(line.rstrip() for line in shown.getvalue().strip().splitlines())


def columns() -> str:
    """What a detector may name."""
    named = [column for column in COLUMNS if column.type not in ("internal", "instant")]
    rows = [(f"`{column.name}`", column.type, column.unit, _known(column), _doc(column)) for column in named]
    return page(
        "Columns of an event",
        "`src/fairwire/model/columns.py`",
        "What a detector file may name in `where`, `share` and `when` (numbers, flags, words) or count (`distinct` takes keys\n"
        "and words, `sum`, `mean`, `max` and `min` take numbers). Internal columns and instants cannot be named. Missing\n"
        "evidence is unknown: neither zero nor false.",
        table(
            ("column", "type", "unit", "known from", "meaning"), (row for row in rows if row[1] not in ("internal", "instant"))
        ),
    )


def _known(column: Column) -> str:
    if set(column.kinds) == set(EVENT_KINDS):
        return "all"
    calls = [kind for kind in column.kinds if kind in CALLS]
    told = [*([_PHASES[calls[0]] + ("" if len(calls) > 1 or calls[0] == ENDED else ", and only there")] if calls else [])]
    told += [KIND_NAMES[kind] for kind in column.kinds if kind not in CALLS]
    return ", ".join(told)


def _doc(column: Column) -> str:
    words = f" One of {', '.join(column.words)}." if column.words and column.words[0] not in column.doc else ""
    sensed = " Kept by the kernel from what it has seen." if column.name in SENSED else ""
    return f"{column.doc}{words}{sensed}"


def aggregates() -> str:
    """What a feature may be, each from the docstring of its file."""
    files = kernel_aggregates()
    rows = [
        (
            f"`{name}`",
            _TAKES[each.takes],
            ", ".join(f"`{option}`" for option in each.options),
            _silent_below(name),
            first_line(files[name]),
        )
        for name, each in AGGREGATES.items()
    ]
    parts = [f"## `{name}`\n\n{inspect.cleandoc(files[name].__doc__ or '')}" for name in AGGREGATES]
    return page(
        "Aggregates",
        "`src/fairwire/model/aggregates.py` and the docstrings of `src/fairwire/kernel/aggregates/`",
        "What a feature of a detector file may be. Each is kept over a window (`over`), from which it may miss a pane, except\n"
        "the last four, which compare with the same hour of other weeks. `decayed` may stand in place of `over` where its\n"
        "file says so.",
        table(("aggregate", "is given", "options", "unknown below", "meaning"), rows),
        *parts,
    )


_TAKES = {
    "event": "a kind of event",
    "number": "a column of numbers",
    "key": "a column of keys or words",
    "either": "a column",
    "truth": "a condition",
    "calls": "`calls`",
}


def kernel_aggregates() -> dict[str, ModuleType]:
    """The files of `kernel/aggregates/`, by name."""
    return found()


def first_line(module: ModuleType) -> str:
    """The first sentence of a docstring."""
    return (module.__doc__ or "").strip().splitlines()[0]


def _silent_below(name: str) -> str:
    each = AGGREGATES[name]
    if each.least is None:
        return "never"
    return f"{each.least} {'weeks' if each.structure == PROFILE else 'events'}"


def errors() -> str:
    """Every error's code and meaning."""
    rows = [(f"`{code}`", doc, module) for code, doc, module in sorted(error_classes())]
    return page(
        "Error codes",
        "the error classes of `src/fairwire`",
        "Each error names its place, what is still true and what to do. Exit status of the command line: 2, unless its help\n"
        "says otherwise.",
        table(("code", "meaning", "module"), rows),
    )


def error_classes() -> list[tuple[str, str, str]]:
    """(code, docstring, module) of each class that has a code of its own; read from the source, so that nothing is loaded."""
    found: list[tuple[str, str, str]] = []
    source = ROOT / "src"
    for path in sorted((source / "fairwire").rglob("*.py")):
        module = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                code = _own_code(node)
                doc = (ast.get_docstring(node) or "").split("\n\n")[0]
                found += [(code, " ".join(doc.split()), module)] if code else []
    return found


def _own_code(node: ast.ClassDef) -> str:
    for line in node.body:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code" and isinstance(line.value, ast.Constant):
            return str(line.value.value)
    return ""


def language() -> str:
    """What a rule may be written with."""
    functions = [(f"`{name}({takes})`", gives) for name, (takes, gives) in FUNCTIONS.items()]
    kinds = [(name, CALLED[name]) for name in CALLED]
    said = [(f"`{name}`", "yes" if name in SQL or name == "gauge" else "no") for name in AGGREGATES]
    return page(
        "The rule language",
        "`src/fairwire/expr` and `src/fairwire/plan`",
        LANGUAGE.strip(),
        "## Functions\n\n" + table(("function", "gives"), functions),
        "## Kinds of quantities\n\n" + QUANTITIES.strip() + "\n\n" + table(("kind", "what it is"), kinds),
        SCORECARDS.strip(),
        SENTENCES.strip(),
        "## SQL\n\n" + AS_SQL.strip() + "\n\n" + table(("aggregate", "has SQL"), said),
    )


LANGUAGE = """
A rule is an expression: numbers, names, `+ - * /`, comparisons, `and`, `or`, `not`, `in`, brackets and the functions below.
It may run over several lines. There are three types: numbers, truths, and words of a closed list, which only compare with each
other. Nothing else of any language is in it; what is tried in vain is named with its place and what to write instead.

| written | means |
| --- | --- |
| `asr < 0.35 and attempts >= floor` | both are true |
| `0.2 <= asr < 0.35` | a value between two others |
| `direction == "outbound"`, `disposition in ("busy", "no_answer")` | a word is one of these |
| `not forwarded` | false is true, and the other way round; unknown stays unknown |
| `customer.seats`, `customer.plan == "metered"` | what the customer's record says |
| `customer.age_days`, `customer.user_limit` | days since it was opened, users of the order; unknown where nobody told |

*Unknown.* A number, word or truth may be unknown: a ratio of too few calls, a column that a feed does not send. Any
arithmetic and any comparison with it is unknown; so is a division by zero. `false and unknown` is false, `true or unknown` is
true, else what is joined with the unknown is unknown. A rule fires only where it is true. See
[unknown values](../explanation/unknown_values.md).
"""

QUANTITIES = """
What is compared, added, or put into one `min` or `max` must be of one kind, where both kinds are known. The kind of a column
is that of its unit; of a feature, that of its `unit`, else of its aggregate and its column; of a parameter, that of its `unit`.
A share never meets a number above 1: 35 % is written 0.35. A product, a quotient and a bare number go with everything, and
seconds divided by 60 are minutes.
"""

SCORECARDS = """
## Scorecards

In place of `when`, a detector may weigh signs:

```yaml
score:
  signs:
    - when: asr < 0.35
      weight: 3
      because: "only {asr:.0%} answered"
      evidence: docs/evidence.md#dialling; carriers set the floor at 40 %
    - when: attempts >= floor
      weight: 2
      because: "{attempts:call|calls} in an hour"
      evidence: our own choice, no published figure
    - when: solicited >= 0.5
      weight: -2
      because: most of them had called first
      evidence: our own choice, no published figure
  fires_at: 5
  at_least_known: 2
```

The score is the sum of the weights of the signs that are true. A sign that is false or unknown weighs nothing; a weight below
zero is a sign of innocence. The rule holds when the score reaches `fires_at` and at least `at_least_known` signs are known. A
weight and `fires_at` are numbers or names of parameters. The finding carries the `score`; its explanation has each sign with
the values it saw, its weight, and whether it held, did not, or was unknown.

## Parameters

`value`, `evidence`, and if wanted `unit`, `min`, `max` and `type`: `number`, `whole` or `share`. A pack may set a parameter to
anything within these limits. A parameter that the rule compares with a share is a share, whether it says so or not.

## Entitlements

`entitlements: [registered_dialler]` silences the detector for customers who have that feature in their record.
`{name: registered_dialler, covers: automated}` silences it only where `covers` is true: what is unknown is not excused.
Silenced hits are counted and shown after a replay.
"""

SENTENCES = """
## Sentences

`because` is a sentence, or a list of which the first is said whose values are all known. A field is `{name}` or `{name:form}`:

| form | of 1,234.5 | |
| --- | --- | --- |
| none | 1,234.50 | as people write it |
| `,.0f` `.2f` `g` | 1,234 | the forms of Python |
| `.0%` | | of a share: 0.345 is 34% |
| `duration` | 20 min 34 s | of a time in seconds |
| `call\\|calls`, `,.0f call\\|calls` | 1,234.50 calls | the word goes with the number; 1 is 1 call |

It may name what the rule may, `customer`, `user`, `line` and `callee`; with a scorecard also `score`, `fires_at`, `signs` (what
the signs that held say), `signs_held` and `signs_known`. A bracket itself is written twice.
"""

AS_SQL = """
`fairwire.plan.sql.detector_sql` writes a detector as DuckDB SQL over a table of kernel events: every feature, and where the
rule holds or is silenced. Tests compare it with the kernel on random traces. Features that fade, and those marked here, have
no text of their own.
"""


def detectors() -> str:
    """What each detector looks for, and why its numbers are what they are."""
    found, _ = load_detectors()
    rows = [
        (
            f"[`{one.id}`](#{_anchor(one.id)})",
            one.spec.title,
            one.spec.version,
            one.spec.stage,
            one.spec.certainty,
            one.spec.severity,
        )
        for one in found.values()
    ]
    return page(
        "Detectors",
        "`src/fairwire/detectors/`",
        "*Stage* is the detector's own; a policy pack may set another. *Hard* rules may act alone, *soft* rules warn, and\n"
        "people act. A pack may set parameters. A detector runs for a customer only where a clause of the customer's policy\n"
        "is about one of its topics, or names it.",
        table(("detector", "looks for", "version", "stage", "certainty", "severity"), rows),
        *(_detector(one) for one in found.values()),
    )


def _anchor(name: str) -> str:
    return name.replace(".", "")


def _detector(one: Detector) -> str:
    spec = one.spec
    where = f", where `{' '.join(spec.where.split())}`" if spec.where else ""
    serves = [
        f"{pack} {', '.join(clauses)}"
        for pack, policy in sorted(load_packs(all_pack_ids()).items())
        if (clauses := policy.bound_to(spec.detector, spec.topics))
    ]
    topics = ", ".join(f"`{topic}`" for topic in spec.topics)
    facts = [
        f"- serves the topics {topics}: {'; '.join(serves) or 'no clause of a shipped pack'}",
        f"- watches each {' and '.join(spec.subject)}, on {', '.join(spec.on)}{where}",
        f"- version {spec.version}, {spec.stage}, {spec.certainty}, severity {spec.severity}",
        f"- the least that stops it: {spec.narrowest}",
        f"- hits within {spec.quiet_after} of one another are one finding",
    ]
    if spec.cohort is not None:
        peers = f"- compared with at least {spec.cohort.minimum} others for whom `{spec.cohort.among}`"
        facts.append(f"{peers}, from day {spec.cohort.from_day} of the month, per {spec.cohort.per}")
    if spec.entitlements:
        facts.append(f"- silent for customers with {', '.join(_entitlement(each) for each in spec.entitlements)}")
    parts = [f"## {one.id}", f"**{spec.title}.** {spec.why}", "\n".join(facts)]
    parts.append(f"{_rule(one)}\n\nIt says: {' Or: '.join(' '.join(said.split()) for said in spec.sentences)}")
    if spec.parameters:
        rows = [(f"`{name}`", f"{number.value:g}", number.unit, _why(number)) for name, number in spec.parameters.items()]
        parts.append(table(("parameter", "value", "unit", "why this value"), rows))
    if one.features:
        counted = [(f"`{name}`", feature.meaning, _window(feature), _least(feature)) for name, feature in one.features.items()]
        parts.append(table(("feature", "meaning", "window", "needs"), counted))
    parts.append("Innocent look-alikes:\n\n" + "\n".join(f"- {sign}" for sign in spec.innocent))
    proofs = [f"- {case.name} ({'quiet' if case.expect == 'quiet' else 'found'})" for case in spec.cases]
    parts.append("Its cases:\n\n" + "\n".join(proofs))
    parts.append(f"Evidence: {spec.evidence}.")
    return "\n\n".join(parts)


def _entitlement(each: EntitlementSpec) -> str:
    return f"`{each.name}`" + (f" where `{each.covers}`" if each.covers else "")


def _rule(one: Detector) -> str:
    if one.scorecard is None:
        return f"```\n{_wrapped(one.spec.when or '')}\n```"
    signs = [(f"`{show(sign.when)}`", show(sign.weight), sign.because, sign.evidence) for sign in one.scorecard.signs]
    known = f", with at least {one.scorecard.at_least_known} signs known" if one.scorecard.at_least_known else ""
    rows = table(("sign", "weight", "it says", "why this weight"), signs)
    return f"Fires at {show(one.scorecard.fires_at)} points{known}:\n\n{rows}"


def _wrapped(rule: str) -> str:
    return textwrap.fill(" ".join(rule.split()), HELP_WIDTH, break_long_words=False, break_on_hyphens=False)


def _why(number: ParameterSpec) -> str:
    return " ".join(number.evidence.split())


def _window(feature: CheckedFeature) -> str:
    return f"{feature.window.phrase}; {feature.window.bound}"


def _least(feature: CheckedFeature) -> str:
    return f"{feature.at_least} events" if feature.at_least > 1 else "the first event"


def duties() -> str:
    """What shows each clause that takes a request, a limit, a report or a person."""
    rows = [
        (
            one.clause.id,
            f"`{one.pack}`",
            ", ".join(each for each in one.clause.controls if each in clause_table.BY_PEOPLE),
            one.clause.gist,
            "<br>".join(f"`{name.partition('::')[2]}` ({name.partition('::')[0].removeprefix('tests/')})" for name in one.tests),
        )
        for one in clause_table.by_people()
    ]
    return page(
        "Clauses that take a request, a limit, a report or a person",
        "`src/fairwire/packs/` and the tests",
        "Every clause of the shipped policies with the control *workflow*, *limit*, *terms* or *report*, with the tests that\n"
        "are called after it and drive the system. What rules find or decide of them stands in [clauses](clauses.md).",
        table(("clause", "policy", "control", "gist", "tests"), rows),
    )


def clauses() -> str:
    """What shows each clause that rules carry out."""
    return page(
        "Clauses",
        "`src/fairwire/packs/` and `src/fairwire/detectors/`",
        "Every clause of the shipped policies that is found in what happens (*stream*) or decided before it happens (*inline*),\n"
        "with what serves it, the cases that name it and the tests that are called after it. The other clauses take a report,\n"
        "a request or a person; `fairwire policy coverage` lists them too.",
        table(
            ("clause", "policy", "control", "served by", "cases found", "cases quiet", "tests", "state"), clause_table.summary()
        ),
        *(clause_table.section(one) for one in clause_table.served()),
    )


def coverage_block() -> str:
    """How many clauses of each shipped policy are enforced."""
    rows: list[tuple[str, ...]] = []
    for name in all_pack_ids():
        pack = read_pack(name)
        counts = Counter(row.status for row in pack_coverage(pack))
        rows.append((f"`{name}`", str(len(pack.clauses)), *(str(counts[status]) for status in ("working", "partial", "not_yet"))))
    rows.append(("all", *(str(sum(int(row[i]) for row in rows)) for i in range(1, 5))))
    return table(("pack", "clauses", "working", "partial", "not yet"), rows)


def formats_block() -> str:
    """The record formats that can be read."""
    rows = []
    for name in discovery.names("formats"):
        entry = discovery.load("formats", name)
        rows.append((f"`{name}`", entry.title, " ".join(entry.suffixes)))
    return table(("`--format`", "records", "files"), rows)


def tasks_block() -> str:
    """What `./dev` does."""
    rows = []
    for line in (ROOT / "dev").read_text(encoding="utf-8").splitlines():
        name, mark, does = line.partition(") #")
        if mark and name.isalpha():
            rows.append((f"`./dev {name}`", does.strip()))
    return table(("task", "does"), rows)


def stir_vectors() -> str:
    """What comes out of other people's passports; as it stands where they are not at hand."""
    import stir_vectors as vectors

    folder = vectors.corpus()
    path = ROOT / "docs" / "reference" / "stir_vectors.md"
    return path.read_text(encoding="utf-8") if folder is None else vectors.page(folder)


def http() -> str:
    """The HTTP API."""
    return page("HTTP", "the server's own description, `GET /openapi.json`", *http_page.parts())


PAGES: dict[str, Callable[[], str]] = {
    "aggregates": aggregates,
    "clauses": clauses,
    "cli": cli,
    "columns": columns,
    "detectors": detectors,
    "duties": duties,
    "errors": errors,
    "http": http,
    "language": language,
    "stir_vectors": stir_vectors,
}
"""Pages of `docs/reference/`, by name."""

BLOCKS: dict[tuple[str, str], Callable[[], str]] = {
    ("README.md", "coverage"): coverage_block,
    ("README.md", "formats"): formats_block,
    ("CONTRIBUTING.md", "tasks"): tasks_block,
}
"""Tables inside pages written by hand, by file and name; they stand between two marks."""


def with_block(text: str, name: str, content: str) -> str:
    """`text` with what stands between the marks of a block replaced."""
    begin, end = f"<!-- generated: {name} -->", "<!-- end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    assert found, f"there is no `{begin}`"
    assert closed, f"`{begin}` has no `{end}`"
    return f"{before}{begin}\n{content}\n{end}{after}"
