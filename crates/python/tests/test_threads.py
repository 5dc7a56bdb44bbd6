"""Threads, Ctrl-C and memory."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import procmon_pml as pml


def run_in_threads(count, work):
    failures = []

    def guarded(number):
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_an_iterator_is_shared(big):
    iterator = iter(pml.Log(big))
    seen = [[] for _ in range(4)]

    def take(number):
        seen[number].extend(event.ordinal for event in iterator)

    run_in_threads(4, take)
    assert sorted(sum(seen, [])) == list(range(len(pml.Log(big))))


def test_a_log_is_shared(log):
    expected = [event.row() for event in log]

    def read(number):
        for _ in range(5):
            assert [event.row() for event in log] == expected
            assert len(log.filter(query="Result is SUCCESS")) > 0

    run_in_threads(4, read)


def test_the_lock_is_released(big):
    """Other threads run while a log is exported."""
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    pml.Log(big).count("Path")
    end = time.perf_counter()
    done.set()
    thread.join()
    assert sum(start < moment < end for moment in ticks) > (end - start) * 20


INTERRUPTED = """
    import io, os, signal, sys, threading, time
    import procmon_pml as pml

    log = pml.Log(sys.argv[1])
    work = {
        "csv": lambda: log.export(sys.argv[1] + ".csv"),
        "parquet": lambda: log.write_parquet(sys.argv[1] + ".parquet"),
        "save": lambda: log.save(sys.argv[1] + ".out"),
        "filter": lambda: log.filter(query='Detail contains "nothing has this"'),
        "count": lambda: log.count("Detail"),
    }[sys.argv[2]]
    threading.Timer(0.08, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        while True:
            work()
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
@pytest.mark.parametrize("work", ["csv", "parquet", "save", "filter", "count"])
def test_ctrl_c(big, work):
    code = textwrap.dedent(INTERRUPTED)
    result = subprocess.run(
        [sys.executable, "-c", code, str(big), work], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout) == (0, "interrupted\n"), result.stderr
    assert [path.name for path in big.parent.iterdir() if ".part" in path.name] == []


MEMORY = """
    import os, sys
    import procmon_pml as pml

    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    sizes = []
    for number, event in enumerate(pml.Log(sys.argv[1])):
        event.process_name, event.operation, event.path, event.result
        if number % 20_000 == 0:
            sizes.append(resident())
    print(max(sizes) - sizes[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_flat(big):
    """Iteration needs the same memory at the start and at the end of a log."""
    command = [sys.executable, "-c", textwrap.dedent(MEMORY), str(big)]
    grown = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert grown < 5_000_000 < big.stat().st_size
