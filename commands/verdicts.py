"""What another diagnosis says in its first line."""

from bot.command import Command, Sources
from bot.errors import ScoutError
from bot.report import Level, Report, Verdict


def first_line(diagnosis: Command, sources: Sources) -> Verdict:
    """The verdict of a diagnosis, or why it could not look; a failure of one does not take the others' answers."""
    try:
        answer = diagnosis.plan(sources, diagnosis.args())
    except ScoutError as error:
        return Verdict(level=Level.NO_DATA, text=str(error))
    if isinstance(answer, Report):
        return answer.verdict
    raise TypeError(f"{diagnosis.name} is no diagnosis: it proposes a plan")
