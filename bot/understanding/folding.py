"""What people write one way or another, written one way. Pure."""

import re
import unicodedata

# Longer than any wish; what follows would only cost time.
TEXT_MAX = 300
_DIGITS = re.compile(r"\d+")
_LONG = re.compile(r"(.)\1{2,}")
_ONE_LETTER = (
    str.maketrans("أإآىةё", "اااىهе")
    | str.maketrans("ى", "ي")
    | dict.fromkeys([*range(0x64B, 0x660), 0x670, 0x640, 0xFE0F, 0x200D])
)


def folded(text: str) -> str:
    """The text without what people write one way or another: case, width, vowel marks, kinds of alef, numbers, hellooo."""
    told = unicodedata.normalize("NFKC", text[:TEXT_MAX])[:TEXT_MAX].casefold().translate(_ONE_LETTER)
    return _LONG.sub(r"\1\1", _DIGITS.sub("0", told))
