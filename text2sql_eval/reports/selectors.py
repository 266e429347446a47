"""Which selectors a report over runs speaks of, and which pins stand behind them."""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from store import Lake, QueryError
from text2sql_eval.statistics.selectors import require_selectors

_SQL = files("text2sql_eval") / "reports" / "sql"


class Selector(NamedTuple):
    """A selector that has chosen for runs: its method, and its fitted model as name@version where it has one."""

    name: str
    method: str
    model: str | None
    runs: list[str]


class Pin(NamedTuple):
    """The dataset that a fitted model was trained on, as name@version, and the digest of its rows."""

    model: str
    pin: str | None
    digest: str | None


def chosen(lake: Lake, names: Sequence[str], runs: Sequence[str] | None, gate: str) -> list[Selector]:
    """The selectors of these names, or where none is named all that have chosen for the runs.

    Raises:
        NameNotFoundError: A name is not that of a selector that has chosen under the gate.
    """
    require_selectors(lake, names, gate) if names else None
    try:
        rows = lake.sql(_text("selectors_of"), gate=gate, runs=None if runs is None else list(runs)).fetchall()
    except QueryError:  # the lake at a version from before there were selectors
        return []
    found = [Selector(*row) for row in rows]
    return [one for one in found if not names or one.name in names]


def pins(lake: Lake, selectors: Sequence[Selector]) -> list[Pin]:
    """The pins behind the fitted models of selectors."""
    models = [one.model for one in selectors if one.model]
    return [Pin(*row) for row in lake.sql(_text("model_pins"), models=models).fetchall()] if models else []


def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text("utf-8")
