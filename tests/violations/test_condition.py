from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.violations.condition import (
    All,
    Any,
    Condition,
    ConditionError,
    Name,
    Not,
    Truth,
    evaluate,
    names,
    parse,
    positive_names,
)

CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from("abc").map(Name),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Any(tuple(parts))),
    ),
    max_leaves=6,
)


def _text(condition: Condition) -> str:
    match condition:
        case Name(name):
            return name
        case Not(inner):
            return f"not ({_text(inner)})"
        case All(parts):
            return " and ".join(f"({_text(part)})" for part in parts)
        case Any(parts):
            return " or ".join(f"({_text(part)})" for part in parts)


def test_and_binds_more_tightly_than_or() -> None:
    assert parse("a or b and c") == Any((Name("a"), All((Name("b"), Name("c")))))


def test_not_binds_most_tightly() -> None:
    assert parse("not a and b") == All((Not(Name("a")), Name("b")))


@given(CONDITIONS)
def test_what_is_written_is_what_is_read(condition: Condition) -> None:
    assert parse(_text(condition)) == condition


@pytest.mark.parametrize(
    "text", ["", "and", "a b", "a and", "(a", "a)", "not", "a & b", "__import__('os')", "a.b"]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parse(text)


def test_deep_nesting_is_refused_before_it_exhausts_the_stack() -> None:
    with pytest.raises(ConditionError, match="过深"):
        parse("not " * 5000 + "a")


@given(st.text(alphabet="abnotrd() ", max_size=60))
def test_any_text_gives_a_condition_or_a_clear_error(text: str) -> None:
    try:
        parse(text)
    except ConditionError as error:
        assert "条件" in str(error) or "括号" in str(error)


@given(CONDITIONS, st.fixed_dictionaries({n: st.sampled_from([True, False, None]) for n in "abc"}))
def test_unknown_is_only_decided_when_every_way_of_knowing_it_agrees(
    condition: Condition, truths: dict[str, Truth]
) -> None:
    decided, unknown = evaluate(condition, truths.__getitem__)
    choices = [[value] if value is not None else [True, False] for value in truths.values()]
    outcomes = {
        evaluate(condition, dict(zip(truths, chosen, strict=True)).__getitem__)[0]
        for chosen in itertools.product(*choices)
    }
    assert decided is None or outcomes == {decided}
    assert (decided is None) is bool(unknown)
    assert {truths[name] for name in unknown} <= {None}


def test_what_is_unknown_in_a_part_that_is_settled_leaves_nothing_open() -> None:
    truths: dict[str, Truth] = {"a": None, "b": None, "c": False}
    assert evaluate(parse("a or (b and c)"), truths.__getitem__) == (None, frozenset("a"))


def test_names_behind_not_do_not_speak_for_a_finding() -> None:
    condition = parse("claim and not (exempt or not scene)")
    assert names(condition) == {"claim", "exempt", "scene"}
    assert positive_names(condition) == {"claim", "scene"}
