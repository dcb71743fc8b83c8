"""A model of the shop and the shop itself, driven side by side by Hypothesis, on either database.

The machine opens the database that its `opened()` names, and keeps what must be closed on its `_stack`.
"""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support import tools


def run_on_sqlite(machine: Any, template: Any, *, examples: int, steps: int) -> None:
    """So many runs of so many steps, each on a fresh file."""

    class OnSqlite(machine):
        def opened(self) -> str:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            return str(template.copy_to(folder))

    run_state_machine_as_test(OnSqlite, settings=_settings(examples, steps))


def run_on_postgres(machine: Any, templates: Any, *, examples: int, steps: int) -> None:
    """So many runs of so many steps, each on a fresh database; told as missing where there is no server."""
    if templates is None:
        tools.missing("PostgreSQL", "install Debian's `postgresql`, or set PG_BIN")

    class OnPostgres(machine):
        def opened(self) -> str:
            return str(self._stack.enter_context(templates.copy()))

    run_state_machine_as_test(OnPostgres, settings=_settings(examples, steps))


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # Making a failure smaller takes longer than a test may last.
        phases=[Phase.generate],
    )
