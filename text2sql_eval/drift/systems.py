"""What a drift does to systems: figures on the same questions and on their own, ranks, changes of order, all candidates."""

from collections.abc import Sequence

from text2sql_eval.drift.cells import MOVES, Report, Row, interval, p_value, percent, points
from text2sql_eval.reports.blocks import Column, Section, Table, count, number, readable, words


def moved(report: Report, one: Row) -> Section:
    """What moved, in a few numbers."""
    answers = one["answers"]
    rows = [
        [words("Answers counted on both sides"), count(answers["n"])],
        *([words(f"Answers {said}"), count(answers[move])] for move, said in MOVES.items()),
        [words("Questions with an answer that flipped"), count(one["questions_flipped"])],
        [words("Questions that moved and have another gold"), count(one["golds_changed"])],
        [words("Kendall's tau of the ranks, questions of both sides"), number(one["tau"]["both"])],
        [words("Kendall's tau of the ranks, own questions"), number(one["tau"]["own"])],
    ]
    text = (
        f"{_metric(report)} of {one['benchmark']} (revision {one['revision']}), gate {report['options']['gate']}: from "
        f"{report['from']['name']} to {report['to']['name']}. An answer is a question in a run; it flips from correct to "
        "wrong, or back."
    )
    return Section("moved", "What moved", text, [Table("moved", "", [Column("What"), Column("n", right=True)], rows)])


def systems(report: Report, one: Row) -> Section:
    """Figures, changes and ranks on the questions of both sides."""
    before, after = report["from"]["name"], report["to"]["name"]
    columns = [
        Column("Run"),
        Column("n", right=True),
        Column(before, right=True, version=0),
        Column(after, right=True, version=1),
        *(Column(label, right=True) for label in ("Change", "p")),
        Column("To wrong", right=True),
        Column("To correct", right=True),
        Column("Rank before", right=True, version=0),
        Column("Rank after", right=True, version=1),
        Column("Shown"),
    ]
    rows = []
    for run in _by_rank(one["runs"]):
        both = run["both"]
        said = [*([both["shown"]] if both["shown"] else []), *(["rank beyond noise"] if both["beyond_noise"] else [])]
        rows.append(
            [
                words(run["run"]),
                count(both["n"]),
                percent(both["from"]),
                percent(both["to"]),
                interval(both["change"]),
                p_value(both["p_adjusted"]),
                count(run["moved"]["to_wrong"]),
                count(run["moved"]["to_correct"]),
                count(both["rank_from"]),
                count(both["rank_to"]),
                words(", ".join(said)),
            ]
        )
    text = "Over the questions that count on both sides; ranks with ties: equal figures have the same rank. Per cent and points."
    return Section("systems", "Systems on the same questions", text, [Table("systems", "", columns, rows)])


def own(report: Report, one: Row) -> Section | None:
    """What a leaderboard of each side would show; only where it says something else."""
    if all(run["own"][side]["n"] == run["both"]["n"] for run in one["runs"] for side in ("from", "to")):
        return None
    columns = [Column("Run")]
    for place, side in enumerate(("from", "to")):
        columns += [
            Column("n", right=True, version=place),
            Column(report[side]["name"], right=True, version=place),
            Column("Rank", right=True, version=place),
        ]
    rows = []
    for run in _by_rank(one["runs"]):
        cells = [words(run["run"])]
        for side in ("from", "to"):
            own = run["own"][side]
            left = "; ".join(f"{n:,} {readable(reason)}" for reason, n in sorted(own["excluded"].items()))
            cells += [count(own["n"], left), percent(own["value"]), count(own["rank"])]
        rows.append(cells)
    text = "Over all questions that count on a side, which need not be the same on both: what a table of that side alone shows."
    return Section("own", "Systems on their own questions", text, [Table("own", "", columns, rows)])


def order(report: Report, one: Row) -> Section | None:
    """The pairs of runs that stand otherwise to each other."""
    if len(one["runs"]) < 2:  # noqa: PLR2004 - one run has no order
        return None
    columns = [
        Column("Pair"),
        Column(f"Gap, {report['from']['name']}", right=True, version=0),
        Column(f"Gap, {report['to']['name']}", right=True, version=1),
        *(Column(label, right=True) for label in ("Change", "p")),
        Column("Shown"),
    ]
    rows = [
        [
            words(f"{swap['a']} - {swap['b']}"),
            points(swap["gap_from"]["value"]),
            points(swap["gap_to"]["value"]),
            interval(swap["change"]),
            p_value(swap["p_adjusted"]),
            words("more than noise" if swap["beyond_noise"] else "no more than noise"),
        ]
        for swap in one["swaps"]
    ]
    pairs = len(one["runs"]) * (len(one["runs"]) - 1) // 2
    beyond = sum(swap["beyond_noise"] for swap in one["swaps"])
    text = (
        f"{len(rows):,} of {pairs:,} pairs of runs stand otherwise to each other (ties count), {beyond:,} of them by more than "
        "noise. The gap is the first minus the second, in points, on the questions that count for both on both sides."
    )
    return Section("order", "Who changed places", text, [Table("order", "", columns, rows)] if rows else [])


def candidates(one: Row) -> Section | None:
    """All candidates of runs with several for a question; of others they are the answers."""
    runs = [run for run in one["runs"] if run["candidates"] and run["candidates"]["known"] > run["both"]["n"]]
    if not runs:
        return None
    names = ("candidates", "known", "to_wrong", "to_correct", "to_unknown", "from_unknown")
    columns = [Column("Run"), *(Column(readable(name), right=True) for name in names)]
    rows = [[words(run["run"]), *(count(run["candidates"][name]) for name in names)] for run in _by_rank(runs)]
    text = "Among all candidates of a run, whatever stands as its answer. Known: correct or wrong on both sides."
    return Section("candidates", "Candidates", text, [Table("candidates", "", columns, rows)])


def _metric(report: Report) -> str:
    metric = str(report["options"]["metric"])
    return {"pipeline": "EX", "greedy": "greedy@1"}.get(metric, metric)


def _by_rank(runs: Sequence[Row]) -> list[Row]:
    """As the first side ranks them; those without a figure last."""
    return sorted(runs, key=lambda run: (run["both"]["rank_from"] is None, run["both"]["rank_from"], run["run"]))
