"""Who may sign in, and what is refused. Pure."""

from storefront.kernel import clock
from storefront.kernel.errors import N_, Refusal

PASSWORD_MIN = 10
INVITED_MS = 3 * clock.DAY
# A session ends when nobody was there so long, and after a working day in any case.
IDLE_MS = 2 * clock.HOUR
SESSION_MS = 12 * clock.HOUR
TRIES_EACH, TRIES_FROM, TRIES_WITHIN_MS = 10, 50, 15 * clock.MINUTE


class LoginTaken(Refusal):
    """Two people do not sign in by one name."""

    text = N_("Somebody has the login %(login)s, or had it. Choose another one.")


class WrongSignIn(Refusal):
    """Login, password or code are wrong: which of them is not told."""

    text = N_("That does not fit together. Check login, password and code, and try again.")


class TooManySignIns(Refusal):
    """Passwords are not guessed here."""

    text = N_("Too many tries. Wait a quarter of an hour, then try again.")


class WeakPassword(Refusal):
    """A password that is guessed too soon."""

    text = N_("A password has at least %(least)s characters. A few words that nobody says together are best.")


class WrongInvitation(Refusal):
    """The invitation is unknown, used or too old."""

    text = N_("This invitation does not work any more. Ask for a new one.")


class WrongCode(Refusal):
    """The one-time code is not the one that counts now."""

    text = N_("That is not the code of this moment. Type the one that your app shows now.")


def must_be_strong(password: str) -> None:
    """Refuse a short password. Raises WeakPassword."""
    if len(password) < PASSWORD_MIN:
        raise WeakPassword(least=PASSWORD_MIN)
