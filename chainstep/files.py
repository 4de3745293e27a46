"""Files written whole or not at all, and standard input."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file that takes the place of `path` when the block ends well.

    It is written beside `path`, flushed to the disk and moved in one step, so a reader sees
    the old content or the new one. On an error the old file stays. Raises OSError.
    """
    import tempfile  # here, so that --help does not wait for it

    if path.exists() and not path.is_file():  # a device or a pipe, such as /dev/stdout
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    target = path.resolve()
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:  # names the temporary file, which nobody asked for
        missing = isinstance(error, FileNotFoundError)
        reason = "the folder of this file does not exist" if missing else error.strerror
        raise OSError(error.errno, reason, str(path)) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def standard_input() -> BinaryIO:
    """The bytes of standard input; to close them leaves it open. Raises OSError."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return open(sys.stdin.fileno(), "rb", closefd=False)


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, or those a new file gets."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
