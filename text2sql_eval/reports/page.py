"""A report as one page that opens without a network: styles, scripts and figures are all in it, and it asks for nothing.

Everything that comes from models, files or databases is text: it is escaped where it stands, and the page's policy lets no script
run but the two that are part of it.
"""

import base64
import hashlib
import itertools
import json
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from text2sql_eval.reports import charts
from text2sql_eval.reports.blocks import Chart, Table, readable, signed
from text2sql_eval.reports.columns import type_names
from text2sql_eval.reports.layout import sections
from text2sql_eval.reports.summary import command, left_out

_TEMPLATES = files("text2sql_eval") / "reports" / "templates"


def html(report: dict[str, Any]) -> str:
    """The page.

    Args:
        report: The report, as `pair_report` gives it, or as its JSON was read.

    Raises:
        ChartsNotInstalledError: altair or vl-convert-python is not installed.
    """
    charts.check_installed()
    names = [version["name"] for version in report["versions"]]
    parts = sections(report)
    specs = {block.name: charts.spec(block, names) for part in parts for block in part.blocks if isinstance(block, Chart)}
    scripts = [charts.javascript(), _text("report.js")]
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["readable"] = readable
    environment.filters["two"] = lambda value: "not known" if value is None else signed(f"{value:.2f}")
    environment.filters["groups"] = lambda lines: [
        (same, list(of)) for same, of in itertools.groupby(lines, key=lambda line: line[2])
    ]
    environment.filters["tojson_plain"] = lambda value: json.dumps(value, ensure_ascii=False, indent=1)
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.tests["chart"] = lambda block: isinstance(block, Chart)
    return environment.from_string(_text("pairs.html.j2")).render(
        report=report,
        sections=parts,
        examples=[(kind, [shown for shown in report["examples"] if shown["type"] == kind]) for kind in type_names(report)],
        names=names,
        command=command(report),
        left_out=left_out(report),
        style=Markup(_text("report.css")),  # noqa: S704 - a file of this package
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - a library and a file of this package
        hashes=[_hash(script) for script in scripts],
        specs=Markup(_data(specs)),  # noqa: S704 - escaped for a script element
    )


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _data(value: object) -> str:
    """JSON that can stand in a script element: nothing in it ends the element, begins a comment or breaks a line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
