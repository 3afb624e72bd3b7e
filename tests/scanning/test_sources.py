from __future__ import annotations

from pathlib import Path

import pytest

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS
from hengjian.records.mapping import load_mapping
from hengjian.scanning.sources import Sources, find_sources


def _touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def _named(sources: Sources) -> list[tuple[str, str]]:
    return [(source.kind.name, source.name) for source in sources.files]


def test_files_and_folders_named_after_their_kinds_are_a_market(tmp_path: Path) -> None:
    market = _touch(
        tmp_path / "market", "review.jsonl.gz", "listing.csv", "order/2026/a.csv", "order/b.parquet"
    )
    assert _named(find_sources([market])) == [
        ("listing", "listing.csv"),
        ("review", "review.jsonl.gz"),
        ("order", "order/2026/a.csv"),
        ("order", "order/b.parquet"),
    ]


@pytest.mark.parametrize(
    "name", ["listings.csv", "my_listing.csv", "Listing.csv", "listing.2026.csv", "shops/a.csv"]
)
def test_other_names_are_skipped_and_told_not_guessed(tmp_path: Path, name: str) -> None:
    sources = find_sources([_touch(tmp_path / "market", "review.csv", name)])
    assert _named(sources) == [("review", "review.csv")]
    assert sources.skipped == (f"{name.partition('/')[0]}：名称不是记录种类",)


def test_an_empty_folder_of_a_kind_is_skipped_and_told(tmp_path: Path) -> None:
    market = _touch(tmp_path / "market", "review.csv")
    (market / "order").mkdir()
    assert find_sources([market]).skipped == ("order：文件夹中没有可读的记录文件",)


def test_hidden_files_and_links_are_left_out(tmp_path: Path) -> None:
    market = _touch(tmp_path / "market", "review.csv", ".listing.csv")
    (market / "listing.csv").symlink_to(market / "review.csv")
    assert _named(find_sources([market])) == [("review", "review.csv")]


def test_a_file_or_a_folder_by_itself_may_be_named_after_its_kind(tmp_path: Path) -> None:
    folder = _touch(tmp_path, "post.jsonl", "app/x.jsonl")
    assert _named(find_sources([folder / "post.jsonl"])) == [("post", "post.jsonl")]
    assert _named(find_sources([folder / "app"])) == [("app", "x.jsonl")]


def test_with_a_kind_no_name_matters(tmp_path: Path) -> None:
    folder = _touch(tmp_path / "in", "a.csv", "order.csv")
    assert _named(find_sources([folder], KINDS["listing"])) == [
        ("listing", "a.csv"),
        ("listing", "order.csv"),
    ]


def test_several_paths_are_named_from_the_folder_above_them(tmp_path: Path) -> None:
    folder = _touch(tmp_path, "north/listing.csv", "south/listing.csv", "south/review.csv")
    sources = find_sources([folder / "north", folder / "south"])
    assert [name for _, name in _named(sources)] == [
        "north/listing.csv",
        "south/listing.csv",
        "south/review.csv",
    ]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    folder = _touch(tmp_path, "in/listing.csv")
    sources = find_sources([folder / "in", folder / "in" / "listing.csv"])
    assert len(sources.files) == 1


def test_a_glob_goes_by_the_names_of_its_files(tmp_path: Path) -> None:
    folder = _touch(tmp_path, "a/listing.csv", "b/listing.csv", "b/notes.csv")
    sources = find_sources([folder / "*" / "*.csv"])
    assert [kind for kind, _ in _named(sources)] == ["listing", "listing"]
    assert sources.skipped == ("notes.csv：名称不是记录种类",)


def test_a_folder_without_any_known_name_is_refused_with_the_kinds(tmp_path: Path) -> None:
    with pytest.raises(
        HengjianError, match=r"没有以记录种类命名的文件.*--kind.*listing、livestream"
    ):
        find_sources([_touch(tmp_path / "market", "goods.csv")])


def test_every_kind_may_have_its_own_mapping(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("rename: {标题: title}\n", encoding="utf-8")
    (tmp_path / "b.yml").write_text("rename: {内容: text}\n", encoding="utf-8")
    own, other = load_mapping(tmp_path / "a.yml"), load_mapping(tmp_path / "b.yml")
    market = _touch(tmp_path / "market", "listing.csv", "review.csv")
    listing, review = find_sources([market], None, {"listing": own, None: other}).files
    assert (listing.mapping, review.mapping) == (own, other)


def test_a_mapping_that_does_not_fit_its_kind_is_refused_before_anything_is_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.yml").write_text("assume: {rating: 5}\n", encoding="utf-8")
    mapping = load_mapping(tmp_path / "a.yml")
    market = _touch(tmp_path / "market", "listing.csv")
    with pytest.raises(HengjianError, match="没有这个listing 的字段"):
        find_sources([market], None, {None: mapping})
    with pytest.raises(HengjianError, match="没有 review 记录可用这份列名对照"):
        find_sources([market], None, {"review": mapping})
