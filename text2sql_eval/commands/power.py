"""Say how many questions a claimed gap needs, and what n questions can show."""

import click

_SHARES = (0.05, 0.1, 0.2)


@click.command()
@click.option("--gap", type=click.FloatRange(0, 100, min_open=True), required=True, help="The gap in points, such as 1.0.")
@click.option("--n", type=click.IntRange(1), help="Questions that there are.")
@click.option(
    "--discordant",
    type=click.FloatRange(0, 1, min_open=True),
    multiple=True,
    help="Share of questions that one run has right and the other wrong; repeatable; 0.05, 0.1 and 0.2 if not given.",
)
@click.option(
    "--power",
    "wanted",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.8,
    show_default=True,
    help="Power that is wanted.",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Level of the interval: 0.95 is a test at 0.05.",
)
@click.option("--clusters", type=click.IntRange(2), help="Databases that there are: few of them need more questions.")
@click.option(
    "--design-effect",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Variance by databases over variance by questions, as t2s compare prints it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def power(
    gap: float,
    n: int | None,
    discordant: tuple[float, ...],
    wanted: float,
    level: float,
    clusters: int | None,
    design_effect: float,
    as_json: bool,
) -> None:
    """Say how many questions a claimed gap needs, and with --n what that many can show.

    Two runs answer the same questions; the test is McNemar's. The share of questions on which they differ decides: t2s compare
    prints it as wins and losses.

    \b
    Example:
      t2s power --gap 1.0 --n 1524
      t2s power --gap 1.0 --n 1524 --discordant 0.08 --clusters 11 --design-effect 1.5
    """
    from store import output
    from text2sql_eval.statistics.power import Design, plan

    shares = discordant or [share for share in _SHARES if share >= gap / 100] or [1.0]
    plans = [(share, plan(Design(gap / 100, share, level, design_effect, clusters), wanted, n)) for share in shares]
    if as_json:
        asked = {"gap": gap, "n": n, "level": level, "power_wanted": wanted, "clusters": clusters, "design_effect": design_effect}
        for share, found in plans:
            output.json_line({**asked, "discordant": share, **found._asdict()})
        return
    names = ["differing questions", f"n for power {wanted:g}"]
    cells = [[f"{100 * share:g} %", str(found.needed)] for share, found in plans]
    if n is not None:
        names += [f"power of n = {n}", "of the exact test", f"gap for power {wanted:g}"]
        for line, (_, found) in zip(cells, plans, strict=True):
            line += [_shown(found.power), _shown(found.power_exact), _shown(found.detectable, 100)]
    output.table(names, cells, title=f"A gap of {gap:g} points, level {level:g}", right=[True] * len(names))


def _shown(value: float | None, times: int = 1) -> str:
    return "-" if value is None else f"{times * value:.3f}"
