"""The notices of a draft, for the provider to put into its own words."""

from __future__ import annotations

_BACK = """
If this is wrong, or you need help: write to {{ contact }}{% if review_url %} or use {{ review_url }}{% endif %}
and name {{ reference }}. A person will look at it.
"""
_SEEN = """
What we saw: {{ reason }}.
The rule: {{ clause_gist }} ({{ document }}, {{ clause_place }})
What we did: {{ action }}.
"""
_END = """{% if until %}
It ends by itself on {{ until }}.
{% else %}
It ends when one of us lifts it.
{% endif %}
"""

LETTERS: dict[str, str] = {
    "warning": "Subject: Your use of our service: {{ subject }} ({{ reference }})\n\nDear {{ customer }},\n\n"
    "this came to our notice. Your service is as it was.\n"
    + _SEEN
    + "\nWhat to do: find the cause and end it, or tell us why it is how you work.\n"
    + _BACK,
    "limit": "Subject: A temporary limit on your service: {{ subject }} ({{ reference }})\n\nDear {{ customer }},\n\n"
    "we have set a temporary limit. Emergency calls are not limited.\n" + _SEEN + _END + _BACK,
    "block": "Subject: Calls that we block for now: {{ subject }} ({{ reference }})\n\nDear {{ customer }},\n\n"
    "we block a part of your service. All the rest works, and emergency calls connect.\n" + _SEEN + _END + _BACK,
    "suspension": "Subject: Suspension of your service: {{ subject }} ({{ reference }})\n\nDear {{ customer }},\n\n"
    "we have suspended service. Emergency calls still connect.\n" + _SEEN + _END + _BACK,
}
"""Notice -> Jinja2 text."""

CHANGE_LETTER = """Subject: A new version of our acceptable use policy: {{ version }}

Dear {{ customer }},

version {{ version }} of {{ document }} holds from {{ effective }}. What changes:
{% for change in changes %}
- {{ change }}
{% endfor %}

The full text is at {{ page }}; earlier versions stay there.

{{ acceptance }}
{% if choice_until %}
You may choose the day of the change yourself, up to {{ choice_until }}.
{% endif %}
{% if objection %}
If you cannot agree: {{ objection }}
{% endif %}

Questions: {{ contact }}{% if review_url %} or {{ review_url }}{% endif %}.
"""
