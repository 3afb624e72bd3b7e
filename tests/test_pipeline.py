from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hengjian.errors import HengjianError
from hengjian.evidence.snapshot import read_manifest
from hengjian.evidence.store import EvidenceStore
from hengjian.law.resolve import ASK_DATE
from hengjian.leads import merge
from hengjian.pipeline import ScanResult, scan
from hengjian.recheck import recheck
from hengjian.records.kinds import KINDS
from hengjian.records.mapping import load_mapping
from hengjian.scan_folder import read_findings, read_scan
from hengjian.violations.finding import EVIDENCE, FINDING_SCHEMA
from hengjian.violations.rule import Rule
from tests.conftest import LISTING, WriteRows
from tests.few_rules import few_rules
from tests.records.samples_of_kinds import FULL

RULES = few_rules()
REVIEW = {
    "record_id": "R1",
    "platform": "demo-mall",
    "shop_id": "S1",
    "item_id": "I1",
    "user_id": "U1",
    "text": "客服说,好评返现\n两元",
    "created_at": "2026-11-06T10:00:00+08:00",
}


def _scan(path: Path, out: Path, kind: str = "listing", **more: Any) -> ScanResult:
    return scan(path, KINDS[kind], out, RULES.values(), **more)


def _findings(folder: Path) -> list[dict[str, Any]]:
    return list(read_findings(folder))


def test_a_row_becomes_a_finding_whose_offsets_point_into_the_row_as_read(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    path = write_rows(LISTING, {**LISTING, "record_id": "L2", "title": "普通空气炸锅"})
    _scan(path, tmp_path / "out")
    [finding] = _findings(tmp_path / "out")
    row = EvidenceStore(tmp_path / "out" / "evidence").get(finding["row_sha256"])
    assert row == path.read_bytes().splitlines()[0]
    [item] = finding["evidence"]
    assert json.loads(row)[item["field"]][item["start"] : item["end"]] == item["text"] == "最佳"


def test_a_finding_has_every_field_of_the_contract(write_rows: WriteRows, tmp_path: Path) -> None:
    path = write_rows(LISTING)
    _scan(path, tmp_path / "out")
    [finding] = _findings(tmp_path / "out")
    assert set(finding) == set(FINDING_SCHEMA.names)
    assert finding["input_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert finding["conduct_from"] == "2026-11-05T02:00:00+00:00"
    assert finding["legal_basis"][0]["effective_from"] == "2015-09-01"
    assert set(finding["evidence"][0]) == {field.name for field in EVIDENCE}


def test_findings_stand_in_json_lines_and_in_parquet_alike(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    rows = [{**LISTING, "record_id": f"L{n}", "item_id": f"I{n}"} for n in range(5)]
    _scan(write_rows(*rows), tmp_path / "out")
    table = pq.read_table(tmp_path / "out" / "findings.parquet")
    assert table.schema.equals(FINDING_SCHEMA)
    assert table["finding_id"].to_pylist() == [f["finding_id"] for f in _findings(tmp_path / "out")]


def test_the_same_input_and_rules_give_the_same_ids_however_they_are_split(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    rows = [
        {**LISTING, "record_id": f"L{n}", "item_id": f"I{n % 7}", "title": f"全网最佳锅{n}"}
        for n in range(60)
    ]
    _scan(write_rows(*rows), tmp_path / "whole")
    rng = random.Random(7)  # noqa: S311 - any split will do
    folder = tmp_path / "parts"
    folder.mkdir()
    for row in rows:
        with gzip.open(folder / f"{rng.randrange(4)}.jsonl.gz", "ab") as file:
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    _scan(folder, tmp_path / "split")
    assert [f["finding_id"] for f in _findings(tmp_path / "whole")] == [
        f["finding_id"] for f in _findings(tmp_path / "split")
    ]


def test_a_row_that_comes_twice_is_one_finding(write_rows: WriteRows, tmp_path: Path) -> None:
    result = _scan(write_rows(LISTING, LISTING), tmp_path / "out")
    assert (result.records, result.findings) == (2, 1)


def test_findings_on_one_subject_become_one_lead(write_rows: WriteRows, tmp_path: Path) -> None:
    again = {**LISTING, "record_id": "L2", "captured_at": "2026-11-20T10:00:00+08:00"}
    other = {**LISTING, "record_id": "L3", "item_id": "I2"}
    _scan(write_rows(LISTING, again, other), tmp_path / "out")
    leads = merge(_findings(tmp_path / "out"))
    assert sorted((lead.subject_id, len(lead.findings)) for lead in leads) == [("I1", 2), ("I2", 1)]


def test_a_csv_row_is_kept_with_its_header_and_line(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, REVIEW)
        writer.writeheader()
        writer.writerow({**REVIEW, "record_id": "R0", "text": "很好"})
        writer.writerow(REVIEW)
    _scan(path, tmp_path / "out", kind="review")
    [finding] = _findings(tmp_path / "out")
    [row] = read_manifest(tmp_path / "out" / "evidence")
    assert (row.line, row.format, row.columns) == (3, "csv", list(REVIEW))
    content = EvidenceStore(tmp_path / "out" / "evidence").get(finding["row_sha256"])
    assert row.text(content, "text") == REVIEW["text"]
    assert (finding["subject_kind"], finding["conduct_known"]) == ("shop", "stated")


def test_a_foreign_column_is_still_found_in_the_row_as_read(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    (tmp_path / "map.yml").write_text("rename: {标题: title}\nassume: {captured_at: 2026-11-05}\n")
    foreign = {k: v for k, v in LISTING.items() if k not in {"title", "captured_at"}}
    path = write_rows({**foreign, "标题": LISTING["title"]})
    _scan(path, tmp_path / "out", mapping=load_mapping(tmp_path / "map.yml"))
    [finding] = _findings(tmp_path / "out")
    [row] = read_manifest(tmp_path / "out" / "evidence")
    content = EvidenceStore(tmp_path / "out" / "evidence").get(row.row_sha256)
    assert row.text(content, "title") == LISTING["title"]
    assert finding["conduct_known"] == "assumed"


def test_offsets_into_an_attribute_point_into_its_value_as_read(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    _scan(
        write_rows({**LISTING, "title": "羽绒服", "attributes": {"工艺": "世界第一缝制"}}),
        tmp_path / "out",
    )
    [finding] = _findings(tmp_path / "out")
    [row] = read_manifest(tmp_path / "out" / "evidence")
    content = EvidenceStore(tmp_path / "out" / "evidence").get(row.row_sha256)
    [item] = finding["evidence"]
    original = row.text(content, item["field"])
    assert original is not None
    assert original[item["start"] : item["end"]] == "世界第一"


def test_what_breaks_the_contract_is_kept_with_its_reason_and_the_rest_goes_on(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    result = _scan(write_rows({"record_id": "L0"}, LISTING), tmp_path / "out")
    assert (result.records, result.rejected, result.findings) == (1, 1, 1)
    [reject] = map(json.loads, (tmp_path / "out" / "rejects.jsonl").read_text().splitlines())
    assert (reject["file"], reject["line"], reject["field"]) == ("listings.jsonl", 1, "platform")


def test_coverage_tells_what_could_not_be_checked_and_why(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    ointment = {**LISTING, "record_id": "L2", "title": "小绿膏 湿疹专用"}
    old = {**LISTING, "record_id": "L3", "captured_at": "2014-01-01T00:00:00+08:00"}
    result = _scan(write_rows(LISTING, ointment, old), tmp_path / "out")
    rows = result.coverage["violations"]
    cosmetic, claim = rows["food_drug.cosmetic_medical_claim"], rows["marketing.absolute_claim"]
    assert (cosmetic["checked"], cosmetic["missing"]) == (2, {"category": 1})
    assert (claim["not_checked"], claim["not_in_force"]) == (1, {"captured_at": 1})
    assert result.coverage["absent_fields"] == {"text": 3}
    assert json.loads((tmp_path / "out" / "coverage.json").read_text()) == result.coverage


def test_a_rule_that_fails_shows_in_coverage_and_the_others_still_find(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    rules = [replace(RULES["prohibited.special_supply"], selections={}), *list(RULES.values())[:3]]
    result = scan(write_rows(LISTING), KINDS["listing"], tmp_path / "out", rules)
    [fault] = result.coverage["violations"]["prohibited.special_supply"]["failed"]
    assert fault.startswith("KeyError")
    assert result.findings == 1


def test_drafts_are_not_run(write_rows: WriteRows, tmp_path: Path) -> None:
    rules = [replace(rule, status="draft") for rule in RULES.values()]
    with pytest.raises(HengjianError, match="没有适用于 listing 的启用规则"):
        scan(write_rows(LISTING), KINDS["listing"], tmp_path / "out", rules)


def test_planted_records_travel_the_same_way_and_are_marked(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    _scan(write_rows(LISTING), tmp_path / "out", seeded=frozenset({"L1"}))
    assert [finding["seeded"] for finding in _findings(tmp_path / "out")] == [True]


def test_an_earlier_scan_is_replaced_whole(write_rows: WriteRows, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _scan(write_rows(LISTING), out)
    _scan(write_rows({**LISTING, "title": "普通锅"}), out)
    assert _findings(out) == []
    assert not list((out / "evidence").glob("objects/*/*"))


def test_a_folder_with_other_content_is_never_overwritten(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(HengjianError, match="已有其他内容"):
        _scan(write_rows(LISTING), tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_a_scan_that_stops_leaves_the_earlier_one_and_no_debris(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = _scan(write_rows(LISTING), out)

    def stop(_stage: str, _count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _scan(write_rows(LISTING), out, progress=stop)
    assert read_scan(out)["scan_id"] == first.scan_id
    assert {path.name for path in tmp_path.iterdir()} == {"listings.jsonl", "out"}


def test_a_file_without_a_sound_row_gives_an_empty_scan(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    result = _scan(write_rows({"record_id": "L0"}), tmp_path / "out")
    assert (result.records, result.rejected, result.findings) == (0, 1, 0)
    assert _findings(tmp_path / "out") == []


SUBJECT: dict[str, Any] = {
    "violation": "marketing.absolute_claim",
    "platform": "demo-mall",
    "subject_kind": "listing",
    "subject_id": "I1",
}


def test_a_listing_that_was_put_right_is_gone(write_rows: WriteRows, tmp_path: Path) -> None:
    later = {
        **LISTING,
        "record_id": "L9",
        "title": "空气炸锅",
        "captured_at": "2026-11-25T09:00:00+08:00",
    }
    _scan(write_rows(later), tmp_path / "out")
    result = recheck(tmp_path / "out", **SUBJECT)
    assert (result.outcome, result.record_ids) == ("gone", ["L9"])
    assert result.observed_at == dt.datetime(2026, 11, 25, 1, tzinfo=dt.UTC)


def test_a_listing_that_still_says_it_is_still_there(write_rows: WriteRows, tmp_path: Path) -> None:
    _scan(
        write_rows(LISTING, {**LISTING, "record_id": "L2", "title": "空气炸锅"}), tmp_path / "out"
    )
    result = recheck(tmp_path / "out", **SUBJECT)
    assert result.outcome == "still_there"
    assert result.finding_ids == [f["finding_id"] for f in _findings(tmp_path / "out")]


@pytest.mark.parametrize(
    "change",
    [
        {"item_id": "I2"},
        {"platform": "demo-live"},
    ],
)
def test_another_listing_proves_nothing(
    write_rows: WriteRows, tmp_path: Path, change: dict[str, str]
) -> None:
    _scan(write_rows({**LISTING, "title": "空气炸锅", **change}), tmp_path / "out")
    assert recheck(tmp_path / "out", **SUBJECT).outcome == "not_seen"


def test_a_listing_that_could_not_be_checked_proves_nothing(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    _scan(write_rows({**LISTING, "title": "小绿膏 湿疹专用"}), tmp_path / "out")
    subject = {**SUBJECT, "violation": "food_drug.cosmetic_medical_claim"}
    assert recheck(tmp_path / "out", **subject).outcome == "not_seen"


def test_a_scan_that_did_not_run_the_rule_proves_nothing(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    path = write_rows({**LISTING, "title": "空气炸锅"})
    scan(path, KINDS["listing"], tmp_path / "out", [RULES["prohibited.special_supply"]])
    assert recheck(tmp_path / "out", **SUBJECT).outcome == "not_seen"


def test_what_was_seen_before_the_order_or_at_an_unknown_time_is_passed_over(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    undated = {k: v for k, v in LISTING.items() if k != "captured_at"}
    _scan(write_rows(LISTING, {**undated, "record_id": "L2"}), tmp_path / "out")
    ordered = dt.datetime(2026, 11, 10, tzinfo=dt.UTC)
    assert recheck(tmp_path / "out", **SUBJECT, since=ordered).outcome == "not_seen"


def test_a_shop_is_rechecked_by_the_reviews_of_it(write_rows: WriteRows, tmp_path: Path) -> None:
    clean = {**REVIEW, "text": "没有返现也给好评"}
    _scan(write_rows(clean), tmp_path / "out", kind="review")
    result = recheck(
        tmp_path / "out",
        violation="reputation.brushing_solicitation",
        platform="demo-mall",
        subject_kind="shop",
        subject_id="S1",
    )
    assert result.outcome == "gone"


def test_a_folder_without_a_scan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HengjianError, match="没有扫描结果"):
        recheck(tmp_path, **SUBJECT)


def test_a_corrupt_list_of_subjects_is_told(write_rows: WriteRows, tmp_path: Path) -> None:
    _scan(write_rows(LISTING), tmp_path / "out")
    (tmp_path / "out" / "subjects.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(HengjianError, match="对象清单无法读取"):
        recheck(tmp_path / "out", **SUBJECT)


def test_a_finding_with_a_missing_field_is_shown_with_its_line(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    _scan(write_rows(LISTING), tmp_path / "out")
    with (tmp_path / "out" / "findings.jsonl").open("a") as file:
        file.write('{"finding_id": "x"}\n')
    with pytest.raises(HengjianError) as caught:
        _findings(tmp_path / "out")
    assert (caught.value.line, caught.value.field) == (2, "lead_key")


WITH_TEXT = [
    (kind.name, field)
    for kind in KINDS.values()
    for field in kind.text_fields
    if kind.name not in ("listing", "review")
]


def _with_words(kind: str, field: str) -> dict[str, Any]:
    if field == "segments[].text":
        segments = [{"text": "大家好"}, {}, {"speaker": "host", "text": "我说\n全网最佳"}]
        return {**FULL[kind], "segments": segments}
    return {**FULL[kind], field: "我说\n全网最佳"}


def _claim_in(kind: str) -> Rule:
    # A picture is looked at by the rules of the page that shows it.
    pages = ("listing",) if kind == "picture" else (kind,)
    return replace(RULES["marketing.absolute_claim"], applies_to=pages, subject={})


@pytest.mark.parametrize(("kind", "field"), WITH_TEXT)
def test_words_are_found_in_the_texts_of_every_kind(
    write_rows: WriteRows, tmp_path: Path, kind: str, field: str
) -> None:
    path = write_rows(FULL[kind], _with_words(kind, field))
    result = scan(path, KINDS[kind], tmp_path / "out", [_claim_in(kind)])

    assert result.coverage["violations"]["marketing.absolute_claim"]["checked"] == 2
    [finding] = _findings(tmp_path / "out")
    [item], [row] = finding["evidence"], read_manifest(tmp_path / "out" / "evidence")
    content = EvidenceStore(tmp_path / "out" / "evidence").get(row.row_sha256)
    assert item["field"] == field.replace("[]", "[2]")
    original = row.text(content, item["field"])
    assert original is not None
    assert original[item["start"] : item["end"]] == item["text"] == "最佳"
    assert finding["record_ids"] == [item["record_id"]] == [row.record_id]
    assert finding["platform"] == FULL[kind].get("platform")
    assert finding["shop_id"] == FULL[kind].get("shop_id")


@pytest.mark.parametrize(
    ("kind", "record_id", "subject_id"),
    [
        ("livestream", "V1", "R1"),
        ("account", "A1", "A1"),
        ("promotion", "A1", "A1"),
        ("platform_rule", "G7", "G7"),
        ("site", "W1", "https://tea.example/"),
        ("app", "K1", "example.tea"),
        ("post", "T1", "T1"),
    ],
)
def test_a_finding_and_the_list_of_subjects_name_the_record_alike(
    write_rows: WriteRows, tmp_path: Path, kind: str, record_id: str, subject_id: str
) -> None:
    words = _with_words(kind, KINDS[kind].text_fields[0])
    scan(write_rows(words), KINDS[kind], tmp_path / "out", [_claim_in(kind)])

    [finding] = _findings(tmp_path / "out")
    [subject] = pq.read_table(tmp_path / "out" / "subjects.parquet").to_pylist()
    assert (finding["record_ids"], finding["subject_id"]) == ([record_id], subject_id)
    assert (subject["record_id"], subject["subject_id"]) == (record_id, subject_id)
    assert subject["subject_kind"] == finding["subject_kind"] == kind
    assert finding["conduct_from"] == (_iso(subject["observed_at"]))


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def test_a_kind_without_a_time_of_its_own_asks_for_it(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    scan(
        write_rows(_with_words("account", "bio")),
        KINDS["account"],
        tmp_path / "out",
        [_claim_in("account")],
    )

    [finding] = _findings(tmp_path / "out")
    assert (finding["conduct_from"], finding["conduct_known"]) == (None, "unknown")
    assert finding["legal_basis"]
    assert finding["explanation"].endswith(ASK_DATE)


def test_a_stream_in_which_nothing_was_heard_is_not_checked(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    silent = {**FULL["livestream"], "title": None, "segments": [{"start_s": 0}]}
    result = scan(
        write_rows(silent), KINDS["livestream"], tmp_path / "out", [_claim_in("livestream")]
    )

    row = result.coverage["violations"]["marketing.absolute_claim"]
    assert (row["checked"], row["not_checked"]) == (0, 1)
    assert row["missing"] == {"segments[].text": 1, "title": 1}


def test_a_segment_is_found_again_in_a_csv_cell(tmp_path: Path) -> None:
    path = tmp_path / "streams.csv"
    stream = _with_words("livestream", "segments[].text")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["record_id", "platform", "segments"], extrasaction="ignore")
        writer.writeheader()
        writer.writerow({**stream, "segments": json.dumps(stream["segments"])})
    scan(path, KINDS["livestream"], tmp_path / "out", [_claim_in("livestream")])

    [row] = read_manifest(tmp_path / "out" / "evidence")
    content = EvidenceStore(tmp_path / "out" / "evidence").get(row.row_sha256)
    assert row.text(content, "segments[2].text") == "我说\n全网最佳"
    assert row.text(content, "segments[1].text") is None
    assert row.text(content, "segments[3].text") is None
    assert row.text(content, "segments[2].loudness") is None


def test_planted_records_of_a_kind_without_record_id_are_marked_by_their_own_id(
    write_rows: WriteRows, tmp_path: Path
) -> None:
    path = write_rows(_with_words("account", "bio"))
    scan(path, KINDS["account"], tmp_path / "out", [_claim_in("account")], seeded=frozenset({"A1"}))

    assert [finding["seeded"] for finding in _findings(tmp_path / "out")] == [True]


def test_a_row_in_gb18030_is_kept_as_read_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "listings.csv"
    text = "record_id,platform,标题\nL1,demo-mall,全网最佳空气炸锅\n"
    path.write_bytes(text.encode("gb18030"))
    (tmp_path / "map.yml").write_text("rename: {标题: title}\n")
    result = _scan(path, tmp_path / "out", mapping=load_mapping(tmp_path / "map.yml"))

    assert result.notes == {"编码 GB18030": 1}
    [row] = read_manifest(tmp_path / "out" / "evidence")
    content = EvidenceStore(tmp_path / "out" / "evidence").get(row.row_sha256)
    assert content == text.splitlines()[1].encode("gb18030")
    assert (row.encoding, row.text(content, "title")) == ("gb18030", "全网最佳空气炸锅")


def test_a_scan_takes_a_glob(write_rows: WriteRows, tmp_path: Path) -> None:
    for month in ("10", "11", "12"):
        (tmp_path / f"2026-{month}").mkdir()
        write_rows({**LISTING, "item_id": month}, name=f"2026-{month}/rows.jsonl")
    result = _scan(tmp_path / "2026-1[01]" / "*.jsonl", tmp_path / "out")

    assert result.records == 2
    assert [file["path"] for file in read_scan(tmp_path / "out")["inputs"]] == [
        "2026-10/rows.jsonl",
        "2026-11/rows.jsonl",
    ]


def test_a_row_of_parquet_is_kept_as_json_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "listings.parquet"
    pq.write_table(pa.Table.from_pylist([LISTING]), path)
    _scan(path, tmp_path / "out")

    [row] = read_manifest(tmp_path / "out" / "evidence")
    content = EvidenceStore(tmp_path / "out" / "evidence").get(row.row_sha256)
    assert (row.format, row.columns, json.loads(content)) == ("parquet", None, LISTING)
    assert row.text(content, "title") == LISTING["title"]
