"""Models that can be asked for completions: servers with OpenAI's API, models in this process, and recordings."""

from importlib.util import find_spec

from store.lake import Lake
from text2sql_data.rollouts.clients.config import (
    ClientConfig,
    OnRay,
    OpenAIServer,
    Replay,
    RewardConfig,
    RewardServer,
    RewardTransformers,
    TransformersModel,
    VllmEngine,
)
from text2sql_data.rollouts.clients.model import Client, ClientError

__all__ = ["ClientConfig", "open_client"]


def open_client(config: ClientConfig | RewardConfig, lake: Lake | None = None) -> Client:  # noqa: PLR0911 - one a kind
    """A client, to be closed when it is done with. A server is not asked before `check` or the first call.

    Args:
        config: How the model is reached.
        lake: Where the run of a replay is.

    Raises:
        ClientError: It cannot be opened: a package, an environment variable, a model, a run or a file is missing.
    """
    match config:
        case OpenAIServer():
            _require("openai", "stamina", extra="rollout")
            from text2sql_data.rollouts.clients.openai_server import OpenAIServerClient

            return OpenAIServerClient(config)
        case VllmEngine():
            _require("vllm", extra="vllm")
            from text2sql_data.rollouts.clients.vllm_engine import VllmClient

            return VllmClient(config)
        case TransformersModel():
            _require("torch", "transformers", *(["peft"] if config.adapter else []), extra="train")
            from text2sql_data.rollouts.clients.transformers_model import TransformersClient

            return TransformersClient(config)
        case OnRay():
            _require("ray", extra="ray")
            from text2sql_data.rollouts.clients.on_ray import RayClient

            return RayClient(config)
        case RewardServer():
            _require("openai", "stamina", extra="rollout")
            from text2sql_data.rollouts.clients.reward_server import RewardServerClient

            return RewardServerClient(config)
        case RewardTransformers():
            _require("torch", "transformers", *(["peft"] if config.adapter else []), extra="train")
            from text2sql_data.rollouts.clients.reward_transformers import RewardTransformersClient

            return RewardTransformersClient(config)
        case Replay():
            from text2sql_data.rollouts.clients.replay import open_replay

            return open_replay(config, lake)


def _require(*packages: str, extra: str) -> None:
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise ClientError(f"This client needs {', '.join(missing)}.", f"Install it with: pip install 'text2sql-store[{extra}]'")
