"""Understanding what is typed: which of the shop's wishes a sentence is, in four languages, in plain Python.

Trained beforehand (`training`, with scikit-learn); the weights are read when the first sentence comes.
"""

from functools import lru_cache
from pathlib import Path

from bot.understanding.classifier import Classifier, load
from bot.understanding.folding import TEXT_MAX
from bot.understanding.redacting import redacted
from bot.understanding.wishes import ASIDE, INTENTS, Decision, Part, Understood, decide, forbidden
from bot.understanding.wishes import understand as understand_by

__all__ = [
    "ASIDE",
    "INTENTS",
    "OWN_WEIGHTS",
    "TEXT_MAX",
    "WEIGHTS",
    "Decision",
    "Part",
    "Understood",
    "classifier",
    "decide",
    "forbidden",
    "redacted",
    "understand",
    "understand_by",
]

WEIGHTS = Path(__file__).with_name("weights.json.gz")
# What `pindan understanding train` writes into the shop's data folder; it counts before what we ship.
OWN_WEIGHTS = "understanding.json.gz"


def understand(text: str, data_dir: Path | None = None) -> Understood:
    """What a message asks for, by the shop's own weights where it has trained any, else by those that are shipped."""
    return understand_by(text, classifier(data_dir))


def classifier(data_dir: Path | None = None) -> Classifier:
    """The classifier that counts in a shop; new weights count from the next message on."""
    own = data_dir / OWN_WEIGHTS if data_dir is not None else None
    if own is not None and own.exists():
        return _read(own, own.stat().st_mtime_ns)
    return _read(WEIGHTS, 0)


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> Classifier:
    return load(path)
