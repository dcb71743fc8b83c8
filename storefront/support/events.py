"""What happens to cases that others care about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CaseFact:
    """Something happened to a case; `person_id` is the customer whose it is."""

    case_id: int
    person_id: int


class CaseOpened(CaseFact):
    """A case is with us now: new, reopened, or appealed against."""


class CustomerSaid(CaseFact):
    """She wrote, and waits for our answer."""


class CaseAnswered(CaseFact):
    """Somebody here answered her; she waits no more."""


class CasePaused(CaseFact):
    """It waits for her, for goods that come back, or for a time."""


class CaseTaken(CaseFact):
    """Somebody here has it now, or nobody any more."""


class DecisionProposed(CaseFact):
    """A second person has to agree."""


class CaseEnded(CaseFact):
    """It is decided, refused or closed."""


class PhotoCame(CaseFact):
    """A photo that she sent is here."""
