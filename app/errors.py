"""The errors that the server itself raises; `app.web.problems` says how each is answered."""

from http import HTTPStatus

from starlette.exceptions import HTTPException


class BusyError(Exception):
    """A bounded resource is taken.

    Attributes:
        retry_after_s: when it is worth trying again.
    """

    def __init__(self, what: str, retry_after_s: int = 1) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"{what} Try again in {retry_after_s} s.")


class TimeLimitError(Exception):
    """A computation that took all the time that one may have."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            f"This computation took more than {limit_s:g} s, which is as long as one may here "
            "(CONVSCOPE_LONG_TIME_LIMIT_S). Ask for fewer steps, larger patches or a smaller "
            "network."
        )


class TrainingBusyError(BusyError):
    """Another run is being trained; there is one at a time.

    Attributes:
        extras: what the problem says besides: which run.
    """

    def __init__(self, run_id: str, what: str) -> None:
        self.extras = {"run": run_id}
        super().__init__(what, retry_after_s=10)


class UnknownRunError(Exception):
    """No training run has this id."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"There is no training run {run_id!r}. GET /api/v1/training/runs lists those that are "
            "kept; old ones make room for new ones."
        )


class RunEndedError(Exception):
    """A training run that is over was told to do something."""


class RunGoesOnError(Exception):
    """A training run that is not over was to be deleted."""


class RunElsewhereError(Exception):
    """A training run that another program has started was told to do something."""


class TrainingOffError(Exception):
    """This server does not train."""


class ClientLeftError(Exception):
    """The client hung up before its answer was ready; nobody reads the response."""


class UnknownImageError(Exception):
    """No picture has this id: it never existed, was deleted, expired or made room for others."""

    def __init__(self, image_id: str) -> None:
        self.image_id = image_id
        super().__init__(
            f"There is no picture {image_id!r}. Pictures are kept in memory for a limited time; "
            "upload it again, or use an id from /api/v1/examples."
        )


class NotAMapError(Exception):
    """A layer without rows and columns was asked for as a picture."""


class NoScoresError(Exception):
    """A network that returns no class scores was asked for them."""

    def __init__(self, model_id: str) -> None:
        super().__init__(
            f"{model_id} returns no class scores but maps or features: its layers, units, fields, "
            "filters and numbers can be looked at, and attributions of a unit (target_layer, "
            "channel, row, column) be asked for; classes it has none."
        )


class InvalidUnitError(Exception):
    """A unit that is not in its layer, or was only said in part."""


class ModelTooLargeError(Exception):
    """A network that would not fit the memory set aside for networks."""


class BodyTooLargeError(Exception):
    """A request body beyond the limit, announced or found out while reading."""


class CheckpointTooLargeError(BodyTooLargeError):
    """An uploaded file of weights beyond the limit."""


class PicturesTooLargeError(BodyTooLargeError):
    """A zip of pictures to train on beyond the limit."""


class UnknownDataError(Exception):
    """No data set of own pictures has this id."""

    def __init__(self, set_id: str) -> None:
        super().__init__(
            f"There are no pictures {set_id[:80]!r}. GET /api/v1/training/data lists those that "
            "are kept."
        )


class UnknownCheckpointError(Exception):
    """No uploaded checkpoint has this id."""

    def __init__(self, checkpoint_id: str) -> None:
        super().__init__(
            f"There is no checkpoint {checkpoint_id[:80]!r}. GET /api/v1/checkpoints lists those "
            "that are kept; the oldest make room for new ones, so upload it again."
        )


class ModelUploadsOffError(Exception):
    """This server opens no networks that people send, or only some may be changed."""


class NameTakenError(Exception):
    """There is a model of this id already."""


class NotYourModelError(Exception):
    """A model that cannot be changed or forgotten: it ships, was trained, or lies in a folder."""


class StorageFullError(Exception):
    """There is no room on the disk, or none that may be used, for another network."""


class RequestTooLargeError(HTTPException):
    """A request body, not of an upload, beyond the limit.

    An HTTPException because FastAPI turns whatever else comes up while it reads a body into a 400.
    """

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"A request body may have at most {limit_bytes:,} bytes; this one has more. A picture "
            "goes as multipart/form-data to /api/v1/images or /api/v1/predictions.",
        )

    def __str__(self) -> str:
        return self.detail


class BodyTooSlowError(Exception):
    """A request body that stopped coming."""


class HeadTooSlowError(Exception):
    """The head of a request that stopped coming."""


class MalformedRequestError(Exception):
    """What came is no HTTP request."""


class RequestTooSlowError(HTTPException):
    """A request body, not of an upload, that stopped coming; an HTTPException for the same reason.

    Attributes:
        idle_s: the longest pause that is waited for.
        total_s: the longest that a whole body may take.
    """

    def __init__(self, idle_s: float, total_s: float) -> None:
        super().__init__(
            HTTPStatus.REQUEST_TIMEOUT,
            f"The request's body paused for more than {idle_s:g} s or took more than {total_s:g} s "
            "in all; send it again.",
        )

    def __str__(self) -> str:
        return self.detail


class UnknownParameterError(Exception):
    """A query parameter that the call does not have, or has once and was given more often.

    Attributes:
        extras: what the problem says besides: what was given, and what there is.
    """

    def __init__(self, reason: str, given: list[str], known: list[str]) -> None:
        self.extras = {"unknown": given, "parameters": known}
        super().__init__(reason)


class UnknownHostError(Exception):
    """A request for a name that this server does not go by."""


class ForeignPageError(Exception):
    """A page of another site asked for something that only this server's own pages may ask for."""


class MissingTokenError(Exception):
    """A request without the server's token, or with a wrong one."""


class TooManyGuessesError(BusyError):
    """One address has sent too many wrong tokens."""


class UnsupportedMediaTypeError(Exception):
    """A body in another form than the one that is read here."""


class InvalidParameterError(Exception):
    """A parameter that is well formed but not among the valid choices, which the message names."""


class NotReadyError(Exception):
    """The default model is not loaded yet, or could not be, or nothing gets computed."""
