"""Teaching the classifier with scikit-learn, which the running shop does not need: import this where it is used."""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.understanding.classifier import RARITY_UNIT, Classifier, softmax
from bot.understanding.grams import grams, key, weight

PHRASES = Path(__file__).with_name("phrases")
LANGUAGES = ("en", "zh_Hans", "ru", "ar")
Rank = Callable[[str], Sequence[tuple[str, float]]]
_VALUE_MAX = 127
_FOLDS = 5


@dataclass(frozen=True)
class Score:
    """How well texts were told apart; shares from 0 to 1."""

    accuracy: float
    macro_f1: float
    top3: float


def phrases(folder: Path = PHRASES, languages: Collection[str] = LANGUAGES) -> list[tuple[str, str]]:
    """(text, intent) of the files of a folder; `PHRASES / "test"` is what is never learnt from."""
    return [
        (text, intent)
        for language in languages
        for intent, _, text in (
            line.partition("\t") for line in (folder / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
        )
    ]


def train(examples: Sequence[tuple[str, str]], *, pieces_max: int = 60_000, weight_min: float = 0.01) -> Classifier:
    """A classifier of these (text, label), the same for the same examples.

    Learnt twice: once with every piece that occurs, then with the `pieces_max` that decide the most. Weights smaller
    than `weight_min` of the greatest are left out. Wants scikit-learn.
    """
    texts, labels = [text for text, _ in examples], [label for _, label in examples]
    rows = [{key(gram): weight(times) for gram, times in grams(text).items()} for text in texts]
    model, columns = _fit(_matrix(rows, _rarity(rows)), labels), _columns(rows)
    strength = abs(model.coef_).max(axis=0)
    kept = sorted(columns[place] for place in strength.argsort(kind="stable")[::-1][:pieces_max])
    known = set(kept)
    rows = [{number: value for number, value in row.items() if number in known} for row in rows]
    rarity = _rarity(rows)
    model = _fit(_matrix(rows, rarity), labels)
    sharpness = _sharpness(_matrix(rows, rarity), labels)
    return _packed(model, _columns(rows), rarity, sharpness, weight_min)


def score(rank: Rank, examples: Iterable[tuple[str, str]]) -> Score:
    """How well texts are told apart that were not learnt from."""
    from sklearn.metrics import f1_score  # noqa: PLC0415

    told = [(label, [name for name, _ in rank(text)[:3]]) for text, label in examples]
    right = [label for label, _ in told]
    return Score(
        accuracy=sum(label == ranked[0] for label, ranked in told) / len(told),
        macro_f1=float(f1_score(right, [ranked[0] for _, ranked in told], average="macro", zero_division=0)),
        top3=sum(label in ranked for label, ranked in told) / len(told),
    )


def _columns(rows: Sequence[dict[int, float]]) -> list[int]:
    return sorted({number for row in rows for number in row})


def _rarity(rows: Sequence[dict[int, float]]) -> dict[int, int]:
    """What is in every text says nothing: the logarithm of the share of texts that have a piece, in 1/16."""
    import numpy as np  # noqa: PLC0415

    columns = _columns(rows)
    place = {number: at for at, number in enumerate(columns)}
    times = np.bincount([place[number] for row in rows for number in row], minlength=len(columns))
    told = np.log((1 + len(rows)) / (1 + times)) + 1
    return dict(zip(columns, np.minimum(np.rint(told * RARITY_UNIT), 255).astype(int).tolist(), strict=True))


def _matrix(rows: Sequence[dict[int, float]], rarity: dict[int, int]) -> Any:
    import numpy as np  # noqa: PLC0415
    from scipy.sparse import csr_matrix  # noqa: PLC0415
    from sklearn.preprocessing import normalize  # noqa: PLC0415

    place = {number: at for at, number in enumerate(rarity)}
    indices = [place[number] for row in rows for number in row]
    values = [value * rarity[number] / RARITY_UNIT for row in rows for number, value in row.items()]
    starts = np.cumsum([0, *(len(row) for row in rows)])
    return normalize(csr_matrix((values, indices, starts), shape=(len(rows), len(place))))


def _fit(matrix: Any, labels: Sequence[str]) -> Any:
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    # Half-way to balanced: what is said of rare wishes counts for more, and what is said most often is still likely.
    times = Counter(labels)
    shares = {label: (len(labels) / len(times) / number) ** 0.5 for label, number in times.items()}
    return LinearSVC(C=1.0, class_weight=shares, random_state=0).fit(matrix, labels)


def _sharpness(matrix: Any, labels: Sequence[str]) -> float:
    """What makes probabilities of margins: the one number under which texts that were not learnt from are likeliest."""
    import numpy as np  # noqa: PLC0415
    from sklearn.model_selection import KFold  # noqa: PLC0415

    told = np.array(labels)
    margins: list[tuple[list[float], int]] = []
    for learnt, held in KFold(_FOLDS, shuffle=True, random_state=0).split(matrix):
        model = _fit(matrix[learnt], told[learnt])
        place = {label: at for at, label in enumerate(model.classes_)}
        for row, label in zip(model.decision_function(matrix[held]), told[held], strict=True):
            if label in place:
                margins.append((row.tolist(), place[label]))
    tried = [step / 2 for step in range(2, 25)]
    surprise = [sum(-np.log(max(softmax(row, one)[right], 1e-9)) for row, right in margins) for one in tried]
    return tried[int(np.argmin(surprise))]


def _packed(
    model: Any, columns: Sequence[int], rarity: dict[int, int], sharpness: float, weight_min: float
) -> Classifier:
    import numpy as np  # noqa: PLC0415

    unit = float(abs(model.coef_).max()) / _VALUE_MAX
    whole = np.rint(model.coef_.T / unit).astype(int)
    whole[abs(whole) < weight_min * _VALUE_MAX] = 0
    keys, starts, classes, values, rare = array("I"), array("I", [0]), array("B"), array("b"), array("B")
    for number, row in zip(columns, whole, strict=True):
        there = np.flatnonzero(row)
        keys.append(number)
        rare.append(rarity[number])
        classes.extend(there.tolist())
        values.extend(row[there].tolist())
        starts.append(len(classes))
    return Classifier(
        labels=tuple(str(label) for label in model.classes_),
        keys=keys,
        rarity=rare,
        starts=starts,
        classes=classes,
        values=values,
        unit=unit,
        bias=tuple(round(float(one), 5) for one in model.intercept_),
        sharpness=sharpness,
    )


if __name__ == "__main__":
    from bot.understanding import WEIGHTS
    from bot.understanding.classifier import save

    save(train(phrases()), WEIGHTS)
