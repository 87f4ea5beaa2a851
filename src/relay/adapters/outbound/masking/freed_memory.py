"""Memory between two batches: kept, not given back and asked for again page by page."""

from __future__ import annotations

_LARGEST_BLOCK_BYTES = 16 << 20


def keep_freed_memory() -> None:
    """Let the allocator keep up to twice this much of what is freed; costs nothing, since the block is never touched.

    glibc raises its thresholds to the largest mapped block that was freed: mallopt(3), M_MMAP_THRESHOLD. Other
    allocators have thresholds of their own and don't mind.
    """
    block = bytes(_LARGEST_BLOCK_BYTES)
    del block
