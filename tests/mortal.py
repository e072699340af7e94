"""A training whose process is killed, for tests of what becomes of it."""

import os
import signal
import time
from collections.abc import Generator

from plainweave.jobs.job import Begun, Event
from plainweave.jobs.stacks import Stack, Workplace, train


def die_or_train(stack: Stack, workplace: Workplace) -> Generator[Event, None, None]:
    """What a worker does, but for runs called "victim-N": with these its process is killed N times."""
    for job, checkpoint in zip(stack.jobs, stack.checkpoints, strict=True):
        if not job.experiment.id.startswith("victim"):
            continue
        deaths = checkpoint.parent.with_name("deaths")
        deaths.parent.mkdir(parents=True, exist_ok=True)
        count = len(deaths.read_text()) if deaths.exists() else 0
        if count < int(job.experiment.id.removeprefix("victim-")):
            deaths.write_text("x" * (count + 1))
            yield Begun(stack.jobs)
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)
    yield from train(stack, workplace)
