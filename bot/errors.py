"""What can go wrong, named for what happened; the message is a sentence to the person who asked.

ScoutError
├── BadInput         the text cannot be understood; says what to type instead
│   └── NeedsReason  what can stop somebody's work is asked for with a reason
├── NotAllowed       this person may not do this here
├── TooLate          somebody or something was first (decided, expired, void)
├── Unavailable      a database, the store, Slack or another source cannot be reached now
│   └── DatabaseDown the database in Scout's care does not answer
│       └── LostInTheMiddle  its connection broke while a step was at work
├── Cannot           the database answers, but a right, an extension or an object is missing
├── TooSlow          a time limit ended the statement
└── StepFailed       a step of a run did not do what it should
"""


class ScoutError(Exception):
    """Something that is said to the person who asked, in one sentence with what to do next."""


class BadInput(ScoutError):
    """The words cannot be understood."""


class NeedsReason(BadInput):
    """What can stop somebody's work is asked for with a reason."""


class NotAllowed(ScoutError):
    """This person may not do this here."""


class TooLate(ScoutError):
    """Somebody or something was first."""


class Unavailable(ScoutError):
    """Something Scout needs cannot be reached now."""


class DatabaseDown(Unavailable):
    """The database in Scout's care does not answer."""


class LostInTheMiddle(DatabaseDown):
    """The connection broke while a step was at work: what became of the step is not known."""


class Cannot(ScoutError):
    """A right, an extension or an object is missing."""


class TooSlow(ScoutError):
    """A time limit ended the statement."""


class StepFailed(ScoutError):
    """A step of a run did not do what it should."""
