"""Reading guides: their blocks of code, and the addresses that they send people to."""

import re
from itertools import zip_longest
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / "docs" / "guide"
GUIDES = sorted(DIRECTORY.glob("*.md"))
HOST = "http://127.0.0.1:8000"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def blocks(path: Path) -> list[tuple[str, str]]:
    """The language and the text of each block of code."""
    return _BLOCK.findall(path.read_text())


def addresses(path: Path) -> list[tuple[str, dict[str, str]]]:
    """The path and the query of each address of the server that is a link."""
    found = re.findall(rf"\]\({HOST}([^)\s]*)\)", path.read_text())
    parts = [urlsplit(address) for address in found]
    return [(part.path, dict(parse_qsl(part.query))) for part in parts]


def differences(shown: str, told: str) -> list[str]:
    """Lines that differ by more than 0.6 of the last digit that is shown."""
    lines = zip_longest(shown.strip().splitlines(), told.strip().splitlines(), fillvalue="")
    return [f"{left!r} is {right!r}" for left, right in lines if not _is_same(left, right)]


def _is_same(shown: str, told: str) -> bool:
    if _NUMBER.sub("#", shown) != _NUMBER.sub("#", told):
        return False
    pairs = zip(_NUMBER.findall(shown), _NUMBER.findall(told), strict=True)
    return all(abs(float(a) - float(b)) <= _last_digit(a) * 1.2 for a, b in pairs)


def _last_digit(text: str) -> float:
    """One unit of it, or nothing of a whole number."""
    _, _, decimals = text.partition(".")
    return 10.0 ** -len(decimals) if decimals else 0.0
