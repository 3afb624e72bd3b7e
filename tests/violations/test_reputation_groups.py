from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from hengjian.records.kinds import KINDS
from hengjian.violations.detection import detect, finding_of
from hengjian.violations.detector import Detector, DetectorExample, example_tables
from hengjian.violations.rule import Rule, load_rules
from hengjian.violations.suspicion import Suspicion

RULES = load_rules()
TYPES = (
    *("self_brushing", "organised_brushing", "reverse_brushing", "fabricated_reviews"),
    *("paid_negative_review", "fake_engagement", "water_army"),
)
ALL_TYPES = (*TYPES, "extortion_by_review", "fake_scale")


def _rule(name: str) -> Rule:
    return RULES[f"reputation.{name}"]


def _detector(name: str) -> Detector:
    detector = _rule(name).detector
    assert detector is not None
    return detector


def _example(name: str) -> DetectorExample:
    return next(each for each in _detector(name).examples if each.flag)


def _told(name: str, tables: Mapping[str, pa.Table]) -> list[Suspicion]:
    found = detect(_detector(name), tables)
    assert found.failed is None
    return found.suspicions


def _shuffled(tables: Mapping[str, pa.Table], seed: int) -> dict[str, pa.Table]:
    random = np.random.default_rng(seed)
    return {kind: table.take(random.permutation(table.num_rows)) for kind, table in tables.items()}


@pytest.mark.parametrize("name", ALL_TYPES)
def test_it_stands_on_law_that_is_in_the_library(name: str) -> None:
    assert _rule(name).status == "active"


@pytest.mark.parametrize("name", ALL_TYPES)
@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_rows_changes_no_suspicion(name: str, seed: int) -> None:
    tables = example_tables(_detector(name), _example(name))
    shuffled = _told(name, _shuffled(tables, seed))
    assert [each.subject_id for each in shuffled] == _example(name).flag


@pytest.mark.parametrize("name", TYPES)
def test_a_group_names_its_members_and_rests_on_their_rows(name: str) -> None:
    tables = _shuffled(example_tables(_detector(name), _example(name)), 3)
    for told in _told(name, tables):
        assert told.members is not None
        assert told.subject_kind == "group"
        assert told.members.p_value is not None
        assert told.members.p_value <= 0.01
        accounts = set()
        for kind, places in told.rests_on.items():
            id_field = "user_id" if "user_id" in tables[kind].column_names else "account_id"
            accounts |= set(tables[kind].column(id_field).take(places).to_pylist())
        assert accounts == set(told.members.accounts)


@pytest.mark.parametrize("name", ALL_TYPES)
def test_quotes_stand_in_the_first_row(name: str) -> None:
    tables = example_tables(_detector(name), _example(name))
    for told in _told(name, tables):
        kind, places = next(iter(told.rests_on.items()))
        for quote in told.quotes:
            text = tables[kind].column(quote.fieldname)[places[0]].as_py()
            assert text[quote.start : quote.start + len(quote.text)] == quote.text


@pytest.mark.parametrize("name", TYPES)
def test_each_signal_tells_its_base_and_the_score_without_it(name: str) -> None:
    [told] = _told(name, example_tables(_detector(name), _example(name)))
    signals = [each for each in told.figures if each.unit == "%"]
    without = [each for each in told.figures if each.name.startswith("不计")]
    assert len(signals) == len(without) >= 2
    assert all(each.baseline is not None and each.value > each.baseline for each in signals)
    assert all(each.baseline is not None and each.value <= each.baseline for each in without)


def test_praise_for_one_shop_for_several_and_blame_are_told_apart() -> None:
    one, several = (
        example_tables(_detector(name), _example(name))
        for name in ("self_brushing", "organised_brushing")
    )
    blame = example_tables(_detector("paid_negative_review"), _example("paid_negative_review"))
    for tables, suspected in (
        (one, "self_brushing"),
        (several, "organised_brushing"),
        (blame, "paid_negative_review"),
    ):
        for name in ("self_brushing", "organised_brushing", "paid_negative_review"):
            assert bool(_told(name, tables)) == (name == suspected)


def _ordered_instead(tables: Mapping[str, pa.Table], status: str) -> dict[str, pa.Table]:
    """The gang buys and writes nothing: its reviews are orders of this status."""
    rows = tables["review"].to_pylist()
    gang = [row for row in rows if row["item_id"].startswith("G")]
    orders = [
        {name: row[name] for name in ("platform", "shop_id", "item_id", "user_id", "device_id")}
        | {"record_id": f"o{place}", "created_at": row["created_at"], "status": status}
        for place, row in enumerate(gang)
    ]
    honest = [row for row in rows if not row["item_id"].startswith("G")]
    columns = _detector("self_brushing").columns("order")
    schema = pa.schema([KINDS["order"].schema.field(name) for name in columns])
    return {
        **tables,
        "review": pa.Table.from_pylist(honest, tables["review"].schema),
        "order": pa.Table.from_pylist(orders, schema),
    }


def test_who_sends_everything_back_does_the_shop_no_service() -> None:
    tables = example_tables(_detector("self_brushing"), _example("self_brushing"))
    assert _told("self_brushing", _ordered_instead(tables, "received"))
    assert not _told("self_brushing", _ordered_instead(tables, "refunded"))


def test_who_blames_one_shop_and_praises_its_rival_is_told_of_each() -> None:
    tables = example_tables(_detector("paid_negative_review"), _example("paid_negative_review"))
    [blame] = _told("paid_negative_review", tables)
    assert blame.members is not None
    victim, crew = blame.members.shops, set(blame.members.accounts)
    rows = tables["review"].to_pylist()
    praise = [
        row | {"record_id": f"p{place}", "shop_id": "RIVAL", "item_id": "RI", "rating": 5}
        for place, row in enumerate(rows)
        if row["user_id"] in crew and row["shop_id"] in victim
    ]
    both = {**tables, "review": pa.Table.from_pylist(rows + praise, tables["review"].schema)}
    for name, shops in (("paid_negative_review", victim), ("self_brushing", ["RIVAL"])):
        [told] = _told(name, both)
        assert told.members is not None
        assert told.members.shops == shops
        assert set(told.members.accounts) == crew


def test_a_shop_that_was_punished_for_others_praise_is_no_brusher() -> None:
    tables = example_tables(_detector("reverse_brushing"), _example("reverse_brushing"))
    assert _told("reverse_brushing", tables)
    assert not _told("self_brushing", tables)


def test_the_same_id_on_another_platform_is_somebody_else() -> None:
    tables = example_tables(_detector("self_brushing"), _example("self_brushing"))
    reviews = tables["review"]
    index = reviews.column_names.index("platform")
    platforms = pa.array(["甲" if place % 2 else "乙" for place in range(reviews.num_rows)])
    apart = {**tables, "review": reviews.set_column(index, "platform", platforms)}
    for told in _told("self_brushing", apart):
        assert told.platform is not None


@pytest.mark.parametrize("action", ["like", "follow", "view", "tip", "vote", "share", "click"])
def test_kinds_of_engagement_are_told_apart(action: str) -> None:
    tables = example_tables(_detector("fake_engagement"), _example("fake_engagement"))
    acts = tables["engagement"]
    place = acts.column_names.index("action")
    others = {
        **tables,
        "engagement": acts.set_column(place, "action", pa.array([action] * acts.num_rows)),
    }
    words = {
        "like": "点赞量",
        "follow": "关注量",
        "view": "观看量",
        "tip": "打赏",
        "vote": "投票量",
        "share": "转发量",
        "click": "点击量",
    }
    [told] = _told("fake_engagement", others)
    assert words[action] in told.explanation


def test_a_finding_has_the_members_and_the_law_of_its_time() -> None:
    rule = _rule("self_brushing")
    tables = example_tables(_detector("self_brushing"), _example("self_brushing"))
    [told] = _told("self_brushing", tables)

    def rows(kind: str, places: Any) -> list[dict[str, Any]]:
        chosen: list[dict[str, Any]] = tables[kind].take(list(places)).to_pylist()
        return [{"region": None, **row, "_input_sha256": "0", "_row_sha256": "1"} for row in chosen]

    finding = finding_of(rule, told, rows, frozenset())
    assert finding is not None
    assert finding["members"]["accounts"]
    assert finding["conduct_from"] >= dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert "第九条第一款" in {each["article"] for each in finding["legal_basis"]}
