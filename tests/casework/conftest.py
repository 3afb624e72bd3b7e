"""Two offices with their people, and scans of our own records, as casework meets them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hengjian.casework import services
from hengjian.casework.models import Case, Lead, Membership, Office
from hengjian.casework.setup import create_office, create_user
from hengjian.pipeline import scan
from hengjian.records.kinds import KINDS
from tests.conftest import LISTING
from tests.few_rules import few_rules

RULES = few_rules()
CORRECTION = "停止发布含有“最佳”的内容，改为可以证明的具体数据。"
GUIDANCE = "建议发布前对照广告法进行内部审核。"

MakeScan = Callable[..., Path]


@dataclass(frozen=True)
class People:
    """Who works where."""

    officer: User
    colleague: User
    head: User
    county_officer: User
    province_officer: User
    province_head: User
    stranger: User


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.HENGJIAN_HOME = tmp_path / "home"
    settings.SECRET_KEY = "only for tests"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path / "home"


def user(name: str, office: Office, role: str) -> User:
    create_user(name, office, role)
    Membership.objects.filter(user__username=name).update(password_is_one_time=False)
    return User.objects.get(username=name)


@pytest.fixture
def people(db: None) -> People:
    """A city's office, a county's within it, and the province's."""
    city = create_office("南昌市市场监督管理局", "360100", "市场监管", "洪市监")
    county = create_office("东湖区市场监督管理局", "360102", "市场监管", "东市监")
    province = create_office("江西省市场监督管理局", "360000", "市场监管", "赣市监")
    return People(
        officer=user("chen", city, "officer"),
        colleague=user("gao", city, "officer"),
        head=user("wu", city, "head"),
        county_officer=user("tu", county, "officer"),
        province_officer=user("li", province, "officer"),
        province_head=user("hu", province, "head"),
        stranger=User.objects.create_superuser("root"),
    )


@pytest.fixture
def make_scan(tmp_path: Path) -> MakeScan:
    """Scan records and return the scan's folder."""

    def make(*records: dict[str, Any], name: str = "scan", **options: Any) -> Path:
        path = tmp_path / f"{name}.jsonl"
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        path.write_text("".join(lines), encoding="utf-8")
        scan(path, KINDS["listing"], tmp_path / name, RULES.values(), **options)
        return tmp_path / name

    return make


@pytest.fixture
def lead(people: People, make_scan: MakeScan) -> Lead:
    services.import_scan(people.officer, make_scan(LISTING))
    return Lead.objects.get()


@pytest.fixture
def established(people: People, lead: Lead) -> Lead:
    services.start_verification(people.officer, lead)
    return services.establish(people.officer, lead, "已核对页面，内容属实。")


@pytest.fixture
def pending(people: People, established: Lead) -> Case:
    return services.open_correction(people.officer, established, CORRECTION, GUIDANCE, in_days(15))


@pytest.fixture
def ordered(people: People, pending: Case) -> Case:
    services.approve(people.head, pending)
    pending.refresh_from_db()
    return pending


def in_days(days: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def seen_now(**changes: Any) -> dict[str, Any]:
    """The listing as it is seen at this moment, put right unless the changes say otherwise."""
    later = {"record_id": "L9", "title": "空气炸锅", "captured_at": timezone.now().isoformat()}
    return {**LISTING, **later, **changes}
