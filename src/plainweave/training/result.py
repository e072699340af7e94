"""What training leaves, however it ends."""

from dataclasses import dataclass

import numpy as np

from plainweave import tree
from plainweave.arrays import BoolArray, FloatArray, IntArray
from plainweave.display import Displayed, Rows, counted, span
from plainweave.elsewhere import Elsewhere
from plainweave.losses import Loss, score_in_words, scores_in_words
from plainweave.network import Network
from plainweave.training.history import History
from plainweave.training.state import TrainingState


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Displayed, Elsewhere):
    """What training leaves.

    Attributes:
        network: the best weights: of the lowest validation loss, or the best metric that was to choose; the
            initial ones if no loss was finite; the last ones if there was no validation part.
        loss: what was made small.
        history: of every epoch.
        best_epoch: at whose end the best weights were scored, from 1; 0 if no loss was finite. Of shape ()
            or (models,), like those that follow.
        epochs: how many a model trained: all, or until its patience ended, it diverged, or it was stopped.
        diverged: the epoch at which a loss was no longer finite, or a metric infinite; 0 for none. Losses may
            be finite and yet too large to mean anything: see `learned`.
        stopped: why an observer ended training; None if none did.
        state: a copy of where training stands: `fit(..., start=state)` goes on from there. None where it was
            interrupted within an epoch.
    """

    network: Network
    loss: Loss
    history: History
    best_epoch: IntArray
    epochs: IntArray
    diverged: IntArray
    stopped: str | None
    state: TrainingState | None

    def _in_words(self) -> str:
        models = [counted(self.network.stack[0], "model")] if self.network.stack else []
        epochs = f"best epoch {span(self.best_epoch)} of {span(self.epochs)}"
        best = self._best_scores()
        scores = f"{self._judging} {scores_in_words(best)}" if best else "no scores"
        return ", ".join([*models, epochs, scores, *self._notes()])

    def _as_rows(self) -> Rows:
        scores = {f"{self._judging} {name}": (name, value) for name, value in self._best_scores().items()}
        if not self.network.stack:
            best = [(label, score_in_words(*score)) for label, score in scores.items()]
            return Rows((), [("network", self.network), ("loss", self.loss), *best])
        rows = [
            [
                *(model, best, epochs),
                *(score_in_words(name, value[model]) if best else "none" for name, value in scores.values()),
            ]
            for model, (best, epochs) in enumerate(zip(self.best_epoch, self.epochs, strict=True))
        ]
        return Rows(["model", "best epoch", "epochs", *scores], rows)

    @property
    def _judging(self) -> str:
        """The part whose scores tell how good the best weights are."""
        return "validation" if self.history.validation else "training"

    def _best_scores(self) -> dict[str, FloatArray]:
        """Return the scores of the best weights by name, NaN of initial ones; none where all are initial."""
        rows = np.maximum(self.best_epoch, 1)[np.newaxis] - 1
        return {
            name: np.where(self.best_epoch, np.take_along_axis(np.array(column), rows, axis=0)[0], np.nan)
            for name, column in (self.history.validation or self.history.training).items()
            if self.best_epoch.any()
        }

    def _notes(self) -> list[str]:
        """Return what is not to be overlooked."""
        learned, diverged = self.learned, self.diverged[self.diverged > 0]
        notes = []
        if diverged.size:
            notes.append(f"{self._share(diverged.size)}diverged at epoch {span(diverged)}")
        if learned is not None and not learned.all():
            notes.append(f"{self._share(int(np.sum(~learned)))}never better than guessing")
        return [*notes, *([f"stopped: {self.stopped}"] if self.stopped else [])]

    def _share(self, models: int) -> str:
        """Return of how many models of a stack something is true; nothing of one network."""
        return f"{models:,} of them " if self.network.stack else ""

    @classmethod
    def of(cls, state: TrainingState, loss: Loss) -> "Fit":
        """Return what training has reached in a state, which is not to be changed any more."""
        return cls(
            state.best.network,
            loss,
            state.history,
            state.best.epoch,
            state.epochs,
            state.diverged,
            state.stopped,
            state.copy(),
        )

    @property
    def learned(self) -> BoolArray | None:
        """Whether a loss was ever lower than that of guessing; None where that is not known."""
        blind_loss = self.loss.blind_loss(self.network.outputs)
        return None if blind_loss is None else self.history.learned(blind_loss)

    def member(self, model: int) -> "Fit":
        """Return what training left of one model of a stack, as if it had trained alone.

        Raises:
            ConfigurationError: the network is no stack, or of fewer models.
        """
        fit = tree.member(self, self.network.number_of(model))
        for history in (fit.history, *([fit.state.history] if fit.state else [])):
            history.drop_after(int(fit.epochs))
        return fit


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C within `fit`: what training had reached is not lost.

    Attributes:
        fit: the best weights and the history so far, as `fit` would have returned them.
    """

    def __init__(self, fit: Fit) -> None:
        super().__init__(
            f"training was interrupted after {len(fit.history)} epochs. The best weights and the history so "
            "far are in the attribute `fit` of this exception; at a prompt, in sys.last_value.fit."
        )
        self.fit = fit

    def __reduce__(self) -> tuple[type, tuple[Fit]]:
        return type(self), (self.fit,)
