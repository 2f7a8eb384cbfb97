"""`python -m app.atlas.worker DIRECTORY`: looks at parts of an atlas, one after the other.

Orders come in on standard input and events go out on standard output, a JSON object a line:

    order    {"shard": 3, "without": [17]}    look at part 3, but not at picture 17
    events   {"ready": true}                  the network is loaded
             {"opening": 12}, {"opened": 12}  before and after picture 12 is decoded
             {"finished": 3}                  the file of part 3 is written
             {"failed": "No space left ..."}  why it cannot go on, the last thing that it says

It ends when its input ends, and with the process that started it.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import torch

from app.atlas.networks import AtlasNetwork, open_network
from app.compute.memory import keep_freed_memory
from app.inspection.atlas.files import to_bytes
from app.inspection.atlas.manifest import AtlasPicture, Manifest
from app.inspection.atlas.summarise import PictureGoneError, opened, summarise
from app.settings import Settings
from app.stores.atlases.job import Job
from app.stores.atlases.place import AtlasPlace
from app.stores.atlases.sources import PictureSource, source_of_description
from models.disk.checked_fields import Fields
from models.disk.whole_files import write_atomically
from models.errors import ConvscopeError
from models.pictures import Picture

_PR_SET_PDEATHSIG = 1
KILLS = "It ends the process that decodes it."

Tell = Callable[[dict[str, Any]], None]


class NetworkChangedError(ConvscopeError):
    """The network is not the one that the atlas was begun with."""


class PartWorker:
    """Looks at parts of one atlas, whose network it has loaded.

    Args:
        job: what the atlas is of.
        manifest: its pictures.
        settings: where weights lie.

    Raises:
        NetworkChangedError: this network is another.
        ConvscopeError: it cannot be loaded.
    """

    def __init__(self, job: Job, manifest: Manifest, settings: Settings) -> None:
        # One after the other adds in one order; several threads would add in any.
        torch.set_num_threads(1)
        self._job, self._manifest = job, manifest
        self._network: AtlasNetwork = open_network(job.model, job.preparation, settings)
        self._source: PictureSource = source_of_description(Fields(dict(job.source), "the source"))
        if self._network.fingerprint != job.network:
            raise NetworkChangedError(
                f"The weights of {job.model} are not those that this atlas was begun with. Name "
                "another directory."
            )

    def look(self, shard: int, without: Collection[int], tell: Tell) -> bytes:
        """The file of a part.

        Args:
            shard: which part.
            without: indices of pictures that are not to be decoded.
            tell: is told what is being done.
        """
        numbers = {self._manifest.pictures[index]: index for index in self._manifest.shards[shard]}

        def open_picture(picture: AtlasPicture) -> Picture:
            number = numbers[picture]
            tell({"opening": number})
            try:
                if number in without:
                    raise PictureGoneError(KILLS)
                return opened(picture, lambda each: self._source.read(each.path))
            finally:
                tell({"opened": number})

        network = (self._network.graph, self._network.entry.preprocessing)
        return to_bytes(summarise(network, self._manifest, shard, self._job.plan, open_picture))


def main() -> None:
    """Follow orders until there are no more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    keep_freed_memory()
    # Whatever a library prints must not come between events.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(event: dict[str, Any]) -> None:
        print(json.dumps(event), file=events, flush=True)

    place = AtlasPlace(Path(sys.argv[1]))
    try:
        worker = PartWorker(place.job(), place.manifest(), Settings())
        tell({"ready": True})
        for line in sys.stdin:
            order = json.loads(line)
            data = worker.look(order["shard"], order["without"], tell)
            write_atomically({place.shard(order["shard"]): data})
            tell({"finished": order["shard"]})
    except OSError as error:
        tell({"failed": f"{error.filename or place.directory}: {error.strerror or error}."})
    except (ConvscopeError, ValueError) as error:
        tell({"failed": str(error)})


if __name__ == "__main__":
    main()
