"""How much may be under way at once: in all, of one client, and of one address."""

from collections import Counter

from app.errors import BusyError
from app.web.clients import Client


def share_of(places: int) -> int:
    """Of so many places those that one address may have, so that others find some free."""
    return places - places // 4


class Admission:
    """Counts what is under way or in line.

    Args:
        what: is counted, in the plural.
        places: for all together.
        per_client: for one browser or program; all places unless told.
        per_address: for all of one address; all places unless told.
        retry_after_s: when it is worth trying again.
    """

    def __init__(
        self,
        what: str,
        places: int,
        per_client: int | None = None,
        per_address: int | None = None,
        retry_after_s: int = 1,
    ) -> None:
        self._what = what
        self._places = places
        self._per_client = places if per_client is None else per_client
        self._per_address = places if per_address is None else per_address
        self._retry_after_s = retry_after_s
        self._by_client: Counter[Client] = Counter()

    @property
    def count(self) -> int:
        """How many there are now."""
        return self._by_client.total()

    def enter(self, client: Client) -> None:
        """Take a place.

        Raises:
            BusyError: there is none, or none for this client.
        """
        own = self._by_client[client]
        neighbours = sum(
            count for other, count in self._by_client.items() if other.address == client.address
        )
        what = self._what
        if self.count >= self._places:
            reason = f"All {self._places} places for {what} are taken."
        elif own >= self._per_client:
            reason = f"You have {own} {what} under way or in line, as many as one client may."
        elif neighbours >= self._per_address:
            reason = (
                f"Your address has {neighbours} {what} under way or in line, as many as one "
                "address may."
            )
        else:
            self._by_client[client] += 1
            return
        raise BusyError(reason, self._retry_after_s)

    def leave(self, client: Client) -> None:
        """Give a place back."""
        self._by_client -= Counter([client])
