"""What a reader of a report has to know first: how it was made, and what its figures do not count."""

import shlex
from typing import Any


def command(report: dict[str, Any]) -> str:
    """The command that makes this report."""
    options = report["options"]
    parts = ["t2s", "report", "pairs", *(version["name"] for version in report["versions"])]
    if options["against"]:
        parts += ["--benchmark-against", options["against"]]
    if options["tokenizer"]:
        parts += ["--tokenizer", options["tokenizer"]]
    if options["max_length"]:
        parts += ["--max-length", str(options["max_length"])]
    parts += ["--examples", str(options["examples"]), "--seed", str(options["seed"])]
    return shlex.join(parts)


def left_out(report: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """What the figures of each version do not count, in sentences."""
    return [(version["name"], _left_out(version, report["length_unit"])) for version in report["versions"]]


def _left_out(version: dict[str, Any], unit: str) -> list[str]:
    found = []
    pairs = version["pairs"]

    def say(number: int, what: str) -> None:
        if number:
            found.append(f"{number:,} {what}")

    say(version["rows_without_pair"], "rows of the dataset were not made from a pair that is in the lake; they are not counted.")
    say(version["unmatched"], "pairs are of a question that is not in the lake; figures by question leave them out.")
    for side in ("chosen", "rejected"):
        say(
            version[f"{side}_executable"]["as_the_source_says"],
            f"{side} SQL were not executed here: whether they do is as the source says.",
        )
        say(
            version[f"{side}_executable"]["excluded"].get("not_known", 0),
            f"{side} SQL: not known whether they execute; they are in no rate.",
        )
    say(version["result_relation"]["not_known"], "pairs lack one of the two results, so how these relate is not known.")
    say(pairs - version["total_size"]["n"], f"pairs have no known prompt, so their whole length in {unit} is not known.")
    say(pairs - version["margin"]["n"], "pairs have no known rewards; they are in no margin, nor among hard negatives.")
    dropped = sum(drop["pairs"] for drop in version["drops"])
    say(dropped, "pairs were left out before, by the rules listed below.")
    return found
