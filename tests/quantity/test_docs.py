import doctest
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "quantities.md"


def test_examples_of_the_page_hold():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert (failed, tried > 10) == (0, True)
