"""Pages that open without a network: styles, scripts and figures are all in them, and they ask for nothing.

Everything that comes from models, files or databases is text: it is escaped where it stands, and a page's policy lets no script
run but those that are part of it. Pages without a chart need no library that draws them.
"""

import base64
import hashlib
import itertools
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from text2sql_eval.reports import charts
from text2sql_eval.reports.blocks import Chart, Code, Section, Table, readable, signed
from text2sql_eval.reports.document import Document

_TEMPLATES = files("text2sql_eval") / "reports" / "templates"


def page(document: Document, template: str = "document", **more: object) -> str:
    """A document as one page.

    Args:
        document: What is shown.
        template: Name of the template; those of single reports extend `document`.
        more: What a template shows beside the document.

    Raises:
        ChartsNotInstalledError: There are charts, and altair or vl-convert-python is not installed.
    """
    styles = text("report.css") + text("document.css")
    return render(template, document.sections, document.names, styles, document=document, **more)


def render(template: str, sections: Sequence[Section], names: Sequence[str], style: str, **values: object) -> str:
    """Fill a template, with the charts of the sections and the scripts that draw them.

    Raises:
        ChartsNotInstalledError: There are charts, and altair or vl-convert-python is not installed.
    """
    drawn = [block for section in sections for block in section.blocks if isinstance(block, Chart)]
    if drawn:
        charts.check_installed()
    specs = {chart.name: charts.spec(chart, list(names)) for chart in drawn}
    scripts = [*([charts.javascript()] if drawn else []), text("report.js")]
    return (
        _environment()
        .get_template(f"{template}.html.j2")
        .render(
            sections=sections,
            names=names,
            style=Markup(style),  # noqa: S704 - files of this package
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - a library and a file of this package
            hashes=[_hash(script) for script in scripts],
            specs=Markup(_data(specs)),  # noqa: S704 - escaped for a script element
            **values,
        )
    )


def text(name: str) -> str:
    """One of the files that pages are made of."""
    return (_TEMPLATES / name).read_text("utf-8")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["readable"] = readable
    environment.filters["two"] = lambda value: "not known" if value is None else signed(f"{value:.2f}")
    environment.filters["groups"] = lambda lines: [
        (same, list(of)) for same, of in itertools.groupby(lines, key=lambda line: line[2])
    ]
    environment.filters["tojson_plain"] = lambda value: json.dumps(value, ensure_ascii=False, indent=1)
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.tests["chart"] = lambda block: isinstance(block, Chart)
    environment.tests["code"] = lambda block: isinstance(block, Code)
    return environment


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _data(value: dict[str, Any]) -> str:
    """JSON that can stand in a script element: nothing in it ends the element, begins a comment or breaks a line."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return data
