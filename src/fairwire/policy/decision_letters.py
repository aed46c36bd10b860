"""The letter that says what was decided about a request: a pack's own text, or a plain one where the pack has none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

NAME = "authorisation_decision"
"""Of the notice in a pack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """What the letter may say. Texts are one line each."""

    customer: str
    """Name of the customer."""
    what: str
    """`a security test`."""
    decision: str
    """`granted`, `granted in part`, `refused`, `revoked`, `withdrawn`, `over`."""
    reason: str
    start: str
    """In the customer's time; `end` is empty where it has none."""
    end: str
    scope: tuple[str, ...]
    """What was asked for, one line each."""
    allowed: tuple[str, ...]
    """What is allowed of it; empty where nothing is."""
    not_allowed: tuple[str, ...]
    conditions: str
    clause: str
    clause_gist: str
    document: str
    reference: str
    contact: str
    review_url: str


DEFAULT = """\
Subject: Your request for {{ what }} is {{ decision }} ({{ reference }})

Dear {{ customer }},

your request for {{ what }} from {{ start }}{% if end %} to {{ end }}{% endif %} is {{ decision }}.
Why: {{ reason }}
{% if scope %}

You asked for:
{% for each in scope %}
- {{ each }}
{% endfor %}
{% endif %}
{% if allowed %}

Permitted is:
{% for each in allowed %}
- {{ each }}
{% endfor %}
{% endif %}
{% if not_allowed %}

NOT permitted is:
{% for each in not_allowed %}
- {{ each }}
{% endfor %}
{% endif %}
{% if conditions %}

Conditions: {{ conditions }}
{% endif %}

This follows clause {{ clause }} of {{ document }}: {{ clause_gist }}
{% if review_url %}
To have it looked at again: {{ review_url }}
{% endif %}
Questions: {{ contact }}. Please quote {{ reference }}.
"""


def render_decision(facts: DecisionFacts, text: str | None = None) -> tuple[str, str]:
    """Subject and text of the letter.

    Parameters
    ----------
    text
        The pack's notice `authorisation_decision`; None, or one that cannot be written: the plain one.
    """
    values: dict[str, object] = {
        name: [_one_line(each) for each in value] if isinstance(value, tuple) else _one_line(value)
        for name, value in asdict(facts).items()
    }
    try:
        whole = _template(DEFAULT if text is None else text).render(values)
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        if text is None:
            raise
        return render_decision(facts)
    head, _, body = whole.strip().partition("\n")
    return head.removeprefix("Subject: ").strip(), body.strip() + "\n"


@lru_cache(maxsize=16)
def _template(text: str) -> Template:
    # Plain text for mail, not HTML; what a fact holds is never read as a template.
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    ).from_string(text)


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
