"""What can go wrong with the sandbox itself. What goes wrong with a statement is no error but an `Outcome`."""

from store.errors import StoreError


class LimitsError(StoreError, ValueError):
    """A limit is out of the range in which it can be kept."""


class SandboxError(StoreError, RuntimeError):
    """Worker processes cannot be started on this machine."""


class RayUnavailableError(StoreError, RuntimeError):
    """Ray is not installed, there is no cluster, or no machine of it works."""


class SettingsDifferError(StoreError, RuntimeError):
    """A machine of the cluster would execute under other settings than this one, and its outcomes would be other facts."""
