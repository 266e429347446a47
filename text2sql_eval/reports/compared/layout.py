"""From a comparison to what is shown. Nothing is counted here."""

import shlex
from collections.abc import Iterator
from typing import Any

from store import output
from text2sql_eval.learnt import from_json, without_run
from text2sql_eval.reports.blocks import (
    NONE,
    NOTHING,
    Block,
    Cell,
    Chart,
    Column,
    Section,
    Table,
    percent,
    points,
    readable,
    words,
)
from text2sql_eval.reports.compared.verdicts import verdict
from text2sql_eval.reports.document import Card, Document, Note
from text2sql_eval.reports.leaderboard.headings import heading
from text2sql_eval.reports.made import made

Report = dict[str, Any]

_COLOURS = 6
_FOLD = 15
_DEFAULTS: dict[str, Any] = {
    "metric": "pipeline", "k": None, "comparator": "bird", "gold_revision": "original", "gate": "exec_ok", "cluster": "database",
    "level": 0.95, "resamples": 10_000, "seed": 0, "questions": 50,
}  # fmt: skip


def document(report: Report) -> Document:
    """The report as a document."""
    found = report["comparison"]
    what = named(report)
    names = [side["run"] for side in found["sides"]]
    return Document(
        "Comparison",
        report["title"],
        made(report),
        command(report),
        [_card(side, place, what) for place, side in enumerate(found["sides"])],
        [verdict(pair, what) for pair in found["pairs"]],
        "What to know first",
        [*_notes(report, names)],
        [_figures(report, what), _gaps(report, what), _changes(report), *_lists(report)],
        names,
    )


def named(report: Report) -> str:
    """What is compared."""
    found = report["comparison"]
    if found["metric"] == "selector":
        return f"EX as {', '.join(report['options']['selectors'])} picks"
    return heading(found["metric"]) + ("" if found["k"] is None else f"@{found['k']}")


def command(report: Report) -> str:
    """The command that makes this report."""
    options = report["options"]
    parts = ["t2s", "report", "compare", *options["runs"]]
    for name, default in _DEFAULTS.items():
        if options[name] != default:
            parts += [f"--{name.replace('_', '-')}", str(options[name])]
    for name in options["selectors"]:
        parts += ["--selector", name]
    parts += ["--allow-trained"] if options["allow_trained"] else []
    return shlex.join(parts)


def interval(of: dict[str, Any]) -> str:
    """The interval of a figure, per cent."""
    return "no interval" if of["lower"] is None else f"{100 * of['lower']:.1f} \N{EN DASH} {100 * of['upper']:.1f}"


def _colour(place: int) -> int | None:
    return place if place < _COLOURS else None


def _card(side: dict[str, Any], place: int, what: str) -> Card:
    facts = [("Interval", interval(side["figure"])), ("Samples", f"{side['k']:,}")]
    facts += [(heading(name), percent(of["value"]).text) for name, of in side["beside"].items() if heading(name) != what]
    return Card(side["run"], _colour(place), percent(side["figure"]["value"]).text, what, facts)


def _figures(report: Report, what: str) -> Section:
    found = report["comparison"]
    beside = [name for name in found["sides"][0]["beside"] if heading(name) != what]
    columns = [Column("Run"), Column("K", right=True), Column(what, right=True)]
    columns += [Column(heading(name), right=True) for name in beside]
    rows = [
        [
            Cell(side["run"], version=_colour(place), tone="doubtful" if _doubtful(report, side["run"]) else ""),
            Cell(f"{side['k']:,}", side["k"]),
            percent(side["figure"]["value"], interval(side["figure"])),
            *(percent(side["beside"][name]["value"], interval(side["beside"][name])) for name in beside),
        ]
        for place, side in enumerate(found["sides"])
    ]
    first = found["sides"][0]["figure"]
    text = (
        f"Per cent of the same {found['n']:,} questions of {found['benchmark']}, comparator {found['comparator']}, gold revision "
        f"{found['gold_revision']}, gate {found['gate']}. Look here before at the gap: a gap may be won by "
        "making both worse. Intervals: "
        f"{100 * first['level']:g} %, bootstrap of {first['clusters']} {first['cluster']}s, "
        f"{first['resamples']:,} resamples, seed "
        f"{first['seed']}."
    )
    return Section("figures", "Figures", text, [Table("figures", "", columns, rows)])


def _doubtful(report: Report, run: str) -> bool:
    """Whether the gold helped, or questions are of the training."""
    return run in report["saw_gold"] or any(one["questions"] for one in report["in_training"].get(run, ()))


def _gaps(report: Report, what: str) -> Section:
    pairs = report["comparison"]["pairs"]
    headings = ("Gap, points", "Lower", "Upper", "Wins", "Losses", "p", "Design effect")
    columns = [Column("Pair"), *(Column(name, right=True) for name in headings), Column("Shown")]
    rows, marks = [], []
    for place, pair in enumerate(pairs):
        gap = pair["gap"]
        label = f"{pair['a']} \N{MINUS SIGN} {pair['b']}"
        p_value = NOTHING if pair["p_adjusted"] is None else Cell(f"{pair['p_adjusted']:.3g}", pair["p_adjusted"])
        effect = NOTHING if pair["design_effect"] is None else Cell(f"{pair['design_effect']:.2f}", pair["design_effect"])
        rows.append(
            [
                words(label),
                *(Cell(points(gap[name]), gap[name]) for name in ("value", "lower", "upper")),
                Cell(f"{len(pair['wins']):,}", len(pair["wins"]), link=f"wins-{place}"),
                Cell(f"{len(pair['losses']):,}", len(pair["losses"]), link=f"wins-{place}"),
                p_value,
                effect,
                Cell(
                    f"{pair['winner']} is better" if pair["winner"] else "no difference shown",
                    tone="good" if pair["winner"] else "",
                ),
            ]
        )
        if gap["value"] is not None:
            bounds = {name: None if gap[name] is None else 100 * gap[name] for name in ("value", "lower", "upper")}
            marks.append({"label": label, "version": None, "n": gap["n"], **bounds})
    table = Table("gaps", f"Gap in {what}", columns, rows)
    text = (
        "The first minus the second, both resampled with the same draws. A win is a question on which the "
        "first does better. p: exact "
        "McNemar, which takes questions for independent"
        f"{', adjusted by Holm for ' + str(len(pairs)) + ' pairs; the intervals are not' if len(pairs) > 1 else ''}. "
        "\N{LEFT DOUBLE QUOTATION MARK}No difference shown\N{RIGHT DOUBLE QUOTATION MARK} is not "
        "\N{LEFT DOUBLE QUOTATION MARK}no "
        "difference\N{RIGHT DOUBLE QUOTATION MARK}: t2s power says what could have been shown."
    )
    if not marks:
        return Section("gaps", "Gaps", text, [table])
    data = {"rows": marks, "axis": f"gap in {what}, points", "rule": 0.0, "signed": True}
    return Section("gaps", "Gaps", text, [Chart("gaps", f"Gap in {what} with its interval", "", "intervals", data, table)])


def _changes(report: Report) -> Section:
    blocks: list[Block] = []
    for place, pair in enumerate(report["comparison"]["pairs"]):
        changes = pair["changes"]
        rows = [
            [words(change["thing"]), words(change["where"]), words(output.text(change["a"])), words(output.text(change["b"]))]
            for change in changes["changes"]
        ]
        label = f"{pair['a']} to {pair['b']}"
        if rows:
            columns = [Column("Thing"), Column("Where"), Column(pair["a"]), Column(pair["b"])]
            blocks.append(Table(f"changes-{place}", label, columns, rows, fold=_FOLD))
        blocks.append(f"{label}: {changes['warning'] or 'one thing changed: ' + ', '.join(changes['things']) + '.'}")
    text = "A gap can be put down to a change only where one thing changed, and all is known."
    return Section("changes", "What changed", text, blocks)


def _lists(report: Report) -> Iterator[Section]:
    shown = {one["position"] for one in report["answers"]}
    for place, pair in enumerate(report["comparison"]["pairs"]):
        blocks: list[Block] = []
        for better, other, questions in ((pair["a"], pair["b"], pair["wins"]), (pair["b"], pair["a"], pair["losses"])):
            columns = [Column("Position"), Column("Question id"), Column("Database"), Column("Question")]
            rows = [_listed(report, question, shown) for question in questions]
            caption = f"{better} does better than {other}: {len(rows):,}"
            side = "a" if better == pair["a"] else "b"
            blocks.append(
                Table(f"wins-{place}-{side}", caption, columns, rows, fold=_FOLD, look="dense") if rows else f"{caption}."
            )
        yield Section(f"wins-{place}", f"Wins and losses: {pair['a']}, {pair['b']}", "", blocks)


def _listed(report: Report, question: dict[str, Any], shown: set[int]) -> list[Cell]:
    position = question["position"]
    known = report["questions"][str(position)]
    link = f"question-{position}" if position in shown else ""
    return [
        Cell(str(position), position, link=link),
        words(known["question_id"] or NONE),
        words(known["db_id"]),
        words(known["question"]),
    ]


def _notes(report: Report, names: list[str]) -> Iterator[Note]:
    for run, helped in report["saw_gold"].items():
        said = f"{helped['saw_gold']:,} of {helped['answers']:,} answers were made with feedback from the gold."
        yield Note(run, None, [said, "Its figures are not those of a system that could be deployed."])
    left: dict[str, list[str]] = {}
    for one in from_json(report["in_training"]):
        left.setdefault(one.run, []).append(without_run(one))
    for run, gate in report["made_for_gate"].items():
        left.setdefault(run, []).append(f"It was made for the gate {gate}; this compares with {report['options']['gate']}.")
    for one in report["comparison"]["excluded"]:
        number = one["questions"]
        left.setdefault(one["run"], []).append(
            f"{number:,} question{'s' if number > 1 else ''} left out: {readable(one['reason'])}."
        )
    for run, sentences in left.items():
        yield Note(run, _colour(names.index(run)) if run in names else None, sentences)
