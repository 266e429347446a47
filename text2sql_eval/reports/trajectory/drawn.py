"""What has to be known of how samples were drawn: whether `greedy` is greedy, and whether its sample is one of the K."""

from collections.abc import Iterator, Sequence
from typing import Any

from text2sql_eval.reports.blocks import readable


def drawn(stages: Sequence[dict[str, Any]], k: int) -> Iterator[str]:
    """Sentences on the samples of stages.

    Args:
        stages: The stages, as they stand in the report.
        k: The k of oracle.
    """
    unknown = [stage["run"] for stage in stages if not stage["temperatures"]["greedy"]]
    if unknown:
        yield f"How the samples of {', '.join(unknown)} were drawn is not known: their greedy EX is that of their first sample."
    for stage in stages:
        yield from _of_stage(stage)
    if len({stage["samples"] for stage in stages}) > 1:
        many = ", ".join(f"{stage['run']} {stage['samples']}" for stage in stages)
        yield (
            f"The stages have different numbers of samples ({many}): oracle is that of {k} in all of them, while the vote and "
            "selectors have all samples of a stage, so that their gains are not of the training alone."
        )
    sizes = {stage["n"] for stage in stages}
    if len(sizes) > 1:
        yield (
            f"The stages count {min(sizes):,} to {max(sizes):,} questions: every figure is over its own; gains are over common "
            "ones, and --common counts only those in the table as well."
        )
    left: dict[str, list[str]] = {}
    for stage in stages:
        for reason, number in stage["excluded"].items():
            said = f"{number:,} question{'s' if number > 1 else ''} left out: {readable(reason)}."
            left.setdefault(said, []).append(stage["run"])
    yield from (f"{'All stages' if len(of) == len(stages) else ', '.join(of)}: {said}" for said, of in left.items())


def _of_stage(stage: dict[str, Any]) -> Iterator[str]:
    run, source, found = stage["run"], stage["greedy_run"], stage["temperatures"]
    hot = [value for value in found["greedy"] if value > 0]
    if hot:
        how = "name a run at temperature 0 with --greedy-run" if source == run else "this is not greedy decoding"
        whose = "its" if source == run else f"{source}'s"
        yield f"{run}: greedy EX is that of {whose} first sample, drawn at temperature {_listed(hot)}: {how}."
    if found["first"] == [0] and any(value > 0 for value in found["further"]):
        yield (
            f"{run}: its first sample was drawn at temperature 0, the others at {_listed(found['further'])}: the greedy answer "
            f"is one of the {stage['samples']} samples that oracle, the vote and selectors have."
        )


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
