import platform
import subprocess
import sys

import pytest

# Prints how many pages the system had to fetch for 5 rounds of 16 x 2 MiB, after a first round.
FAULTS = """
import resource, sys, threading
import torch
from app.compute.memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def rounds(number):
    for _ in range(number):
        blocks = [torch.zeros(2**19) for _ in range(16)]
        del blocks
def work():
    torch.set_num_threads(1)
    rounds(2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    rounds(5)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def page_faults(choice):
    finished = subprocess.run(
        [sys.executable, "-c", FAULTS, choice], capture_output=True, text=True, check=True
    )
    return int(finished.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_kept_memory_is_not_fetched_again():
    # One round is 8,192 pages of 4 KiB.
    assert page_faults("keep") < 1_000
    assert page_faults("give back") > 4_000
