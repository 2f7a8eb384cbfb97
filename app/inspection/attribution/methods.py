"""Every attribution method there is. A new one is a file with a `METHOD`, and a line here."""

from app.inspection.attribution import (
    deconvnet,
    grad_cam,
    grad_cam_plus_plus,
    guided_backpropagation,
    input_times_gradient,
    integrated_gradients,
    layer_cam,
    occlusion,
    recipro_cam,
    saliency,
    score_cam,
    smoothgrad,
)
from app.inspection.attribution.contract import Method
from app.inspection.errors import UnknownMethodError

METHODS: tuple[Method, ...] = (
    grad_cam.METHOD,
    grad_cam_plus_plus.METHOD,
    layer_cam.METHOD,
    score_cam.METHOD,
    recipro_cam.METHOD,
    saliency.METHOD,
    input_times_gradient.METHOD,
    smoothgrad.METHOD,
    guided_backpropagation.METHOD,
    deconvnet.METHOD,
    integrated_gradients.METHOD,
    occlusion.METHOD,
)


def method_named(name: str) -> Method:
    """The method of this name.

    Raises:
        UnknownMethodError: there is none.
    """
    for method in METHODS:
        if method.name == name:
            return method
    raise UnknownMethodError(name, [method.name for method in METHODS])
