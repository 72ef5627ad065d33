"""The program: gathers the verbs and turns errors into words and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points, version

import click

from allocator.cli.terminal import EXIT_FAULTS, EXIT_NO_PLAN, complain, print_document
from allocator.collection import no_collection
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
  allocator coordination guangxi --scenario mujigae2015 -o delays.xlsx   what late signatures cost
  allocator compare plan.xlsx new.xlsx --case case.xlsx -o diff.xlsx   what differs

Exit codes: 0 done; 1 the input has faults, or the answer is no; 2 wrong usage;
3 stopped at a limit without any plan."""


VERBS = {
    "template": ("cases", "Write an empty workbook with drop-downs, units, help and example rows."),
    "datasets": (
        "cases",
        "List the shipped cases, or export one as a workbook, CSV folder or JSON file.",
    ),
    "check": ("cases", "Name every fault and warning of a case in one pass, with sheet and cell."),
    "place": ("solves", "Decide where to keep which reserves."),
    "dispatch": ("solves", "Plan the trips of one scenario, hour by hour."),
    "plan": (
        "solves",
        "Do the main job: place the reserves, then dispatch every scenario from them.",
    ),
    "replan": (
        "replan",
        "Plan the trips of one scenario anew, from an hour on, after things have changed.",
    ),
    "worth": ("worth", "Say what planning with the model is worth."),
    "verify": ("review", "Replay a result workbook against its case, without the models."),
    "orders": ("orders", "Turn the trips of a result workbook into orders people can act on."),
    "explain": (
        "explain",
        "Say why need stays unmet, what would repair it, and why this warehouse.",
    ),
    "coordination": (
        "coordination",
        "Say what every late signature costs, who answers for it, and which one to change first.",
    ),
    "drill": (
        "drill",
        "Rehearse a failure: sectors, sign-offs, added cost, and what to harden first.",
    ),
    "compare": (
        "compare",
        "Compare result workbooks: what differs in their inputs, then in the plans.",
    ),
    "worker": (
        "service",
        "Add a worker to a service: it takes runs from the same database and solves them.",
    ),
    "keys": (
        "keys",
        "Make, list and revoke the keys that people and programs use the service with.",
    ),
    "audit": (
        "audit",
        "Look at the audit log: who did what and when; and whether it is as it was written.",
    ),
    "backup": (
        "backup",
        "Copy the database of a service into one file while it is in use; check the copy.",
    ),
    "restore": ("backup", "Bring the database of a service back from a backup."),
}
"""Module of each verb, and how its help begins, in the order of ``--help``."""

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
        with no_collection():
            module = import_module(f"allocator.cli.{VERBS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each verb does without importing any of this package."""
        rows = [(verb, about) for verb, (_, about) in VERBS.items()]
        for verb in entry_points(group=VERBS_FROM_ABOVE).names:
            command = self.get_command(ctx, verb)
            if command is not None:
                rows.append((verb, command.get_short_help_str(limit=200)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


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
