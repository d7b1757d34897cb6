"""File systems for a test alone. The test must have been started by in_own_mounts."""
import contextlib
import os
import subprocess

import pytest


def needs_mounts():
    if "MORTISE_TEST_MOUNTS" not in os.environ:
        pytest.skip("no file systems may be mounted here: run it by tests/chaos/in_own_mounts, as root")


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """A file system in memory of so many MB."""
    needs_mounts()
    folder.mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", folder)
    try:
        yield folder
    finally:
        run("umount", "--lazy", folder)


@contextlib.contextmanager
def failing_disk(folder, image):
    """An ext4 in a file, and a function by which the kernel makes it read-only as after an error of the disk,
    while files on it are open. Skips the test where there are no loop devices."""
    needs_mounts()
    folder.mkdir(exist_ok=True)
    run("truncate", "-s", "64M", image)
    run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0", image)
    if subprocess.run(["mount", "-o", "loop,errors=remount-ro", image, folder], capture_output=True).returncode != 0:
        pytest.skip("no loop device may be mounted here")
    try:
        # The option that ext4 has for such tests; the remount itself answers that it failed.
        yield lambda: subprocess.run(["mount", "-o", "remount,abort", folder], capture_output=True)
    finally:
        run("umount", "--lazy", folder)


@contextlib.contextmanager
def read_only(folder):
    """Inside of the block nothing below `folder` is opened for writing any more. What is open stays so."""
    needs_mounts()
    run("mount", "--bind", folder, folder)
    try:
        run("mount", "-o", "remount,bind,ro", folder)
        yield
    finally:
        run("umount", "--lazy", folder)


@contextlib.contextmanager
def full(folder):
    """Inside of the block there is no byte left on the file system of `folder`."""
    filler = folder / "filler"
    try:
        # In ever smaller pieces, for the last holes too.
        with open(filler, "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"x" * size) == size:
                        pass
        yield
    finally:
        filler.unlink()
