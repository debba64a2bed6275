"""Finds sources of an exercise that are more similar than the exercise explains.

Correct solutions of a small exercise resemble each other because the exercise, its stub and its book do. A run of
GRAM_SIZE tokens is therefore ignored if it occurs in the stub, in the reference or in another correct style that comes
with the exercise or, in a group of LARGE_GROUP or more, if at least half of the group wrote it. (In a smaller group, a
few people who share their code are half of it.) The tokens that remain are a source's *own* tokens, and only they are
compared; sources with fewer than MIN_OWN_TOKENS of them are not. The similarity of two sources is the fraction of the
shorter one's own tokens that occur, in order and in runs of at least MIN_RUN, in the other.
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from rapidfuzz.distance import LCSseq

GRAM_SIZE, MIN_RUN, MIN_OWN_TOKENS, LARGE_GROUP = 8, 8, 40, 7
THRESHOLD = 0.7
MAX_TOKENS = 3_000  # of one source
TYPE_FIELDS = {"annotation", "returns", "type_comment", "type_params"}  # fields of the syntax tree that hold types
MEMORY_LIMIT = 2 * 1024**3  # bytes
MAX_FRAGMENTS = 6  # the longest fragments of a pair
Token = tuple[str, int]  # (word, line)


class Fragment(msgspec.Struct, frozen=True):
    """The first and last lines of a fragment that both sources contain, and its length in `tokens`."""

    left: tuple[int, int]
    right: tuple[int, int]
    tokens: int


class SimilarPair(msgspec.Struct, frozen=True):
    """Two submissions by their ids; `alike`: their similarity, from 0 to 1; `own`: the shorter one's own tokens."""

    left: str
    right: str
    alike: float
    own: int
    fragments: list[Fragment]


class SourceGroup(msgspec.Struct, frozen=True):
    """The sources of one exercise by submission id, one per person; `known`: sources whose tokens are ignored."""

    exercise: str
    sources: dict[str, bytes]
    known: list[bytes]


class SimilarityResult(msgspec.Struct, frozen=True):
    """`compared` of `of` sources had enough own tokens."""

    exercise: str
    compared: int
    of: int
    pairs: list[SimilarPair]


def find_similar(group: SourceGroup, threshold: float = THRESHOLD) -> SimilarityResult:
    """Returns the pairs at or above the threshold, most similar first."""
    streams = {id: token_stream(source) for id, source in group.sources.items()}
    ignored = {gram for source in group.known for gram in _grams(token_stream(source))} | _common_grams(streams)
    own = {id: _own_tokens(tokens, ignored) for id, tokens in streams.items()}
    own = {id: tokens for id, tokens in own.items() if len(tokens) >= MIN_OWN_TOKENS}
    letters: dict[str, str] = {}  # rapidfuzz compares strings, so each kind of token becomes a character
    texts = {
        id: "".join(letters.setdefault(word, chr(len(letters))) for word, _ in tokens) for id, tokens in own.items()
    }
    candidates = [
        (left, right)
        for left, right in itertools.combinations(own, 2)
        if _upper_bound(texts[left], texts[right]) >= threshold
    ]
    pairs = [_compare(left, right, own, texts) for left, right in candidates]
    similar = sorted((pair for pair in pairs if pair.alike >= threshold), key=lambda pair: (-pair.alike, -pair.own))
    return SimilarityResult(group.exercise, len(own), len(streams), similar)


def _grams(tokens: Sequence[Token]) -> list[tuple[str, ...]]:
    """All runs of GRAM_SIZE consecutive words, in order."""
    words = [word for word, _ in tokens]
    return list(zip(*(words[i:] for i in range(GRAM_SIZE)), strict=False))


def _common_grams(streams: Mapping[str, Sequence[Token]]) -> set[tuple[str, ...]]:
    """The grams that so many people of a large group wrote that they say nothing about two of them."""
    if len(streams) < LARGE_GROUP:
        return set()
    counts = Counter(gram for tokens in streams.values() for gram in set(_grams(tokens)))
    minimum = (len(streams) + 1) // 2
    return {gram for gram, count in counts.items() if count >= minimum}


def _own_tokens(tokens: Sequence[Token], ignored: set[tuple[str, ...]]) -> list[Token]:
    covered: set[int] = set()
    for start, gram in enumerate(_grams(tokens)):
        if gram in ignored:
            covered.update(range(start, start + GRAM_SIZE))
    return [token for index, token in enumerate(tokens) if index not in covered]


def _upper_bound(left: str, right: str) -> float:
    """An upper bound of the similarity, which is much faster to compute."""
    return LCSseq.similarity(left, right) / min(len(left), len(right))


def _compare(left_id: str, right_id: str, own: Mapping[str, Sequence[Token]], texts: Mapping[str, str]) -> SimilarPair:
    left, right = own[left_id], own[right_id]
    fragments, same = [], 0
    for block in LCSseq.opcodes(texts[left_id], texts[right_id]).as_matching_blocks():
        if block.size >= MIN_RUN:
            same += block.size
            left_lines = [line for _, line in left[block.a : block.a + block.size]]
            right_lines = [line for _, line in right[block.b : block.b + block.size]]
            spans = [(min(lines), max(lines)) for lines in (left_lines, right_lines)]
            fragments.append(Fragment(spans[0], spans[1], block.size))
    fragments.sort(key=lambda fragment: -fragment.tokens)
    shorter = min(len(left), len(right))
    return SimilarPair(left_id, right_id, round(same / shorter, 3), shorter, fragments[:MAX_FRAGMENTS])


def token_stream(source: bytes) -> list[Token]:
    """Returns the nodes of the syntax tree in order. All names that the source defines become the same word, and so do
    all strings; docstrings, comments, imports and annotations are left out. Returns [] if it is not valid Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    own_names, own_attributes = _defined_names(tree)
    tokens: list[Token] = []
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    while stack and len(tokens) < MAX_TOKENS:
        node, line = stack.pop()
        line = getattr(node, "lineno", line)
        if isinstance(node, ast.Import | ast.ImportFrom | ast.expr_context | ast.Pass) or _is_string_statement(node):
            continue
        if isinstance(node, ast.AnnAssign) and node.value is None:
            continue
        if not isinstance(node, ast.Module):
            tokens.append((_word(node, own_names, own_attributes), line))
        stack.extend((child, line) for child in reversed(_children(node)))
    return tokens


def _children(node: ast.AST) -> list[ast.AST]:
    children: list[ast.AST] = []
    for name, value in ast.iter_fields(node):
        if name not in TYPE_FIELDS:
            values = value if isinstance(value, list) else [value]
            children.extend(child for child in values if isinstance(child, ast.AST))
    return children


def _is_string_statement(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _defined_names(tree: ast.AST) -> tuple[set[str], set[str]]:
    """The names and the attributes that the source defines."""
    names, attributes = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            attributes.add(node.name)  # it may be a method
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            attributes.add(node.attr)
    return names, attributes


def _word(node: ast.AST, own_names: set[str], own_attributes: set[str]) -> str:
    match node:
        case ast.Name(id=id):
            return "name" if id in own_names else id
        case ast.Attribute(attr=attr):
            return "." if attr in own_attributes else f".{attr}"
        case ast.Constant(value=value):
            return "text" if isinstance(value, str | bytes) else repr(value)[:20]
        case ast.keyword(arg=arg):
            return f"{arg}="
        case ast.AnnAssign():
            return "Assign"
        case ast.AsyncFunctionDef():
            return "FunctionDef"
    return type(node).__name__


def main() -> None:
    """Reads a SourceGroup from standard input and writes a SimilarityResult; the argument is the threshold. It runs in
    a process of its own, with limits, because it parses what members handed in; it never runs their code."""
    if sys.platform != "win32":
        import os
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    group = msgspec.json.decode(sys.stdin.buffer.read(), type=SourceGroup)
    sys.stdout.buffer.write(msgspec.json.encode(find_similar(group, float(sys.argv[1]))))


if __name__ == "__main__":
    main()
