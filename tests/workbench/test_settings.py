from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hengjian.workbench.secret import secret_key

PRINT = (
    "from django.conf import settings as s; "
    "print(s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.DEBUG, ','.join(s.ALLOWED_HOSTS))"
)


def _settings(home: Path, **environment: str) -> str:
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", PRINT],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "hengjian.workbench.settings",
            "HENGJIAN_HOME": str(home),
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_the_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "home")
    mode = stat.S_IMODE((tmp_path / "home" / "secret_key").stat().st_mode)
    assert (len(key) > 50, mode) == (True, 0o600)
    assert secret_key(tmp_path / "home") == key
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret_key"]


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    assert secret_key(tmp_path / "a") != secret_key(tmp_path / "b")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "True True False localhost,127.0.0.1,[::1]"),
        ({"HENGJIAN_HOSTS": "hj.example"}, "True True False hj.example"),
        (
            {"HENGJIAN_PLAIN_HTTP": "1", "HENGJIAN_HOSTS": "hj.example"},
            "False False False localhost,127.0.0.1,[::1]",
        ),
    ],
)
def test_cookies_travel_without_tls_on_this_machine_only(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    assert _settings(tmp_path, **environment) == told
