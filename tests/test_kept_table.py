"""docs/kept.md is what the conversions do today."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def kept():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import kept
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return kept


@pytest.mark.slow
def test_the_table_is_up_to_date(kept):
    written = (ROOT / "docs" / "kept.md").read_text()
    assert written == kept.text() + "\n", "run: python benchmarks/kept.py --write docs/kept.md"


def test_nothing_is_mistagged_lost_or_dropped_unsaid(kept):
    written = (ROOT / "docs" / "kept.md").read_text()
    cells = [cell.strip() for line in written.splitlines() if line.startswith("|") for cell in line.split("|")[2:-1]]
    assert len(cells) > 90
    assert not [cell for cell in cells if "mistagged" in cell or cell == "lost" or "nowhere" in cell]
