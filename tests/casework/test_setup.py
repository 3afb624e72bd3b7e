from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from hengjian.casework.audit import verify_chain
from hengjian.casework.models import Membership
from hengjian.casework.setup import create_office, create_user
from hengjian.errors import HengjianError

pytestmark = pytest.mark.django_db


def test_a_user_gets_a_password_for_one_login() -> None:
    office = create_office("南昌市市场监督管理局", "360100", "市场监管", "洪市监")
    password = create_user("chen", office, "officer")
    user = get_user_model().objects.get(username="chen")
    assert user.check_password(password)
    assert not user.is_staff
    assert Membership.objects.get(user=user).password_is_one_time
    assert verify_chain().entries == 2


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (("甲局", "3601", "市场监管", "甲"), "六位数字"),
        (("甲局", "36010a", "市场监管", "甲"), "六位数字"),
        (("甲局", "360100", "气象", "甲"), "没有由“气象”负责的规则"),
        (("乙局", "360100", "市场监管", "乙"), "已存在|已经存在"),
        (("", "360100", "市场监管", "甲"), "不能为空"),
    ],
)
def test_an_office_must_hold_together(values: tuple[str, str, str, str], reason: str) -> None:
    create_office("乙局", "360200", "市场监管", "乙")
    with pytest.raises(HengjianError, match=reason):
        create_office(*values)


def test_a_user_must_hold_together() -> None:
    office = create_office("乙局", "360200", "市场监管", "乙")
    create_user("chen", office, "head")
    for name, role, reason in (
        ("chen", "head", "已存在"),
        ("a b", "head", "用户名"),
        ("c", "boss", "角色"),
    ):
        with pytest.raises(HengjianError, match=reason):
            create_user(name, office, role)


def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
