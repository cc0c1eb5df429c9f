"""What a fault of the panel *Break something* has to offer."""

from typing import Literal, Protocol


class Fault(Protocol):
    """A thing that can be broken on purpose, and mended again."""

    @property
    def name(self) -> str:
        """A short identifier, as `lock-queue`."""
        ...

    @property
    def title(self) -> str:
        """The words on the panel's button."""
        ...

    @property
    def detail(self) -> str:
        """One sentence: what it does and what Scout should make of it."""
        ...

    @property
    def group(self) -> Literal["database", "slack"]:
        """Where it strikes."""
        ...

    @property
    def momentary(self) -> bool:
        """True for something that happens once and needs no undoing."""
        ...

    @property
    def is_on(self) -> bool:
        """Whether it is in force now."""
        ...

    def start(self) -> None:
        """Break it; may take seconds, called from a worker thread."""
        ...

    def undo(self) -> None:
        """Mend it; harmless when it is not in force."""
        ...
