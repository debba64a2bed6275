"""Tests of what the learner's code can do wrong in a model's process, over real processes of one engine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from engine.client import Engine
from engine.sandbox import landlock, seccomp
from playground import session as session_module
from playground.messages import Generate, LearnerFile, Message, Sampling, Token
from playground.session import Session, SessionError
from tests.support.waiting import until

GREEDY = Sampling(greedy=True, max_tokens=4)
SIGNATURE = "def generate(model, idx, max_new_tokens, context_size, temperature, top_k, eos_id):\n"
CORRECT = SIGNATURE + "    import torch\n    return torch.cat([idx, model(idx)[:, -1:].argmax(-1)], 1)\n"
BACK = r"The next prompt loads the model again\.$"

# One worker runs these tests, so that they share an engine.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("model_faults")]
MakeSession = Callable[[str], Session]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    await engine.close()


@pytest.fixture
def make_session(engine: Engine, tiny: Path, tmp_path: Path) -> MakeSession:
    """A function that makes a session in which `generate` has passed, with this body or this module."""

    def make(source: str) -> Session:
        path = tmp_path / "sample_generate.py"
        path.write_text(source if "def " in source else f"{SIGNATURE}    {source}\n", "utf-8")

        def read_files() -> list[LearnerFile]:
            return [LearnerFile("sample-generate", str(path), path.read_bytes())]

        return Session(str(tiny), {"sampler": "sample-generate"}, read_files, engine)

    return make


async def collect(session: Session) -> list[Token]:
    return [token async for token in session.generate("the", GREEDY)]


async def correct_and_collect(session: Session) -> None:
    """Corrects the learner's file; the next prompt must be answered by a new process."""
    Path(session.read_files()[0].path).write_text(CORRECT, "utf-8")
    assert await collect(session)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import os; os._exit(3)", "ended unexpectedly with exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "was killed by SIGSEGV"),
        ("while True: print('x' * 2**20)", "printed more than 64 MiB for one request"),
    ],
)
async def test_a_crash_is_one_sentence_and_the_model_comes_back(
    make_session: MakeSession, body: str, message: str
) -> None:
    async with make_session(body) as session:
        with pytest.raises(SessionError, match=f"{message}(?s:.*){BACK}"):
            await collect(session)
        await correct_and_collect(session)


@pytest.mark.parametrize(
    "body",
    [
        "blocks = []\n    while True: blocks.append(bytearray(2**26))",
        "import torch; torch.zeros(2**42)",
    ],
)
async def test_allocation_without_end_is_one_sentence(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr(session_module, "MEMORY", 2**30)
    async with make_session(body) as session:
        with pytest.raises(SessionError, match=r"Your generate needs more memory than the model's process may have"):
            await collect(session)
        assert session._host is not None
        await session._host.wait_exit()  # memory that the code keeps does not spoil the next prompt
        await correct_and_collect(session)


async def test_an_endless_loop_is_ended_by_itself_and_says_the_line(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "STEP_SECONDS", 2.0)
    async with make_session("while True: pass") as session:
        with pytest.raises(SessionError, match=r"without a step for 2 s.* in line 2 of sample_generate\.py\. Check"):
            await collect(session)
        await correct_and_collect(session)


async def test_an_endless_loop_at_import_ends_when_opening_is_cancelled(make_session: MakeSession) -> None:
    session = make_session("print('imported', flush=True)\nwhile True: pass\ndef generate(): pass\n")
    opening = asyncio.create_task(session.open())
    await until(lambda: "imported" in session.log, "the file is imported")
    session.cancel()
    with pytest.raises(SessionError, match="Opening the model was cancelled"):
        await opening
    await correct_and_collect(session)
    await session.close()


@pytest.mark.parametrize("module", ["1 / 0\ndef generate(): pass", "def generate(:", "raise SystemExit\ndef f(): 0"])
async def test_an_error_at_import_is_a_note_and_the_reference_answers(make_session: MakeSession, module: str) -> None:
    async with make_session(module) as session:
        assert "could not be loaded" in session.faults[0].message
        assert session.faults[0].message.endswith("The reference's takes its place.")
        assert len(await collect(session)) == 4


@pytest.mark.skipif(not (landlock.version() and seccomp.is_supported()), reason="needs Landlock and seccomp")
async def test_the_learners_code_is_confined(make_session: MakeSession, tmp_path: Path) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}-secret"
    secret.write_text("not for the model's process")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        attempts = {
            "write": f"open({str(tmp_path / 'written')!r}, 'w')",
            "write its own file": "open(__file__, 'a')",
            "read": f"open({str(secret)!r})",
            "connect": f"__import__('socket').create_connection(('127.0.0.1', {port}), 1)",
            "run": "__import__('subprocess').run(['true'])",
            "kill": "__import__('os').kill(__import__('os').getppid(), 9)",
        }
        source = (
            f"{SIGNATURE}    done = []\n    for name, code in {attempts!r}.items():\n        try:\n"
            "            eval(code)\n            done.append(name)\n        except OSError:\n            pass\n"
            "    open('note', 'w').write('its scratch folder is its own')\n"
            "    raise ValueError(f'{len(done)} done: {done}')\n"
        )
        async with make_session(source) as session:
            with pytest.raises(SessionError, match="0 done"):
                await collect(session)
            assert session._host is not None
            assert {"landlock", "seccomp"} <= set(session._host.layers)
    assert not (tmp_path / "written").exists()


async def test_requests_are_handled_in_order_and_a_waiting_one_can_be_left(make_session: MakeSession) -> None:
    async with make_session(CORRECT) as session:
        request = Generate([Message("user", "the")], GREEDY)
        first, waiting = session.ask(request), session.ask(request)
        await anext(first)
        other = asyncio.create_task(anext(waiting))
        await asyncio.sleep(0)
        assert [event async for event in first]
        await other
        await waiting.aclose()
        assert await collect(session)
        assert not session._queues


async def test_a_model_that_waits_for_a_busy_machine_is_not_ended(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It used little of the time, so it does not loop; much later it is ended all the same."""
    monkeypatch.setattr(session_module, "STEP_SECONDS", 1.0)
    wait = "import time\n    time.sleep({})\n    return idx"
    async with make_session(wait.format(2.0)) as session:
        assert [token.text for token in await collect(session)] == [""]
    async with make_session(wait.format(60.0)) as session:
        with pytest.raises(SessionError, match="without a step"):
            await collect(session)
