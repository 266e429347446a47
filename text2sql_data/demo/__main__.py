"""`python -m text2sql_data.demo FOLDER` writes the demo benchmark into FOLDER."""

import sys
from pathlib import Path

from text2sql_data.demo import build


def main(arguments: list[str]) -> int:
    """Build into the one folder that is named; print the question file's path, or the usage when there is not one."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m text2sql_data.demo FOLDER\n")
        return 2
    sys.stdout.write(f"{build(Path(arguments[0])).questions}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
