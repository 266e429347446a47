"""Fit a selector over features, cross-fitted by database."""

import sys
from typing import TYPE_CHECKING

import click

from text2sql_data.commands.select.run import see

if TYPE_CHECKING:
    from text2sql_data.selection.fitting.fitting import Fit

_SHOWN = 15


@click.command()
@click.argument("name")
@click.option("--run", "runs", multiple=True, help="Fit on the final answers of this run; repeatable.")
@click.option("--pin", help="Fit on this pin of the kind selector_features instead, as name@version.")
@click.option("--also", multiple=True, help="Choose for this run as well, without fitting on it; repeatable.")
@click.option("--comparator", default="bird", show_default=True, help="Whose verdicts say what is right.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the verdicts.")
@click.option(
    "--gate",
    type=click.Choice(["exec_ok", "critique", "always"]),
    default="exec_ok",
    show_default=True,
    help="Which SQL of a sample is its final answer: see t2s eval.",
)
@click.option(
    "--estimator",
    type=click.Choice(["blend", "gradient_boosting", "logistic"]),
    default="blend",
    show_default=True,
    help="Estimator of scikit-learn; blend is the mean of both.",
)
@click.option("--folds", type=click.IntRange(2), default=10, show_default=True, help="Folds of databases at most.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of folds and estimator.")
@click.option("--importances", is_flag=True, help="Measure how much each feature matters; takes a minute.")
@click.option(
    "--curve",
    "draws",
    type=click.IntRange(1),
    is_flag=False,
    flag_value=8,
    default=None,
    metavar="[DRAWS]",
    help="Choose also among k of the answers, for curves: see t2s select run.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def fit(
    ctx: click.Context,
    name: str,
    runs: tuple[str, ...],
    pin: str | None,
    also: tuple[str, ...],
    comparator: str,
    gold_revision: str,
    gate: str,
    estimator: str,
    folds: int,
    seed: int,
    importances: bool,
    draws: int | None,
    as_json: bool,
) -> None:
    """Fit the selector NAME on features of candidates and verdicts about them, and let it choose for the same runs.

    The rows are pinned first. Every question is scored by a model that was fitted without its database, so that the figures of
    NAME are those of questions it has never seen. A model that was fitted on everything is kept for other runs: see
    t2s select run features.

    \b
    Example:
      t2s select fit features --run sft_vf --importances
      t2s eval --run sft_vf --selector features --interval
    """
    import store
    from store import output
    from store.progress import bar, busy
    from text2sql_data.selection.fitting import fitting

    if bool(runs) == (pin is not None):
        raise click.UsageError("Give either --run or --pin: what to fit on.")
    if pin is not None:
        for option in ("comparator", "gold_revision", "gate"):
            if ctx.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE:
                raise click.UsageError(f"--{option.replace('_', '-')} is that of the pin; leave it out with --pin.")
    with store.open(ctx.obj, create=False) as lake:
        if pin is None:
            with busy("computing features"):
                pin = fitting.pin_features(
                    lake,
                    f"{name}_rows",
                    runs,
                    comparator=comparator,
                    gold_revision=gold_revision,
                    gate=gate,
                    arguments=sys.argv[1:],
                )
        with bar("fitting", folds + 1, unit="models") as progress:
            done = fitting.fit(
                lake,
                name,
                pin,
                estimator=estimator,
                folds=folds,
                seed=seed,
                runs=also,
                draws=draws or 0,
                with_importances=importances,
                progress=progress,
                arguments=sys.argv[1:],
            )
    if as_json:
        output.json_line({**done._asdict(), "selected": {**done.selected._asdict(), "selector": str(done.selected.selector)}})
        return
    _say(done)


def _say(done: "Fit") -> None:
    from store import output

    click.echo(
        f"{done.model}: fitted on {done.pin}, {done.rows:,} answers of {done.databases} databases, "
        f"cross-fitted in {done.folds} folds."
    )
    calibration = done.calibration
    click.echo(
        f"Held-out probabilities: Brier {calibration['brier']:.4f}, log loss {calibration['log_loss']:.4f}, "
        f"expected calibration error {calibration['expected_calibration_error']:.4f}."
    )
    if done.importances:
        output.table(
            ["feature", "log loss, when shuffled"],
            [[str(one["feature"]), f"+{float(str(one['log_loss'])):.5f}"] for one in done.importances[:_SHOWN]],
            title="What matters most",
            right=[False, True],
        )
    selected = done.selected
    click.echo(f"{selected.name}: {selected.questions:,} questions of {', '.join(selected.runs)}: {selected.added:,} chosen.")
    output.note(f"{see(selected, done.gate)} --interval")
