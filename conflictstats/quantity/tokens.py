"""Cut a phrase into numbers, words and signs."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from conflictstats.errors import QuantityError

LONGEST_PHRASE = 300

_NUMBER = re.compile(r"\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,'٫]\d+)*|[.,]\d+")
_TOKEN = re.compile(rf"(?P<number>{_NUMBER.pattern})|(?P<word>[^\W\d_]+)|(?P<sign>\S)")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_LAKHS = re.compile(r"\d{1,2}(?:,\d\d)*,\d{3}")
_SILENT = frozenset("'\"“”„«»()[].,;:!؛")
_NEGATION = "\N{COMBINING LONG SOLIDUS OVERLAY}"
_SAME = str.maketrans(
    {
        "ı": "i",
        "ی": "ي",
        "ى": "ي",
        "ک": "ك",
        "ـ": "",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "٬": "'",
        "،": ",",
        "٪": "%",
        "−": "-",
        "½": " ½ ",
        "¼": " ¼ ",
        "¾": " ¾ ",
    }
)


def tokenise(text: str) -> list[str]:
    """Return the numbers, words and signs of a phrase, in one spelling.

    Case, accents, vowel marks, invisible marks and the hyphens inside words are
    dropped; the digits of every script become 0-9. Takes time linear in the text.

    Parameters
    ----------
    text : str
        A phrase of at most 300 characters.

    Returns
    -------
    list of str
        Tokens in the order of the text.

    Raises
    ------
    QuantityError
        If the text is longer than a phrase.

    Examples
    --------
    >>> tokenise("Près d'un millier")
    ['pres', 'd', 'un', 'millier']
    >>> tokenise("8 – 10"), tokenise("1 500"), tokenise("٢٥")
    (['8', '-', '10'], ['1 500'], ['25'])
    """
    if len(text) > LONGEST_PHRASE:
        msg = (
            f"a phrase has at most {LONGEST_PHRASE} characters, got {len(text)}; "
            "give the words around one number, not the sentence"
        )
        raise QuantityError(msg)
    plain = "".join(map(_plain, unicodedata.normalize("NFD", text).casefold()))
    plain = _HYPHEN.sub(" ", plain.translate(_SAME))
    tokens = (match.group() for match in _TOKEN.finditer(plain))
    return [token for token in tokens if token not in _SILENT]


def is_number(token: str) -> bool:
    """Return whether a token is written in digits.

    Parameters
    ----------
    token : str
        A token of :func:`tokenise`.

    Returns
    -------
    bool
        Whether it starts with a digit, or with a decimal mark and a digit.
    """
    return token[-1].isdecimal()


def read_number(token: str, thousands: str, decimals: str) -> Fraction | None:
    """Return the number that digits and separators stand for in one language.

    Parameters
    ----------
    token : str
        Such as "1.500" or "2 000 000".
    thousands, decimals : str
        The marks that the language uses.

    Returns
    -------
    Fraction or None
        The number, or None where the language does not write numbers so.

    Examples
    --------
    >>> read_number("1.500", ".", ","), read_number("1.500", ",", ".")
    (Fraction(1500, 1), Fraction(3, 2))
    >>> read_number("1.500,5", ".", ","), read_number("1.50", ".", ",") is None
    (Fraction(3001, 2), True)
    """
    whole, mark, rest = _split_decimals(token, thousands, decimals)
    marks = set(re.sub(r"\d", "", whole))
    if mark and not rest.isdecimal():
        return None
    if len(marks) > 1 or not marks <= {*thousands, "'"}:
        return None
    if marks and not (_in_threes(whole) or _LAKHS.fullmatch(whole)):
        return None
    digits = re.sub(r"\D", "", whole)
    return Fraction(f"{digits or 0}.{rest or 0}")


def _split_decimals(token: str, thousands: str, decimals: str) -> tuple[str, str, str]:
    """Return what stands before and after the decimal mark, and the mark."""
    marks = re.findall(r"\D", token)
    last = marks[-1] if marks else ""
    whole, _, rest = token.rpartition(last) if last else (token, "", "")
    is_decimal = last == "٫" or (
        marks.count(last) == 1
        and (whole == "0" or last in decimals)
        and (whole == "0" or last not in thousands or not _in_threes(token))
    )
    return (whole, last, rest) if last and is_decimal else (token, "", "")


def _in_threes(number: str) -> bool:
    """Return whether digits stand in groups of three, as thousands do."""
    first, *groups = re.split(r"\D", number)
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in groups)


def _plain(character: str) -> str:
    """Return a character without accents and script; a fixed space joins digits."""
    category = unicodedata.category(character)
    if category in ("Mn", "Cf") and character != _NEGATION:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    if category == "Zs" and character != " ":
        return "'"
    return character
