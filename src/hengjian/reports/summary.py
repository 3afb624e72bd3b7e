"""The totals of a scan, drawn from its findings one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from hengjian.leads import Finding
from hengjian.violations.catalogue import area_title

UNKNOWN = "未知"

# GB/T 2260: the first two digits of a code.
_PROVINCES = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁",
    "22": "吉林", "23": "黑龙江", "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽",
    "35": "福建", "36": "江西", "37": "山东", "41": "河南", "42": "湖北", "43": "湖南",
    "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏",
    "65": "新疆", "71": "台湾", "81": "香港", "82": "澳门",
}  # fmt: skip


@dataclass
class Summary:
    """Counts of findings; planted test records are counted apart.

    Attributes:
        examples: Some findings of each violation, planted ones too.
    """

    findings: int = 0
    seeded: int = 0
    areas: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    platforms: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Finding]] = field(default_factory=dict)


def summarise(findings: Iterable[Finding], most_examples: int) -> Summary:
    """Count findings and keep the first few of every violation.

    A finding's id is a hash, by which findings are sorted, so that the first are as good as drawn.
    """
    summary = Summary()
    for finding in findings:
        examples = summary.examples.setdefault(finding["violation"], [])
        if len(examples) < most_examples:
            examples.append(finding)
        if finding["seeded"]:
            summary.seeded += 1
            continue
        summary.findings += 1
        summary.areas[area_title(finding["violation"])] += 1
        summary.regions[region_name(finding["region"])] += 1
        summary.platforms[finding["platform"] or UNKNOWN] += 1
        summary.violations[finding["violation"]] += 1
    return summary


def region_name(region: str | None) -> str:
    """Return a region with its province's name, such as 江西 360100; a name stands as it is."""
    if not region:
        return UNKNOWN
    province = _PROVINCES.get(region[:2]) if region.isascii() and region.isdigit() else None
    if province is None:
        return region
    return province if region[2:].strip("0") == "" else f"{province} {region}"
