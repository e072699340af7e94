"""A study: everything that the sections of a page tell from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from plainweave.display import Displayed, Rows, counted
from plainweave.errors import RecordError
from plainweave.evidence import (
    LEARNED_FILE,
    PREDICTIONS_FILE,
    GradientEvidence,
    Judgement,
    Learned,
    Predictions,
    Summary,
    Tuning,
)
from plainweave.experiments import WEIGHTS_FILE, DatasetIdentity, RunRecord, run_folder
from plainweave.training import Model, load

PAGE_FILE = "page.html"


@dataclass(frozen=True)
class References:
    """Numbers given elsewhere, which stand beside ours.

    Attributes:
        name: where they come from, as it heads a column: "the article".
        accuracies: test accuracies in percent, by the ids of experiments.
        figures: where else each is drawn, "Fig. 6a", by the ids of experiments; those of one number are
            drawn into one figure here, and all of them on one scale.
        note: a sentence for the page's beginning, such as what they are.
    """

    name: str
    accuracies: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, repr=False)
class Study(Displayed):
    """The runs of an output folder, and what is known about them.

    Attributes:
        out: the folder.
        records: all runs, of one data set, in the order of their experiments and seeds.
        summary: of them, as summary.json has it.
        judgements: of statements about them, the user's own last.
        gradients: gradients.json, or None.
        learned: learned.json, or None.
        predictions: predictions.json, or None.
        tuning: tuning.json, or None.
        command: that made the folder, to be run again; None if it was not a command.
        references: numbers that stand beside these, or None.
    """

    out: Path
    records: Sequence[RunRecord]
    summary: Summary
    judgements: Sequence[Judgement] = ()
    gradients: GradientEvidence | None = None
    learned: Learned | None = None
    predictions: Predictions | None = None
    tuning: Tuning | None = None
    command: str | None = None
    references: References | None = None

    def _in_words(self) -> str:
        runs = f"{counted(len(self.records), 'run')} of {counted(len(self.summary.rows), 'network')}"
        where = f"{str(self.out)!r}, {runs} on {self.dataset.name!r}"
        return ", ".join([where, *self.summary.verdicts_in_words()])

    def _as_rows(self) -> Rows:
        return self.summary._as_rows()

    @property
    def dataset(self) -> DatasetIdentity:
        """The data that all runs were made on."""
        return self.records[0].dataset

    @property
    def tested(self) -> list[RunRecord]:
        """The runs whose weights were scored on the test examples."""
        return [record for record in self.records if record.experiment.test]

    @property
    def seeds(self) -> int:
        """How many seeds there are."""
        return len({record.seed for record in self.records})

    @property
    def page(self) -> Path:
        """Where the page lies."""
        return self.out / PAGE_FILE

    @cached_property
    def model(self) -> Model | None:
        """The network that `learned` is about; None without.

        Raises:
            RecordError: its file can't be read, or is of other images or classes.
        """
        if self.learned is None:
            return None
        weights = run_folder(self.out, self.learned.experiment, self.learned.seed) / WEIGHTS_FILE
        model = load(weights)
        if model.image_shape != self.learned.image_shape or len(model.class_names) != len(
            self.learned.class_names
        ):
            raise RecordError(
                f"{self.out / LEARNED_FILE} and {weights} are of different images or "
                "classes. Remove both, and run the command again."
            )
        return model

    @cached_property
    def predictor(self) -> Model | None:
        """The network of the best run that `predictions` are of; None without.

        Raises:
            RecordError: its file can't be read, or is of other columns.
        """
        if self.predictions is None:
            return None
        weights = run_folder(self.out, self.predictions.experiment, self.predictions.best) / WEIGHTS_FILE
        model, samples = load(weights), self.predictions.samples
        columns = {column.name for column in model.preparation.columns} if model.preparation else set()
        if samples is not None and set(samples.names) != columns:
            raise RecordError(
                f"{self.out / PREDICTIONS_FILE} and {weights} are of other columns. Remove both."
            )
        return model
