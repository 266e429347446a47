"""The rows about what is inside the validators, and what stands behind them."""

from collections.abc import Iterator
from typing import Any

from text2sql_eval.reports.blocks import NOTHING, Cell, Column, Section, Table, number, percent, points, readable, words

Report = dict[str, Any]

_OTHERS = frozenset({"sql", "planner", "fixer"})
NOT_SAID = "not known"


def screen(report: Report, runs: list[str]) -> list[list[Cell]]:
    """The rows of the one table, under headings, each with a difference where both runs have a value."""
    inside = report["inside"]
    found: list[list[Cell]] = [
        [Cell("Inside the validators, per cent", note="the preferred critique is the likelier one; its verdict is right")]
    ]
    accuracies = [*_reported(inside, runs), *_accuracies(inside, runs)]
    missing = [
        words("reward accuracy"),
        *[Cell(NOT_SAID, note="no log-probabilities")] * len(runs),
        NOTHING,
        Cell("see --reward-accuracy"),
    ]
    found += accuracies or [missing]
    for validator in dict.fromkeys(one["validator"] for one in inside["verdicts"]):
        of = {one["run"]: one["share"] for one in inside["verdicts"] if one["validator"] == validator}
        found.append(_shares(f"verdict accuracy, {validator}", of, runs))
    if inside["yields"]:
        found.append([Cell("What mining gave", note="pairs of critiques per question")])
        found += _yields(inside, runs)
    if inside["sensitivity"]:
        found.append([Cell("Does the fixer read critiques? per cent", note="of two fixes of the same SQL, how many differ")])
        found += _sensitivity(inside, runs)
    return found


def _reported(inside: dict[str, Any], runs: list[str]) -> Iterator[list[Cell]]:
    for validator in dict.fromkeys(one["validator"] for one in inside["reported"]):
        of = {
            one["run"]: one["share"] or {"value": one["value"], "n": None, "lower": None}
            for one in inside["reported"]
            if one["validator"] == validator
        }
        yield _shares(f"reward accuracy, {validator}, as reported", of, runs)


def _accuracies(inside: dict[str, Any], runs: list[str]) -> Iterator[list[Cell]]:
    """By the mean over characters, the nearest to a trainer's mean over tokens that the lake knows."""
    known = [one for one in inside["reward_accuracy"] if one["n"]]
    for mode, agent in dict.fromkeys((one["mode"], one["agent"]) for one in known):
        of = {one["run"]: one["share"] for one in known if (one["mode"], one["agent"]) == (mode, agent)}
        yield _shares(f"reward accuracy, {agent}, pairs of {mode}", of, runs)


def _shares(label: str, of: dict[str, dict[str, Any]], runs: list[str]) -> list[Cell]:
    """A row of shares; a difference is shown where the two intervals do not overlap, which asks for more than 95 %."""
    cells = []
    for run in runs:
        share = of.get(run)
        if share is None or share["value"] is None:
            cells.append(NOTHING)
            continue
        bounds = "" if share["lower"] is None else f"{100 * share['lower']:.1f} \N{EN DASH} {100 * share['upper']:.1f}, "
        cells.append(percent(share["value"], f"{bounds}n = {share['n']:,}" if share["n"] else "n not told"))
    first, second = (of.get(run) for run in runs[:2])
    if not first or not second or first["value"] is None or second["value"] is None:
        return [words(label), *cells, NOTHING, words("")]
    gap = first["value"] - second["value"]
    if first["lower"] is None or second["lower"] is None:
        return [words(label), *cells, Cell(points(gap), gap), words("no interval")]
    apart = first["lower"] > second["upper"] or second["lower"] > first["upper"]
    return [words(label), *cells, Cell(points(gap), gap), words("intervals are apart" if apart else "intervals overlap")]


def _yields(inside: dict[str, Any], runs: list[str]) -> Iterator[list[Cell]]:
    for mode, agent in dict.fromkeys((one["mode"], one["agent"]) for one in inside["yields"] if one["agent"] not in _OTHERS):
        of = {one["run"]: one for one in inside["yields"] if (one["mode"], one["agent"]) == (mode, agent)}
        cells = [
            number(of[run]["pairs_per_question"], 3, f"{of[run]['pairs']:,} pairs") if run in of else NOTHING for run in runs
        ]
        yield [words(f"{mode}: {agent}"), *cells, _difference(of, runs, "pairs_per_question"), words("")]


def _difference(of: dict[str, dict[str, Any]], runs: list[str], name: str) -> Cell:
    first, second = (of[run][name] if run in of else None for run in runs[:2])
    return NOTHING if first is None or second is None else number(first - second, 3)


def _sensitivity(inside: dict[str, Any], runs: list[str]) -> Iterator[list[Cell]]:
    of = {one["run"]: one for one in inside["sensitivity"] if one["validator"] == "all"}
    rates = (
        ("other SQL after other critiques", "sql_sensitivity", "other_pairs", "other_sql"),
        ("other SQL after the same critiques", "sql_base_rate", "same_pairs", "same_sql"),
        ("other verdict after other critiques", "verdict_sensitivity", "other_verdicts", "other_verdict"),
        ("other verdict after the same critiques", "verdict_base_rate", "same_verdicts", "same_verdict"),
    )
    for label, rate, pairs, differ in rates:
        cells = [percent(of[run][rate], f"{of[run][differ]:,} of {of[run][pairs]:,}") if run in of else NOTHING for run in runs]
        first, second = (of[run][rate] if run in of else None for run in runs[:2])
        gap = NOTHING if first is None or second is None else Cell(points(first - second), first - second)
        yield [words(label), *cells, gap, words("")]
    changed = [_changed(of.get(run)) for run in runs]
    yield [words("a doubted SQL was changed"), *changed, NOTHING, words("")]


def _changed(of: dict[str, Any] | None) -> Cell:
    if of is None or not of["doubted_fixed"]:
        return NOTHING
    return percent(of["doubted_changed"] / of["doubted_fixed"], f"{of['doubted_changed']:,} of {of['doubted_fixed']:,}")


def _who(one: dict[str, Any], name: str) -> list[Cell]:
    """The set, the run and the agent that a row is about."""
    return [words(one["pair_set"]), words(one["run"]), words(one[name])]


def details(report: Report) -> Iterator[Section]:
    """What stands behind the rows: how verdicts are wrong, why questions gave no pair, and reward accuracy both ways."""
    inside = report["inside"]
    if inside["verdicts"]:
        headings = (
            "Critiques",
            "Scored",
            "Says incorrect, is wrong",
            "Says incorrect, is correct",
            "Says correct, is wrong",
            "Says correct, is correct",
            "Kappa",
        )
        columns = [Column("Run"), Column("Validator"), *(Column(name, right=True) for name in headings)]
        names = ("critiques", "n", "hits", "false_alarms", "misses", "passes")
        rows = [
            [
                words(one["run"]),
                words(one["validator"]),
                *(Cell(f"{one[name]:,}", one[name]) for name in names),
                number(one["kappa"], 3),
            ]
            for one in inside["verdicts"]
        ]
        text = "Verdicts of critiques against the label of the SQL that they are about."
        yield Section("verdicts", "Verdicts of the validators", text, [Table("verdicts", "", columns, rows, look="dense")])
    if inside["reward_accuracy"]:
        columns = [
            Column("Set"),
            Column("Run"),
            Column("Validator"),
            *(Column(name, right=True) for name in ("Pairs", "Known", "By mean over characters", "By sum over tokens")),
        ]
        rows = [
            [*_who(one, "agent"), Cell(f"{one['pairs']:,}", one["pairs"]), Cell(f"{one['n']:,}", one["n"]),
             percent(one["share"]["value"]), percent(one["share_by_sum"]["value"])]
            for one in inside["reward_accuracy"]
        ]  # fmt: skip
        text = (
            "Of the pairs of critiques whose log-probabilities are known, the share in which the preferred one "
            "is the likelier; equal ones "
            "count as half. The lake has the sum over the tokens of a critique, which favours short ones; its "
            "mean over the characters is "
            "the nearest to the mean over tokens that trainers compare. These pairs are the validator's own "
            "samples, not held out."
        )
        yield Section("rewards", "Reward accuracy", text, [Table("rewards", "", columns, rows, look="dense")])
    if inside["yields"]:
        columns = [
            Column("Set"),
            Column("Run"),
            Column("Agent"),
            Column("Questions", right=True),
            Column("With a pair", right=True),
            Column("Pairs", right=True),
            Column("The others have none, because"),
        ]
        rows = [
            [*_who(one, "agent"), *(Cell(f"{one[name]:,}", one[name]) for name in ("questions", "with_pair", "pairs")),
             words(", ".join(f"{many:,} {readable(reason)}" for reason, many in one["reasons"].items()))]
            for one in inside["yields"]
        ]  # fmt: skip
        yield Section("yields", "Yields of mining", "", [Table("yields", "", columns, rows, fold=16, look="dense")])
