"""A Ray cluster to work on: one that is there, or a Ray on this machine for as long as the work lasts."""

import os
import shutil
import socket
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from text2sql_data.execution.errors import RayUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_TEMPORARY_CHARS = 25  # Ray makes sockets deep below its folder, whose paths Linux bounds at 107
_KNOCK_SECONDS = 10.0
_OBJECT_STORE_BYTES = 200_000_000  # of a Ray that is started here: answers pass through it, no data


@contextmanager
def connected(address: str | None, processes: int | None = None) -> "Iterator[ModuleType]":
    """Ray, connected to a cluster.

    Args:
        address: Address of the cluster; None is the variable RAY_ADDRESS, or else a Ray on this machine that ends with the block.
            A Ray that this process has begun already is used as it is.
        processes: Processors of a Ray that is started here; all when None.

    Raises:
        RayUnavailableError: Ray is not installed, or there is no cluster at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else Ray warns of a change to come
    try:
        import ray
    except ImportError as error:
        raise RayUnavailableError("Ray is not installed.", "Install it with: pip install 'text2sql-store[ray]'") from error
    if ray.is_initialized():
        yield ray
        return
    address = address or os.environ.get("RAY_ADDRESS")
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    folder = None
    try:
        if address:
            _knock(address)
            ray.init(address=address, **quiet)
        else:
            temporary = tempfile.gettempdir()
            folder = tempfile.mkdtemp(prefix="ray-", dir=temporary if len(temporary) <= _TEMPORARY_CHARS else "/tmp")  # noqa: S108
            ray.init(
                address="local",
                num_cpus=processes or len(os.sched_getaffinity(0)),
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                _temp_dir=folder,
                **quiet,
            )
    except Exception as error:  # also a plain one, of a Ray that did not come up in time
        _leave(ray, folder)
        raise RayUnavailableError(
            f"Ray cannot be used{f' at {address}' if address else ''}: {error}",
            "Start a cluster with: ray start --head; or leave the address out, and Ray runs on this machine.",
        ) from error
    try:
        yield ray
    finally:
        _leave(ray, folder)


def _leave(ray: "ModuleType", folder: str | None) -> None:
    ray.shutdown()
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _knock(address: str) -> None:
    """Fail at once where nobody listens: Ray would try for minutes, and then end the process."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_SECONDS).close()
