"""What things are called at the desk."""

from babel.dates import format_timedelta

from storefront.kernel.texts import Texts


def view(texts: Texts, name: str) -> str:
    """A view of the queue."""
    _ = texts.gettext
    return {
        "mine": _("Mine"),
        "free": _("Nobody's"),
        "all": _("All"),
        "approve": _("To agree to"),
        "snoozed": _("Put off"),
        "ended": _("Ended"),
    }[name]


def state(texts: Texts, name: str) -> str:
    """How a case stands, to those who work here."""
    _ = texts.gettext
    return {
        "draft": _("not sent yet"),
        "open": _("with us"),
        "waiting": _("waits for the customer"),
        "returning": _("waits for the goods"),
        "decided": _("settled"),
        "refused": _("refused"),
        "closed": _("closed"),
    }[name]


def reason(texts: Texts, name: str | None) -> str:
    """Why a customer writes, to those who work here."""
    _ = texts.gettext
    return {
        "missing": _("not arrived"),
        "late": _("late"),
        "damaged": _("damaged"),
        "wrong": _("wrong item"),
        "described": _("not as described"),
        "mind": _("changed mind"),
        "mistake": _("ordered by mistake"),
        "other": _("something else"),
    }.get(name or "other", name or "")


def wish(texts: Texts, name: str | None) -> str:
    """What she wants, to those who work here."""
    _ = texts.gettext
    return {
        "refund": _("wants it back"),
        "replace": _("wants another one"),
        "partial": _("keeps it for less"),
        "answer": _("wants an answer"),
    }.get(name or "answer", "")


def decision(texts: Texts, kind: str, state_: str) -> str:
    """What was decided, and how far it is."""
    _ = texts.gettext
    kinds = {
        "refund": _("Pieces given back"),
        "sum": _("A sum given back"),
        "replace": _("Other pieces sent"),
        "refuse": _("Refused"),
    }
    states = {
        "proposed": _("somebody has to agree"),
        "returning": _("waits for the goods"),
        "done": _("done"),
        "declined": _("not done"),
    }
    return f"{kinds[kind]} · {states[state_]}"


def lasting(texts: Texts, seconds: int) -> str:
    """How long something took, in its largest unit."""
    return format_timedelta(seconds, granularity="minute", threshold=1.2, locale=texts.locale)
