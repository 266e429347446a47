"""How the models of stages were trained, as it is shown."""

from typing import Any

from text2sql_eval.reports.blocks import NONE, NOTHING, Block, Cell, Chart, Column, Section, Table, number, percent, words

_CURVES = (
    ("loss", "Loss", (("loss", "training"), ("eval_loss", "validation"))),
    ("logps", "Log-probability of completions", (("logps/chosen", "chosen"), ("logps/rejected", "rejected"))),
)
_LEAST = 2
"""Fewer points than that are no curve."""


def section(report: dict[str, Any]) -> Section | None:
    """Table and curves; None where no stage names a model of the lake."""
    models: dict[str, tuple[list[str], dict[str, Any]]] = {}
    for stage in report["stages"]:
        for model in stage["models"]:
            of = models.setdefault(model["model"], ([], model))[0]
            of += [model["run"]] if model["run"] not in of else []
    if not models:
        return None
    headings = ("Steps", "Loss, training", "Loss, validation", "Reward accuracy")
    columns = [Column("Model"), Column("Trainer"), Column("Learnt from"), Column("Began with")]
    columns += [Column(name, right=True) for name in headings]
    rows = [
        [
            Cell(ref, None, f"run{'s' if len(runs) > 1 else ''} {', '.join(runs)}"),
            words(model["trainer"]),
            Cell(model["pin"] or NONE, None, f"sha256 {model['pin_digest'][:12]}" if model["pin_digest"] else ""),
            words(model["base"] or NONE),
            NOTHING if model["steps"] is None else Cell(f"{model['steps']:,}", model["steps"]),
            number(model["loss"]),
            number(model["eval_loss"]),
            percent(model["reward_accuracy"]),
        ]
        for ref, (runs, model) in models.items()
    ]
    blocks: list[Block] = [Table("models", "", columns, rows, look="models")]
    blocks += [
        chart
        for name, title, series in _CURVES
        for place, (ref, (_, model)) in enumerate(models.items())
        if (chart := _curve(f"{name}-{place}", f"{ref}: {title}", model, series))
    ]
    text = (
        "Loss and reward accuracy as the trainer measured them; the latter is the share of validation pairs of which the model "
        "finds the chosen completion likelier. Where the log-probability of the chosen completion falls together with that of "
        "the rejected one, a model unlearns what it should prefer."
    )
    return Section("training", "Training", text, blocks)


def _curve(name: str, title: str, model: dict[str, Any], series: tuple[tuple[str, str], ...]) -> Chart | None:
    """A curve over the steps of a training; None where the trainer has logged too little of it."""
    rows, cells = [], []
    for metric, label in series:
        known = [(point["step"], point[metric]) for point in model["curve"] if point.get(metric) is not None]
        rows += [{"version": None, "series": label, "step": step, "value": value} for step, value in known]
        cells += [[words(label), Cell(f"{step:,}", step), number(value)] for step, value in known]
    if len(rows) < _LEAST:
        return None
    lines = [label for _, label in series if any(row["series"] == label for row in rows)]
    columns = [Column("Of"), Column("Step", right=True), Column(title.rpartition(": ")[2], right=True)]
    data = {"rows": rows, "lines": lines}
    return Chart(name, title, "", "training", data, Table(name, title, columns, cells, fold=20, look="dense"))
