"""The program: python -m chainstep, or the command chainstep."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; an interrupt ends it without a traceback from its first moment."""
    try:
        from chainstep.cli import main as run
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
