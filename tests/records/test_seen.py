from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.records import seen
from hengjian.records.seen import SeenIds


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(max_size=2))))
def test_an_id_was_seen_exactly_if_it_came_before(names: list[tuple[str, str]]) -> None:
    ids = SeenIds()
    for number, name in enumerate(names):
        assert ids.add(name) == (name in names[:number])


def test_it_grows_without_forgetting() -> None:
    ids = SeenIds()
    assert not any(ids.add(f"L{number}") for number in range(20_000))
    assert all(ids.add(f"L{number}") for number in range(20_000))


def test_when_it_is_full_it_says_so_and_still_knows_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seen, "_MOST_SLOTS", seen._FIRST_SLOTS)
    ids = SeenIds()
    for number in range(seen._FIRST_SLOTS):
        ids.add(number)

    assert ids.full
    assert ids.add(0)
    assert not ids.add("new")
