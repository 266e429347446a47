"""Build pins again and compare; exit code 3 when anything differs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from text2sql_data.datasets.lockfile import Mismatch
    from text2sql_data.datasets.pinning import Verification


@click.command()
@click.argument("refs", metavar="[REF]...", nargs=-1)
@click.option("--lock", type=click.Path(path_type=Path, dir_okay=False), help="Compare with this lock file as well.")
@click.option(
    "--examples", type=click.IntRange(0), default=3, show_default=True, help="Show so many differing rows of each kind."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a pin, and one a mismatch with the lock file.")
@click.pass_context
def verify(ctx: click.Context, refs: tuple[str, ...], lock: Path | None, examples: int, as_json: bool) -> None:
    """Prove pins: digest their rows anew, build them again from their snapshots, and compare. Exit code 3 when anything differs.

    Without REF all pins of the lock file, or without one all pins of the lake.

    \b
    Example:
      t2s pin verify --lock pins.lock
    """
    import store
    from store import pins
    from store.progress import busy
    from text2sql_data.datasets import lockfile, pinning

    with store.open(ctx.obj, create=False) as lake:
        locked = {} if lock is None else lockfile.read(lock)
        known = [pin.ref for pin in pins.pins(lake)]
        asked = [pins.find(lake, ref).ref for ref in refs] or [ref for ref in (locked or known) if ref in known]
        entries = {ref: entry for ref, entry in locked.items() if not refs or ref in asked}
        mismatches = lockfile.mismatches(lake, entries)
        if lock is not None:
            mismatches += [lockfile.Mismatch(ref, "pin", "not in the lock file", "there") for ref in asked if ref not in locked]
        for mismatch in mismatches:
            _say_mismatch(mismatch, as_json=as_json)
        failed = bool(mismatches)
        disagreeing = {mismatch.ref for mismatch in mismatches}
        for ref in dict.fromkeys(asked):
            with busy(f"building {ref} again"):
                done = pinning.verify(lake, ref, examples=examples)
            failed = failed or not done.holds
            _say(done, locked=ref not in disagreeing, as_json=as_json)
    if not asked and not failed:
        from store import output

        output.note("There is no pin to verify.")
    if failed:
        ctx.exit(3)


def _say_mismatch(mismatch: "Mismatch", *, as_json: bool) -> None:
    from store import output

    if as_json:
        output.json_line({"mismatch": mismatch._asdict()})
    else:
        click.echo(
            output.visible(f"{mismatch.ref}: {mismatch.what} is {mismatch.locked} in the lock file, {mismatch.lake} in the lake.")
        )


def _say(done: "Verification", *, locked: bool, as_json: bool) -> None:
    """Say what became of a pin; `locked` unless the lock file says something else of it."""
    from store import output
    from text2sql_data.commands.pin.diff import as_dict, say

    if as_json:
        comparison = None if done.comparison is None else as_dict(done.comparison)
        differences = [difference._asdict() for difference in done.differences]
        output.json_line({**done._asdict(), "holds": done.holds, "comparison": comparison, "differences": differences})
        return
    if done.holds:
        order = " (the order within a split is another one)" if done.comparison and done.comparison.reordered else ""
        state = "holds" if locked else "rebuilds to its digest, but the lock file does not agree"
        click.echo(f"{done.ref}: {state}. sha256 {done.digest}{order}")
    else:
        click.echo(f"{done.ref}: does not hold.")
    for what in (done.stored, done.problem):
        if what:
            click.echo(output.visible(what))
    if done.rebuilt is not None and done.rebuilt != done.digest:
        click.echo(f"pinned sha256 {done.digest}\nbuilt  sha256 {done.rebuilt}")
    if done.comparison is not None and done.comparison.differ:
        say(done.comparison)
    for difference in done.differences:
        changed = f"{difference.pinned or 'none'} when it was pinned, {difference.now or 'none'} now"
        note = click.echo if not done.holds else output.note
        note(output.visible(f"{difference.what} {difference.name}: {changed}"))
