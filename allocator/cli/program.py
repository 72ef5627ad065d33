"""The program: gathers the verbs and turns errors into words and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points, version

import click

from allocator.cli.terminal import EXIT_FAULTS, EXIT_NO_PLAN, complain, print_document
from allocator.errors import AllocatorError, NoPlanError

__all__ = ["main", "program"]

EPILOG = """\b
Examples
  allocator plan guangxi -o plan.xlsx         the whole job on the shipped Guangxi case
  allocator datasets guangxi -o case.xlsx     take the case as a workbook, change it, then
  allocator check case.xlsx                   see every fault at once, and
  allocator plan case.xlsx -o plan.xlsx       plan again
  allocator replan case.xlsx --plan plan.xlsx --changes changes.xlsx -o new.xlsx
  allocator verify case.xlsx plan.xlsx        replay the result without the models
  allocator explain case.xlsx --plan plan.xlsx  say why need stays unmet and what repairs it
  allocator orders case.xlsx plan.xlsx -o out print orders: manifests, arrivals, docks, sign-offs

Exit codes: 0 done; 1 the input has faults, or the answer is no; 2 wrong usage;
3 stopped at a limit without any plan."""


VERBS = {
    "template": "cases",
    "datasets": "cases",
    "check": "cases",
    "place": "solves",
    "dispatch": "solves",
    "plan": "solves",
    "replan": "replan",
    "worth": "worth",
    "verify": "review",
    "orders": "orders",
    "explain": "explain",
    "worker": "service",
    "keys": "keys",
    "audit": "audit",
}
"""Module of each verb, in the order of ``--help``."""

VERBS_FROM_ABOVE = "allocator.verbs"
"""Entry points of verbs that belong to packages above this one, such as the server's."""


class VerbGroup(click.Group):
    """Imports a verb when it is asked for, so that ``check`` does not wait for the solver."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the verbs in the order in which a planner meets them."""
        return [*VERBS, *entry_points(group=VERBS_FROM_ABOVE).names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return one verb, importing its module."""
        if cmd_name not in VERBS:
            above = entry_points(group=VERBS_FROM_ABOVE, name=cmd_name)
            found: click.Command | None = next((one.load() for one in above), None)
            return found
        module = import_module(f"allocator.cli.{VERBS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=VerbGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("reserve-allocator"), prog_name="allocator")
def program() -> None:
    """Say where emergency reserves are kept, and who drives what where in 48 hours.

    CASE is a workbook, a folder of CSV files (one per sheet), a JSON file, or the name of a
    shipped data set; settings can be changed on the way: guangxi?objective=social.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave with its exit code."""
    try:
        code = program.main(args=arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("stopped by the user", err=True)
        sys.exit(130)
    except AllocatorError as error:
        complain(error)
        given = sys.argv[1:] if arguments is None else arguments
        if "--json" in given:
            # Imported here: with its tables it takes a second that --help need not wait.
            from allocator.documents import error_document

            print_document(error_document(error))
        sys.exit(EXIT_NO_PLAN if isinstance(error, NoPlanError) else EXIT_FAULTS)
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {what}{error.strerror or error}. Maybe choose another file.", err=True)
        sys.exit(EXIT_FAULTS)
    # Without standalone mode click hands back the code of Context.exit, else what a verb returns.
    sys.exit(code if isinstance(code, int) else 0)
