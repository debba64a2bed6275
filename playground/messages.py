"""The messages of opening a model and of generating; `playground/protocol.py` lists those of all files."""

import msgspec


class Message(msgspec.Struct, frozen=True):
    """A turn of a chat; `role` is "system", "user" or "assistant"."""

    role: str
    content: str


class Sampling(msgspec.Struct, frozen=True):
    """Settings for choosing the next token. Raises ValueError for invalid ones.

    `greedy` (or temperature 0) takes the most probable token. Otherwise, the logits are divided by the temperature, and
    a token is drawn from the `top_k` most probable ones, further limited to the smallest set of most probable tokens
    whose probabilities add up to at least `top_p`, and to those that are at least `min_p` times as probable as the most
    probable one. The text ends before the first of the `stop` strings.
    """

    temperature: float = 0.8
    top_k: int | None = 40
    top_p: float | None = None
    seed: int | None = None
    greedy: bool = False
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    min_p: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise ValueError("The temperature must be finite and at least 0.")
        if self.top_k is not None and self.top_k < 1:
            raise ValueError("top_k must be at least 1.")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError("top_p must be above 0 and at most 1.")
        if self.min_p is not None and not 0 <= self.min_p <= 1:
            raise ValueError("min_p must be at least 0 and at most 1.")
        if self.max_tokens < 1:
            raise ValueError("max_tokens must be at least 1.")
        if "" in self.stop:
            raise ValueError("A stop string must not be empty.")

    @property
    def is_greedy(self) -> bool:
        return self.greedy or self.temperature == 0


class Token(msgspec.Struct, frozen=True):
    """A generated token.

    `text` is the text that can be shown now: it lags behind the tokens while a character or a stop string may be
    incomplete, and the texts of all tokens together are the answer. `piece` is the text of this token alone.
    `probability` and `top` (the ten most probable tokens as (piece, probability)) come from the softmax of the logits
    divided by the temperature (1 if greedy), before top_k and top_p. `tokens_per_second` is measured from the first
    token. `finish` is set on the last token: "end" (the model ended its answer), "length" or "stop".
    """

    id: int
    text: str
    piece: str
    probability: float
    top: list[tuple[str, float]]
    index: int
    tokens_per_second: float
    finish: str | None = None


class AppRequest(msgspec.Struct, tag_field="type", kw_only=True):
    """The base of what the app asks of the host; the session gives each request its number."""

    request: int = 0


class HostEvent(msgspec.Struct, tag_field="type"):
    """The base of what the host sends for a request, the last of which is Done or Failed."""

    request: int


class LearnerFile(msgspec.Struct, frozen=True):
    """The learner's file of an exercise. `passed` is true if this very source has passed its checks."""

    exercise: str
    path: str
    source: bytes
    passed: bool = True


class Open(AppRequest):
    """Asks for a model file to be loaded; `choices` maps the ids of parts to the exercises that supply them.

    `files` are the learner's files that these parts and their imports from `parts` need. `vocabulary` is GPT-2's
    vocabulary file, for a model that has none in its own file. `threads` is the number of torch's threads; by default,
    all cores but one. `exact` asks for float32 instead of faster arithmetic with quantized weights. `adapter` is the
    folder of a fine-tuning that changes the model. `tokenizer_files` are those of all installed tokenizers, by name,
    which the X-ray compares.
    """

    model: str
    choices: dict[str, str] = {}
    files: list[LearnerFile] = []
    vocabulary: str | None = None
    threads: int | None = None
    exact: bool = False
    adapter: str | None = None
    tokenizer_files: dict[str, str] = {}


class Generate(AppRequest):
    """Asks for an answer to the messages or, unless `chat`, for a continuation of the last message's text."""

    messages: list[Message]
    sampling: Sampling
    chat: bool = True


class Cancel(AppRequest):
    """Cancels the request with this number, which then ends with Done."""


class PartUse(msgspec.Struct, frozen=True):
    """The owner of a part of the open model: "reference", or "yours" with the exercise that supplies it.

    `passed` is false for a file that has not passed as it is. `used` is false if the model does not contain the part,
    because a larger part of the learner's brings its own.
    """

    id: str
    owner: str
    exercise: str | None = None
    passed: bool = True
    used: bool = True


class PartFault(msgspec.Struct, frozen=True):
    """Why a part of the learner's was not used; the reference's takes its place."""

    part: str
    message: str


class Opened(HostEvent):
    """The model is loaded. `notes` and `faults` say how it deviates from the request; `chats` says that it has a chat
    template."""

    name: str
    context_length: int
    parts: list[PartUse]
    notes: list[str]
    faults: list[PartFault] = []
    chats: bool = False


class Started(HostEvent):
    """The answer begins; `notes` describe deviations from the request. The first `dropped` messages after the system
    message did not fit into the context."""

    prompt_tokens: int
    notes: list[str]
    dropped: int = 0


class Answer(HostEvent):
    """A token of the answer."""

    token: Token


class Done(HostEvent):
    """The request is complete, or cancelled."""

    cancelled: bool = False


class Failed(HostEvent):
    """The request failed; `message` is shown to the user. `part` is the learner's part that failed, if any."""

    message: str
    part: str = ""
