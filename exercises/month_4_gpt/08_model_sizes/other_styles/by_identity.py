"""Visits all modules and remembers which parameters it has seen."""

NAMES = ["gpt2-small", "gpt2-medium", "gpt2-large", "gpt2-xl"]
KEYS = ("emb_dim", "n_layers", "n_heads")
VALUES = [(768, 12, 12), (1024, 24, 16), (1280, 36, 20), (1600, 48, 25)]


def get_config(base_config: dict, model_name: str) -> dict:
    return dict(base_config) | dict(zip(KEYS, VALUES[NAMES.index(model_name)], strict=True))


def parameters(model):
    unique = {}
    for module in model.modules():
        for parameter in module._parameters.values():
            if parameter is not None:
                unique[id(parameter)] = parameter
    return unique.values()


def count_parameters(model) -> int:
    return sum(parameter.numel() for parameter in parameters(model))


def size_mb(model) -> float:
    kilobytes = count_parameters(model) * 4 / 2**10
    return kilobytes / 2**10
