"""What keeps a shop from opening."""


class CannotStart(Exception):
    """A setting cannot be kept; the message is a line for the operator that begins with its name."""
