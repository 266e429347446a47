"""From the figures of stages to what is shown: per cent, and intervals below the figures. Nothing is counted here."""

from collections.abc import Iterator
from typing import Any

from text2sql_eval.reports.blocks import Table, percent, points
from text2sql_eval.reports.compared.layout import interval
from text2sql_eval.reports.compared.verdicts import verdict
from text2sql_eval.reports.document import Card, Document, Note, Verdict
from text2sql_eval.reports.made import made
from text2sql_eval.reports.trajectory import stage_layout, step_layout, trained
from text2sql_eval.reports.trajectory.command import command
from text2sql_eval.reports.trajectory.headings import COLOURS, heading
from text2sql_eval.reports.trajectory.steps import GAIN, LOSS

Report = dict[str, Any]


def document(report: Report) -> Document:
    """The report as a document."""
    gained, questions = step_layout.steps(report), step_layout.questions(report)
    found = [stage_layout.section(report), gained, trained.section(report), questions]
    return Document(
        "Training in stages",
        report["title"],
        made(report),
        command(report),
        [*_cards(report)],
        [_verdict(step, report["k"]) for step in report["steps"]],
        "What to know first",
        [*_notes(report)],
        [section for section in found if section is not None],
        [],
    )


def short(document_: Document) -> Document:
    """What a terminal shows: the stages and the steps, without the charts' tables and the lists."""
    kept = [section for section in document_.sections if section.name in {"stages", "steps"}]
    tables = [
        section._replace(blocks=[block for block in section.blocks if isinstance(block, Table)], title=section.title)
        for section in kept
    ]
    return document_._replace(sections=tables, verdicts=[])


def _cards(report: Report) -> Iterator[Card]:
    """One a stage, where they are few."""
    if len(report["stages"]) > COLOURS:
        return
    gaps = {step["stage"]: step["figures"]["greedy"] for step in report["steps"]}
    for stage in report["stages"]:
        figures = stage["figures"]
        facts = [("Interval", interval(figures["greedy"]))]
        if stage["after"]:
            facts.append((f"After {stage['after']}", points(gaps[stage["run"]]["gap"])))
        facts += [
            (heading(metric, report["k"]), percent(figures[metric]["value"]).text)
            for metric in report["metrics"]
            if metric in {"oracle", "majority"} or metric.startswith("selector:")
        ]
        yield Card(stage["run"], None, percent(figures["greedy"]["value"]).text, heading("greedy"), facts)


def _verdict(step: dict[str, Any], k: int) -> Verdict:
    """The answer on the greedy answers of a step, and in short on the rest."""
    greedy = step["figures"]["greedy"]
    winner = {GAIN: step["stage"], LOSS: step["after"]}.get(greedy["shown"])
    gap = {"value": greedy["gap"], "lower": greedy["lower"], "upper": greedy["upper"], "level": step["level"]}
    pair = {
        "a": step["stage"],
        "b": step["after"],
        "gap": gap,
        "winner": winner,
        "note": greedy["note"],
        "changes": {"warning": "", "things": []},
    }
    said = verdict(pair, heading("greedy"))
    others = [f"{heading(metric, k)} {_told(of)}" for metric, of in step["figures"].items() if metric != "greedy"]
    tone = "warning" if greedy["shown"] == LOSS else said.tone
    return said._replace(tone=tone, notes=[*said.notes, f"{'; '.join(others)}."])


def _told(of: dict[str, Any]) -> str:
    """A gap in a few words."""
    if of["lower"] is None:
        return f"{points(of['gap'])} (no interval)"
    return f"{points(of['gap'])} ({points(of['lower'])} to {points(of['upper'])}): {of['shown']}"


def _notes(report: Report) -> Iterator[Note]:
    sentences = [*(f"{text[0].upper()}{text[1:]}" for text in report["warnings"]), *report["notes"]]
    sentences += [
        f"{stage['run']}: {one['name']} has not chosen for {missing:,} questions."
        for one in report["selectors"]
        for stage in report["stages"]
        if (missing := stage["figures"][f"selector:{one['name']}"]["excluded"].get("not_selected"))
    ]
    if sentences:
        yield Note("", None, sentences)
