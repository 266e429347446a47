"""A comparison as one JSON value: what `t2s compare` computes, and the questions that make the difference, with both answers.

Only so many questions are shown with their SQL; the lists of wins and losses have all.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any, NamedTuple

from store import Lake
from store.output import visible
from text2sql_eval.comparison import printing
from text2sql_eval.comparison.comparing import compare
from text2sql_eval.comparison.model import Comparison, Question
from text2sql_eval.declared import declared_gates, gold_feedback
from text2sql_eval.figures import Measure
from text2sql_eval.learnt import as_json as in_training
from text2sql_eval.reports.diffs import difference
from text2sql_eval.reports.made import envelope
from text2sql_eval.statistics import curves, soft_f1
from text2sql_eval.statistics.bootstrap import Resampling

Report = dict[str, Any]

_SQL = files("text2sql_eval") / "reports" / "compared" / "sql"


class Options(NamedTuple):
    """How runs are compared; names are those of `comparison.comparing.compare`.

    Attributes:
        metric: What is compared.
        k: Samples, for oracle and majority_at_k.
        comparator: Comparator of the verdicts.
        gold_revision: Gold revision of the verdicts.
        gate: Which SQL of a sample is its final answer.
        selectors: Selectors whose picks are compared.
        resampling: How intervals are made.
        questions: Questions to show with both answers, at most.
        title: Heading of the report.
        allow_trained: Count questions that the model of a run was trained on too.
    """

    metric: str = "pipeline"
    k: int | None = None
    comparator: str = "bird"
    gold_revision: str = "original"
    gate: str = "exec_ok"
    selectors: Sequence[str] = ()
    resampling: Resampling = Resampling()
    questions: int = 50
    title: str = ""
    allow_trained: bool = False


class Compared(NamedTuple):
    """The report, and the comparison that it was made from."""

    report: Report
    comparison: Comparison


def measures_of(lake: Lake, seed: int) -> Mapping[str, Measure]:
    """How metrics are measured that need more than the outcomes."""
    return {
        "majority_at_k": partial(curves.majority_curve, seed=seed),
        "soft_f1": partial(soft_f1.measure, lake=lake),
    }


def compare_report(lake: Lake, runs: Sequence[str], options: Options | None = None) -> Compared:
    """Compare runs and gather what a reader needs to judge the gap.

    Args:
        lake: The lake, now or at a version.
        runs: The runs.
        options: How.

    Raises:
        NotComparableError: The runs answer different benchmarks or have no question in common, or a run is given twice.
        NothingToCountError: A run has no label of that comparator.
        NameNotFoundError: A run, comparator, gold revision or selector is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    options = options or Options()
    found = compare(
        lake,
        runs,
        metric=options.metric,
        k=options.k,
        comparator=options.comparator,
        gold_revision=options.gold_revision,
        gate=options.gate,
        resampling=options.resampling,
        measures=measures_of(lake, options.resampling.seed),
        selectors=options.selectors,
        allow_trained=options.allow_trained,
    )
    helped = {run: said._asdict() for run, said in sorted(gold_feedback(lake, options.gate).items()) if run in runs}
    gates = {run: gate for run, gate in sorted(declared_gates(lake).items()) if run in runs and gate != options.gate}
    differing = {q.position: q for pair in found.pairs for q in (*pair.wins, *pair.losses)}
    shown = sorted(differing)[: options.questions]
    report = {
        **envelope("compare", lake, options.title or f"Comparison: {', '.join(side.run for side in found.sides)}"),
        "options": {
            "runs": list(runs),
            **{name: getattr(options, name) for name in ("metric", "k", "comparator", "gold_revision", "gate", "questions")},
            "selectors": list(options.selectors),
            "allow_trained": options.allow_trained,
            **options.resampling._asdict(),
        },
        "saw_gold": helped,
        "in_training": in_training(found.learnt),
        "made_for_gate": gates,
        "comparison": printing.as_json(found),
        "differing": len(differing),
        "questions": {str(position): _question(differing[position]) for position in sorted(differing)},
        "answers": _answers(lake, runs, options, [differing[position] for position in shown]),
    }
    return Compared(report, found)


def _question(question: Question) -> dict[str, Any]:
    return {"question_id": question.question_id, "db_id": question.db_id, "question": visible(question.question)}


def _answers(lake: Lake, runs: Sequence[str], options: Options, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """What each run answered, question by question; with two runs, the difference of the two."""
    result = lake.sql(
        (_SQL / "differing.sql").read_text("utf-8"),
        runs=list(runs),
        positions=[str(question.position) for question in questions],
        gate=options.gate,
        comparator=options.comparator,
        gold_revision=options.gold_revision,
    )
    columns = [column[0] for column in result.description or ()]
    rows = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    found = []
    for question in questions:
        of = {row["run"]: row for row in rows if row["position"] == question.position}
        answers = [_answer(of[run], options.metric) for run in runs if run in of]
        lines = None
        if len(answers) == 2 and answers[0]["sql"] and answers[1]["sql"]:  # noqa: PLR2004
            # The wrong one stands on the left, whichever run it is of.
            answers.sort(key=lambda answer: answer["correct"])
            made = difference(answers[0]["sql"], answers[1]["sql"])
            lines = [[_parts(line.rejected), _parts(line.chosen), line.same] for line in made.lines]
        found.append({"position": question.position, "answers": answers, "lines": lines})
    return found


def _answer(row: dict[str, Any], metric: str) -> dict[str, Any]:
    voted = metric == "majority"
    sql = row["majority_sql"] if voted else row["sql"]
    return {
        "run": row["run"],
        "what": "the vote" if voted else "the first answer",
        "correct": bool(row["majority"] if voted else row["pipeline"]),
        "sql": None if sql is None else visible(sql),
        "status": row["status"],
        "error": None if row["error"] is None else visible(row["error"]),
        "samples": row["samples"],
        "correct_samples": row["correct_samples"],
    }


def _parts(parts: list[tuple[str, bool]] | None) -> list[list[Any]] | None:
    return None if parts is None else [[text, changed] for text, changed in parts]
