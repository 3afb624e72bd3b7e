"""A few rules that come with Hengjian: all of them would take long to build for every scan."""

from __future__ import annotations

from hengjian.violations.rule import Rule, read_rule, rules_folder

_IDS = (
    "marketing.absolute_claim",
    "food_drug.cosmetic_medical_claim",
    "consumer.return_right_denied",
    "reputation.brushing_solicitation",
    "prohibited.special_supply",
)


def few_rules() -> dict[str, Rule]:
    """Return them by id."""
    rules = {}
    for rule_id in _IDS:
        area, _, name = rule_id.partition(".")
        rule, faults = read_rule(rules_folder() / area / f"{name}.yml")
        assert rule is not None, faults
        rules[rule_id] = rule
    return rules
