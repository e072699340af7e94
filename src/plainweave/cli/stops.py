"""Stops: Ctrl-C and SIGTERM raise `KeyboardInterrupt` wherever the command is, and are not forgotten."""

import _thread
import atexit
import os
import signal
import sys
import threading
from types import FrameType

INTERRUPTED = 130  # exit code
_STOPS = (signal.SIGINT, signal.SIGTERM)
_MOMENT = 0.01  # seconds

_is_asked = False


def listen_for_stops() -> None:
    """Raise `KeyboardInterrupt` at a stop, and again if Python dropped it."""
    for stop in _STOPS:
        signal.signal(stop, _stop)
    sys.unraisablehook = _raise_again
    atexit.register(_end)  # the first that is registered is the last that is called


def is_stop_asked() -> bool:
    """Whether a stop was asked for, whatever has become of its exception."""
    return _is_asked


def ignore_stops() -> None:
    """Let the process end as it is about to."""
    for stop in _STOPS:
        signal.signal(stop, signal.SIG_IGN)


def _stop(number: int, frame: FrameType | None) -> None:
    global _is_asked
    _is_asked = True
    raise KeyboardInterrupt


def _end() -> None:
    """End with our exit code: Python holds a stop within some modules of C to be one that nobody caught."""
    if _is_asked:
        os._exit(INTERRUPTED)


def _raise_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Raise a stop once more that came in a destructor or a weak reference's callback, and ended there."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        threading.Timer(_MOMENT, _signal_main).start()
    else:
        sys.__unraisablehook__(unraisable)


def _signal_main() -> None:
    if hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident):
        signal.pthread_kill(main, signal.SIGINT)  # ends a call that it is waiting in, too
    else:
        _thread.interrupt_main()
