"""From the figures of runs to what is shown. Nothing is counted here; per cent, and intervals below the figures."""

from collections.abc import Iterator
from typing import Any

from text2sql_eval.learnt import from_json, left_out_sentences, without_run
from text2sql_eval.reports.blocks import NONE, Block, Cell, Chart, Column, Section, Table, percent, readable, signed, words
from text2sql_eval.reports.document import Card, Document, Note
from text2sql_eval.reports.leaderboard import lists, slices
from text2sql_eval.reports.leaderboard.command import command
from text2sql_eval.reports.leaderboard.headings import heading, metrics_of
from text2sql_eval.reports.made import made

Report = dict[str, Any]
Board = dict[str, Any]

COLOURS = 6
"""Runs that can be told apart by colour."""


def document(report: Report) -> Document:
    """The report as a document; with several benchmarks or comparators, one after the other."""
    boards = report["boards"]
    sections = []
    for place, board in enumerate(boards):
        found = [
            _leaderboard(report, board),
            lists.picks(board, COLOURS),
            lists.curves(board, COLOURS),
            lists.headroom(board, COLOURS),
            slices.heat(report, board, "database"),
            slices.heat(report, board, "difficulty"),
            slices.types(board, COLOURS),
            slices.clauses(board, COLOURS),
        ]
        sections += [_of(section, place, board, several=len(boards) > 1) for section in found if section is not None]
    return Document(
        "Leaderboard",
        report["title"],
        made(report),
        command(report),
        _cards(boards[0], report["options"]["rank_by"]) if len(boards) == 1 else [],
        [],
        "What the figures do not count",
        [*_notes(report)],
        sections,
        [run["run"] for run in boards[0]["runs"][:COLOURS]] if len(boards) == 1 else _names(boards),
    )


def _names(boards: list[Board]) -> list[str]:
    """Runs that have a colour on some board; a colour is a place on a board, so several runs may share one."""
    most = max(len(board["runs"][:COLOURS]) for board in boards)
    return [" / ".join(dict.fromkeys(b["runs"][place]["run"] for b in boards if place < len(b["runs"]))) for place in range(most)]


def _of(section: Section, place: int, board: Board, *, several: bool) -> Section:
    """A section under names that no other board's has."""
    if not several:
        return section
    blocks: list[Block] = []
    for block in section.blocks:
        if isinstance(block, Table):
            blocks.append(block._replace(name=f"{block.name}-{place}"))
        elif isinstance(block, Chart):
            blocks.append(
                block._replace(name=f"{block.name}-{place}", table=block.table._replace(name=f"{block.table.name}-{place}"))
            )
        else:
            blocks.append(block)
    title = f"{section.title}: {board['benchmark']}, {board['comparator']}"
    return section._replace(name=f"{section.name}-{place}", title=title, blocks=blocks)


def _cards(board: Board, rank_by: str) -> list[Card]:
    """The best runs, where there are few."""
    runs = board["runs"]
    if len(runs) > COLOURS:
        return []
    cards = []
    for place, run in enumerate(runs):
        figure = run["figures"].get(rank_by) or {"value": None, "lower": None, "upper": None}
        facts = [("Interval", _interval(figure)), ("Questions", f"{run['n']:,}"), ("Samples", f"{run['k']:,}")]
        shown = "any_correct" if run["k"] > 1 and rank_by != "any_correct" else None
        if shown and run["figures"][shown]["value"] is not None:
            facts.append(("Oracle", percent(run["figures"][shown]["value"]).text))
        cards.append(Card(run["run"], place, percent(figure["value"]).text, heading(rank_by), facts))
    return cards


def _leaderboard(report: Report, board: Board) -> Section:
    runs = board["runs"]
    rank_by = report["options"]["rank_by"]
    metrics = metrics_of(runs)
    columns = [Column("Run"), Column("K", right=True), Column("n", right=True)]
    columns += [Column(heading(metric), right=True) for metric in metrics]
    columns.append(Column("Not counted"))
    rows = []
    for place, run in enumerate(runs):
        cells = [_run(report, run, place), Cell(f"{run['k']:,}", run["k"]), Cell(f"{run['n']:,}", run["n"])]
        cells += [_figure(run["figures"].get(metric), several=run["k"] > 1 or metric == "ex") for metric in metrics]
        left = "; ".join(f"{number:,} {readable(reason)}" for reason, number in run["excluded"].items())
        rows.append([*cells, words(left or NONE)])
    table = Table(
        "leaderboard",
        f"{board['benchmark']}, comparator {board['comparator']}, per cent; below each figure its interval",
        columns,
        rows,
    )
    options = report["options"]
    text = (
        f"Ordered by {heading(rank_by)}. Comparator {board['comparator']}, gold revision {board['gold_revision']}, gate "
        f"{board['gate']}. Intervals: {100 * options['level']:g} %, bootstrap of {options['cluster']}s, "
        f"{options['resamples']:,} resamples, seed {options['seed']}. An order is no finding: whether two runs differ is said by "
        "t2s report compare, which pairs their questions."
    )
    blocks: list[Block] = []
    if (chart := _chart(board, rank_by)) is not None:
        blocks.append(chart)
    return Section("leaderboard", "Leaderboard", text, [*blocks, table])


def _run(report: Report, run: dict[str, Any], place: int) -> Cell:
    rank = f"{run['rank']}. " if run["rank"] else ""
    notes = [run["system"]] if run["system"] != run["run"] else []
    helped = report["saw_gold"].get(run["run"])
    if helped:
        notes.append(f"saw gold: {helped['saw_gold']:,} of {helped['answers']:,} answers")
    shared = [one for one in report["in_training"].get(run["run"], ()) if one["questions"]]
    notes += [f"{one['model']} trained on {one['questions']:,} of the questions ({one['pin']})" for one in shared]
    tone = "doubtful" if helped or shared else ""
    return Cell(f"{rank}{run['run']}", None, "; ".join(notes), version=place if place < COLOURS else None, tone=tone)


def _figure(figure: dict[str, Any] | None, *, several: bool) -> Cell:
    if figure is None or not several or figure["value"] is None:
        return Cell(NONE)
    return percent(figure["value"], _interval(figure))


def _interval(figure: dict[str, Any]) -> str:
    if figure["lower"] is None:
        return "no interval"
    return signed(f"{100 * figure['lower']:.1f} \N{EN DASH} {100 * figure['upper']:.1f}")


def _chart(board: Board, rank_by: str) -> Chart | None:
    """The figure that orders the runs, with its interval."""
    rows = []
    cells = []
    for run in board["runs"]:
        figure = run["figures"].get(rank_by)
        if figure is None or figure["value"] is None:
            continue
        bounds = {name: None if figure[name] is None else 100 * figure[name] for name in ("value", "lower", "upper")}
        rows.append({"label": run["run"], "version": None, "n": figure["n"], **bounds})
        cells.append(
            [words(run["run"]), *(percent(figure[name]) for name in ("value", "lower", "upper")), Cell(f"{figure['n']:,}")]
        )
    if len(rows) < 2:  # noqa: PLR2004 - one dot compares with nothing
        return None
    columns = [Column("Run"), *(Column(name, right=True) for name in (heading(rank_by), "Lower", "Upper", "n"))]
    return Chart(
        "ranking",
        f"{heading(rank_by)} with its interval",
        "Intervals of single runs overlap more than they should: questions that are hard for one are hard for the other.",
        "intervals",
        {"rows": rows, "axis": f"{heading(rank_by)}, per cent"},
        Table("ranking", heading(rank_by), columns, cells),
    )


def _notes(report: Report) -> Iterator[Note]:
    """What a reader has to know first."""
    options = report["options"]
    general = []
    for one in report["common"]:
        if options["common"]:
            general.append(f"{one['benchmark']}, {one['comparator']}: only the {one['questions']:,} common questions count.")
        elif any(size != one["questions"] for size in one["sizes"]):
            general.append(
                f"{one['benchmark']}, {one['comparator']}: the runs answer {min(one['sizes']):,} to {max(one['sizes']):,} "
                f"questions, {one['questions']:,} of them in common; --common counts only these."
            )
    general += [
        f"Not labelled by {comparator}, so not shown: {', '.join(runs)}." for comparator, runs in report["unjudged"].items()
    ]
    general += left_out_sentences(from_json(report["left_out"]))
    general += [
        f"{run} was made for the gate {gate}; these figures are with {options['gate']}."
        for run, gate in report["made_for_gate"].items()
    ]
    if general:
        yield Note("", None, general)
    places = {run["run"]: place for board in report["boards"][:1] for place, run in enumerate(board["runs"][:COLOURS])}
    for run, helped in report["saw_gold"].items():
        said = (
            f"{helped['saw_gold']:,} of {helped['answers']:,} answers were made with feedback from the gold: its figures are not "
            "those of a system that could be deployed."
        )
        yield Note(run, places.get(run), [said])
    for one in from_json(report["in_training"]):
        yield Note(one.run, places.get(one.run), [without_run(one)])
    for run, sentences in _left_out(report).items():
        yield Note(run, places.get(run), sentences)


def _left_out(report: Report) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    several = len(report["boards"]) > 1
    for board in report["boards"]:
        where = f"{board['benchmark']}, {board['comparator']}: " if several else ""
        for run in board["runs"]:
            found.setdefault(run["run"], []).extend(
                f"{where}{number:,} question{'s' if number > 1 else ''} left out: {readable(reason)}."
                for reason, number in run["excluded"].items()
            )
            figure = run["figures"].get("unanswered")
            if figure and figure["value"]:
                number = round(figure["value"] * figure["n"])
                found[run["run"]].append(
                    f"{where}{number:,} of {figure['n']:,} candidates timed out, ran out of memory or crashed; "
                    "they count as not correct."
                )
    return {run: sentences for run, sentences in found.items() if sentences}
