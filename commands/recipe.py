"""A statement that the database wrote, with the one that undoes it: shown to be run by a person; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.report import Code

LONGEST = 5_000
"""Characters of one block of statements; the presenter cuts above 6,000, and half a statement must never be shown."""


@dataclass(frozen=True)
class Recipe:
    """What to do about one finding, and how to take it back; `undo` is empty where nothing is lost."""

    title: str
    do: str
    undo: str = ""

    @property
    def text(self) -> str:
        """Both statements under their title, or where to find them when they are too long for a message."""
        whole = "\n".join([f"-- {_one_line(self.title)}", f"{self.do};", *self._undoing()])
        short = (
            f"-- {_one_line(self.title)[:200]}: its statements are too long for a message; \\d+ shows its definition"
        )
        return whole if len(whole) <= LONGEST else short

    def _undoing(self) -> Iterable[str]:
        return ["-- undo:", f"{self.undo};"] if self.undo else []


def blocks(title: str, recipes: Sequence[Recipe]) -> tuple[Code, ...]:
    """The recipes as few blocks that are shown whole."""
    pages: list[str] = []
    for recipe in recipes:
        if pages and len(pages[-1]) + len(recipe.text) < LONGEST:
            pages[-1] += f"\n\n{recipe.text}"
        else:
            pages.append(recipe.text)
    return tuple(Code(title=title, text=page) for page in pages)


def _one_line(text: str) -> str:
    """A title stays a comment: nothing of it may begin a line of its own."""
    return " ".join(text.split())
