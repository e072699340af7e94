"""Other forms of models: ONNX, PyTorch, scikit-learn, plain arrays; each needs its library alone.

From the ground up: `given` is what is taken, `untold` what others do not tell, `modules` which layers PyTorch
has; `state_dict`, `pytorch`, `scikit_learn`, `arrays` and `onnx` write a form and read it; `files` does so by
its name.
"""

from plainweave.interop.arrays import from_arrays, to_arrays
from plainweave.interop.files import export, read
from plainweave.interop.onnx import from_onnx, to_onnx
from plainweave.interop.pytorch import from_torch, to_torch
from plainweave.interop.scikit_learn import from_sklearn, to_sklearn
from plainweave.interop.state_dict import from_state_dict, to_state_dict

__all__ = [
    "export",
    "from_arrays",
    "from_onnx",
    "from_sklearn",
    "from_state_dict",
    "from_torch",
    "read",
    "to_arrays",
    "to_onnx",
    "to_sklearn",
    "to_state_dict",
    "to_torch",
]
