"""plainweave: fully-connected neural networks, fast on a CPU, with gradients proven.

>>> import plainweave as pw
>>> dataset = pw.load_dataset("digits")
>>> parts = pw.split(dataset.train, seed=0)
>>> network = pw.Network(dataset.features, [50, 50], 10, activation="tanh", seed=0)
>>> result = pw.fit(network, parts, pw.SGD(0.5, momentum=0.9, dampening=0.9), epochs=3)
"""

import lazy_loader

# The public names stand in __init__.pyi; each is imported when it is first used, so that the command
# line starts fast.
_public, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name in __all__ or name.startswith("_"):
        return _public(name)
    from .elsewhere import of_package

    raise AttributeError(of_package(name, __all__), name=name)
