"""What was read is kept by the hash of a picture's bytes, whatever stops the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.images.cache import cache_folder, seen_pictures
from hengjian.images.layout import Box, Line
from hengjian.images.reading import Seen

SEEN = Seen([Line("国家级", Box(1, 2, 3, 4), 0.98)], ["6901234567892"], "0" * 64, 90)


def _not_again() -> Seen:
    raise AssertionError("read again")


def test_what_an_earlier_run_read_is_not_read_again(tmp_path: Path) -> None:
    with seen_pictures(tmp_path, "1") as cache:
        cache.get("a", lambda: SEEN)

    with seen_pictures(tmp_path, "1") as cache:
        assert "a" in cache
        assert cache.get("a", _not_again) == SEEN


def test_what_was_read_stays_when_a_run_breaks_off(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), seen_pictures(tmp_path, "1") as cache:
        cache.get("a", lambda: SEEN)
        raise KeyboardInterrupt

    with seen_pictures(tmp_path, "1") as cache:
        assert cache.get("a", _not_again) == SEEN


def test_two_runs_share_what_they_read(tmp_path: Path) -> None:
    with seen_pictures(tmp_path, "1") as one, seen_pictures(tmp_path, "1") as other:
        one.get("a", lambda: SEEN)

        assert other.get("a", _not_again) == SEEN


def test_another_version_reads_anew(tmp_path: Path) -> None:
    with seen_pictures(tmp_path, "1") as cache:
        cache.get("a", lambda: SEEN)

    with seen_pictures(tmp_path, "2") as cache:
        assert "a" not in cache


def test_a_file_that_is_no_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "seen.sqlite").write_bytes(b"x" * 5000)

    with pytest.raises(HengjianError, match="存档不能用"), seen_pictures(tmp_path, "1"):
        pass


def test_it_is_kept_with_the_user_not_in_the_market(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert cache_folder() == tmp_path / "hengjian" / "pictures"
