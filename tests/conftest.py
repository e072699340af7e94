"""What all tests share: small data, one thread, no silent overflow, and a browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

import plainweave as pw
from command_line import succeeds
from plainweave.experiments import Experiment
from plainweave.losses import Loss
from plainweave.network import Activation, Layer
from plainweave.optimizers import Schedule
from processes import end_started

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

threadpoolctl.threadpool_limits(1)
settings.register_profile("any machine", deadline=None)  # a busy one takes its time
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def loud_numpy() -> Iterator[None]:
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        yield


@pytest.fixture(autouse=True)
def no_processes_left() -> Iterator[None]:
    yield
    end_started()


@pytest.fixture(autouse=True)
def no_data_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the user's cache and data folder out of the tests that do not ask for them."""
    monkeypatch.delenv("PLAINWEAVE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def no_parts_of_other_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test know plainweave's own parts by name, and those that its module defines or imports."""
    here = request.module
    for family in (Activation, Layer, Loss, Schedule):
        for name, part in list(family.registry.items()):
            is_ours = part.__module__.startswith("plainweave.")
            is_here = part.__module__ == here.__name__ or any(part is one for one in vars(here).values())
            if not (is_ours or is_here):
                monkeypatch.delitem(family.registry, name)


@pytest.fixture(scope="session")
def digits() -> pw.Dataset:
    return pw.load_dataset("digits")


@pytest.fixture(scope="session")
def parts(digits: pw.Dataset) -> pw.Split:
    return pw.split(digits.train, seed=0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that a command has trained on the digits, and its record."""
    out = tmp_path_factory.mktemp("cli") / "run"
    succeeds(
        "train", "--data", "digits", "--hidden", "16x8", "--learning-rate", 0.1, "--epochs", 12, "--out", out
    )
    return out


@pytest.fixture
def idx_folder(tmp_path: Path) -> Path:
    """A small data set in IDX files: 60 training and 20 test images of 4x3 pixels in 3 classes."""
    stream = np.random.default_rng(0)
    folder = tmp_path / "mine"
    folder.mkdir()
    for prefix, count in (("train", 60), ("t10k", 20)):
        images = stream.integers(0, 256, (count, 4, 3), dtype=np.uint8)
        labels = (np.arange(count) % 3).astype(np.uint8)
        pw.write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", images)
        pw.write_idx(folder / f"{prefix}-labels-idx1-ubyte", labels)
    return folder


@pytest.fixture
def short() -> Experiment:
    return Experiment(id="short", hidden=(8,), epochs=2)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert "PLAINWEAVE_TEST_BROWSER" not in os.environ, "a browser is asked for, and there is none"
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
