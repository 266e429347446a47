"""The page on security names tests that there are, and every threat has one."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PAGE = (ROOT.parent / "docs" / "security.md").read_text("utf-8")
SECTIONS = re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:]


def test_every_test_is_there() -> None:
    """Each file and function that is named exists; `::name` alone is one of a file that is named in its section."""
    missing = []
    for section in SECTIONS:
        texts = {}
        for name in re.findall(r"`([\w/]+\.py)(?:::\w+)?`", section):
            found = [ROOT / name] if (ROOT / name).exists() else list(ROOT.rglob(name))
            missing += [] if len(found) == 1 else [name]
            texts |= {file: file.read_text("utf-8") for file in found}
        for name, function in re.findall(r"`([\w/]*(?:\.py)?)::(\w+)`", section):
            files = [text for file, text in texts.items() if file.as_posix().endswith(f"/{name}") or not name]
            missing += [] if any(f"def {function}(" in text for text in files) else [f"{name}::{function}"]
    assert missing == []


def test_every_threat_has_a_test() -> None:
    """A row of a table names a test, or says that it is that of the row before; what is the user's own needs none."""
    without, rows = [], 0
    for section in SECTIONS:
        _, head, table = section.partition("| test |\n|---|---|---|\n")
        for row in table.partition("\n\n")[0].splitlines() if head else []:
            threat, stops, test = (cell.strip() for cell in row.strip("|").rsplit("|", 2))
            rows += 1
            if not (".py`" in test or "::test_" in test or test.startswith("the same") or stops == "yours"):
                without.append(threat)
    assert without == []
    assert rows >= 40


def test_what_is_slow_is_marked() -> None:
    """A star stands at the tests that are marked slow, by the mark of the test or of its file."""
    for name, star in re.findall(r"::(test_\w+)`(\*?)", PAGE):
        texts = [text for file in ROOT.rglob("test_*.py") if f"def {name}(" in (text := file.read_text("utf-8"))]
        slow = [re.search(rf"pytest\.mark\.slow\n(?:@.*\n|    .*\n|\).*\n)*def {name}\(", text) for text in texts]
        whole = [re.search(r"^pytestmark = .*pytest\.mark\.slow", text, re.MULTILINE) for text in texts]
        assert bool(star) == bool(any(slow) or any(whole)), name


def test_every_section_says_what_is_not_covered() -> None:
    """No section promises without saying what it does not promise."""
    promising = [section for section in SECTIONS if "| test |" in section or "stops it" in section]
    assert len(promising) >= 6
    said = [section for section in SECTIONS if "**Not covered" in section or section.startswith("Hostile SQL")]
    assert {section.partition("\n")[0] for section in promising} <= {section.partition("\n")[0] for section in said}
