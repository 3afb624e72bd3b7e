"""Labels told from what stands in a picture; the lawful name of a label is enough to be shown."""

from __future__ import annotations

import pytest

from hengjian.images.elements import labels_shown


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("中国强制性产品认证", "3C证书编号"),
        ("已通过CCC认证", "3C证书编号"),
        ("中国能效标识\nCHINA ENERGY LABEL", "能效等级"),
        ("中国水效标识", "水效等级"),
        ("3岁以下儿童不宜使用", "警示语"),
        ("不适合三岁以下儿童，内含小零件", "警示语"),
        ("适合3岁以上儿童", "适用年龄"),
        ("厂址：苏州市某路1号", "厂址"),
    ],
)
def test_words_that_tell_a_label(text: str, label: str) -> None:
    assert label in labels_shown(text, [])


@pytest.mark.parametrize(
    "text", ["ACCCESS", "CCCP", "3岁以下儿童也能玩", "送给3岁宝宝", "节能省电"]
)
def test_words_that_tell_none(text: str) -> None:
    assert labels_shown(text, []) == []


@pytest.mark.parametrize(
    ("code", "labels"),
    [
        ("6901234567892", ["商品条码"]),
        ("6901234567890", []),
        ("SF1234567890", []),
        ("https://www.energylabel.com.cn/p?id=1", ["能效等级"]),
        ("https://energylabel.com.cn.evil.example/", []),
        ("https://evil.example/?energylabel.com.cn", []),
        ("http://[broken", []),
    ],
)
def test_codes_that_tell_a_label(code: str, labels: list[str]) -> None:
    assert labels_shown("", [code]) == labels
