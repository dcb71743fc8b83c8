"""What keeps a shop from opening, and a file from being taken in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from storefront.kernel.operator_files import BadFile


class CannotStart(Exception):
    """A setting cannot be kept; the message is a line for the operator that begins with its name."""


@contextmanager
def mistakes_of(file: Path) -> Iterator[None]:
    """Tell the operator each mistake of a file, a line each, and end the command with 2."""
    try:
        yield
    except BadFile as wrong:
        for line in wrong.lines:
            typer.echo(f"{file}: {line}", err=True)
        raise typer.Exit(2) from None
