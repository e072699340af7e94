"""Where a training stood before epochs of which some may have to be taken back."""

from dataclasses import dataclass, replace

from plainweave import tree
from plainweave.arrays import FloatArray, IntArray
from plainweave.estimators.perceptron import Perceptron
from plainweave.estimators.rules import SolverState
from plainweave.network import Network


@dataclass(frozen=True)
class Moment:
    """Copies of all that training changes.

    Attributes:
        parameters: the weights and biases.
        solver: what the solver keeps.
        random: the state of the random numbers.
        order: of the examples, in the last epoch.
    """

    parameters: FloatArray
    solver: SolverState
    random: dict[str, object]
    order: IntArray

    @classmethod
    def of(cls, estimator: Perceptron, network: Network, order: IntArray) -> "Moment":
        """Return the moment before the next epoch."""
        random = estimator._random_state.get_state(legacy=False)
        solver = replace(estimator._optimizer, slots=tree.copied(estimator._optimizer.slots))
        return cls(tree.packed(network.parameters), solver, random, order)

    def restore(self, estimator: Perceptron, network: Network) -> IntArray:
        """Go back to it; return the order."""
        tree.unpack(self.parameters, network.parameters)
        estimator._optimizer = self.solver
        return self.restore_order(estimator)

    def restore_order(self, estimator: Perceptron) -> IntArray:
        """Go back to it with the random numbers alone; return the order."""
        estimator._random_state.set_state(self.random)
        return self.order
