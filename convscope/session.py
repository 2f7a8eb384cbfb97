"""A live network under the microscope: written down, served by a child, drawn in a frame."""

import atexit
import os
import webbrowser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from convscope.card import Labels, slug_of
from convscope.client import Client
from convscope.closing import Closing
from convscope.places import has_browser, is_notebook, reached_at
from convscope.serving import ServerProcess

if TYPE_CHECKING:
    from torch import nn

Open = Literal["auto", "browser", "frame", "no"]

_open: "set[Session]" = set()


class Session(Closing):
    """A network that is being looked at; ends with `close`, its `with`, or the program.

    Attributes:
        model: its id.
        images: ids of the pictures that came along.
        client: asks the same server from Python.
        height: of the frame in a notebook, px.
    """

    def __init__(
        self,
        server: ServerProcess,
        model: str,
        client: Client,
        images: tuple[str, ...],
        height: int,
    ) -> None:
        self._server = server
        self._owner = os.getpid()
        self.model = model
        self.client = client
        self.images = images
        self.height = height
        _open.add(self)

    @property
    def url(self) -> str:
        """Opens the network in a browser. It has the token in it: who knows it is let in."""
        root = reached_at(self._server.port) or f"{self._server.address}/"
        query = {"model": self.model, **({"image": self.images[0]} if self.images else {})}
        return f"{root}session/{self._server.token}/?{urlencode(query)}"

    @property
    def is_open(self) -> bool:
        """False once its server has ended."""
        return self._server.is_running

    def wait(self) -> None:
        """Until the server ends; Ctrl-C ends it."""
        try:
            self._server.wait()
        except KeyboardInterrupt:
            self.close()

    def close(self) -> None:
        """End the server, and forget what it was given."""
        _open.discard(self)
        if os.getpid() != self._owner:
            return  # a fork of the program whose session it is
        self.client.close()
        self._server.close()

    def __repr__(self) -> str:
        state = self.url if self.is_open else "closed"
        return f"<convscope.Session of {self.model}: {state}>"

    def _repr_html_(self) -> str:
        if not self.is_open:
            return f"<p>The session of {escape(self.model)} is closed.</p>"
        # `allow` hands on what the page asks for itself: a camera, and the clipboard.
        return (
            f'<iframe src="{escape(self.url)}" title="Convscope: {escape(self.model)}" '
            f'width="100%" height="{int(self.height)}" allow="camera; clipboard-write" '
            'style="border: 0" allowfullscreen></iframe>'
        )


@atexit.register
def _close_all() -> None:
    for session in list(_open):
        session.close()


def show(
    model: "nn.Module",
    images: Any = None,
    *,
    labels: Labels = None,
    preprocessing: Any = None,
    input_shape: tuple[int, int, int] = (3, 224, 224),
    name: str | None = None,
    port: int = 0,
    open: Open = "auto",  # noqa: A002  as everybody calls it
    height: int = 800,
) -> Session:
    """Look at a live network: under the cell in a notebook, in the browser elsewhere.

    The network is only read; see `convscope.export`, whose arguments these are besides:

    Args:
        model: see `convscope.export`.
        labels: see there.
        preprocessing: see there.
        input_shape: see there.
        name: see there.
        images: one picture or several: paths, PIL images, arrays (height, width[, channels]) or
            tensors (channels, height, width), of whole numbers to 255 or of fractions to 1.
        port: that the server listens at on 127.0.0.1; 0 for any that is free.
        open: "auto" draws a frame where the session stands last in a cell, and opens a browser
            outside of notebooks where there is one; "frame" draws at once; "browser"; "no".
        height: of the frame, px.

    Returns:
        the session, with its `url` and its `client`.

    Raises:
        ExportError: the network cannot be written down; says why.
        StartError: the server did not start.
    """
    server = ServerProcess((port,))
    try:
        # While it starts.
        from convscope.writing import write_down

        name = name or type(model).__name__.lower()
        with _core_left():
            place = server.models / slug_of(name)
            write_down(
                model,
                place,
                labels=labels,
                preprocessing=preprocessing,
                input_shape=input_shape,
                name=name,
            )
    except BaseException:
        server.close()
        raise
    session = serve(server, place.name, images=images, height=height)
    present(session, open)
    return session


@contextmanager
def _core_left() -> Iterator[None]:
    """Compute with one thread fewer, as long as the server starts.

    Each small operation ends when the last of its threads does, and waits whenever that one's core
    is the server's: to write a ResNet-18 down on two cores took 2.4 s instead of 0.7.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads - 1))
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def serve(server: ServerProcess, first: str, *, images: Any = None, height: int = 800) -> Session:
    """Serve what lies in the server's folder of models.

    Args:
        server: that was not told yet; closed if it cannot serve.
        first: name of the file or folder in there whose network is to begin with.
        images: see `show`.
        height: see `show`.

    Raises:
        StartError: the server did not start, or could not open that file; says why.
    """
    settings = {"CONVSCOPE_DEFAULT_FILE": first}
    if reached_at(1) is not None:
        # Asked by the proxy's name, which only the proxy knows; the token is asked for by any.
        settings["CONVSCOPE_ALLOWED_HOSTS"] = "*"
    model = server.serve(settings)
    client = Client(server.address, server.token, model)
    try:
        ids = tuple(client.upload(image) for image in _several(images))
    except BaseException:
        client.close()
        server.close()
        raise
    return Session(server, model, client, ids, height)


def _several(images: Any) -> Iterable[Any]:
    if images is None:
        return ()
    is_one = isinstance(images, str | Path | bytes) or hasattr(images, "save")
    # An array or a tensor of one picture has two or three axes.
    if is_one or (hasattr(images, "shape") and len(images.shape) <= 3):
        return (images,)
    several: Iterable[Any] = images
    return several


def present(session: Session, how: Open) -> None:
    """Show a session, or say where it is."""
    if how == "frame" or (how == "auto" and is_notebook()):
        if how == "frame":
            from IPython.display import display

            display(session)
        return
    if how == "browser" or (how == "auto" and has_browser()):
        webbrowser.open(session.url)
    if how != "no":
        print(f"{session.model} is at {session.url}")  # noqa: T201
