"""Tests of the session and its model's process: answers, cancelling, crashes, endless loops and the learner's parts."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from playground.messages import LearnerFile, Message, Sampling, Token
from playground.parts_catalogue import LLAMA, parts_of
from playground.session import Session, SessionError
from tests.support.processes import until_exited
from tests.support.waiting import until

# One worker runs these tests, so that they share two sessions.
pytestmark = pytest.mark.xdist_group("session")

GREEDY = Sampling(greedy=True, max_tokens=12)
LONG = Sampling(seed=1, temperature=1.5, top_k=None, max_tokens=40)
SIGNATURE = "def generate(model, idx, max_new_tokens, context_size, temperature, top_k, eos_id):\n"


@pytest.fixture(scope="session")
def slow_softmax() -> list[LearnerFile]:
    """A slow softmax of the learner, with which an answer is still incomplete after its first token."""
    source = "import time, torch\n\ndef softmax(x, dim=-1):\n    time.sleep(0.05)\n    return torch.softmax(x, dim)\n"
    return [LearnerFile("stable-softmax", "/home/ana/stable_softmax.py", source.encode())]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slow_session(tiny: Path, slow_softmax: list[LearnerFile]) -> AsyncIterator[Session]:
    async with Session(str(tiny), {"softmax": "stable-softmax"}, lambda: slow_softmax) as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(tiny: Path) -> AsyncIterator[Session]:
    """An open session that tests share if they leave it intact."""
    async with Session(str(tiny)) as session:
        yield session


def generate_file(source: str) -> list[LearnerFile]:
    """The learner's file of `generate`, with this source."""
    return [LearnerFile("sample-generate", "/home/ana/sample_generate.py", source.encode())]


async def collect(session: Session, prompt: str = "the", sampling: Sampling = GREEDY) -> list[Token]:
    return [token async for token in session.generate(prompt, sampling)]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_streamed_answer_has_all_details_of_its_tokens(session: Session) -> None:
    tokens = await collect(session)
    assert [token.index for token in tokens] == list(range(len(tokens)))
    assert tokens[-1].finish in ("length", "end")
    for token in tokens:
        assert len(token.top) == 10
        assert token.top == sorted(token.top, key=lambda pair: -pair[1])
        assert token.top[0] == (token.piece, token.probability)
    assert tokens[0].tokens_per_second == 0
    assert all(token.tokens_per_second > 0 for token in tokens[1:])
    assert session.context_length == 96
    assert session.name == "Tiny"
    assert [use.owner for use in session.parts] == ["reference"] * len(parts_of(LLAMA))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_chat_and_a_bare_text_are_encoded_differently(session: Session) -> None:
    await collect(session, "the")
    alone = session.prompt_tokens
    chat = [Message("user", "the"), Message("assistant", "abc"), Message("user", "the")]
    _ = [token async for token in session.generate(chat, GREEDY)]
    assert session.prompt_tokens > alone
    _ = [token async for token in session.generate("the", GREEDY, chat=False)]
    assert session.prompt_tokens < alone
    assert session.notes == []
    await collect(session, "the " * 200)
    assert session.notes[0].startswith("The prompt has ")


@pytest.mark.asyncio(loop_scope="module")
async def test_cancelling_ends_the_answer_within_a_token(session: Session, slow_session: Session) -> None:
    whole = await collect(session, sampling=LONG)
    answer = slow_session.generate("the", LONG)
    tokens = [await anext(answer), await anext(answer)]
    slow_session.cancel()
    tokens += [token async for token in answer]
    assert 2 <= len(tokens) <= 4
    assert [t.id for t in tokens] == [t.id for t in whole[: len(tokens)]]
    slow_session.cancel()  # without an answer, it does nothing
    again = await collect(slow_session, sampling=GREEDY)
    assert [t.id for t in again] == [t.id for t in await collect(session, sampling=GREEDY)]


@pytest.mark.asyncio(loop_scope="module")
async def test_leaving_an_answer_cancels_it(slow_session: Session) -> None:
    few = Sampling(greedy=True, max_tokens=3)
    alone = [token.id for token in await collect(slow_session, sampling=few)]
    async for _ in slow_session.generate("the", LONG):
        break
    left = slow_session.generate("the", LONG)
    await anext(left)
    assert [token.id for token in await collect(slow_session, sampling=few)] == alone
    assert len([token async for token in left]) < 5


async def test_a_killed_host_is_an_error_and_the_next_prompt_starts_a_new_one(
    tiny: Path, slow_softmax: list[LearnerFile]
) -> None:
    async with Session(str(tiny), {"softmax": "stable-softmax"}, lambda: slow_softmax) as session:
        answer = session.generate("the", LONG)
        await anext(answer)
        assert session._host is not None and session._host.pid is not None
        first = session._host.pid
        os.kill(first, signal.SIGKILL)
        with pytest.raises(SessionError, match=r"killed by SIGKILL\. The machine may be out of memory"):
            async for _ in answer:
                pass
        assert len(await collect(session)) == 12
        second = session._host.pid
        assert second != first
    await until_exited(second)


async def test_closing_ends_the_current_answer(tiny: Path, slow_softmax: list[LearnerFile]) -> None:
    session = Session(str(tiny), {"softmax": "stable-softmax"}, lambda: slow_softmax)
    answer = session.generate("the", LONG)
    await anext(answer)
    await session.close()
    with pytest.raises(SessionError, match="The session was closed"):
        async for _ in answer:
            pass


async def test_an_endless_loop_of_the_learner_ends_when_cancelled(tiny: Path) -> None:
    source = SIGNATURE + "    model(idx)\n    print('started')\n    while True:\n        pass\n"
    async with Session(str(tiny), {"sampler": "sample-generate"}, lambda: generate_file(source)) as session:
        assert session.yours == ["sampler"]
        answer = asyncio.create_task(collect(session))
        await until(lambda: "started" in session.log, "the endless loop starts")
        session.cancel()
        with pytest.raises(SessionError, match=r"did not stop within 1 s.*Check your sampler for an endless loop"):
            await answer


async def test_code_of_the_learner_that_exits_the_process_is_an_error(tiny: Path) -> None:
    source = SIGNATURE + "    import os\n    model(idx)\n    os._exit(3)\n"
    async with Session(str(tiny), {"sampler": "sample-generate"}, lambda: generate_file(source)) as session:
        with pytest.raises(SessionError, match="ended unexpectedly with exit code 3"):
            await collect(session)


async def test_errors_of_the_learner_do_not_end_the_host(tiny: Path) -> None:
    source = SIGNATURE + "    input()\n"
    async with Session(str(tiny), {"sampler": "sample-generate"}, lambda: generate_file(source)) as session:
        for _ in range(2):
            with pytest.raises(SessionError, match=r"Your generate stopped with EOFError.*line 2"):
                await collect(session)


async def test_a_session_that_cannot_open_explains_why(tmp_path: Path, data_folder: Path) -> None:
    with pytest.raises(SessionError, match=r"not installed\. Run `fromscratch models add smollm2`"):
        await Session("smollm2").open()
    with pytest.raises(SessionError, match="No model is named gpt5"):
        await Session("gpt5").open()
    with pytest.raises(SessionError, match=r"The file .*absent\.gguf does not exist"):
        await Session(str(tmp_path / "absent.gguf")).open()
    (tmp_path / "other.gguf").write_text("not a model at all, but long enough")
    with pytest.raises(SessionError, match=r"could not be loaded: other\.gguf is not a GGUF file"):
        await Session(str(tmp_path / "other.gguf")).open()


async def test_opening_can_be_cancelled(tiny: Path) -> None:
    session = Session(str(tiny))
    opening = asyncio.create_task(session.open())
    await until(lambda: session._host is not None, "the host process starts")
    waiting = asyncio.create_task(collect(session))
    await asyncio.sleep(0)
    session.cancel()
    for task in (opening, waiting):  # a prompt that waits does not open the model again
        with pytest.raises(SessionError, match="cancelled"):
            await task
    assert len(await collect(session)) == 12
    await session.close()


async def test_a_prompt_waits_while_the_model_opens(tiny: Path) -> None:
    session = Session(str(tiny))
    opening = asyncio.create_task(session.open())
    await until(lambda: session._host is not None, "the process starts")
    assert len(await collect(session)) == 12
    await opening
    await session.close()


async def test_the_host_exits_with_the_app(tiny: Path) -> None:
    code = (
        "import asyncio, os, signal, sys\n"
        "from playground.session import Session\n"
        "async def main():\n"
        f"    session = Session({str(tiny)!r})\n"
        "    await session.open()\n"
        "    print(session._host.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    output, _ = await child.communicate()
    await until_exited(int(output))
