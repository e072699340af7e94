from plainweave.paper import paper_experiments, published


def test_the_thirteen_experiments_are_the_reports() -> None:
    rows = [
        (
            *(each.id, each.figure, each.hidden, each.activation),
            *(each.learning_rate, each.weight_decay, each.epochs, each.report_accuracy),
        )
        for each in paper_experiments()
    ]
    sigmoid = ("sigmoid", 0.5, 1e-4, 110)
    assert rows == [
        ("tanh", "Fig. 1", (50, 50), "tanh", 0.5, 0, 100, 84.30),
        ("tanh-l2", "Fig. 2", (50, 50), "tanh", 0.5, 1e-4, 110, 85.57),
        ("sigmoid", "Fig. 3", (50, 50), *sigmoid, 87.03),
        ("relu", "Fig. 4", (50, 50), "relu", 0.1, 1e-4, 110, 84.52),
        ("leaky-relu", "Fig. 5", (50, 50), "leaky-relu:0.1", 0.1, 1e-4, 110, 85.66),
        ("25x50", "Fig. 6a", (25, 50), *sigmoid, 85.71),
        ("50x25", "Fig. 6b", (50, 25), *sigmoid, 86.66),
        ("50x100", "Fig. 6c", (50, 100), *sigmoid, 86.89),
        ("100x50", "Fig. 6d", (100, 50), *sigmoid, 87.36),
        ("20x30x50", "Fig. 7a", (20, 30, 50), *sigmoid, 85.53),
        ("33x33x33", "Fig. 7b", (33, 33, 33), *sigmoid, 86.43),
        ("50x30x20", "Fig. 7c", (50, 30, 20), *sigmoid, 87.19),
        ("100", "Fig. 8", (100,), *sigmoid, 87.32),
    ]
    for each in paper_experiments():
        common = (each.batch_size, each.momentum, each.dampening, each.validation_fraction, each.standardize)
        assert common == (64, 0.9, 0.9, 0.2, "all-pixels")


def test_what_the_report_publishes_stands_apart_by_id() -> None:
    assert {
        experiment.id: (experiment.figure, experiment.report_accuracy) for experiment in paper_experiments()
    } == {name: (shown.figure, shown.accuracy) for name, shown in published().items()}
