"""Programs that the scripts beside it start: none outlives its script."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence

FAILED_CHECK, USAGE, INCONCLUSIVE, FAILED = 1, 2, 3, 4  # as every program of sockbench (README)
SKIPPED = 77  # what ctest and automake take for "not run"


class Failed(Exception):
    """One sentence for the user, and the status to end with."""

    def __init__(self, sentence: str, status: int = FAILED):
        super().__init__(sentence)
        self.status = status


def run_main(name: str, body) -> int:
    """Runs a script's body; what goes wrong becomes one sentence and an exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return body()
    except Failed as failed:
        prefix = "" if failed.status == SKIPPED else f"{name}: "
        print(f"{prefix}{failed}", file=sys.stderr)
        return failed.status
    except OSError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130


def cpus() -> tuple[set[int], set[int]]:
    """One CPU for the server and another for its clients; all for both when there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return (set(allowed[:1]), set(allowed[1:2])) if len(allowed) > 1 else (set(allowed),) * 2


def start(
    command: Sequence[str], cpu: set[int], *, when_idle: bool = False, **options
) -> subprocess.Popen:
    """Starts a program on these CPUs; `when_idle`: it takes only time that nobody else wants."""

    def before_exec() -> None:
        os.sched_setaffinity(0, cpu)
        if when_idle:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

    try:
        return subprocess.Popen(command, text=True, preexec_fn=before_exec, **options)
    except FileNotFoundError:
        raise Failed(f"'{command[0]}' does not exist; build it first.", USAGE) from None


@contextlib.contextmanager
def running(command: Sequence[str], cpu: set[int], **options) -> Iterator[subprocess.Popen]:
    """The same, until the end of the `with`: then it is killed if it has not ended."""
    process = start(command, cpu, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def run_to_end(command: Sequence[str], cpu: set[int], **options) -> tuple[str, float]:
    """What a program prints, and the CPU time it used in seconds. It must end with status 0."""
    with running(command, cpu, stdout=subprocess.PIPE, **options) as process:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with status {process.returncode}.")
    return out, usage.ru_utime + usage.ru_stime


@contextlib.contextmanager
def server(folder: str, cpu: set[int], *flags: str) -> Iterator[str]:
    """server-epoll, and its address once it is ready. It ends when this script does."""
    command = [os.path.join(folder, "server-epoll"), "--stop-on-eof", *flags]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running(command, cpu, **pipes) as process:
        line = process.stdout.readline()
        if not line.startswith("listening "):
            raise Failed("server-epoll did not become ready.")
        yield line.split()[1]
