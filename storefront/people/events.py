"""What happens to people that others care about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonWelcomed:
    """Somebody is here for the first time."""

    person_id: int


@dataclass(frozen=True)
class ContactKept:
    """A person told where she is called, or where something is sent."""

    person_id: int


@dataclass(frozen=True)
class PersonsJoined:
    """Two accounts turned out to be one person; what was the first's is now the second's."""

    from_person_id: int
    to_person_id: int


@dataclass(frozen=True)
class ConsentWithdrawn:
    """What was kept for a purpose goes."""

    person_id: int
    purpose: str
