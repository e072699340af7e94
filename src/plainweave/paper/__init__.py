"""The reproduction of a report: its experiments and published numbers, Table 1, its claims, the audit.

*Fully-connected Multi-layer Neural Networks for Fashion MNIST Classification* (Chaudhary and Zeng, UC San
Diego, 2021) is one user of the library among others: nothing below this room knows it.
"""

import lazy_loader

# The public names stand in __init__.pyi; each is imported when it is first used, so that the table of
# commands costs nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
