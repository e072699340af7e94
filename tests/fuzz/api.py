"""Random scripts over the public interface, as many as the argument says: python tests/fuzz/api.py 5000."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from api_machine import Scripts

run_state_machine_as_test(
    Scripts,
    settings=settings(
        max_examples=int(sys.argv[1]),
        stateful_step_count=40,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    ),
)
