"""Planted test records: an office measures with them what its own scan and dispatch find.

They are made from the examples that stand in the rules, in a copy of a market, under new ids of
shops and people that do not exist, so that no real shop stands under suspicion. Which they are is
told in a key beside the copy, never in it.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from hengjian.errors import HengjianError
from hengjian.records.kinds import KINDS, Kind
from hengjian.records.reader import read
from hengjian.scan_folder import read_findings
from hengjian.scanning.sources import Sources
from hengjian.violations.detector import expanded
from hengjian.violations.rule import Rule

KEY_SUFFIX, IDS_SUFFIX = ".key.jsonl", ".seeded.txt"

Record = dict[str, Any]


class Plant(NamedTuple):
    """One planted violation: records by kind, none of which is true."""

    violation: str
    records: Mapping[str, Sequence[Record]]

    @property
    def record_ids(self) -> list[str]:
        """The ids of its records."""
        kinds = self.records.items()
        return [KINDS[kind].record_id(record) for kind, records in kinds for record in records]


class Seeded(NamedTuple):
    """What was planted.

    Attributes:
        plants: Each with its violation.
        key: File that tells them, one JSON object each.
        ids: File of their record ids, for `scan --seeded`.
    """

    plants: list[Plant]
    key: Path
    ids: Path


class Check(NamedTuple):
    """Whether a scan found a planted violation: as what it is, or at all."""

    violation: str
    found: bool
    flagged: bool


def seed_market(
    sources: Sources, rules: Iterable[Rule], out: Path, *, count: int, seed: int
) -> Seeded:
    """Copy a market and plant records in the copy.

    Args:
        sources: The files of the market.
        rules: Whose examples are planted; only active ones are.
        out: Folder for the copy; it must not exist.
        count: How many violations to plant, spread over as many types as there are.
        seed: The same seed plants the same records.

    Raises:
        HengjianError: `out` exists, or no rule has an example for what is read.
    """
    if out.exists():
        raise HengjianError("输出位置已存在", path=out, hint="请给一个新的文件夹")
    draw = random.Random(seed)  # noqa: S311 - a draw, no secret
    backgrounds = {kind.name: _background(sources, kind) for kind in sources.kinds}
    made = _plants(list(rules), backgrounds, draw)
    plants = [plant for plant, _ in zip(made, range(count), strict=False)]
    if not plants:
        raise HengjianError("没有一条规则的示例可用于这些记录")
    _copy(sources, out)
    return _write(plants, out)


def _background(sources: Sources, kind: Kind) -> list[Record]:
    """Return some real records of a kind, from which planted ones take what says nothing."""
    chunks = (
        chunk
        for source in sources.files
        if source.kind == kind
        for chunk in read(source.path, kind, root=source.root, mapping=source.mapping)
    )
    found: list[Record] = next((c.batch.to_pylist() for c in chunks if c.batch.num_rows), [])
    return found


def _plants(
    rules: Sequence[Rule], backgrounds: Mapping[str, Sequence[Record]], draw: random.Random
) -> Iterator[Plant]:
    """Yield plants, one of every type before any type comes again."""
    examples = {rule.id: list(_examples(rule, backgrounds)) for rule in rules if _active(rule)}
    for of_rule in examples.values():
        draw.shuffle(of_rule)
    while any(examples.values()):
        for violation in draw.sample(sorted(examples), len(examples)):
            if not examples[violation]:
                continue
            records = _made(examples[violation].pop(), backgrounds, draw)
            if records is not None:
                yield Plant(violation, records)


def _active(rule: Rule) -> bool:
    return rule.status == "active"


def _examples(
    rule: Rule, backgrounds: Mapping[str, Sequence[Record]]
) -> Iterator[dict[str, list[Record]]]:
    """Yield the records of each example that must be flagged and whose kinds the market has."""
    for example in rule.examples:
        kind = example.kind or rule.applies_to[0]
        if example.flag is True and backgrounds.get(kind):
            yield {kind: [example.record]}
    for of_market in rule.detector.examples if rule.detector else ():
        if of_market.flag and all(backgrounds.get(kind) for kind in of_market.records):
            yield {kind: list(expanded(rows)) for kind, rows in of_market.records.items()}


def _made(
    example: Mapping[str, Sequence[Record]],
    backgrounds: Mapping[str, Sequence[Record]],
    draw: random.Random,
) -> dict[str, list[Record]] | None:
    """Return an example as whole records under new ids; None: it does not hold to the contract."""
    new: dict[tuple[str, str], str] = defaultdict(lambda: uuid.UUID(int=draw.getrandbits(128)).hex)
    made = {
        kind: [_whole(KINDS[kind], row, backgrounds[kind], new, draw) for row in rows]
        for kind, rows in example.items()
    }
    try:
        for kind, rows in made.items():
            for row in rows:
                KINDS[kind].model.model_validate(row, context=[])
    except ValidationError:
        return None
    return made


def _whole(
    kind: Kind,
    example: Mapping[str, Any],
    background: Sequence[Record],
    new: Mapping[tuple[str, str], str],
    draw: random.Random,
) -> Record:
    """Return an example's record with what the contract asks for beside it."""
    real = draw.choice(background)
    taken = {*kind.required, "region", kind.observed_field} & real.keys()
    values = {name: real[name] for name in taken if name is not None}
    values |= example
    values |= {
        name: new[name, str(example.get(name, ""))]
        for name in kind.schema.names
        if name.endswith("_id") and (name in example or name in kind.required)
    }
    if "platform" in real:
        values["platform"] = example.get("platform") or real["platform"]
    return {name: _written(value) for name, value in values.items() if value is not None}


def _written(value: Any) -> Any:
    """Return a value as a row of JSON writes it."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=_as_text))


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _copy(sources: Sources, out: Path) -> None:
    for source in sources.files:
        alone = source.root == source.path
        within = source.path.name if alone else source.path.relative_to(source.root)
        target = out / source.kind.name / within
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.path, target)


def _write(plants: Sequence[Plant], out: Path) -> Seeded:
    by_kind: dict[str, list[Record]] = defaultdict(list)
    for plant in plants:
        for kind, records in plant.records.items():
            by_kind[kind] += records
    for kind, records in by_kind.items():
        _write_jsonl(out / kind / f"{len(records):06d}.jsonl", records)
    key, ids = out.with_name(out.name + KEY_SUFFIX), out.with_name(out.name + IDS_SUFFIX)
    rows = [{"violation": p.violation, "record_ids": p.record_ids} for p in plants]
    _write_jsonl(key, rows)
    ids.write_text("".join(f"{i}\n" for p in plants for i in p.record_ids), encoding="utf-8")
    return Seeded(list(plants), key, ids)


def _write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")


def check_seeded(scan: Path, key: Path) -> list[Check]:
    """Return for each planted violation whether a scan found it.

    Raises:
        HengjianError: The scan or the key cannot be read.
    """
    flagged: dict[str, set[str]] = defaultdict(set)
    for finding in read_findings(scan):
        for record_id in finding["record_ids"]:
            flagged[record_id].add(finding["violation"])
    checks = []
    for number, line in enumerate(_key_lines(key), start=1):
        try:
            row = json.loads(line)
            violation, record_ids = row["violation"], row["record_ids"]
        except (ValueError, KeyError, TypeError):
            raise HengjianError("测试记录的答案无法读取", path=key, line=number) from None
        seen = set[str]().union(*(flagged.get(record_id, set()) for record_id in record_ids))
        checks.append(Check(violation, violation in seen, bool(seen)))
    return checks


def _key_lines(key: Path) -> list[str]:
    try:
        return key.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise HengjianError(f"无法读取：{error.strerror}", path=key) from None
