"""Labels that a picture shows, told from what its text and codes say; no sign is recognised.

A round mark without words says nothing here, and that a label is named says that it is shown, not
that it is genuine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from hengjian.records.labels import labels_named

# What stands in the signs themselves, where the label's own name does not.
_SIGNS = {
    "3C证书编号": re.compile(r"中国强制性?产品认证|3C认证|(?<![A-Za-z])CCC(?![A-Za-z])"),
    "能效等级": re.compile(r"能效标识|能源效率标识|CHINA ENERGY LABEL", re.IGNORECASE),
    "水效等级": re.compile(r"水效标识|CHINA WATER EFFICIENCY LABEL", re.IGNORECASE),
    "警示语": re.compile(
        r"[3三]周?岁(?:及|或)?以下.{0,4}(?:儿童|婴幼儿|幼儿)?.{0,4}(?:不宜|不适|禁|勿|慎)"
        r"|(?:不宜|不适|不适合|禁止|勿).{0,6}[3三]周?岁(?:及|或)?以下|内含小零件|含有小零件"
    ),
    "适用年龄": re.compile(r"[0-9一二三四五六七八九十]{1,2}周?岁(?:及|或)?以上"),
}
# Where the code of a sign leads to, by the register that issues it.
_REGISTERS = {
    "能效等级": ("energylabel.com.cn", "energylabelrecord.com"),
    "水效等级": ("waterlabel.org.cn",),
}
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def labels_shown(text: str, barcodes: Iterable[str]) -> list[str]:
    """Return the labels that a picture's text or codes show, by the contract's names, sorted.

    Args:
        text: What stands in the picture.
        barcodes: Contents of its codes; those of goods were checked on reading.
    """
    found = set(labels_named(text))
    found |= {label for label, sign in _SIGNS.items() if sign.search(text)}
    for code in barcodes:
        if _is_gtin(code):
            found.add("商品条码")
        host = _host(code)
        found |= {label for label, hosts in _REGISTERS.items() if _belongs(host, hosts)}
    return sorted(found)


def _is_gtin(code: str) -> bool:
    """Tell whether a code is a number of goods: other codes are digits too, with no check digit."""
    if not _GTIN.fullmatch(code):
        return False
    weighted = (int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(code[:-1])))
    return (sum(weighted) + int(code[-1])) % 10 == 0


def _host(code: str) -> str:
    try:
        return (urlsplit(code).hostname or "").lower()
    except ValueError:
        return ""


def _belongs(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in hosts)
