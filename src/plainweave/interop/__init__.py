"""Other forms of models: ONNX, PyTorch, scikit-learn, plain arrays; each needs its library alone.

From the ground up: `given` is what is taken, `modules` which layers PyTorch has; `state_dict`, `pytorch`,
`scikit_learn`, `arrays` and `onnx` write a form and read it; `files` does so by its name.
"""

from plainweave.interop.pytorch import from_torch, to_torch
from plainweave.interop.state_dict import from_state_dict, to_state_dict

__all__ = ["from_state_dict", "from_torch", "to_state_dict", "to_torch"]
