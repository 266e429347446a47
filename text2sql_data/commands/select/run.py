"""Let a selector choose one of K."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.selection.language.asking import Judge
    from text2sql_data.selection.model import Selector
    from text2sql_data.selection.running import Selected

METHODS = (
    "first",
    "random",
    "majority",
    "weighted",
    "rules",
    "features",
    "pointwise",
    "pairwise",
    "listwise",
    "reward_model",
)
_ASKING = METHODS[-4:]


def _settings(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in value:
        name, equals, said = text.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE", ctx, param)
        found[name] = said
    return found


def see(done: "Selected", gate: str) -> str:
    """How to see the figures of what was chosen."""
    import shlex

    under = "" if gate == "exec_ok" else f" --gate {gate}"
    return f"See the figures with: t2s eval --run {shlex.quote(done.runs[0])} --selector {shlex.quote(done.name)}{under}"


@click.command()
@click.argument("method", type=click.Choice(METHODS))
@click.option("--run", "runs", multiple=True, required=True, help="Choose for this run; repeatable.")
@click.option(
    "--gate",
    type=click.Choice(["exec_ok", "critique", "always"]),
    default="exec_ok",
    show_default=True,
    help="Which SQL of a sample is its final answer: see t2s eval.",
)
@click.option("--name", help="Name in figures; that of the method if not given.")
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="YAML file with the method's parameters."
)
@click.option("--set", "settings", multiple=True, callback=_settings, metavar="NAME=VALUE", help="One parameter; repeatable.")
@click.option("--model", help="For features: the fitted model, as name@version (t2s select fit).")
@click.option(
    "--allow",
    type=click.Choice(["nothing", "databases", "questions"]),
    default="nothing",
    show_default=True,
    help="What the run may share with what a model of the lake was trained on. What is shared is marked.",
)
@click.option(
    "--curve",
    "draws",
    type=click.IntRange(1),
    is_flag=False,
    flag_value=8,
    default=None,
    metavar="[DRAWS]",
    help="Choose also among k of the answers, for every k below K, so many draws each (8 when none is given): for curves.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be chosen, and how many prompts would be asked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def run(
    address: Address,
    method: str,
    runs: tuple[str, ...],
    gate: str,
    name: str | None,
    config: Path | None,
    settings: dict[str, str],
    model: str | None,
    allow: str,
    draws: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Choose one of the final answers of every question of a run, and keep the scores and the choice in the lake.

    Nothing is chosen twice: the command does what is missing, and chooses again where what the selector sees has changed. The
    methods pointwise, pairwise, listwise and reward_model ask a language model, which their configuration says how to reach; no
    prompt is asked twice.

    \b
    Example:
      t2s select run majority --run sft_vf
      t2s select run weighted --run sft_vf --set by=confidence --name confident --curve
      t2s select run features --run new_run --model features@1
      t2s select run pointwise --run sft_vf --config docs/selectors/pointwise.yaml --set result.rows=10 --dry-run
    """
    import store
    from store import output
    from store.progress import bar
    from text2sql_data.selection import running
    from text2sql_data.selection.opening import open_fitted, open_plain, read_parameters

    if model is not None and method != "features":
        raise click.UsageError(f"--model is for features; {method} has none.")
    parameters = read_parameters(config, settings)
    judge: Judge | None = None
    selector: Selector
    with contextlib.ExitStack() as stack:
        lake = stack.enter_context(store.open(address, create=False))
        progress = stack.enter_context(bar("choosing", None, unit="calls" if method in _ASKING else "questions"))
        if method in _ASKING:
            from text2sql_data.selection.language.opening import open_language

            folder = config.parent if config else Path()
            opened = open_language(
                lake, method, parameters, folder=folder, advance=progress, estimate=dry_run, runs=runs, allow=allow
            )
            selector, judge = stack.enter_context(opened)
            progress = _ignored
        elif method == "features":
            selector = open_fitted(lake, model, runs, gate, allow)
            name = name or selector.model
        else:
            selector = open_plain(method, parameters)
        done = running.run(
            lake,
            selector,
            runs,
            gate=gate,
            name=name,
            draws=draws or 0,
            progress=progress,
            arguments=sys.argv[1:],
            dry_run=dry_run,
        )
    if as_json:
        calls = {} if judge is None else {"calls": judge.summary()}
        output.json_line({**done._asdict(), "selector": str(done.selector), **calls})
    else:
        _say(done, judge, gate, dry_run=dry_run)
    if judge is not None and judge.failures:
        raise click.exceptions.Exit(1)


def _ignored(_: int) -> None:
    pass


def _say(done: "Selected", judge: "Judge | None", gate: str, *, dry_run: bool) -> None:
    from store import output

    there = done.questions - done.added
    said = f"{done.added:,} {'to choose for' if dry_run else 'chosen'}" + (f", {there:,} were there" if there else "")
    ties = f"; {done.tied:,} by a tie-break" if done.tied else ""
    click.echo(f"{done.name}: {done.questions:,} questions of {', '.join(done.runs)}: {said}{ties}.")
    if judge is not None:
        click.echo(judge.told())
    for reason, n in done.reasons.items():
        output.note(f"{n:,} questions: {reason}")
    if judge is not None and judge.failures:
        kinds = ", ".join(f"{n:,} {kind}" for kind, n in judge.failures.items())
        output.note(f"warning: calls failed ({kinds}), the last one: {judge.failed}")
        output.note("The same command asks them again.")
    if done.added and not dry_run:
        output.note(see(done, gate))
