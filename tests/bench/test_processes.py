"""Processes: started clean, ended for sure, their CPU time read with that of their children."""

import os
from pathlib import Path

import pytest

from bench.processes import PROC, Program, Respondent, Unable, clean, cpu_seconds, machine_seconds, memory

needs_proc = pytest.mark.skipif(not (PROC / "self" / "stat").exists(), reason="reads /proc")


@needs_proc
def test_cpu_time_is_that_of_the_process_and_its_children() -> None:
    before, times = cpu_seconds(os.getpid()), os.times()
    assert before == pytest.approx(times.user + times.system + times.children_user + times.children_system, abs=0.5)
    while os.times().user < times.user + 0.05:
        pass
    assert cpu_seconds(os.getpid()) >= before + 0.03


@needs_proc
def test_the_machine_spends_what_its_processes_do() -> None:
    before, times = machine_seconds(), os.times()
    while os.times().user < times.user + 0.05:
        pass
    assert machine_seconds() >= before + 0.03


@needs_proc
def test_memory_is_that_of_the_process_whole_and_shared() -> None:
    held = memory([os.getpid()])
    assert 20 < held.pss <= held.rss


@needs_proc
def test_cpu_time_of_a_process_that_is_gone_is_refused() -> None:
    with pytest.raises(Unable, match="ended while"):
        cpu_seconds(2**22 + 1)


def test_environment_names_no_proxy_and_none_of_our_settings() -> None:
    given = {"HTTP_PROXY": "a", "https_proxy": "b", "PROMPTWIRE_KEY": "c", "OPENAI_API_KEY": "d", "PATH": "e"}
    assert clean(given) == {"PATH": "e"}


async def test_program_that_ends_shows_its_log(tmp_path: Path) -> None:
    program = await Program.start("odd", ["no_such_module"], {}, tmp_path)
    await program.wait()
    assert not program.alive
    assert "No module named no_such_module" in str(program.unable("ended"))


async def test_program_is_stopped(tmp_path: Path) -> None:
    program = await Respondent.start("waiting", ["asyncio"], {}, tmp_path)
    assert program.alive
    await program.stop()
    assert not program.alive


async def test_respondent_that_ends_is_unable(tmp_path: Path) -> None:
    respondent = await Respondent.start("load", ["bench.load", "sdk"], {}, tmp_path)
    with pytest.raises(Unable, match="load ended; its log"):
        await respondent.ask(b"no site")
    await respondent.stop()
