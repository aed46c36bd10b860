"""The page `docs/reference/http.md`, from the description that the server gives of itself."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from fairwire.serve.openapi import document

WIDTH = 125
INTRODUCTION = """\
`GET /openapi.json` gives the same for programs (OpenAPI 3.1), with every shape; it needs no key. All other addresses under `/v1/`
take `Authorization: Bearer` with one of these:

- the operator's token, `token` in the data folder: good for everything but what is restricted to people who are named;
- the key of an enforcement point, made by [`fairwire key make`](cli.md#fairwire-key-make) or named in a section `[[points]]` of
  the settings: good for `/v1/decisions` (right `decide`), `/v1/events` (right `events`) or both;
- the key of a person or of a mailbox: `reports` hands in reports of abuse, `desk` reads and acts, `approve` agrees to what
  others have given and decides reviews, `severe` sees what is restricted to people who are named.

Each key is good for what it was made for, and for nothing else. What is done to a case, a takedown or an instruction is one
address, `.../acts`, with a body whose field `act` says what.

```toml
[[points]]
name = "sbc-east"            # small letters, digits, dots, dashes, underscores
key_file = "sbc-east.key"    # left out: the key was made by `fairwire key make sbc-east`
rights = ["decide"]          # also "events"
on_failure = "open"          # or "closed": what it does with a call that we do not answer; shown by `fairwire doctor`
```

What can put its key nowhere but in an address (`http://sbc-east:KEY@192.0.2.20:8080/...`) is taken by `Authorization: Basic` as
well, with the point's name and its key; the operator's token is not.

A running server takes a new key, and refuses a revoked one, within a second."""

TEXTS = """\
## Forms and answers in text

`POST /v1/decisions` takes `application/x-www-form-urlencoded` with the fields of `call.attempt`; `diversion` may stand several
times, the newest first; a flag is `true`, `yes`, `on` or `1`, or the opposite; an empty field is one that was not sent. Escape
the values: a proxy's user parts are written by callers. A number whose plus was sent as it stands (`from=+12125550117`) arrives
with a blank, and is read with its plus.

`?answer=code`, or `Accept: text/plain`, gives text instead of JSON, for what can compare texts and no more. The HTTP status is
200 for each decision:

| decision | text |
| --- | --- |
| allow | `302`, and nothing else |
| anything else | a line such as `403 Forbidden`; below it `Reason: ...` where there is one, and `Retry-After: ...` for a limit |

What is wrong with a request is told in JSON with a status of 400 or above, so that no mistake can look like `302`.

```sh
curl -s --max-time 0.5 -H "Authorization: Bearer $KEY" \\
  --data-urlencode call_id=a84b4c76e66710 --data-urlencode customer=hobnail-freight -d direction=outbound \\
  --data-urlencode from=+12125550117 --data-urlencode to=+442079460018 \\
  'http://127.0.0.1:8080/v1/decisions?answer=code'
```

## Problems

Every answer of 400 and above is `{"error": {"code", "message", "field"?, "line"?}}`: a [code](errors.md) that keeps its meaning,
and one sentence that says what to do. 401 is a key that nobody knows, 403 one that is not good for this."""


def parts() -> Iterator[str]:
    """The parts of the page below its title."""
    yield INTRODUCTION
    told = [(path, method, operation) for path, item in document()["paths"].items() for method, operation in item.items()]
    rows = [f"| `{path}` | {method.upper()} | {operation['summary']} |" for path, method, operation in told]
    yield "\n".join(["| address | method | does |", "| --- | --- | --- |", *rows])
    for path, method, operation in told:
        if operation.get("security") != []:
            yield _operation(path, method, operation)
    yield TEXTS


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    says = f"{operation['summary']}. {operation.get('description', '')}".strip()
    lines = [f"## {method.upper()} {path}", textwrap.fill(says, WIDTH, break_on_hyphens=False)]
    parameters = [
        f"| `{one['name']}` | {one['in']} | {one['description']} | {_schema(one['schema'])} |"
        for one in operation.get("parameters", [])
    ]
    if parameters:
        lines.append("\n".join(["| parameter | in | meaning | takes |", "| --- | --- | --- | --- |", *parameters]))
    body = operation.get("requestBody", {}).get("content", {})
    if body:
        lines.append("\n".join(f"- takes `{media}`: {_schema(one['schema'])}" for media, one in body.items()))
    answers = []
    for status, answer in sorted(operation["responses"].items()):
        shapes = ", ".join(f"`{media}`: {_schema(one['schema'])}" for media, one in answer["content"].items())
        answers.append(f"| {status} | {answer['description']} | {shapes} |")
    lines.append("\n".join(["| status | meaning | answer |", "| --- | --- | --- |", *answers]))
    return "\n\n".join(lines)


def _schema(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(_schema(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"a list of {_schema(schema['items'])}"
    if schema.get("type") == "integer":
        bounds = f" up to {schema['maximum']}" if "maximum" in schema else ""
        return f"a whole number from {schema['minimum']}{bounds}, {schema['default']} by default"
    return str(schema.get("description") or "text").rstrip(".").lower()
