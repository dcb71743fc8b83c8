"""A linear classifier in plain Python: a few arrays, read from JSON; what trained it is `training`."""

import gzip
import json
import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.understanding.grams import grams, key, spelling, weight

RARITY_UNIT = 16


@dataclass(frozen=True)
class Classifier:
    """Which labels a text may have. Rows of weights by the key of a piece, in arrays: 3 MB where dicts would take 60."""

    labels: tuple[str, ...]
    keys: "array[int]"  # sorted
    rarity: "array[int]"  # in 1/16
    starts: "array[int]"  # of a key's row in the two below; one more than there are keys
    classes: "array[int]"
    values: "array[int]"
    unit: float
    bias: tuple[float, ...]
    sharpness: float

    @classmethod
    def read(cls, told: dict[str, Any]) -> "Classifier":
        """From what `write` wrote."""
        keys, starts = array("I"), array("I", [0])
        at = 0
        for step in told["keys"]:
            at += step
            keys.append(at)
        for size in told["sizes"]:
            starts.append(starts[-1] + size)
        return cls(
            labels=tuple(told["labels"]),
            keys=keys,
            rarity=array("B", told["rarity"]),
            starts=starts,
            classes=array("B", told["classes"]),
            values=array("b", told["values"]),
            unit=told["unit"],
            bias=tuple(told["bias"]),
            sharpness=told["sharpness"],
        )

    def write(self) -> dict[str, Any]:
        """As JSON: keys by the step from one to the next, rows by their size."""
        return {
            "labels": list(self.labels),
            "keys": [two - one for one, two in zip([0, *self.keys], self.keys, strict=False)],
            "rarity": list(self.rarity),
            "sizes": [two - one for one, two in zip(self.starts, self.starts[1:], strict=False)],
            "classes": list(self.classes),
            "values": list(self.values),
            "unit": self.unit,
            "bias": list(self.bias),
            "sharpness": self.sharpness,
        }

    def margins(self, text: str) -> list[float]:
        """How far the text is on each label's side, in the order of `labels`."""
        total = [0.0] * len(self.labels)
        square = 0.0
        starts, classes, values = self.starts, self.classes, self.values
        for gram, times in grams(text).items():
            at = self._place(gram)
            if at is None:
                continue
            value = weight(times) * self.rarity[at] / RARITY_UNIT
            square += value * value
            for place in range(starts[at], starts[at + 1]):
                total[classes[place]] += values[place] * value
        scale = self.unit / math.sqrt(square) if square else 0.0
        return [bias + scale * one for bias, one in zip(self.bias, total, strict=True)]

    def known(self, text: str) -> float:
        """Which share of the text's letters is in words that were learnt; 1 for a text without words."""
        known = letters = 0.0
        for length, pieces in spelling(text):
            letters += length
            known += length * sum(self._place(piece) is not None for piece in pieces) / len(pieces)
        return known / letters if letters else 1.0

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Every label with its probability, the likeliest first."""
        probabilities = softmax(self.margins(text), self.sharpness)
        return sorted(zip(self.labels, probabilities, strict=True), key=lambda one: -one[1])

    def _place(self, gram: str) -> int | None:
        number = key(gram)
        at = bisect_left(self.keys, number)
        return at if at < len(self.keys) and self.keys[at] == number else None


def softmax(margins: Sequence[float], sharpness: float) -> list[float]:
    """Margins as probabilities that sum to one."""
    most = max(margins)
    powers = [math.exp(sharpness * (margin - most)) for margin in margins]
    whole = sum(powers)
    return [power / whole for power in powers]


def load(path: Path) -> Classifier:
    """Read weights. Raises OSError or ValueError."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return Classifier.read(json.load(file))


def save(classifier: Classifier, path: Path) -> None:
    """Write weights, the same bytes for the same weights."""
    told = json.dumps(classifier.write(), ensure_ascii=False, separators=(",", ":"))
    with path.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(told.encode())
