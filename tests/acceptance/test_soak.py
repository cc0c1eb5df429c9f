"""The short form of the soak: every trouble strikes once, in a minute, and everything that the long one asks for holds."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.drama import Trouble

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SEED = "7"


@pytest.mark.timeout(400)
def test_nothing_is_lost_or_done_twice_in_a_minute_of_troubles(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.soak", "--minutes", "1", "--seed", SEED, "--logs", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything holds" in done.stdout
    assert [trouble for trouble in Trouble if f"{trouble} 1 (" not in done.stdout] == [Trouble.FIRE]
    assert f"{Trouble.FIRE} 2 (" in done.stdout
    assert "fires that had to be told 0" not in done.stdout
