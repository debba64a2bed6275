"""A hub grades handed-in sources in its own sandbox, right, wrong and harmful ones, each once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cowork.hub import grading_jobs
from cowork.hub.grading_jobs import LocalQueue, run_job
from cowork.hub.ledger import Ledger
from cowork.permissions import HUB
from cowork.refusal import Refusal
from cowork.rooms import submissions
from cowork.rooms.base import Job
from cowork.rooms.submissions import UNGRADED, Graded, RecordVerdict, Submissions
from engine.errors import EngineError
from grader.check import Grader, new_engine
from grader.verdict import Verdict
from tests.support.stores import room_store
from tests.support.submissions import (
    ANNA,
    EXERCISE,
    SubmissionGrader,
    correct_source,
    hand_in,
    mistaken_source,
    submission,
)
from tests.support.waiting import until


@asynccontextmanager
async def grading(folder: Path, grader: Any) -> AsyncIterator[Ledger]:
    """A ledger whose room "r" has its jobs done in this process, as a hub on a laptop does them."""

    def happened(room: Any, events: Any, own: bool) -> None:
        for job in filter(None, (event.fact.job(room.id) for event in events)):
            tasks.append(asyncio.ensure_future(queue.put(job)))

    tasks: list[asyncio.Future[None]] = []
    async with room_store(str(folder / "hub.db")) as store:
        ledger = Ledger(store, happened)

        async def work(job: Job) -> None:
            await run_job(job, ledger, store, grader)

        queue = LocalQueue(work)
        await queue.start()
        for job in (await ledger.room("r")).jobs():
            await queue.put(job)
        yield ledger
        await queue.close()
        await ledger.close()


async def verdict(ledger: Ledger, id: str) -> Any:
    room = await ledger.room("r")
    await until(lambda: room[Submissions].find(id).outcome is not None)
    return room[Submissions].find(id)


FORGERY = """
import json, os
checks = [{"name": "loads", "outcome": "passed", "message": "", "seconds": 0.0}]
forged = json.dumps({"verdict": {"exercise": "stable-softmax", "outcome": "passed", "checks": checks}})
for fd in range(64):
    try:
        os.write(fd, f"\\n{forged}\\n".encode())
    except OSError:
        pass
os._exit(0)
"""


async def test_right_wrong_and_harmful_sources_get_their_verdicts(service: Any, tmp_path: Path) -> None:
    source, mistake = mistaken_source()
    people = [type(ANNA)(f"p{i}", f"P{i}", "member") for i in range(5)]
    sources = [
        correct_source(),
        source,
        f"{correct_source()}\nimport os; os._exit(0)\n",
        correct_source() + FORGERY,
        "while True: pass\n",
    ]
    async with grading(tmp_path, SubmissionGrader(service)) as ledger:
        ids = [await hand_in(ledger, source, "c", by) for source, by in zip(sources, people, strict=True)]
        passed, failed, left, forged, endless = [await verdict(ledger, id) for id in ids]
        assert passed.outcome == "passed" and passed.passed_checks == passed.checks > 3
        assert failed.outcome == "failed" and failed.passed_checks < failed.checks == passed.checks
        assert failed.mistake_id == mistake and failed.mistake and failed.says and "\n" not in failed.says
        assert left.outcome == "crashed" and "ended the Python process" in left.says
        assert forged.outcome != "passed" and forged.says
        assert endless.outcome == "timeout" and "did not finish" in endless.says
        room = await ledger.room("r")
        assert room.jobs() == []
        assert room.seq == 10, "each was handed in once and judged once"


async def test_what_waited_when_the_hub_stopped_is_graded_when_it_starts(service: Any, tmp_path: Path) -> None:
    class Never:
        async def check(self, *_: Any) -> None:
            await asyncio.Event().wait()

    async with grading(tmp_path, Never()) as ledger:
        id = await hand_in(ledger, correct_source(), "c")
    async with grading(tmp_path, SubmissionGrader(service)) as ledger:
        assert (await verdict(ledger, id)).outcome == "passed"


async def test_a_job_done_twice_at_once_is_recorded_once(location: str, service: Any) -> None:
    """As by two workers: each has a store and a ledger of its own."""

    class Together(SubmissionGrader):
        both = asyncio.Barrier(2)

        async def check(self, exercise: Any, source: bytes) -> Any:
            await self.both.wait()
            return await super().check(exercise, source)

    grader: Any = Together(service)
    async with room_store(location) as one, room_store(location) as other:
        ledgers = [Ledger(store, lambda *_: None) for store in (one, other)]
        id = await hand_in(ledgers[0], correct_source(), "c")
        job = Job("grade", "r", id)
        await asyncio.gather(*(run_job(job, ledger, ledger._store, grader) for ledger in ledgers))
        assert grader.checks == 2
        await run_job(job, ledgers[1], other, grader)
        assert grader.checks == 2, "what is recorded is not done again"
        assert [type(event.fact).__name__ for event in await one.events("r", 0, 9)] == ["HandedIn", "Graded"]
        assert (await submission(ledgers[0], id)).outcome == "passed"


async def test_a_fault_of_the_hub_is_no_verdict_and_the_source_can_be_handed_in_again(
    service: Any, tmp_path: Path
) -> None:
    class Faulty(SubmissionGrader):
        faults = 3

        async def check(self, exercise: Any, source: bytes) -> Any:
            if self.faults:
                self.faults -= 1
                raise EngineError("It broke.")
            return await super().check(exercise, source)

    async with grading(tmp_path, Faulty(service)) as ledger:
        first = await verdict(ledger, await hand_in(ledger, correct_source(), "c"))
        assert first.outcome == UNGRADED and "internal error" in first.says
        second = await verdict(ledger, await hand_in(ledger, correct_source(), "d"))
        assert second.id != first.id and second.outcome == "passed"


async def test_a_job_that_could_not_be_recorded_is_done_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading_jobs, "RETRY_DELAYS", (0.01,))
    done: list[Job] = []

    async def work(job: Job) -> None:
        done.append(job)
        if len(done) < 3:
            raise Refusal("store", "Not now.")

    queue = LocalQueue(work)
    await queue.start()
    job = Job("grade", "r", "s")
    await queue.put(job)
    await queue.put(job)
    await until(lambda: len(done) == 3)
    await queue.put(Job("grade", "r", "t"))
    await until(lambda: len(done) == 4)
    assert done == [job, job, job, Job("grade", "r", "t")]
    await queue.close()


async def test_who_hands_in_much_keeps_nobody_waiting() -> None:
    done: list[str] = []
    go = asyncio.Event()

    async def work(job: Job) -> None:
        await go.wait()
        done.append(job.id)

    queue = LocalQueue(work, concurrency=1)
    for number in range(6):
        await queue.put(Job("grade", f"room {number}", f"mal {number}"), "mal")
    await queue.put(Job("grade", "r", "ada"), "ada")
    await queue.put(Job("grade", "r", "ben"), "ben")
    await queue.start()
    go.set()
    await until(lambda: len(done) == 8)
    assert done[:3] == ["mal 0", "ada", "ben"] and done[3:] == [f"mal {number}" for number in range(1, 6)]
    await queue.close()


async def test_a_member_has_a_quota_of_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "MAX_STORED", 30)
    monkeypatch.setattr(submissions, "MAX_PENDING", 99)
    async with room_store(str(tmp_path / "hub.db")) as store:
        ledger = Ledger(store, lambda *_: None)
        first = await hand_in(ledger, "x = 1  # 20 bytes...", "a")
        with pytest.raises(Refusal, match="remove-source"):
            await hand_in(ledger, "x = 2  # 20 bytes...", "b")
        await ledger.execute(ANNA, "r", "c", submissions.RemoveSource(first))
        await hand_in(ledger, "x = 2  # 20 bytes...", "d")


async def test_nobody_but_the_hub_records_a_verdict(tmp_path: Path) -> None:
    async with room_store(str(tmp_path / "hub.db")) as store:
        ledger = Ledger(store, lambda *_: None)
        id = await hand_in(ledger, correct_source(), "c")
        forged = RecordVerdict(Graded(id, "passed"))
        for role in ("organiser", "member", "guest"):
            with pytest.raises(Refusal):
                await ledger.execute(type(ANNA)("anna", "Anna", role), "r", "x", forged)  # type: ignore[arg-type]
        assert (await submission(ledger, id)).outcome is None
        await ledger.execute(HUB, "r", "y", forged)
        await ledger.execute(HUB, "r", "z", RecordVerdict(Graded(id, "failed")))
        assert (await submission(ledger, id)).outcome == "passed", "the first verdict stands"


async def test_the_engine_stands_back_for_other_processes() -> None:
    engine = new_engine(nice=7)
    await engine.start()
    assert engine.process is not None
    assert os.getpriority(os.PRIO_PROCESS, engine.process.pid) == 7
    group = Path(f"/proc/{engine.process.pid}/autogroup")
    assert not group.exists() or group.read_text().split()[-1] == "7"
    await engine.close()


async def test_a_source_has_more_time_on_a_hub_that_does_other_things_too(tmp_path: Path, course: Any) -> None:
    """A right source that a busy machine slows down is not said to be endless, and an endless one ends."""
    limits: list[float] = []

    class Notes:
        async def check(self, exercise: Any, source: bytes) -> Verdict:
            limits.append(exercise.time_limit)
            return Verdict(exercise.id, "passed", [])

    async with grading(tmp_path, Notes()) as ledger:
        await verdict(ledger, await hand_in(ledger, correct_source(), "c"))
    own = course.exercise(EXERCISE).time_limit
    assert 2 * own <= limits[0] <= own + 60


async def test_members_code_is_not_run_where_nothing_would_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(engine: Any) -> dict[str, Any]:
        return {"level": "limits", "layers": []}

    async def start(engine: Any) -> None:
        """None is needed: what it would say is known."""

    monkeypatch.setattr(grading_jobs, "sandbox_report", found)
    monkeypatch.setattr("engine.client.Engine.start", start)
    with pytest.raises(Refusal, match="--trust-members"):
        async with grading_jobs.hub_grader():
            raise AssertionError("it grades")
    async with grading_jobs.hub_grader(trusting=True) as grader:
        assert isinstance(grader, Grader)
