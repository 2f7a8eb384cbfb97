"""Names of people's own networks, as they stand in ids. Needs no torch."""

import re
import unicodedata

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def slug(text: str) -> str:
    """A name for an id made of any text: `My Net (v2)` is `my-net-v2`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:64].strip("-_") or "network"
