import pytest

from conflictstats.errors import QuantityError, SettingError
from conflictstats.quantity import Language, Lexicon, Reported, parse
from conflictstats.quantity.tokens import read_number, tokenise


def test_one_spelling_for_what_reads_the_same():
    assert tokenise("Près  d’UN") == tokenise("pres d'un")
    assert tokenise("دست‌کم") == tokenise("دستکم")
    assert tokenise("مِئات") == tokenise("مئات")
    assert tokenise("en azından") == tokenise("EN AZINDAN")
    assert tokenise("pre\N{COMBINING GRAVE ACCENT}s") == tokenise("près")


def test_line_ends_part_numbers_that_spaces_join():
    assert tokenise("25 300") == ["25 300"]
    assert tokenise("25\n300") == tokenise("25\t300") == ["25", "300"]


@pytest.mark.parametrize(
    ("token", "thousands", "decimals", "number"),
    [
        ("1,500", ",", ".", 1500),
        ("1,500", ".", ",", 1.5),
        ("1,500.25", ",", ".", 1500.25),
        ("1.500,25", ".", ",", 1500.25),
        ("1,500,000", ",", ".", 1_500_000),
        ("1,500,000", ".", ",", None),
        ("15,00", ",", ".", None),
        ("1,50,000", ",", ".", 150_000),
        ("1.50.000", ".", ",", None),
        ("0.500", ".", ",", 0.5),
        (".5", ",", ".", 0.5),
        ("1 500", ".", ",", None),
        ("1 500", ". ", ",", 1500),
        ("1.500.5", ",", ".", None),
        ("1٫5", ".", ",", 1.5),
        ("1500,000", ",", ".", None),
    ],
)
def test_marks_mean_what_the_language_makes_of_them(token, thousands, decimals, number):
    assert read_number(token, thousands, decimals) == number


def test_a_new_word_is_known_only_where_it_was_added():
    mine = Lexicon.built_in().extended("en", multiplier={100_000: ["lakh"]})
    assert parse("over 3 lakh", lexicon=mine) == Reported.more_than(300_000)
    with pytest.raises(QuantityError, match="'lakh'"):
        parse("over 3 lakh")


def test_a_new_language_can_be_added():
    mine = Lexicon.built_in().extended("sw", at_least=["angalau"])
    assert parse("angalau 25", lexicon=mine) == Reported.at_least(25)


def test_a_word_keeps_one_meaning():
    with pytest.raises(QuantityError, match="'over' is"):
        Lexicon.built_in().extended("en", nearly=["over"])
    with pytest.raises(SettingError, match="role must be one of"):
        Lexicon.built_in().extended("en", roughly=["over"])
    with pytest.raises(QuantityError, match="unknown roles"):
        Language.from_table("xx", {"roughly": ["over"]})


def test_every_language_can_say_the_five_hedges():
    for code, language in Lexicon.built_in().languages.items():
        roles = {role for role, _ in language.words.values()}
        assert {"at_least", "more_than", "about", "nearly", "up_to"} <= roles, code
        assert language.thousands, code
        assert language.decimals, code
