"""What a gap says, in a sentence. A winner is named only where the comparison names one."""

from typing import Any

from text2sql_eval.reports.blocks import points
from text2sql_eval.reports.document import Verdict

_WHY = "no winner can be named"


def verdict(pair: dict[str, Any], what: str) -> Verdict:
    """The verdict on one pair.

    Args:
        pair: A pair of a comparison, as its JSON has it.
        what: What was compared, such as EX.
    """
    gap = pair["gap"]
    a, b = pair["a"], pair["b"]
    notes = [sentence for sentence in (_noted(pair["note"]), pair["changes"]["warning"]) if sentence]
    if gap["lower"] is None or gap["value"] is None:
        return Verdict(f"{a} and {b}: {_why(pair)}: there is no interval for the gap in {what}.", "open", notes)
    interval = f"{points(gap['lower'])} to {points(gap['upper'])} points"
    if pair["winner"]:
        other = b if pair["winner"] == a else a
        gained = points(abs(gap["value"])).lstrip("+")
        many = len(pair["changes"]["things"]) > 1
        text = (
            f"{pair['winner']} is better than {other} by {gained} points of {what} ({100 * gap['level']:g} % interval of "
            f"{a} minus {b}: {interval})."
        )
        return Verdict(text, "warning" if many else "shown", notes)
    if gap["lower"] <= 0 <= gap["upper"]:
        why = f"the {100 * gap['level']:g} % interval of the gap in {what}, {interval}, contains zero"
    else:
        why = f"the interval of the gap in {what}, {interval}, is beyond zero, but the exact test does not agree"
    return Verdict(f"{a} and {b}: {_WHY}: {why}.", "open", notes)


def _why(pair: dict[str, Any]) -> str:
    return f"{pair['winner']} is named" if pair["winner"] else _WHY


def _noted(note: str) -> str:
    return f"{note[0].upper()}{note[1:]}." if note else ""
