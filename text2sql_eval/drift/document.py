"""A drift as a person reads it: what stands at its head, what to know first, its sections."""

from collections.abc import Iterator

from text2sql_eval.drift.cells import Report, Row
from text2sql_eval.drift.printing import command
from text2sql_eval.drift.sections import left_out, sections
from text2sql_eval.reports import rendering
from text2sql_eval.reports.document import Card, Document, Note, Verdict


def html(report: Report, questions: int) -> str:
    """The report as one page that opens without a network."""
    return rendering.page(document(report, questions))


def document(report: Report, questions: int) -> Document:
    """The report, with at most so many questions and answers listed."""
    made = ", ".join(f"{name} {version}" for name, version in report["software"].items())
    return Document(
        eyebrow="Drift report",
        title=report["title"],
        made=f"From version {report['lake_version']} of the lake, by {made}.",
        command=command(report),
        cards=list(_cards(report)),
        verdicts=[_verdict(one, several=len(report["benchmarks"]) > 1) for one in report["benchmarks"]],
        notes_title="What the figures do not count",
        notes=[Note("", None, list(left_out(report)))],
        sections=sections(report, questions),
        names=[report["from"]["name"], report["to"]["name"]],
    )


def _cards(report: Report) -> Iterator[Card]:
    """Of each benchmark and side: who leads, and with which figure."""
    for one in report["benchmarks"]:
        for place, side in enumerate(("from", "to")):
            leaders = [run for run in one["runs"] if run["both"][f"rank_{side}"] == 1]
            if leaders:
                facts = (
                    ("benchmark", one["benchmark"]),
                    ("questions", f"{leaders[0]['both']['n']:,}"),
                    ("gold revision", report[side]["gold_revision"]),
                    ("version of the lake", str(report[side]["lake_version"])),
                )
                names = ", ".join(run["run"] for run in leaders)
                figure = f"{100 * leaders[0]['both'][side]:.2f} %"
                yield Card(report[side]["name"], place, figure, f"first: {names}", facts)


def _verdict(one: Row, *, several: bool) -> Verdict:
    answers = one["answers"]
    flipped = answers["to_wrong"] + answers["to_correct"]
    beyond = [swap for swap in one["swaps"] if swap["beyond_noise"]]
    where = f"{one['benchmark']}: " if several else ""
    text = (
        f"{where}{flipped:,} of {answers['n']:,} answers flipped: {answers['to_wrong']:,} to "
        f"wrong, {answers['to_correct']:,} to correct."
    )
    notes = [f"{answers[move]:,} answers {said}." for move, said in _UNCOUNTED.items() if answers[move]]
    notes.append(
        f"{len(one['swaps']):,} pairs of runs stand otherwise to each other, {len(beyond):,} of them by more than noise."
    )
    return Verdict(text, "shown" if beyond else "open", notes)


_UNCOUNTED = {"excluded": "no longer count", "counted": "count only after"}
