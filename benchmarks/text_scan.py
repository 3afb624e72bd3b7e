"""How fast is the matcher beside bare automata, on the same patterns and texts in the same run?

Texts are the reviews and titles of `../shared/data`; patterns the words of the project's rules, and
5,000 words of jieba's dictionary chosen at random. Every ratio is of seconds of the processor, best
of some rounds that take turns; the bare automata only find the patterns as they are written. `all
rules` is all that a scan does with a batch of records between reading and writing: words, guards,
conditions, law, evidence, and what could not be checked.

    .venv/bin/python benchmarks/text_scan.py [ROUNDS]
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import islice
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import ahocorasick
import daachorse
import pyarrow as pa
import re2
from rich.console import Console
from rich.table import Table

from hengjian.engines.local import BATCH_ROWS
from hengjian.records.kinds import KINDS
from hengjian.text.matcher import ALL, EXACT, PLAIN_DISGUISES, Layer, Matcher
from hengjian.violations.examples import example_batch
from hengjian.violations.rule import load_rules
from hengjian.violations.runner import RuleRunner

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SOURCES = (("reviews/shopping", "text", "review"), ("listings/*", "title", "listing"))
SETTINGS: dict[str, frozenset[Layer]] = {
    "exact": EXACT,
    "the rules' layers": EXACT | PLAIN_DISGUISES,
    "all layers": ALL,
}
PATTERNS, LONGEST, SEED = 5000, 6, 7
BATCH = 20_000
RE2_MEMORY = 1 << 30


def texts() -> Iterator[str]:
    """Return the texts one after another, as a scan reads them."""
    for pattern, field, _ in SOURCES:
        yield from texts_of(pattern, field)


def texts_of(pattern: str, field: str) -> Iterator[str]:
    """Return the texts of some files."""
    for path in sorted(DATA.glob(f"{pattern}.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                if text := json.loads(line).get(field):
                    yield text


def all_rules() -> Callable[[], None]:
    """Return what runs all rules over the texts as records that hold nothing else."""
    rules = [rule for rule in load_rules().values() if rule.status == "active"]
    work: list[tuple[RuleRunner, pa.RecordBatch]] = []
    for pattern, field, name in SOURCES:
        kind = KINDS[name]
        runner = RuleRunner(kind, rules)
        ids = dict.fromkeys(kind.id_fields, "x")
        records = [{**ids, field: text} for text in texts_of(pattern, field)]
        columns = [*runner.columns, "_row_sha256", "_input_sha256", "_assumed"]
        batch = example_batch(kind, records, columns)
        places = range(0, batch.num_rows, BATCH_ROWS)
        work += ((runner, batch.slice(place, BATCH_ROWS)) for place in places)

    def run() -> None:
        for runner, batch in work:
            runner(batch)

    return run


def rule_words() -> list[str]:
    """Return the words of the active rules."""
    return list(
        dict.fromkeys(
            w for rule in load_rules().values() for w in (*rule.sought(), *rule.excuses())
        )
    )


def dictionary_words() -> list[str]:
    """Return words of jieba's dictionary, always the same."""
    spec = find_spec("jieba")
    assert spec is not None and spec.submodule_search_locations  # noqa: S101
    path = Path(spec.submodule_search_locations[0]) / "dict.txt"
    words = [line.split(" ")[0] for line in path.read_text(encoding="utf-8").splitlines()]
    chinese = [w for w in words if 1 < len(w) <= LONGEST and all("一" <= c <= "鿿" for c in w)]
    return random.Random(SEED).sample(chinese, PATTERNS)  # noqa: S311


def peers(patterns: Sequence[str]) -> dict[str, Callable[[str], object]]:
    """Return searches of one text for the patterns as they are written."""
    double_array = daachorse.CharwiseDoubleArrayAhoCorasick(list(patterns))
    automaton = ahocorasick.Automaton()
    for number, pattern in enumerate(patterns):
        automaton.add_word(pattern, number)
    automaton.make_automaton()
    options = re2.Options()
    options.max_mem = RE2_MEMORY
    longest_first = sorted(patterns, key=len, reverse=True)
    expression = re2.compile("|".join(map(re2.escape, longest_first)), options)
    return {
        "daachorse": double_array.find_overlapping,
        "pyahocorasick": lambda text: list(automaton.iter(text)),
        "google-re2": lambda text: [match.span() for match in expression.finditer(text)],
    }


def seconds(work: Callable[[], object]) -> float:
    """Return the processor's seconds that some work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def each(search: Callable[[str], object], everything: Sequence[str]) -> None:
    """Search one text after another."""
    for text in everything:
        search(text)


def speeds(
    patterns: Sequence[str],
    everything: Sequence[str],
    rounds: int,
    more: Mapping[str, Callable[[], None]],
) -> dict[str, float]:
    """Return the megabytes of UTF-8 that are searched in a second."""
    matchers = {name: Matcher(patterns, layers) for name, layers in SETTINGS.items()}
    for matcher in matchers.values():
        matcher.find_batch(everything[:1000])
    work: dict[str, Callable[[], object]] = {}
    for run in more.values():
        run()
    for name, search in peers(patterns).items():
        work[name] = lambda search=search: each(search, everything)  # type: ignore[misc]
    for name, matcher in matchers.items():
        work[name] = lambda matcher=matcher: matcher.find_batch(everything)  # type: ignore[misc]
    work.update(more)
    size = sum(len(text.encode()) for text in everything) / 1e6
    taken = [{name: seconds(one) for name, one in work.items()} for _ in range(rounds)]
    return {name: size / min(turn[name] for turn in taken) for name in work}


def peak_megabytes(times: int) -> float:
    """Return the most memory that a process needs to search the texts so many times over."""
    matcher = Matcher(rule_words(), ALL)
    for _ in range(times):
        source = texts()
        while batch := list(islice(source, BATCH)):
            matcher.find_batch(batch)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def wait_and_search(barrier: Barrier, took: Queue[float], rounds: int) -> None:
    """Search the texts while others do the same; tell the processor's seconds of each round."""
    everything = list(texts())
    matcher = Matcher(dictionary_words(), ALL)
    matcher.find_batch(everything[:1000])
    for _ in range(rounds):
        barrier.wait()
        began = time.process_time()
        matcher.find_batch(everything)
        took.put(time.process_time() - began)


def seconds_of(processes: int, rounds: int) -> float:
    """Return how long processes side by side take, each for all texts; the best round."""
    context = multiprocessing.get_context("spawn")
    barrier, took = context.Barrier(processes), context.Queue()
    running = [
        context.Process(target=wait_and_search, args=(barrier, took, rounds))
        for _ in range(processes)
    ]
    for process in running:
        process.start()
    found = [took.get() for _ in range(processes * rounds)]
    for process in running:
        process.join()
    return min(max(found[n : n + processes]) for n in range(0, len(found), processes))


def in_a_process(times: int) -> float:
    """Return `peak_megabytes` of a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(peak_megabytes, (times,))


def main() -> None:
    """Measure and print."""
    console = Console()
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    everything = list(texts())
    for title, patterns, more in (
        ("words of the rules", rule_words(), {"all rules": all_rules()}),
        ("words of the dictionary", dictionary_words(), {}),
    ):
        found = speeds(patterns, everything, rounds, more)
        table = Table(title=f"{len(patterns):,} {title}, {len(everything):,} texts")
        for name in ("", "MB/s", "of daachorse", "of pyahocorasick", "of google-re2"):
            table.add_column(name, justify="right" if name else "left")
        for name, speed in found.items():
            ratios = (speed / found[peer] for peer in list(found)[:3])
            table.add_row(name, f"{speed:.1f}", *(f"{ratio:.2f}" for ratio in ratios))
        console.print(table)
    once, often = in_a_process(1), in_a_process(10)
    console.print(f"most memory, texts once and ten times: {once:.0f} MB, {often:.0f} MB")
    console.print(
        f"two processes do {2 * seconds_of(1, rounds) / seconds_of(2, rounds):.2f} as much"
    )


if __name__ == "__main__":
    main()
