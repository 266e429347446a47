"""The stages as a table for a paper, with the rules of booktabs; its caption says what the figures are of."""

from collections.abc import Iterator
from typing import Any

from text2sql_eval.latex import escaped
from text2sql_eval.learnt import from_json, sentence
from text2sql_eval.reports.trajectory.headings import heading
from text2sql_eval.reports.trajectory.steps import GAIN, LOSS
from text2sql_eval.reports.trajectory.training import differing

_MARKS = {GAIN: r"$^{+}$", LOSS: r"$^{-}$"}


def latex(report: dict[str, Any]) -> str:
    """The table, a row a stage; what a step is shown to have gained or lost is marked."""
    metrics, k = report["metrics"], report["k"]
    shown = {step["stage"]: step["figures"] for step in report["steps"]}
    names = ["Stage", "$K$", "$n$", *(escaped(heading(metric, k)) for metric in metrics)]
    lines = []
    for stage in report["stages"]:
        cells = [escaped(stage["run"]), str(stage["samples"]), str(stage["n"])]
        for metric in metrics:
            mark = _MARKS.get(shown.get(stage["run"], {}).get(metric, {}).get("shown", ""), "")
            cells.append(_figure(stage["figures"][metric], mark))
        lines.append(" & ".join(cells) + r" \\")
    parts = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{l{'r' * (len(names) - 1)}}}",
        r"\toprule",
        " & ".join(names) + r" \\",
        r"\midrule",
        *lines,
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{' '.join(_caption(report))}}}",
        r"\end{table}",
    ]
    return "\n".join(parts) + "\n"


def _figure(figure: dict[str, Any], mark: str) -> str:
    if figure["value"] is None:
        return "--"
    value = f"{100 * figure['value']:.2f}{mark}"
    if figure["lower"] is None:
        return value
    return rf"{value} {{\scriptsize [{100 * figure['lower']:.1f}, {100 * figure['upper']:.1f}]}}"


def _caption(report: dict[str, Any]) -> list[str]:
    options = report["options"]
    sizes = [stage["n"] for stage in report["stages"]]
    n = f"$n = {sizes[0]}$" if len(set(sizes)) == 1 else f"$n$ from {min(sizes)} to {max(sizes)}: not the same questions"
    after = [f"{step['stage']} after {step['after']}" for step in report["steps"]]
    sentences = [
        escaped(
            f"Per cent on {report['benchmark']} (revision {report['revision']}, gold {options['gold_revision']}), comparator "
            f"{options['comparator']}, gate {options['gate']}, "
        )
        + f"{n}.",
        escaped(
            f"Intervals: {100 * options['level']:g} %, bootstrap by {options['cluster']}, {options['resamples']} resamples, seed "
            f"{options['seed']}."
        ),
        rf"$^{{+}}$, $^{{-}}$: gain, loss against the stage before ({escaped(', '.join(after))}), paired on common questions.",
    ]
    own = {stage["run"]: stage["greedy_run"] for stage in report["stages"] if stage["greedy_run"] != stage["run"]}
    if own:
        sentences.append(escaped(f"Greedy EX from {', '.join(f'{run} ({stage})' for stage, run in own.items())}."))
    sentences += [escaped(one) for one in _models(report)]
    sentences += [escaped(one) for one in differing(report["stages"])]
    for pin in report["pins"]:
        learnt = f", trained on {pin['pin']} (sha256 {pin['digest'][:12]})" if pin["pin"] and pin["digest"] else ""
        sentences.append(escaped(f"Selector model {pin['model']}{learnt}."))
    sentences += [escaped(sentence(one)) for one in from_json(report["in_training"])]
    return [*sentences, escaped(f"Lake at version {report['lake_version']}.")]


def _models(report: dict[str, Any]) -> Iterator[str]:
    """The models of each stage, with the runs that name them and what they learnt."""
    for stage in report["stages"]:
        runs: dict[str, list[str]] = {}
        for model in stage["models"]:
            digest = f" (sha256 {model['pin_digest'][:12]})" if model["pin_digest"] else ""
            learnt = f", {model['trainer']} on {model['pin']}{digest}" if model["pin"] else ""
            of = runs.setdefault(f"{model['model']}{learnt}", [])
            of += [model["run"]] if model["run"] not in of else []
        yield from (f"{', '.join(of)}: {model}." for model, of in runs.items())
