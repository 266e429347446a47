"""Reports over runs in a real browser: charts drawn, no error, no request, readable at two widths, with 46 candidates too."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from store.cli import cli

pytestmark = pytest.mark.slow

PAGES = ("runs", "compare", "collab", "question", "many")


@pytest.fixture(scope="module")
def pages(demo_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages over the demo lake, and one of a question with 46 candidates and more."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(demo_made / "lake", folder / "lake")

    def t2s(*arguments: str) -> None:
        done = CliRunner().invoke(cli, ["--lake", str(folder / "lake"), *arguments])
        assert done.exit_code == 0, done.output

    t2s("select", "run", "majority", "--run", "mats_rollouts", "--run", "small", "--run", "large")
    predictions = [folder / f"many{number}.sql" for number in range(46)]
    for number, file in enumerate(predictions):
        file.write_text("\n".join(f"SELECT {number % 9} AS n, '{'x' * number}' AS t" for _ in range(_questions(folder))) + "\n")
    t2s("import", "spider", *map(str, predictions), "--benchmark", "demo")
    t2s("execute")
    t2s("label")
    t2s("report", "runs", "--comparator", "bird", "--html", str(folder / "runs.html"))
    t2s("report", "compare", "small", "large", "--html", str(folder / "compare.html"))
    t2s("report", "collab", "small", "large", "--html", str(folder / "collab.html"))
    t2s("report", "question", "demo", "3", "--run", "small", "--run", "mats_rollouts", "--html", str(folder / "question.html"))
    t2s("report", "question", "demo", "3", "--html", str(folder / "many.html"))
    return folder


def _questions(folder: Path) -> int:
    """How many questions the demo benchmark has."""
    import store

    with store.open(folder / "lake", create=False) as lake:
        (many,) = lake.sql("SELECT count(*) FROM questions WHERE benchmark = 'demo'").fetchone() or (0,)
    return int(many)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1400, "dark")])
def test_a_page_opens_without_a_network(browser: Any, pages: Path, name: str, width: int, scheme: str) -> None:  # noqa: ANN401
    """No message, no request, a mark in every chart, nothing wider than the screen, every link leads somewhere."""
    file, wrong = pages / f"{name}.html", []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = context.new_page()
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: None if request.url == file.as_uri() else wrong.append(request.url))
    opened.goto(file.as_uri())
    opened.wait_for_selector("html[data-charts=drawn], html[data-charts=failed]", timeout=120_000)
    assert wrong == []
    assert opened.get_attribute("html", "data-charts") == "drawn"
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    empty = "boxes => boxes.filter(box => !box.querySelector('svg path')).map(box => box.id)"
    assert opened.eval_on_selector_all(".chart", empty) == []
    lost = "links => links.map(link => link.getAttribute('href').slice(1)).filter(id => !document.getElementById(id))"
    assert opened.eval_on_selector_all("a[href^='#']", lost) == []
    context.close()


def test_many_candidates_stay_readable(browser: Any, pages: Path) -> None:  # noqa: ANN401
    """46 candidates and more are grouped; most groups are closed, one click opens all, and each answer is there."""
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    opened.goto((pages / "many.html").as_uri())
    opened.wait_for_selector("html[data-charts=drawn]")
    groups = opened.locator("details.returned").count()
    assert groups >= 9
    assert opened.locator("details.returned[open]").count() < groups
    assert opened.locator(".written .facts").count() >= 46
    opened.click("button[data-open=true]")
    assert opened.locator("details.returned[open]").count() == groups
    opened.close()
