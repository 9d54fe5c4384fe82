import pytest

from conflictstats.errors import ReportError
from conflictstats.report import read_hand


def test_it_reads_what_was_typed(study):
    hand = read_hand(study / "hand" / "report.toml")
    assert hand.title == "Two weeks"
    assert hand.seed == 7
    assert hand.sections[0].figures[0].width == "single"
    assert hand.sections[0].tables[0].columns == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Two weeks"', "", "lacks title"),
        ("seed = 7", 'seed = "7"', "seed is '7'; int was expected"),
        ("seed = 7", "seed = true", "int was expected"),
        ("seed = 7", "sead = 7", "unknown key 'sead'; did you mean 'seed'"),
        ("limits = [", "limits = [1, ", "limits 1 is 1; str was expected"),
        ('caption = "Two', 'captain = "Two', "sections 1, figures 1 .*'captain'"),
        ('shows = "reported"', 'shows = "guessed"', "say one of reported"),
        ('interval = "{share:.0%} credible intervals"', "", "say their interval"),
        ('width = "single"', 'width = "triple"', "say single or double"),
        ("seed = 7", "seed = ", "not TOML"),
        ("[[highlights]]", "[highlights]", "a list was expected"),
    ],
)
def test_what_does_not_belong_is_named(study, retype, old, new, said):
    retype(old, new)
    with pytest.raises(ReportError, match=said):
        read_hand(study / "hand" / "report.toml")


def test_a_file_in_another_encoding_is_refused(study):
    path = study / "hand" / "report.toml"
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))
    with pytest.raises(ReportError, match="not TOML in UTF-8"):
        read_hand(path)
