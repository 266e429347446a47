"""What every report says of how it was made: its form, the version of the lake, and the software."""

from typing import Any

from store import Lake
from store.commit import versions

FORMAT = 1
"""Version of the form of the JSON."""

_SOFTWARE = ("text2sql-store", "duckdb", "sqlglot")


def envelope(kind: str, lake: Lake, title: str) -> dict[str, Any]:
    """The head of a report's JSON. No time of day is in it: the same lake and options give the same bytes."""
    software = versions()
    return {
        "report": kind,
        "format": FORMAT,
        "title": title,
        "lake_version": lake.version,
        "software": {name: software[name] for name in _SOFTWARE if name in software},
    }


def made(report: dict[str, Any]) -> str:
    """The head as a sentence."""
    software = ", ".join(f"{name} {version}" for name, version in report["software"].items())
    return f"From version {report['lake_version']} of the lake, by {software}."
