"""The people, scans and leads of the casework tests, in the browser."""

from tests.casework.conftest import (  # noqa: F401 - fixtures
    established,
    home,
    lead,
    make_scan,
    ordered,
    pending,
    people,
)
