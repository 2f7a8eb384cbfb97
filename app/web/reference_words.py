"""What people call what the operations of the API do, where the API's own texts use other words.

Keys of `app.web.learn.terms` stand for the names of those terms. Honest ones only: each leads to
what somebody who types it wants to do.
"""

from collections.abc import Mapping
from types import MappingProxyType

_EXPLAIN = (
    *("heatmap", "heat map", "explain", "explanation", "class activation map", "cam", "why"),
    *("feature importance", "xai", "saliency"),
)
_UPLOAD = ("upload", "send", "photo", "photograph", "picture", "image", "file")
_EVENTS = ("stream", "sse", "progress", "follow")
_EDIT = ("rotate", "translate", "crop", "augment", "augmentation", "transform", "noise", "blur")

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "list_models": ("catalogue", "architectures", "zoo", "pretrained", "which networks"),
        "get_model": (
            *("graph", "architecture", "structure", "summary", "classes", "normalisation"),
            *("parameters", "shape", "multiply-adds", "flops", "macs", "mean and std"),
            *("batch-normalisation", "layer-normalisation", "average-pooling", "max-pooling"),
            *("residual", "concatenation", "flatten", "dense", "depthwise", "stride", "padding"),
            *("dilation", "relu", "activation-function"),
        ),
        "watch_model": ("tracing", *_EVENTS),
        "open_model": ("own model", "custom", "checkpoint", "load", "state dict", "fine-tuned"),
        "upload_checkpoint": (
            *("upload", "own model", "state dict", "pth", "safetensors", "ckpt", "weights"),
            *("load", "fine-tuned"),
        ),
        "get_weights": ("download", "pretrained", "checkpoint", "weights file"),
        "start_download": ("download", "fetch", "pretrained", "weights file"),
        "cancel_download": ("stop", "abort", "weights file"),
        "watch_download": ("download", "weights file", *_EVENTS),
        "upload_image": _UPLOAD,
        "get_image": ("photo", "download"),
        "get_thumbnail": ("preview",),
        "list_examples": ("sample", "demo", "cat", "chelsea"),
        "get_pixels": ("rgb", "values", "raw"),
        "get_predictions": (
            *("softmax", "logit", "sigmoid", "entropy", "argmax", "probability", "confidence"),
            *("classify", "classification", "inference", "top-5", "top5", "label", "forward pass"),
        ),
        "predict_upload": (
            *("softmax", "logit", "sigmoid", "entropy", "argmax", "probability", "confidence"),
            *("classify", "classification", "inference", "top-5", "top5", "label", *_UPLOAD),
        ),
        "get_input": (
            *("preprocessing", "tensor", "normalised", "normalisation", "resize", "crop"),
            *("input tensor", "transform"),
        ),
        "get_activations": (
            *("feature-map", "feature maps", "activation map", "hidden", "intermediate", "output"),
            *("features", "embedding", "hook", "channel", "relu"),
        ),
        "get_overview": ("feature-map", "feature maps", "thumbnails", "all layers"),
        "get_reactions": ("click", "point", "pixel", "channel", "strongest", "feature-map"),
        "intervene_in_model": (
            *("ablate", "ablation", "knock out", "prune", "patching", "steering", "what if"),
            *("residual", "skip connection", "edit weights", "mask"),
        ),
        "get_ablations": ("knock out", "prune", "importance", "channel", "what if"),
        "watch_ablations": ("knock out", "prune", *_EVENTS),
        "get_occlusion": ("occlusion", "mask", "cover", "sensitivity", "sliding window", "heatmap"),
        "watch_occlusion": ("occlusion", "mask", *_EVENTS),
        "make_variant": _EDIT,
        "get_sweep": ("robustness", "invariance", *_EDIT),
        "watch_sweep": ("robustness", *_EDIT, *_EVENTS),
        "get_edited": _EDIT,
        "get_receptive_field": (
            *("receptive-field", "rf", "field of view", "what a unit sees", "stride", "padding"),
            "dilation",
        ),
        "get_effective_field": ("effective-field", "receptive-field", "erf", "gradient", "heatmap"),
        "get_projective_field": ("projective-field", "which units see a pixel", "influence"),
        "get_projective_fields": ("projective-field", "which units see a pixel", "influence"),
        "get_unit": (
            *("neuron", "dot-product", "patch", "kernel", "bias", "products", "convolution"),
            *("how", "compute", "formula", "trace"),
        ),
        "get_feature": ("neuron", "dot-product", "dense", "fully connected", "logit", "bias"),
        "get_unit_row": ("neuron", "sliding window", "convolution", "animation"),
        "get_units": ("neuron", "strongest", "maximum", "top"),
        "get_im2col": ("im2col", "unfold", "matrix product", "gemm", "convolution"),
        "list_attribution_methods": _EXPLAIN,
        "get_attribution": _EXPLAIN,
        "watch_attribution": (*_EXPLAIN, *_EVENTS),
        "get_deletion": ("faithfulness", "insertion", "evaluate", "trust", "auc"),
        "watch_deletion": ("faithfulness", "insertion", "trust", *_EVENTS),
        "get_randomisation": ("sanity check", "adebayo", "trust", "random weights"),
        "watch_randomisation": ("sanity check", "trust", *_EVENTS),
        "get_agreement": ("compare methods", "correlation", "similarity", "trust"),
        "watch_agreement": ("compare methods", "correlation", *_EVENTS),
        "get_decomposition": ("logit", "contribution", "why", "channel", "class weights", "cam"),
        "get_activation_gradients": ("gradient", "backpropagation", "backward", "cross-entropy"),
        "get_weight_gradients": ("gradient", "backpropagation", "backward", "cross-entropy"),
        "get_filters": (
            *("weights", "kernel", "filter", "template", "parameters", "norm", "frobenius"),
            *("dead filters", "similar filters", "cosine"),
        ),
        "get_match": ("template", "cosine", "dot-product", "correlation", "template matching"),
        "get_patch": ("patch", "template", "kernel", "cosine"),
        "get_patches": ("patch", "maximally activating", "top activations", "strongest"),
        "get_projection": (
            *("deconvnet", "guided backpropagation", "gradient", "saliency", "zeiler"),
        ),
        "get_maximisation": (
            *("activation maximisation", "feature visualisation", "dream", "deep dream"),
            "optimise a picture",
        ),
        "watch_maximisation": ("activation maximisation", "feature visualisation", *_EVENTS),
        "get_training": ("optimiser", "hyperparameters", "learning rate", "dataset"),
        "start_run": ("train", "fit", "learn", "sgd", "adam", "epochs", "learning rate"),
        "watch_run": ("loss curve", "accuracy", *_EVENTS),
        "get_templates": ("template", "first layer weights", "filters"),
        "temper_scores": ("softmax", "temperature", "sigmoid"),
        "compute_loss": ("cross-entropy", "log loss", "entropy", "softmax", "gradient"),
        "draw_activations": ("activation-function", "relu", "sigmoid", "tanh", "gelu"),
        "work_graph": ("backpropagation", "chain rule", "autograd", "gradient"),
        "work_jacobian": ("jacobian", "derivative", "gradient"),
        "convolve": ("convolution", "kernel", "stride", "padding", "dilation", "im2col"),
        "compare_patches": ("cosine", "dot-product", "norm", "distance"),
        "map_likeness": ("template matching", "cosine", "patch"),
        "get_template_scores": ("template", "linear classifier", "bias", "weights"),
        "get_equivariance": ("translation", "shift equivariance", "invariance"),
        "get_shift_accuracies": ("translation", "invariance", "robustness"),
        "get_held_out_digit": ("mnist", "sample", "test set"),
        "stack": ("calculator", "receptive-field", "parameters", "multiply-adds", "flops"),
        "healthz": ("alive", "ping", "liveness", "probe"),
        "readyz": ("ready", "readiness", "probe", "status"),
    }
)
