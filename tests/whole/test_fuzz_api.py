"""The public interface under random scripts, in short. The long form is tests/fuzz/api.py."""

from hypothesis import HealthCheck, settings

from api_machine import Scripts

TestScripts = Scripts.TestCase
TestScripts.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
