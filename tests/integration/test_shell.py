"""A program of the settings runs without a shell, in a group of its own, and tells no secret."""

import sys
import time
from pathlib import Path

import psutil
import pytest

from bot.errors import StepFailed
from bot.shell import LONGEST_OUTPUT, run_program


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_it_said_comes_back_errors_included() -> None:
    assert (
        run_program(python("import sys; print('done', flush=True); print('well', file=sys.stderr)"), 10) == "done\nwell"
    )


def test_no_shell_reads_its_arguments() -> None:
    assert run_program(["echo", "$HOME;", "`id`", "*"], 10) == "$HOME; `id` *"


def test_it_fails_with_its_code_and_last_words() -> None:
    with pytest.raises(StepFailed, match=r"ended with code 3: no such deployment$"):
        run_program(python("print('first'); print('no such deployment'); raise SystemExit(3)"), 10)


def test_a_program_that_fails_without_a_word_says_so() -> None:
    with pytest.raises(StepFailed, match="it said nothing"):
        run_program(python("raise SystemExit(1)"), 10)


def test_secrets_of_the_environment_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hunter2")
    monkeypatch.setenv("KUBECONFIG", "/etc/kube")
    said = run_program(python("import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"), 10)
    assert "SLACK" not in said
    assert len(said) < 100


def test_what_it_prints_is_scrubbed() -> None:
    assert run_program(["echo", "password=hunter2 for https://u:hunter2@h/"], 10) == "password=… for https://…"


def test_after_its_time_the_whole_group_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    child = f"import subprocess, time; p = subprocess.Popen(['sleep', '60']); open({str(told)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    began = time.monotonic()
    with pytest.raises(StepFailed, match=r"took longer than 2 s and was killed"):
        run_program(python(child), 2)
    assert time.monotonic() - began < 10
    assert is_gone(int(told.read_text()))


def test_what_a_program_leaves_in_the_background_is_ended_with_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    child = f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(told)!r}, 'w').write(str(p.pid)); print('left')"
    began = time.monotonic()
    assert run_program(python(child), 20) == "left"
    assert time.monotonic() - began < 10
    assert is_gone(int(told.read_text()))


def is_gone(pid: int) -> bool:
    """Whether a process ends within five seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_a_talkative_program_is_heard_to_its_end() -> None:
    said = run_program(python("print('x ' * 5_000_000); print('the end')"), 20)
    assert said.endswith("the end")
    assert len(said) <= LONGEST_OUTPUT


@pytest.mark.parametrize("argv", [["/no/such/program"], [], ["echo", "a\0b"], ["/"]])
def test_what_cannot_be_started_is_said(argv: list[str]) -> None:
    with pytest.raises(StepFailed, match="could not be started"):
        run_program(argv, 5)


def test_it_cannot_wait_for_an_answer_on_its_input() -> None:
    assert run_program(python("print(repr(input() if 0 else __import__('sys').stdin.read()))"), 10) == "'…'"
