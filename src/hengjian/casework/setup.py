"""What an administrator does from the command line: the database, offices, users."""

from __future__ import annotations

import re
import secrets

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction

from hengjian.casework.audit import record
from hengjian.casework.models import Membership, Office
from hengjian.casework.rules import violations_of
from hengjian.errors import HengjianError

ONE_TIME_PASSWORD_BYTES = 15


def prepare_database() -> None:
    """Make HENGJIAN_HOME and the database in it, or bring them up to date."""
    settings.HENGJIAN_HOME.mkdir(parents=True, exist_ok=True)
    settings.HENGJIAN_HOME.chmod(0o700)
    call_command("migrate", interactive=False, verbosity=0)


@transaction.atomic
def create_office(name: str, region_code: str, department: str, abbreviation: str) -> Office:
    """Set up an office.

    Args:
        name: Full name, as in documents.
        region_code: GB/T 2260, six digits; ends in 0000 for a province.
        department: As rules name it under `authority`, such as 市场监管.
        abbreviation: 机关代字, such as 洪市监: it starts every number that the office gives.

    Raises:
        HengjianError: A value does not hold, or name or abbreviation is taken.
    """
    if not re.fullmatch(r"[0-9]{6}", region_code):
        raise HengjianError("行政区划代码须为六位数字", field="region_code")
    if not violations_of(department):
        raise HengjianError(f"没有由“{department}”负责的规则", field="department")
    office = Office(
        name=name, region_code=region_code, department=department, abbreviation=abbreviation
    )
    try:
        office.full_clean()
    except ValidationError as error:
        raise HengjianError("；".join(error.messages)) from None
    office.save()
    record(None, "create_office", office, {"name": name, "region_code": region_code})
    return office


@transaction.atomic
def create_user(username: str, office: Office, role: str) -> str:
    """Open an account and return its one-time password, which must be changed at the first login.

    Args:
        username: The login name.
        office: Where the user works.
        role: officer or head.

    Raises:
        HengjianError: The name is taken or not allowed, or there is no such role.
    """
    if role not in Membership.Role.values:
        raise HengjianError(f"角色须为 {'、'.join(Membership.Role.values)}", field="role")
    password = secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)
    user = User(username=username)
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        raise HengjianError("；".join(error.messages), field="username") from None
    user.save()
    membership = Membership.objects.create(user=user, office=office, role=role)
    record(None, "create_user", membership, {"username": username, "role": role})
    return password
