"""From one question to what is shown beside its candidates: the gold, the schema, results at a glance, and who picked what."""

import shlex
from collections.abc import Iterator
from typing import Any

from store.output import visible
from text2sql_eval.learnt import from_json, left_out_sentences, without_run
from text2sql_eval.reports.blocks import NONE, NOTHING, Block, Cell, Code, Column, Section, Table, number, readable, words
from text2sql_eval.reports.document import Document, Note, Verdict
from text2sql_eval.reports.made import made
from text2sql_eval.reports.markdown import fenced, plain

Report = dict[str, Any]
Row = dict[str, Any]

_COLOURS = 6
_TONES = {"correct": "good", "wrong": "bad", "mixed": "doubtful", "unknown": "doubtful"}
_TIES = {"votes": "the larger group of equal results", "sample": "the lowest sample"}


def document(report: Report) -> Document:
    """The report as a document; the candidates themselves stand in the page's own part, or in `candidates`."""
    place = f"Question {report['position']} of {report['benchmark']}"
    identity = f", id {report['question_id']}" if report["question_id"] else ""
    return Document(
        f"{place}{identity}, database {report['db_id']}{', ' + report['difficulty'] if report['difficulty'] else ''}",
        report["question"],
        made(report),
        command(report),
        [],
        [Verdict(report["evidence"], "open")] if report["evidence"] else [],
        "What to know first",
        [*_notes(report)],
        [_golds(report), _results(report), *_picks(report), *_schema(report)],
        report["runs"],
    )


def command(report: Report) -> str:
    """The command that makes this page."""
    options = report["options"]
    parts = ["t2s", "report", "question", report["benchmark"], str(report["position"])]
    for run in options["runs"]:
        parts += ["--run", run]
    for name, default in (("gate", "exec_ok"), ("gold_revision", "original"), ("schema_form", "ddl")):
        if options[name] != default:
            parts += [f"--{name.replace('_', '-')}", options[name]]
    parts += ["--allow-trained"] if options["allow_trained"] else []
    return shlex.join(parts)


def colour(report: Report, run: str) -> int | None:
    """The place of a run's colour."""
    place = report["runs"].index(run)
    return place if place < _COLOURS else None


def summary(of: Row) -> str:
    """A result in a few words: what it returned, or how it failed."""
    if of["result"] is None:
        return f"{readable(of['status'])}{': ' + of['error'] if of['error'] else ''}"
    many = of["result"]["n_rows"] or 0
    rows = of["result"]["rows"]
    shown = ", ".join("NULL" if value is None else value for value in rows[0]) if rows else ""
    return f"{many:,} row{'' if many == 1 else 's'}{': ' + shown if shown else ''}{' …' if many > 1 else ''}"


def _golds(report: Report) -> Section:
    blocks: list[Block] = []
    for gold in report["golds"]:
        compared = (
            ", which SQL is compared with"
            if gold["gold_revision"] == report["compared_gold"] and len(report["golds"]) > 1
            else ""
        )
        laid_out = "\n".join(gold["lines"])
        blocks += [Code(f"{gold['gold_revision']}{compared}", laid_out), f"Result: {summary(gold)}"]
    return Section("golds", "Gold", "" if blocks else "There is no gold.", blocks)


def _results(report: Report) -> Section:
    """The groups at a glance, with a column a comparator and gold revision."""
    labels = list(
        dict.fromkeys((label["gold_revision"], label["comparator"]) for group in report["groups"] for label in said(group))
    )
    several = len({revision for revision, _ in labels}) > 1
    columns = [Column("Group"), Column("Answers", right=True), Column("Result")]
    columns += [Column(f"{comparator}, {revision}" if several else comparator) for revision, comparator in labels]
    columns.append(Column("Picked by"))
    rows = []
    for group in report["groups"]:
        of = {(label["gold_revision"], label["comparator"]): label for label in said(group)}
        shown = [_label(of.get(key)) for key in labels]
        picked = ", ".join(dict.fromkeys(pick["name"] for pick in group["picked_by"]))
        more = group["candidates"] - group["final"]
        head = Cell(f"{group['number']}", group["number"], link=f"group-{group['number']}")
        answers = Cell(f"{group['final']:,}", group["final"], f"and {more:,} replaced" if more else "")
        rows.append(
            [head, answers, Cell(summary(group), note="as the gold" if group["is_gold"] else ""), *shown, words(picked or NONE)]
        )
    text = (
        f"{report['candidates']:,} candidates, {report['final']:,} of them final answers under the gate "
        f"{report['options']['gate']}, in "
        f"{len(report['groups']):,} groups of equal results."
    )
    return Section("results", "Results at a glance", text, [Table("results", "", columns, rows, look="dense glance")])


def said(group: Row) -> list[Row]:
    """The labels of a group; flags that files brought with them are one label, for each is about the run of its file."""
    labels = [label for label in group["labels"] if not label["comparator"].startswith("file:")]
    flags = [label for label in group["labels"] if label["comparator"].startswith("file:")]
    for revision in dict.fromkeys(flag["gold_revision"] for flag in flags):
        verdicts = {flag["verdict"] for flag in flags if flag["gold_revision"] == revision}
        verdict = verdicts.pop() if len(verdicts) == 1 else "mixed"
        labels.append({"gold_revision": revision, "comparator": "its file", "verdict": verdict, "reason": None})
    return labels


def picked(group: Row) -> dict[str, list[str]]:
    """The runs for which each selector picked an answer of a group."""
    found: dict[str, list[str]] = {}
    for pick in group["picked_by"]:
        found.setdefault(pick["name"], []).append(pick["run"])
    return found


def _label(label: Row | None) -> Cell:
    if label is None:
        return NOTHING
    reason = readable(label["reason"]) if label["reason"] else ""
    return Cell(label["verdict"], None, reason if label["verdict"] != "mixed" else "", tone=_TONES.get(label["verdict"], ""))


def _picks(report: Report) -> Iterator[Section]:
    if not report["picks"]:
        return
    headings = ("Group", "Sample", "Of", "Score", "Margin")
    columns = [Column("Selector"), Column("Run"), *(Column(name, right=True) for name in headings), Column("Why")]
    rows = []
    for pick in report["picks"]:
        group = NOTHING if pick["group"] is None else Cell(str(pick["group"]), pick["group"], link=f"group-{pick['group']}")
        sample = NOTHING if pick["sample"] is None else Cell(str(pick["sample"]), pick["sample"])
        numbers = [group, sample, Cell(str(pick["k"]), pick["k"]), number(pick["score"]), number(pick["margin"])]
        method = pick["method"] if pick["method"] != pick["name"] else ""
        rows.append(
            [Cell(pick["name"], note=method), Cell(pick["run"], version=colour(report, pick["run"])), *numbers, words(why(pick))]
        )
    text = "Margin: its score less the best score of an answer with another result; none where all results are the same."
    yield Section("picks", "Who picked what", text, [Table("picks", "", columns, rows, look="dense")])


def why(pick: Row) -> str:
    """Why a selector picked what it did."""
    if pick["reason"]:
        return readable(visible(pick["reason"]))
    if pick["tied"] > 1:
        by = _TIES.get(pick["tie_break"], readable(pick["tie_break"] or "not said"))
        return f"{pick['tied']} results had the best score; decided by {by}"
    return "the best score" if pick["margin"] is not None else "no answer with another result has a score"


def _schema(report: Report) -> Iterator[Section]:
    if report["schema"]:
        yield Section("schema", "Schema", "", [Code(f"Schema of {report['db_id']}", report["schema"], closed=True)])


def _notes(report: Report) -> Iterator[Note]:
    sentences = [f"{run} does not answer this question." for run in report["not_answering"]]
    sentences += left_out_sentences(from_json(report["left_out"]))
    if not report["runs"]:
        sentences.append("No run of this lake answers this question.")
    if sentences:
        yield Note("", None, sentences)
    for shared in from_json(report["in_training"]):
        yield Note(shared.run, colour(report, shared.run), [without_run(shared)])
    for run in report["runs"]:
        written = [
            one for group in report["groups"] for answer in group["answers"] for one in answer["written"] if one["run"] == run
        ]
        helped = sum(one["saw_gold"] for one in written)
        if helped:
            yield Note(
                run, colour(report, run), [f"{helped:,} of {len(written):,} candidates were made with feedback from the gold."]
            )


def candidates(report: Report) -> Iterator[str]:
    """The candidates as lines of Markdown."""
    if report["groups"]:
        yield from ("", "## Candidates by result")
    for group in report["groups"]:
        labels = "; ".join(f"{label['comparator']} {label['gold_revision']}: {label['verdict']}" for label in said(group))
        yield from ("", f"### Group {group['number']}: {plain(summary(group))}", "", plain(f"{group['final']} answers. {labels}"))
        for answer in group["answers"]:
            yield ""
            for one in answer["written"]:
                yield f"- {plain(written(one))}"
                for critique in one["critiques"]:
                    yield f"  - {plain(critique['validator'])} ({critique['verdict']}): {plain(critique['text'])}"
            yield ""
            lines = []
            for gold, own, same in answer["lines"] or []:
                if same:
                    lines.append("  " + "".join(text for text, _ in own))
                else:
                    lines += [
                        f"{mark} " + "".join(text for text, _ in side)
                        for mark, side in (("-", gold), ("+", own))
                        if side is not None
                    ]
            yield from fenced("\n".join(lines) if lines else "no SQL", "diff")


def written(one: Row) -> str:
    """Who wrote an answer, and what was said of it."""
    scores = ", ".join(f"{name} {'none' if score is None else f'{score:.4g}'}" for name, score in one["scores"].items())
    parts = [f"{one['run']}, sample {one['sample']}, {one['stage']}", *([] if one["final"] else ["replaced"])]
    parts += [f"scores: {scores}"] if scores else []
    parts += [f"picked by {', '.join(one['picked_by'])}"] if one["picked_by"] else []
    return "; ".join(parts)
