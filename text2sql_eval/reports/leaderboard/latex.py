"""A leaderboard as a table for a paper, with the rules of booktabs; its caption says what the figures are of."""

from collections.abc import Sequence
from typing import Any

from text2sql_eval.latex import escaped
from text2sql_eval.learnt import Learnt, from_json, sentence
from text2sql_eval.reports.leaderboard.headings import heading, metrics_of


def latex(report: dict[str, Any]) -> str:
    """A table a benchmark and comparator, each with its caption."""
    return "\n\n".join(_table(report, board) for board in report["boards"]) + "\n"


def _table(report: dict[str, Any], board: dict[str, Any]) -> str:
    metrics = metrics_of(board["runs"])
    names = ["Run", "$K$", "$n$", *(escaped(heading(metric)) for metric in metrics)]
    lines = [" & ".join(names) + r" \\"]
    marked = False
    learnt = [one for one in from_json(report["in_training"]) if one.run in {run["run"] for run in board["runs"]}]
    trained = {one.run for one in learnt if one.questions}
    for run in board["runs"]:
        helped = run["run"] in report["saw_gold"]
        marked |= helped
        marks = (r"$^{\dagger}$" if helped else "") + (r"$^{\ddagger}$" if run["run"] in trained else "")
        cells = [escaped(run["run"]) + marks, str(run["k"]), str(run["n"])]
        cells += [_figure(run["figures"].get(metric), several=run["k"] > 1 or metric == "ex") for metric in metrics]
        lines.append(" & ".join(cells) + r" \\")
    head, *body = lines
    parts = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{l{'r' * (len(names) - 1)}}}",
        r"\toprule",
        head,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{_caption(report, board, learnt, marked=marked)}}}",
        r"\end{table}",
    ]
    return "\n".join(parts)


def _figure(figure: dict[str, Any] | None, *, several: bool) -> str:
    if figure is None or not several or figure["value"] is None:
        return "--"
    value = f"{100 * figure['value']:.2f}"
    if figure["lower"] is None:
        return value
    return rf"{value} {{\scriptsize [{100 * figure['lower']:.1f}, {100 * figure['upper']:.1f}]}}"


def _caption(report: dict[str, Any], board: dict[str, Any], learnt: Sequence[Learnt], *, marked: bool) -> str:
    options = report["options"]
    sizes = [run["n"] for run in board["runs"]]
    n = f"$n = {sizes[0]}$" if len(set(sizes)) == 1 else f"$n$ from {min(sizes)} to {max(sizes)}: not the same questions"
    common = " (common questions)" if options["common"] else ""
    sentences = [
        escaped(
            f"Per cent on {board['benchmark']} (revision {board['revision']}, gold {board['gold_revision']}), comparator "
            f"{board['comparator']}, gate {board['gate']}, "
        )
        + n
        + common
        + ".",
        escaped(
            f"Intervals: {100 * options['level']:g} %, bootstrap by {options['cluster']}, {options['resamples']} resamples, "
            f"seed {options['seed']}."
        ),
    ]
    if marked:
        sentences.append(r"$^{\dagger}$ Answers were made with feedback from the gold.")
    sentences += [(r"$^{\ddagger}$ " if one.questions else "") + escaped(sentence(one)) for one in learnt]
    for pin in report["pins"]:
        trained = f", trained on {pin['pin']} (sha256 {pin['digest'][:12]})" if pin["pin"] and pin["digest"] else ""
        sentences.append(escaped(f"Selector model {pin['model']}{trained}."))
    sentences.append(escaped(f"Lake at version {report['lake_version']}."))
    return " ".join(sentences)
