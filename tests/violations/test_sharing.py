"""What detectors of one run share."""

from __future__ import annotations

import pyarrow as pa

from hengjian.violations.sharing import once, sharing


class Counting:
    """A function that counts how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, table: pa.Table) -> int:
        self.calls += 1
        return table.num_rows


def test_the_same_tables_are_searched_once_within_a_run() -> None:
    count, table = Counting(), pa.table({"a": [1, 2]})
    with sharing():
        found = [once(count, table, [table]) for _ in range(5)]
    assert (found, count.calls) == ([2] * 5, 1)


def test_other_tables_are_searched_anew_though_they_are_equal() -> None:
    count = Counting()
    with sharing():
        for _ in range(3):
            table = pa.table({"a": [1]})
            once(count, table, [table])
    assert count.calls == 3


def test_a_kind_that_is_not_there_is_another_than_one_that_is() -> None:
    count, table, more = Counting(), pa.table({"a": [1]}), pa.table({"b": [1]})
    with sharing():
        once(count, table, [table, None])
        once(count, table, [table, more])
    assert count.calls == 2


def test_nothing_is_kept_outside_of_a_run_or_after_it() -> None:
    count, table = Counting(), pa.table({"a": [1]})
    once(count, table, [table])
    for _ in range(2):
        with sharing():
            once(count, table, [table])
    assert count.calls == 3


def test_what_failed_is_tried_again() -> None:
    table, calls = pa.table({"a": [1]}), []

    def fail_at_first(given: pa.Table) -> int:
        calls.append(given)
        if len(calls) == 1:
            raise ValueError
        return given.num_rows

    with sharing():
        for _ in range(3):
            try:
                once(fail_at_first, table, [table])
            except ValueError:
                continue
    assert len(calls) == 2
