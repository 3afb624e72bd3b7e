from __future__ import annotations

from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.violations.examples import ExampleResult, run_examples
from hengjian.violations.rule import (
    Rule,
    check_rules,
    load_rules,
    read_rule,
    rule_files,
    rules_folder,
)
from hengjian.violations.template import new_rule

RULES = load_rules()
EXAMPLES = [(rule, result) for rule in RULES.values() for result in run_examples(rule)]

SOUND = """\
id: marketing.fake_rank
title: 虚构榜单
status: active
applies_to: [listing]
legal_basis:
  - {law: 广告法, article: 第九条第三项, from: 2015-09-01}
penalty:
  - {law: 广告法, article: 第五十七条第一项}
ladder: R1
authority: [市场监管]
detect:
  claim:  {any_field|contains: [榜首, 登顶]}
  exempt: {any_field|contains: [登顶峰]}
  condition: claim and not exempt
mend: 删去榜单宣传。
look_alikes: [登山用语]
examples:
  - {name: 宣称, flag: true, record: {title: 热卖榜首 坚果}, words: [榜首]}
  - {name: 繁体, flag: true, record: {title: 銷量登頂}}
  - {name: 登山, flag: false, record: {title: 登顶峰登山杖}}
  - {name: 普通, flag: false, record: {title: 登山杖}}
"""


def _write(folder: Path, text: str = SOUND, name: str = "fake_rank") -> Path:
    path = folder / "marketing" / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _faults(tmp_path: Path, old: str, new: str) -> list[HengjianError]:
    assert old in SOUND
    rule, faults = read_rule(_write(tmp_path, SOUND.replace(old, new)))
    assert rule is None
    return faults


@pytest.mark.parametrize(
    ("rule", "result"), EXAMPLES, ids=lambda v: v.id if isinstance(v, Rule) else v.example.name
)
def test_every_example_comes_out_as_the_rule_says(rule: Rule, result: ExampleResult) -> None:
    assert result.passed, f"{rule.id}: {result}"


def test_the_five_rules_of_the_thin_slice_are_active() -> None:
    assert {rule.id for rule in RULES.values() if rule.status == "active"} >= {
        "marketing.absolute_claim",
        "prohibited.special_supply",
        "reputation.brushing_solicitation",
        "food_drug.cosmetic_medical_claim",
        "consumer.return_right_denied",
    }


def test_every_rule_id_stands_in_the_catalogue(shared: Path) -> None:
    catalogue = (shared / "domain" / "catalogue.yml").read_text(encoding="utf-8")
    for rule_id in RULES:
        assert f"- id: {rule_id}\n" in catalogue


def test_every_active_rule_shows_a_lawful_look_alike() -> None:
    for rule in RULES.values():
        of_market = rule.detector.examples if rule.detector else []
        lawful = [not e.flag for e in rule.examples] + [not e.flag for e in of_market]
        assert sum(lawful) >= 2, rule.id


def test_a_rule_is_one_file_and_is_found_without_any_other_change(tmp_path: Path) -> None:
    _write(tmp_path)
    rules, faults = check_rules(tmp_path)
    assert faults == []
    assert all(result.passed for result in run_examples(rules["marketing.fake_rank"]))


@pytest.mark.parametrize(
    ("old", "new", "field", "line", "message"),
    [
        ("status: active", "status: on", "status", 3, "取值"),
        ("mend: 删去榜单宣传。\n", "", "mend", 1, "缺少"),
        ("ladder: R1", "ladder: R1\nladderr: R1", "ladderr", 10, "不认识"),
        ("[listing]", "[listing, dream]", "applies_to.1", 4, "没有这种记录"),
        (
            "第九条第三项, from: 2015",
            "第九条第三项, from: 2012",
            "legal_basis.0",
            6,
            "没有有效条文",
        ),
        ("第九条第三项", "第九十九条", "legal_basis.0", 6, "没有第九十九条"),
        ("claim and not exempt", "claim and not exempted", "detect.condition", 14, "未定义"),
        ("claim and not exempt", "claim", "detect.exempt", 13, "没有在条件中使用"),
        ("claim and not exempt", "claim and and", "detect.condition", 14, "缺少名称"),
        (
            "any_field|contains: [榜首",
            "any_field|regex: [榜首",
            "detect.claim.any_field|regex",
            12,
            "不认识",
        ),
        ("any_field|contains: [榜首", "colour|contains: [榜首", "detect.claim", 12, "没有字段"),
        ("any_field|contains: [榜首", "price|contains: [榜首", "detect.claim", 12, "没有文字字段"),
        (
            "any_field|contains: [榜首, 登顶]",
            "any_field|contains: [1]",
            "detect.claim.any_field|contains.0",
            12,
            "非空的词",
        ),
        ("{title: 登山杖}", "{titel: 登山杖}", "examples.3.record.titel", 21, "没有这个字段"),
        ("id: marketing", "id: consumer", "id", 1, "与文件位置一致"),
    ],
)
def test_a_fault_is_named_with_its_line_and_field(
    tmp_path: Path, old: str, new: str, field: str, line: int, message: str
) -> None:
    found = [(f.field, f.line, f.message) for f in _faults(tmp_path, old, new)]
    assert any(f == (field, line, f[2]) and message in f[2] for f in found), found


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = SOUND.replace("[listing]", "[dream]").replace("第九条第三项", "第九十九条")
    _, faults = read_rule(_write(tmp_path, text))
    assert {f.field for f in faults} >= {"applies_to.0", "legal_basis.0"}


def test_an_active_rule_needs_four_examples(tmp_path: Path) -> None:
    [fault] = _faults(tmp_path, "  - {name: 普通, flag: false, record: {title: 登山杖}}\n", "")
    assert "至少要有 4 个示例" in fault.message


def test_examples_must_go_both_ways(tmp_path: Path) -> None:
    faults = _faults(tmp_path, "flag: false", "flag: true")
    assert any("不应标记" in fault.message for fault in faults)


def test_a_sound_rule_beside_a_faulty_one_is_still_read(tmp_path: Path) -> None:
    _write(tmp_path)
    _write(tmp_path, "id: 1\n", name="broken")
    rules, faults = check_rules(tmp_path)
    assert list(rules) == ["marketing.fake_rank"]
    assert {fault.path for fault in faults} == {tmp_path / "marketing" / "broken.yml"}


def test_comments_do_not_change_the_version_but_words_do(tmp_path: Path) -> None:
    versions = []
    for text in (SOUND, "# why\n" + SOUND, SOUND.replace("榜首, 登顶]", "榜首]")):
        rule, _ = read_rule(_write(tmp_path, text))
        assert rule is not None
        versions.append(rule.version)
    assert versions[0] == versions[1] != versions[2]


def test_a_new_rule_starts_as_a_sound_draft(tmp_path: Path) -> None:
    path = new_rule("marketing.fake_rank", tmp_path)
    rule, faults = read_rule(path)
    assert faults == []
    assert rule is not None
    assert rule.status == "draft"
    assert all(result.passed for result in run_examples(rule))


@pytest.mark.parametrize(
    "rule_id", ["nowhere.x", "marketing", "marketing.", "marketing.../../x", "marketing.a-b"]
)
def test_a_new_rule_needs_a_plain_id_in_a_known_area(tmp_path: Path, rule_id: str) -> None:
    with pytest.raises(HengjianError, match=r"领域\.名称"):
        new_rule(rule_id, tmp_path)


def test_a_new_rule_never_overwrites_one(tmp_path: Path) -> None:
    _write(tmp_path)
    with pytest.raises(HengjianError, match="已存在"):
        new_rule("marketing.fake_rank", tmp_path)


def test_rules_are_found_only_below_the_areas() -> None:
    assert all(path.parent.parent == rules_folder() for path in rule_files(rules_folder()))
