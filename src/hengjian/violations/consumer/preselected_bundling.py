"""Which extras a platform's settings tick before the consumer does anything."""

from __future__ import annotations

from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence
from hengjian.violations.vocabulary import word_lists

_FIELD = "option_defaults"


def judge(row: Row) -> Answer:
    """Return whether an option that is ticked by default names an extra.

    Args:
        row: Any record; only a platform's rules have such settings.
    """
    if row.kind != "platform_rule":
        return Answer(False)
    defaults = row.value(_FIELD)
    if defaults is None:
        return Answer(None, missing=frozenset({_FIELD}))
    extras = word_lists()["附加项目"]
    ticked = [
        name
        for name, preselected in dict(defaults).items()
        if preselected and any(extra in name for extra in extras)
    ]
    return Answer(bool(ticked), tuple(Evidence(_FIELD, None, None, "value", n) for n in ticked))
