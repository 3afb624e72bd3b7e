"""Values in the words of officers; plain text in, plain text out, escaped by the template."""

from __future__ import annotations

from django import template

from hengjian.casework import labels
from hengjian.casework.rules import all_rules
from hengjian.leads import HARM_NAMES

register = template.Library()

NAMES = {
    "action": labels.ACTIONS,
    "harm": HARM_NAMES,
    "ladder": labels.LADDER,
    "layer": labels.LAYERS,
    "outcome": labels.OUTCOMES,
    "subject": labels.SUBJECTS,
}


@register.filter
def named(value: str, kind: str) -> str:
    """Return the name of a value of one kind, such as `"gone"|named:"outcome"`."""
    return NAMES[kind].get(value, value)


@register.filter
def field_name(value: str) -> str:
    """Return the name of a record's field."""
    return labels.field_name(value)


@register.filter
def violation(value: str) -> str:
    """Return the title of a violation."""
    return all_rules()[value].title
