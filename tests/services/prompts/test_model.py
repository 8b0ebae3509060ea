"""Versions, labels and their protection against a model of dictionaries; PROMPTWIRE_TEST_SCALE=10: 10,000 steps."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from promptwire import values
from promptwire.v1 import prompt_service_pb2 as pb
from services import errors
from services.prompts.servicer import PromptServicer
from tests.services.prompts.conftest import Calls

SCALE = int(os.environ.get("PROMPTWIRE_TEST_SCALE", "1"))
STEPS = 50
MESSAGE = values.to_value({"role": "user", "content": "Hello {name}"})
LABELS = st.sampled_from(["1", "latest", "production", "v2"])
NUMBERS = st.integers(1, 12)


def machine(loop: asyncio.AbstractEventLoop, keeper: Calls, writer: Calls) -> type[RuleBasedStateMachine]:
    """Make the machine. `keeper` may move protected labels, `writer` may not; `loop` runs their calls."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.prompt = self.do(keeper.CreatePrompt(pb.CreatePromptRequest(name="A prompt"))).prompt.id
            draft = pb.CreateSessionRequest(prompt_id=self.prompt, messages=[MESSAGE])
            self.session = self.do(keeper.CreateSession(draft)).session.id
            self.alive: dict[int, str] = {}
            self.last = 0
            # By name: the number of the version, and whether it is protected.
            self.labels: dict[str, tuple[int, bool]] = {}

        def do(self, call: Any) -> Any:
            work: Coroutine[Any, Any, Any] = call
            return asyncio.run_coroutine_threadsafe(work, loop).result(30)

        def reason(self, call: Any) -> str:
            try:
                self.do(call)
            except errors.ServiceError as error:
                return error.reason
            return ""

        def add(self, version: Any) -> None:
            self.last += 1
            assert (version.number, version.is_latest) == (self.last, True)
            self.alive[version.number] = version.id

        @rule()
        def create(self) -> None:
            request = pb.CreateVersionRequest(prompt_id=self.prompt, messages=[MESSAGE])
            self.add(self.do(writer.CreateVersion(request)).version)

        @rule()
        def commit(self) -> None:
            self.add(self.do(writer.CommitSession(pb.CommitSessionRequest(id=self.session))).version)

        @rule(label=LABELS, number=NUMBERS, protected=st.sampled_from([None, True, False]), keeps=st.booleans())
        def label(self, label: str, number: int, protected: bool | None, keeps: bool) -> None:
            request = pb.SetLabelRequest(prompt_id=self.prompt, label=label, number=number, protected=protected)
            found = self.reason((keeper if keeps else writer).SetLabel(request))
            before = self.labels.get(label)
            if number not in self.alive:
                assert found == ("VERSION_DELETED" if number <= self.last else "VERSION_NOT_FOUND")
            elif not keeps and (protected or (before and before[1])):
                assert found == "LABEL_PROTECTED"
            else:
                assert found == ""
                kept = bool(before and before[1])
                self.labels[label] = (number, kept if protected is None else protected)

        @rule(label=LABELS, keeps=st.booleans())
        def delete_label(self, label: str, keeps: bool) -> None:
            request = pb.DeleteLabelRequest(prompt_id=self.prompt, label=label)
            found = self.reason((keeper if keeps else writer).DeleteLabel(request))
            if label not in self.labels:
                assert found == "LABEL_NOT_FOUND"
            elif self.labels[label][1] and not keeps:
                assert found == "LABEL_PROTECTED"
            else:
                assert found == ""
                del self.labels[label]

        @precondition(lambda self: self.alive)
        @rule(data=st.data(), keeps=st.booleans())
        def delete_version(self, data: st.DataObject, keeps: bool) -> None:
            number = data.draw(st.sampled_from(sorted(self.alive)))
            request = pb.DeleteVersionRequest(id=self.alive[number])
            found = self.reason((keeper if keeps else writer).DeleteVersion(request))
            if not keeps and any(on == number and protected for on, protected in self.labels.values()):
                assert found == "LABEL_PROTECTED"
                return
            assert found == ""
            del self.alive[number]
            self.labels = {name: it for name, it in self.labels.items() if it[0] != number}

        @invariant()
        def agrees(self) -> None:
            listed = self.do(
                writer.ListVersions(pb.ListVersionsRequest(prompt_id=self.prompt, page_size=1000))
            ).versions
            assert [one.number for one in listed] == sorted(self.alive, reverse=True)
            assert [one.number for one in listed if one.is_latest] == [one.number for one in listed[:1]]
            labels = self.do(writer.ListLabels(pb.ListLabelsRequest(prompt_id=self.prompt))).labels
            assert {one.name: (one.version_number, one.protected) for one in labels} == self.labels
            on = {one.number: list(one.labels) for one in listed}
            for number, names in on.items():
                assert sorted(names) == sorted(name for name, it in self.labels.items() if it[0] == number)

    return Machine


async def test_the_repository_is_as_its_model(servicer: PromptServicer, project_id: Any) -> None:
    keeper, writer = Calls(servicer, project_id, "labels:protected"), Calls(servicer, project_id)
    made = machine(asyncio.get_running_loop(), keeper, writer)
    chosen = settings(
        max_examples=25 * SCALE,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    await asyncio.to_thread(run_state_machine_as_test, made, settings=chosen)
