"""What a network computes when torch runs it as it is: the oracle for captures.

Two independent records, both cloned the moment a value exists, before anything writes over it:
every result of an operation, in order, and every output of a module, by path and call. A write
through a view changes what other tensors show: they are recorded anew after it.
"""

from collections import defaultdict

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode


class OperationRecord(TorchDispatchMode):
    """Records the results of all operations that torch dispatches inside it."""

    def __init__(self, tensor):
        super().__init__()
        self.results = []
        self.seen = [tensor]

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        values = result if isinstance(result, tuple | list) else (result,)
        values = [value for value in values if isinstance(value, torch.Tensor) and value.numel()]
        for value in values:
            self.note(value)
        if func._schema.is_mutable:
            memory = {value.untyped_storage().data_ptr() for value in values}
            shared = [one for one in self.seen if one.untyped_storage().data_ptr() in memory]
            # From part to whole, and from the whole to other parts.
            for value in (*reversed(shared), *shared):
                self.note(value)
        self.seen += values
        return result

    def note(self, value):
        # A single number is shown as a vector of one.
        value = value.reshape(1) if value.dim() == 0 else value
        self.results.append(value.clone())


def run_recorded(module, tensor):
    """(output, results of operations in order, outputs of modules by id of the call)."""
    outputs, calls, handles = {}, defaultdict(int), []

    def hook_for(path):
        def hook(_module, _arguments, output):
            number = calls[path]
            calls[path] += 1
            if isinstance(output, torch.Tensor):
                outputs[f"{path}_{number}" if number else path] = output.clone()

        return hook

    for path, child in module.named_modules():
        handles.append(child.register_forward_hook(hook_for(path)))
    try:
        own = tensor.clone()
        with torch.no_grad(), OperationRecord(own) as record:
            output = module(own)
    finally:
        for handle in handles:
            handle.remove()
    # The clones of the hooks were made inside the mode too, and are results like others.
    return output, record.results, outputs


def agrees(value, reference):
    """True if equal to 1e-5 of the reference's largest magnitude, in either order of axes."""
    if value.dim() == 3 and reference.dim() == 3 and value.shape != reference.shape:
        reference = reference.permute(2, 0, 1)
    if value.shape != reference.shape:
        return False
    reference = reference.to(torch.float32)  # masks are shown as numbers
    if not bool(torch.isfinite(reference).all()):
        return torch.equal(value.nan_to_num(), reference.nan_to_num())
    largest = float(reference.abs().max())
    return bool((value - reference).abs().max() <= 1e-5 * largest)


def assert_captured_as_computed(graph, activations, module, tensor):
    """Hold every captured layer against both records."""
    output, results, outputs = run_recorded(module, tensor)
    # For one picture a network may lose the axis that counts them.
    has_batch = output.dim() > activations.logits.dim()
    assert agrees(activations.logits, output[0] if has_batch else output)
    position = 0
    for layer_id in graph.layer_ids[1:]:
        value = activations[layer_id]
        assert tuple(value.shape) == graph.layer(layer_id).output_shape
        assert value.dtype == torch.float32
        assert value.is_contiguous()
        while position < len(results) and not _matches(value, results[position]):
            position += 1
        assert position < len(results), f"nothing computed what {layer_id} shows"
    for call, expected in outputs.items():
        if call in activations:
            assert agrees(activations[call], expected[0]), call
    return outputs


def _matches(value, result):
    # Without the batch axis, where the result has one.
    one_picture = result.dim() == value.dim() + 1 and len(result) == 1
    result = result[0] if one_picture else result
    return value.numel() == result.numel() and agrees(value, result)


def randomise_normalisation(module, seed=0):
    """Give every batch normalisation other statistics than 0 and 1, as training would."""
    generator = torch.Generator().manual_seed(seed)
    for child in module.modules():
        if isinstance(child, nn.BatchNorm2d):
            child.running_mean = torch.randn(child.num_features, generator=generator) * 0.1
            child.running_var = torch.rand(child.num_features, generator=generator) + 0.5
    return module
