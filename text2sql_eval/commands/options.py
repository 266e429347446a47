"""Options that several commands have: of what is counted, of intervals, and of the lake's past."""

import click

comparator = click.option("--comparator", default="bird", show_default=True, help="Comparator of the verdicts.")

gold_revision = click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the verdicts.")

gate = click.option(
    "--gate",
    type=click.Choice(["exec_ok", "critique", "always"]),
    default="exec_ok",
    show_default=True,
    help="When a fix is taken.",
)

cluster = click.option(
    "--cluster",
    type=click.Choice(["database", "question"]),
    default="database",
    show_default=True,
    help="What the bootstrap resamples.",
)

level = click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Level of the intervals.",
)

resamples = click.option(
    "--resamples", type=click.IntRange(100), default=10_000, show_default=True, help="Resamples of an interval."
)

seed = click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the resamples.")

at = click.option("--at", "version", type=click.IntRange(0), help="The lake as it was at this version.")

allow_trained = click.option(
    "--allow-trained", is_flag=True, help="Count questions that a model of the run was trained on too; every figure then says so."
)
