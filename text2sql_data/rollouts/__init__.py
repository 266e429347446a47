"""Making candidates: model clients, prompts with schemas, and the pipelines that ask, execute, criticise and repair."""
