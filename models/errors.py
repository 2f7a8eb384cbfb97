"""The errors that networks, weights and pictures raise; the server turns each into a problem."""

from collections.abc import Iterable, Sequence


class ConvscopeError(Exception):
    """Base of every error whose message a person is meant to read."""


class UnknownModelError(ConvscopeError):
    """No entry of the catalogue has this id."""

    def __init__(self, model_id: str, close_matches: Iterable[str]) -> None:
        self.model_id = model_id
        self.close_matches = list(close_matches)
        hint = f" Did you mean {', '.join(self.close_matches)}?" if self.close_matches else ""
        super().__init__(
            f"There is no model {model_id!r}.{hint} GET /api/v1/models lists every model."
        )


class NoSuchPreparationError(ConvscopeError):
    """Pictures are prepared for this model in one way only."""

    def __init__(self, model_id: str, preparation: str) -> None:
        self.model_id = model_id
        super().__init__(
            f"preparation: {preparation!r} is of models that read handwritten digits; {model_id} "
            "has no choice of preparation."
        )


class WeightsUnavailableError(ConvscopeError):
    """The weights of a model are not on this machine, or could not be fetched.

    Attributes:
        model_id: the model that was asked for.
        file_name: the published name of the missing file.
        reason: why it is not here, one sentence.
        directories: where a person may put the file.
        downloadable: True if this machine may fetch it from its publisher.
    """

    def __init__(
        self,
        model_id: str,
        file_name: str,
        reason: str,
        directories: Iterable[str] = (),
        *,
        downloadable: bool = False,
    ) -> None:
        self.model_id = model_id
        self.file_name = file_name
        self.reason = reason
        self.directories = list(directories)
        self.downloadable = downloadable
        places = " or ".join(self.directories)
        remedy = f" Put the file {file_name} into {places}." if places else ""
        super().__init__(f"The weights of {model_id} are not available: {reason}{remedy}")


class WeightsDamagedError(ConvscopeError):
    """A weight file is there but is not what its name says (wrong hash, wrong shapes, cut off)."""


class DownloadFailedError(ConvscopeError):
    """A published file could not be fetched.

    Attributes:
        file_name: the file that was to be fetched.
        reason: why it failed, one sentence.
    """

    def __init__(self, file_name: str, url: str, reason: str) -> None:
        self.file_name = file_name
        self.url = url
        self.reason = reason
        super().__init__(f"{file_name} could not be downloaded from {url}: {reason}")


class DownloadCancelledError(ConvscopeError):
    """Somebody stopped the download; what has arrived is kept for the next one."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name
        super().__init__(f"The download of {file_name} was stopped. It goes on when asked again.")


class BadImageError(ConvscopeError):
    """The bytes are no picture, or a damaged one that cannot be decoded in full."""


class UnsupportedImageError(BadImageError):
    """An intact picture of a kind that is not read here; the message names the kind."""


class ImageTooLargeError(ConvscopeError):
    """The picture exceeds a limit in bytes or in pixels."""


class CheckpointRefusedError(ConvscopeError):
    """A file is no checkpoint that can be opened; the message says what it is and what to do."""


class LabelsRefusedError(ConvscopeError):
    """A file does not name classes; the message says what is wrong with it."""


class UnknownDesignError(ConvscopeError):
    """No design of the index of recognition has this name."""

    def __init__(self, name: str, close_matches: Iterable[str] = ()) -> None:
        self.name = name
        self.close_matches = list(close_matches)
        hint = f" Did you mean {', '.join(self.close_matches)}?" if self.close_matches else ""
        super().__init__(f"There is no design {name!r}.{hint}")


class ConfigurationRefusedError(ConvscopeError):
    """What lies beside weights does not say which network they are of, or not in a known way."""


class ExpressionRefusedError(ConvscopeError):
    """An expression cannot be read or computed; the message says why.

    Attributes:
        extras: what the problem says besides: where in the expression, counted from 0; where it
            could be read, `variables`, whose other values may have it computed.
    """

    def __init__(self, message: str, position: int, variables: Sequence[str] = ()) -> None:
        self.extras = {"position": position, **({"variables": [*variables]} if variables else {})}
        super().__init__(message)
