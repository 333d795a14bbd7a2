"""Memory that was freed is taken again, not asked of the system and cleared anew."""

import platform
import resource

import torch

from cifar_core.training.allocator import keep_freed_memory


def test_a_large_block_that_was_freed_is_taken_again_without_page_faults():
    keep_freed_memory()

    def faults_of(blocks: int) -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(blocks):
            torch.ones(12_000_000)  # 48 MB: the system's by default, never the C library's
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    faults_of(4)  # finds its place
    anew = 4 * 48_000_000 // resource.getpagesize()
    assert faults_of(4) < anew / 10 or platform.libc_ver()[0] != "glibc"
