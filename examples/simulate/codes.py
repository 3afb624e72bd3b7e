"""Numbers with valid check digits, for firms and licences that don't exist."""

from __future__ import annotations

from numpy.random import Generator

from .draw import pick

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGAN_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BODY = 13
_ORGAN_CHECKS = "0123456789X"
REGIONS = {
    "360100": "江西省南昌市",
    "360400": "江西省九江市",
    "360700": "江西省赣州市",
    "361000": "江西省抚州市",
    "361100": "江西省上饶市",
    "430100": "湖南省长沙市",
    "330100": "浙江省杭州市",
    "440100": "广东省广州市",
}
STREETS = ("八一大道", "解放路", "红谷路", "滨江路", "学府路", "迎宾大道", "人民路", "站前街")


def digits(rng: Generator, number: int) -> str:
    """Return so many digits."""
    return "".join(map(str, rng.integers(0, 10, number).tolist()))


def uscc(rng: Generator, region: str, head: str = "91") -> str:
    """Return a unified social credit code whose check digits hold."""
    organ = "MA" + "".join(pick(rng, _SIGNS) for _ in range(6))
    values = (int(sign, 36) for sign in organ)
    check = 11 - sum(value * weight for value, weight in zip(values, _ORGAN_WEIGHTS, strict=True))
    body = head + region + organ + _ORGAN_CHECKS[check % 11]
    total = sum(_SIGNS.index(s) * weight for s, weight in zip(body, _WEIGHTS, strict=True))
    return body + _SIGNS[(31 - total % 31) % 31]


def licence_no(rng: Generator, region: str, head: str = "JY2") -> str:
    """Return a food licence's number (JY2 catering, JY1 sales, SC101 production) that checks."""
    body = head[2:] + region
    body += digits(rng, _BODY - len(body))
    return head[:2] + body + _mod11_10(body)


def altered(rng: Generator, number: str) -> str:
    """Return a number with another last digit: its check fails."""
    return number[:-1] + str((int(number[-1]) + int(rng.integers(1, 10))) % 10)


def gtin(rng: Generator, prefix: str) -> str:
    """Return a GTIN-13 under a maker's prefix whose check digit holds."""
    body = prefix + digits(rng, 12 - len(prefix))
    total = sum(int(sign) * (3 if index % 2 else 1) for index, sign in enumerate(body))
    return body + str(-total % 10)


def address(rng: Generator, region: str) -> str:
    """Return an address in a region."""
    return f"{REGIONS[region]}{pick(rng, STREETS)}{int(rng.integers(1, 400))}号"


def _mod11_10(body: str) -> str:
    product = 10
    for sign in body:
        product = ((product + int(sign)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
