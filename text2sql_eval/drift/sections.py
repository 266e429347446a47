"""From a drift to what is shown: sections with their tables. Nothing is counted here; `questions` bounds the lists."""

from collections.abc import Iterator

from text2sql_eval.drift import lists, systems
from text2sql_eval.drift.cells import Report
from text2sql_eval.learnt import from_json, left_out_sentences, sentence
from text2sql_eval.reports.blocks import Chart, Section, Table


def sections(report: Report, questions: int) -> list[Section]:
    """The sections in order, for one benchmark after the other.

    Args:
        report: As `drifting.drift` gives it.
        questions: How many questions and answers to list at most; the JSON has all.
    """
    several = len(report["benchmarks"]) > 1
    found = []
    for place, one in enumerate(report["benchmarks"]):
        made = (
            systems.moved(report, one),
            systems.systems(report, one),
            systems.own(report, one),
            systems.order(report, one),
            systems.candidates(one),
            lists.reasons(report, one),
            lists.databases(one),
            lists.golds(report, one, questions),
            lists.questions(one, questions),
            lists.answers(report, one, questions),
        )
        found += [_of(section, place, one["benchmark"] if several else "") for section in made if section is not None]
    return found


def _of(section: Section, place: int, benchmark: str) -> Section:
    """A section under names that no other benchmark's has."""
    blocks = [
        block._replace(name=f"{block.name}-{place}") if isinstance(block, Table | Chart) else block for block in section.blocks
    ]
    title = f"{section.title}: {benchmark}" if benchmark else section.title
    return section._replace(name=f"{section.name}-{place}", title=title, blocks=blocks)


def left_out(report: Report) -> Iterator[str]:
    """What the report does not compare, and what a reader has to know of its figures, in sentences."""
    before, after = report["from"]["name"], report["to"]["name"]
    lacking: dict[str, list[str]] = {}
    for row in report["not_compared"]:
        names = " and ".join(name for name, there in ((before, row["from"]), (after, row["to"])) if not there)
        lacking.setdefault(names, []).append(row["run"])
    for names, runs in lacking.items():
        yield f"Not compared, for there is no label of {names}: {', '.join(runs)}."
    yield from left_out_sentences(from_json(report["left_out"]))
    yield from map(sentence, from_json(report["in_training"]))
    for one in report["benchmarks"]:
        sizes = {run["both"]["n"] for run in one["runs"]}
        if len(sizes) > 1:
            yield (
                f"{one['benchmark']}: the runs count over {min(sizes):,} to {max(sizes):,} questions; "
                "with --common all count over the same ones."
            )
        short = [run["run"] for run in one["runs"] if run["both"]["change"] and run["both"]["change"]["lower"] is None]
        if short:
            yield f"{one['benchmark']}: fewer than 5 databases give no interval; --cluster question draws questions."
    options = report["options"]
    drawn = f"{options['resamples']:,} resamples of {options['cluster']}s, seed {options['seed']}"
    yield (
        f"Intervals: {100 * options['level']:g} %, paired bootstrap, {drawn}. p: exact sign test on the questions that changed, "
        "adjusted by Holm. A change is more than noise where the interval does not contain zero and p agrees."
    )
