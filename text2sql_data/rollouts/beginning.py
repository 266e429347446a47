"""The row of a run: written when a rollout begins, and compared when it goes on, so that one run is never made in two ways."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from store import Lake, StoreError
from store.ids import canonical_json
from text2sql_data.rollouts.config import Config, pipeline


class RunExistsError(StoreError, FileExistsError):
    """There is a run of that name, made in another way."""


def check_same(lake: Lake, name: str, config: Config, revision: str, what: Mapping[str, Any]) -> None:
    """Refuse a run of that name that was made otherwise: a figure over both would be of neither."""
    row = lake.sql("SELECT benchmark, revision, format, config FROM runs WHERE run = $run", run=name).fetchone()
    if row is None:
        return
    benchmark, its_revision, format_, its_config = row
    if format_ != pipeline(config):
        raise RunExistsError(f"There is a run {name} already, of the kind {format_}.", "Give this one another name: run: NAME")
    if (benchmark, its_revision) != (config.benchmark, revision):
        raise RunExistsError(
            f"The run {name} answers {benchmark} revision {its_revision}, not {config.benchmark} revision {revision}.",
            "Give this one another name: run: NAME",
        )
    before = json.loads(its_config)
    if canonical_json(before) != canonical_json(json.loads(canonical_json(dict(what)))):
        changes = "; ".join(_differences(before, json.loads(canonical_json(dict(what)))))
        raise RunExistsError(
            f"The run {name} was made with another configuration: {changes}.",
            "Change it back to go on with that run, or give this one another name: run: NAME",
        )


def _differences(before: Any, now: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            yield from _differences(before.get(key), now.get(key), f"{path}.{key}".removeprefix("."))
    elif before != now:
        yield f"{path} was {json.dumps(before)} and is {json.dumps(now)}"


def begin(
    lake: Lake, name: str, config: Config, revision: str, what: Mapping[str, Any], k: int, arguments: list[str] | None
) -> None:
    """Write the row of a run, where it is not there yet."""
    row = {
        "run": name,
        "benchmark": config.benchmark,
        "revision": revision,
        "system": config.system or name,
        "k": k,
        "format": pipeline(config),
        "sources": "[]",
        "config": json.dumps(what, ensure_ascii=False),
        "added": datetime.now(UTC).replace(tzinfo=None),
    }
    with lake.commit(f"rollout {name} begins", command="rollout run", arguments=arguments) as commit:
        commit.append("runs", [row])
