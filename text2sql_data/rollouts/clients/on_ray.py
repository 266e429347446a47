"""Copies of a model on the machines of a Ray cluster, which share the calls: each is a client of its own in a process of Ray.

A copy or a machine that dies costs time only: its calls go to others, and another copy takes its place. All copies must say
that they are the same model, served alike. A seed draws the same completions whichever copy is asked.
"""

import asyncio
import logging
import os
import sys
from contextlib import ExitStack, redirect_stdout
from functools import cached_property
from typing import Any

from store.errors import StoreError
from text2sql_data.execution.ray_cluster import connected
from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.config import OnRay, TransformersModel, VllmEngine
from text2sql_data.rollouts.clients.model import CallError, Client, ClientError, ModelInfo, Reply, Request, ServerGoneError

logger = logging.getLogger(__name__)

MOST_DEATHS = 3
"""Copies that may die over a call."""

PATIENCE = 1800.0
"""Seconds without any copy after which the cluster is given up; large models are loaded for minutes."""

_FAILED_STARTS = 5  # in a row
_CLOSING_SECONDS = 30.0


class Copy:
    """One copy of the model, in a process of Ray, which may die at any time."""

    def __init__(self, config: VllmEngine | TransformersModel) -> None:
        self._config = config

    @cached_property
    def _client(self) -> Client:
        """Loads the model."""
        return open_client(self._config)

    async def check(self) -> ModelInfo:
        """Say what the model is, once it is loaded."""
        return await self._client.check()

    async def complete(self, request: Request) -> Reply:
        """Answer a call; see `Client`."""
        return await self._client.complete(request)

    async def close(self) -> None:
        """Let go of the model, and of the processes that it started."""
        await self._client.close()


class _Member:
    """A copy as the driver sees it, and the calls that it is at."""

    def __init__(self, handle: Any, info: ModelInfo) -> None:  # noqa: ANN401 - Ray makes the class of its handles as it goes
        self.handle = handle
        self.info = info
        self.calls = 0


class RayClient:
    """Completions of a model of which there are copies on a Ray cluster."""

    def __init__(self, config: OnRay) -> None:
        self._config = config
        with ExitStack() as resources:
            resources.enter_context(redirect_stdout(sys.stderr))  # Ray prints to the standard output when a machine dies
            self._ray = resources.enter_context(connected(config.address))
            here = not (config.address or os.environ.get("RAY_ADDRESS"))  # one machine, whose processors all share
            gpus = self._ray.cluster_resources().get("GPU", 0.0)
            if here and gpus < config.gpus:  # a cluster may get some
                raise ClientError(
                    f"A copy of {config.each.model} takes {config.gpus:g} GPUs, and this machine has {gpus:g}.",
                    "Set gpus: 0, or name a cluster in RAY_ADDRESS.",
                )
            self._copy = self._ray.remote(
                num_cpus=0 if here else config.cpus,
                num_gpus=config.gpus,
                max_restarts=0,
                max_task_retries=0,
                max_concurrency=self.concurrency + 1,
                scheduling_strategy="SPREAD",
            )(Copy)
            self._resources = resources.pop_all()
        self._members: list[_Member] = []
        self._joining: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._failed_starts = 0
        self._info: ModelInfo | None = None
        self._failure: StoreError | None = None  # why the latest start failed
        self._closed = False

    @property
    def concurrency(self) -> int:
        """Two batches for each copy."""
        return 2 * self._config.copies * self._config.each.batch

    async def check(self) -> ModelInfo:
        """Begin to load all copies, and wait for the first one."""
        return (await self._least_busy()).info

    async def complete(self, request: Request) -> Reply:
        """Ask the copy that has the fewest calls; see `Client`.

        Raises:
            CallError: The call failed, or copies died over it.
            ServerGoneError: There is no copy any more.
        """
        for _ in range(MOST_DEATHS):
            member = await self._least_busy()
            member.calls += 1
            try:
                reply: Reply = await member.handle.complete.remote(request)
            except self._ray.exceptions.RayTaskError as error:  # the copy lives
                if isinstance(error.cause, CallError):
                    raise error.cause from error
                raise
            except self._ray.exceptions.RayError:
                self._bury(member)
            else:
                return reply
            finally:
                member.calls -= 1
        raise CallError(f"{MOST_DEATHS} copies of the model died over it.", "Look at: ray status.", kind="connection")

    async def close(self) -> None:
        """End all copies."""
        self._closed = True
        for task in self._joining:
            task.cancel()
        closing = [asyncio.wait_for(member.handle.close.remote(), _CLOSING_SECONDS) for member in self._members]
        try:
            await asyncio.gather(*self._joining, *closing, return_exceptions=True)
            for member in self._members:
                self._ray.kill(member.handle)
        finally:
            self._resources.close()

    async def _least_busy(self) -> _Member:
        """The copy that has the fewest calls, once there is one."""
        while not self._members:
            if self._failure is None:
                self._hire()
            elif not self._joining:
                raise self._failure
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), PATIENCE)
            except TimeoutError as error:
                raise ServerGoneError(
                    f"For {PATIENCE:g} s no copy of {self._config.each.model} has started on the Ray cluster.",
                    f"Look at: ray status. A copy takes {self._config.gpus:g} GPUs and {self._config.cpus:g} processors.",
                ) from error
        return min(self._members, key=lambda member: member.calls)

    def _hire(self) -> None:
        """Start the copies that are missing."""
        if self._closed:
            return
        for _ in range(self._config.copies - len(self._members) - len(self._joining)):
            task = asyncio.create_task(self._join())
            self._joining.add(task)
            task.add_done_callback(self._joined)

    async def _join(self) -> None:
        handle = self._copy.remote(self._config.each)
        try:
            info = await handle.check.remote()
        except BaseException:
            self._ray.kill(handle)
            raise
        if self._info not in {None, info}:
            self._ray.kill(handle)
            raise ClientError(f"Copies of the model differ: {self._info} and {info}.", "Install one version on all machines.")
        self._info = info
        self._members.append(_Member(handle, info))

    def _joined(self, task: "asyncio.Task[None]") -> None:
        """See what became of a start: a copy, an error of the model, or a process that died."""
        self._joining.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._failed_starts, self._failure = 0, None
        elif isinstance(error, self._ray.exceptions.RayError) and not isinstance(error, self._ray.exceptions.RayTaskError):
            self._failed_starts += 1
            if self._failed_starts < _FAILED_STARTS + self._config.copies:  # all of them may have been on one machine
                self._hire()
                return
            why = " ".join(str(error).split())[:300]
            self._failure = ServerGoneError(
                f"{self._failed_starts} copies of the model in a row ended before they began: {why}",
                "See that they have the memory, and that the same version of this package is installed on all machines.",
            )
        else:
            self._failure = self._said(error)
            logger.warning("A copy of %s was not started: %s", self._config.each.model, self._failure)
        self._changed.set()

    def _said(self, error: BaseException) -> StoreError:
        """Why a start failed; once there was a copy it is no longer the configuration's fault, and ends only the run."""
        cause = error.cause if isinstance(error, self._ray.exceptions.RayTaskError) else error
        if isinstance(cause, StoreError) and self._info is None:
            return cause
        hint = cause.hint if isinstance(cause, StoreError) else "Look at: ray status."
        return ServerGoneError(f"No copy of {self._config.each.model} could be started: {cause}", hint)

    def _bury(self, member: _Member) -> None:
        """Take leave of a copy, and start another one."""
        if member in self._members:
            self._members.remove(member)
            self._ray.kill(member.handle)  # it may only be out of reach
            self._failure = None
            self._hire()
