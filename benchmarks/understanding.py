"""How well what is typed is understood: `python benchmarks/understanding.py --train FILE... --test FILE`, or the shop's own set.

CSV with a header: `sentence` or `text`, `label` or `intent`; a column `split`, where there is one, says what is for testing
(`--test-split`). Printed: accuracy and macro-F1 on what is in scope, the slow end of the time a text takes, and, where the
files have texts out of scope (NO_NODES_DETECTED, oos), how many of those are told when a tenth of the others is given up.
Without files: the frozen test of the shop's own set, by language, and bare product queries.
"""

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot import understanding
from bot.understanding import training

OUT_OF_SCOPE = frozenset({"NO_NODES_DETECTED", "oos"})
LOSS_MAX = 0.10
QUERIES = Path(__file__).parents[2] / "shared" / "data" / "search" / "queries.tsv"
Examples = list[tuple[str, str]]


def main(arguments: Sequence[str]) -> int:
    """Measure; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", nargs="+", type=Path, default=[])
    parser.add_argument("--test", type=Path)
    parser.add_argument(
        "--test-split", default="val", help="in a file with a column `split`: what its tests begin with"
    )
    told = parser.parse_args(arguments)
    if not told.train:
        own()
        return 0
    learnt = [one for path in told.train for one in read(path, told.test_split, test=False)]
    tested = read(told.test or told.train[0], told.test_split, test=True)
    began = time.perf_counter()
    classifier = training.train([one for one in learnt if one[1] not in OUT_OF_SCOPE])
    took = time.perf_counter() - began
    report((told.test or told.train[0]).stem, classifier.rank, tested)
    say("trained_in", took, "s")
    return 0


def read(path: Path, test_split: str, *, test: bool) -> Examples:
    """(text, label) of a file; of one with a column `split` only what is for testing, or only what is not."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and "split" in rows[0]:
        rows = [row for row in rows if (test_split in row["split"]) == test]
    return [(row.get("sentence") or row.get("text") or "", row.get("label") or row.get("intent") or "") for row in rows]


def report(name: str, rank: training.Rank, tested: Examples) -> None:
    """Print how well the texts of a test are told apart."""
    inside = [one for one in tested if one[1] not in OUT_OF_SCOPE]
    outside = [text for text, label in tested if label in OUT_OF_SCOPE]
    score = training.score(rank, inside)
    say(f"{name}_accuracy", score.accuracy, f"of {len(inside)}")
    say(f"{name}_macro_f1", score.macro_f1, "")
    say(f"{name}_among_three", score.top3, "")
    say(f"{name}_p95", p95_ms(rank, [text for text, _ in tested]), "ms")
    if outside:
        recall, loss = rejected(rank, [text for text, _ in inside], outside)
        say(f"{name}_out_of_scope_recall", recall, f"of {len(outside)}, {loss:.3f} of the others given up")


def rejected(rank: training.Rank, inside: Sequence[str], outside: Sequence[str]) -> tuple[float, float]:
    """Which share of `outside` is less likely than the least likely tenth of `inside`, and which share of that is given up."""
    sure = sorted(rank(text)[0][1] for text in inside)
    limit = sure[int(LOSS_MAX * len(sure))]
    told = sum(rank(text)[0][1] < limit for text in outside) / len(outside)
    return told, sum(one < limit for one in sure) / len(sure)


def p95_ms(rank: training.Rank, texts: Sequence[str]) -> float:
    """How long 95 of 100 texts take at most, of a processor that they have to themselves."""
    rank("")
    times = []
    for text in texts:
        began = time.thread_time()
        rank(text)
        times.append(time.thread_time() - began)
    return sorted(times)[int(0.95 * len(times))] * 1000


def own() -> None:
    """The shipped weights on the frozen test, by language; and where bare product queries go."""
    for language in training.LANGUAGES:
        report(f"own_{language}", _rank, training.phrases(training.PHRASES / "test", [language]))
    report("own", _rank, training.phrases(training.PHRASES / "test"))
    if not QUERIES.exists():
        sys.stdout.write(f"# no {QUERIES}: bare product queries are not measured\n")
        return
    queries = [line.split("\t")[1] for line in QUERIES.read_text(encoding="utf-8").splitlines()[1:]]
    elsewhere = [query for query in queries if understanding.decide(understanding.understand(query)).kind != "search"]
    say("product_queries_to_search", 1 - len(elsewhere) / len(queries), f"of {len(queries)}")


def _rank(text: str) -> Sequence[tuple[str, float]]:
    return understanding.understand(text).intents


def say(name: str, value: float, unit: str) -> None:
    """Print one figure."""
    sys.stdout.write(f"{name} {value:.3f} {unit}".rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
