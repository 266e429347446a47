"""`t2s`: finds its commands through entry points and imports none of them before it is used.

Data goes to stdout, progress and messages to stderr. Exit codes: 0 done, 1 an error with a hint, 2 wrong usage,
3 the check ran and said no, 130 interrupted.
"""

import ast
import errno
import sys
import traceback
import warnings
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

import click

from store.address import Address, parse
from store.errors import AddressError

GROUP = "text2sql_store.commands"


class LazyGroup(click.Group):
    """A group whose commands are entry points; the help of each is the first line of its module, read without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the work: the lake first, then from benchmark to figure."""
        return list(_entries())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the module of a command and give the command."""
        entry = _entries().get(cmd_name)
        if entry is None:
            return None
        command = entry.load()
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.value} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without importing them."""
        rows = [(name, _summary(entry)) for name, entry in _entries().items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class AddressType(click.ParamType[Address]):
    """Where a lake is; what cannot be one is wrong usage."""

    name = "address"

    def convert(self, value: str | Address, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """Read it."""
        try:
            return parse(value)
        except AddressError as error:
            self.fail(f"{error} {error.hint}", param, ctx)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option(
    "--lake",
    "address",
    type=AddressType(),
    default="lake",
    envvar="TEXT2SQL_LAKE",
    show_default=True,
    show_envvar=True,
    help="The lake: a folder, postgres://user@host/database, or the folder or https:// URL of a frozen one.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="text2sql-store", prog_name="t2s")
@click.pass_context
def cli(ctx: click.Context, address: Address, debug: bool) -> None:
    """A versioned store for Text-to-SQL candidates: executions, labels, and figures one can believe.

    \b
    Example:
      t2s benchmark add spider/dev.json --name spider_dev
      t2s import spider predictions/*.sql --benchmark spider_dev
      t2s execute
      t2s label
      t2s eval
    """
    ctx.obj = address
    ctx.meta["debug"] = debug


def main() -> None:
    """The entry point: run the command, and turn every expected error into one `error:` and one `hint:` line."""
    warnings.showwarning = _show_warning
    try:
        code = cli.main(standalone_mode=False)  # click gives the code of ctx.exit(code) back instead of raising it
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.Abort:
        sys.exit(_interrupted())
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_interrupted())
    except Exception as error:  # noqa: BLE001 - the last resort: whatever it is, the user gets one line and a hint
        sys.exit(_report(error))


def _report(error: Exception) -> int:
    """Say what was wrong and what to do; the exit code."""
    from store.errors import StoreError, remedy

    if isinstance(error, RuntimeError) and str(error) == "Query interrupted":  # Ctrl-C while DuckDB was at work
        return _interrupted()
    expected = isinstance(error, (StoreError, OSError, MemoryError))
    if "--debug" in sys.argv or not (expected or remedy(error)):
        traceback.print_exc()
    short = isinstance(error, MemoryError) or getattr(error, "errno", None) in {errno.ENOMEM, errno.ENOSPC}
    if (short or not expected) and (hint := remedy(error)):
        return _say(f"error: {str(error) or 'out of memory'}", hint, 1)
    if not expected:
        reads = type(error).__module__.partition(".")[0] in {"duckdb", "_duckdb"}
        hint = "Is the lake whole? See: t2s check. If it is, this is a defect; " if reads else "This is a defect; "
        return _say(f"error: {type(error).__name__}: {error}", f"{hint}please report the text above.", 1)
    return _say(f"error: {error}", getattr(error, "hint", ""), getattr(error, "exit_code", 1))


def _interrupted() -> int:
    return _say("error: interrupted; what was committed is kept", "Run the command again to go on.", 130)


def _say(error: str, hint: str, code: int) -> int:
    click.echo(error, err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
    return code


def _show_warning(
    message: Warning | str,
    category: type[Warning],  # noqa: ARG001 - showwarning's signature
    filename: str,  # noqa: ARG001 - showwarning's signature
    lineno: int,  # noqa: ARG001 - showwarning's signature
    file: TextIO | None = None,  # noqa: ARG001 - showwarning's signature
    line: str | None = None,  # noqa: ARG001 - showwarning's signature
) -> None:
    click.echo(f"warning: {message}", err=True)


def _entries() -> dict[str, EntryPoint]:
    """The commands by name, in the order in which they were declared."""
    found = entry_points(group=GROUP)
    return {entry.name: entry for entry in sorted(found, key=_order)}


def _order(entry: EntryPoint) -> tuple[int, str]:
    names = (
        "init",
        "demo",
        "benchmark",
        "import",
        "rollout",
        "execute",
        "label",
        "relabel",
        "gold",
        "critique",
        "pairs",
        "dataset",
        "pin",
        "train",
        "model",
        "loop",
        "export",
        "features",
        "select",
        "eval",
        "compare",
        "taxonomy",
        "power",
        "report",
        "sql",
        "schema",
        "log",
        "diff",
        "check",
        "lake",
    )
    return (names.index(entry.name), "") if entry.name in names else (len(names), entry.name)


def _summary(entry: EntryPoint) -> str:
    """The first line of a command's module docstring, read from its file."""
    spec = find_spec(entry.module)
    if spec is None or spec.origin is None:
        return ""
    text = ast.get_docstring(ast.parse(Path(spec.origin).read_bytes())) or ""
    return text.partition("\n")[0]
