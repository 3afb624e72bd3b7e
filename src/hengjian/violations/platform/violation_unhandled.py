"""发现违法不处置不报告: platforms that were told of violations and did nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hengjian.violations.detector import Tables
from hengjian.violations.platform.notices import Terms, unanswered
from hengjian.violations.sellers import newest_time
from hengjian.violations.suspicion import Said

# The law asks for the necessary measures without naming a time; three days leave room for a look.
_TERMS = Terms(
    72,
    "违法信息",
    "涉嫌知道平台内经营者违法而未采取必要措施，请调取通知送达记录、处置记录和商品在线状态核实。",
)


def suspect(tables: Tables) -> Iterator[Said]:
    """Yield the platforms that left notices of violations without any measure.

    A notice counts as left if its action is said to be `none` 72 hours after it, no later measure
    was taken on the same subject, and no report was made in time. Late measures count if they are
    three at least, and their share is above 5 % (lower bound of the 95 % interval).

    Notices of which it is unknown what was done, or when, are left out and told.
    """
    notices = tables["platform_action"]
    everything = np.ones(notices.num_rows, dtype=np.bool_)
    yield from unanswered(notices, everything, newest_time(tables), _TERMS)
