"""What the app and the host process say to each other: one JSON object a line, told apart by its "type"."""

import msgspec


class Message(msgspec.Struct, frozen=True):
    """One turn of a chat; role is "system", "user" or "assistant"."""

    role: str
    content: str


class Sampling(msgspec.Struct, frozen=True):
    """How the next token is chosen. Raises ValueError for settings that make no sense.

    greedy (or temperature 0) takes the most probable token. Otherwise logits are divided by temperature, then
    all but the top_k most probable tokens are dropped, then all behind the first that together reach the
    probability top_p; one of the rest is drawn. The text ends before the first of the `stop` strings.
    """

    temperature: float = 0.8
    top_k: int | None = 40
    top_p: float | None = None
    seed: int | None = None
    greedy: bool = False
    max_tokens: int = 256
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise ValueError("The temperature must be zero or more.")
        if self.top_k is not None and self.top_k < 1:
            raise ValueError("top_k must be at least 1.")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError("top_p must be above 0 and at most 1.")
        if self.max_tokens < 1:
            raise ValueError("At least one token must be asked for.")
        if "" in self.stop:
            raise ValueError("A stop string must not be empty.")

    @property
    def is_greedy(self) -> bool:
        return self.greedy or self.temperature == 0


class Token(msgspec.Struct, frozen=True):
    """One generated token.

    text is what may be shown now: it lags behind the tokens while a character or a stop string may still be
    incomplete, and the texts of all tokens together are the whole answer. piece is this token by itself.
    probability and top (the ten most probable, as (piece, probability)) are of the softmax of the logits over
    the temperature (1 when greedy), before anything is dropped. tokens_per_second counts from the first token
    on. finish is None but on the last: "end" (the model ended its answer), "length" or "stop".
    """

    id: int
    text: str
    piece: str
    probability: float
    top: list[tuple[str, float]]
    index: int
    tokens_per_second: float
    finish: str | None = None


class Open(msgspec.Struct, tag_field="type", tag="open"):
    """Load this model file; `passed` are the learner's files to use, as (exercise id, path)."""

    model: str
    passed: list[tuple[str, str]] = []
    workspace: str | None = None


class Generate(msgspec.Struct, tag_field="type", tag="generate"):
    """Answer these messages; or, unless chat, go on after the last message's text."""

    request: int
    messages: list[Message]
    sampling: Sampling
    chat: bool = True


class Cancel(msgspec.Struct, tag_field="type", tag="cancel"):
    request: int


class Opened(msgspec.Struct, tag_field="type", tag="opened"):
    """The model is loaded; parts says whose each part is, "yours" or "reference"."""

    name: str
    context_length: int
    parts: list[tuple[str, str]]
    notes: list[str]


class Started(msgspec.Struct, tag_field="type", tag="started"):
    """The request was read; notes say what was done differently from what was asked."""

    request: int
    prompt_tokens: int
    notes: list[str]


class Done(msgspec.Struct, tag_field="type", tag="done"):
    """Nothing more comes for this request."""

    request: int
    cancelled: bool = False


class Failed(msgspec.Struct, tag_field="type", tag="failed"):
    """The request could not be carried out; message is for the person who asked."""

    request: int
    message: str


class Answer(msgspec.Struct, tag_field="type", tag="answer"):
    """A token and the request it belongs to."""

    request: int
    token: Token


Request = Open | Generate | Cancel
Event = Opened | Started | Answer | Done | Failed

encode = msgspec.json.Encoder().encode
decode_request = msgspec.json.Decoder(Request).decode
decode_event = msgspec.json.Decoder(Event).decode
