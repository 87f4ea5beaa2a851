"""The console script `relay`."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 fine, 1 the answer is no, 2 unusable input, 3 out of reach."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["health"]:
        # a container asks every few seconds: nothing else may be imported for it
        from relay.bootstrap.cli.health_command import main as health  # noqa: PLC0415 - see above

        return health(arguments[1:])
    from relay.bootstrap.cli.commands import run_command  # noqa: PLC0415 - see above

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
