"""What MLflow loads a model with: our file, which is data and no code."""

from pathlib import Path
from typing import Any

from plainweave.training import Model, load


class Predictor:
    """A model as MLflow asks for it: predictions of arrays or of tables, as `Model.predict` gives them."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return classes by number, or numbers, in the units of the targets."""
        if self.model.preparation is None and hasattr(model_input, "to_numpy"):
            model_input = model_input.to_numpy()  # MLflow's server makes a data frame of what it gets
        return self.model.predict(model_input)


def _load_pyfunc(path: str) -> Predictor:
    return Predictor(load(Path(path)))
