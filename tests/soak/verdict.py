"""What must hold, whatever struck; each rule says in a sentence what does not."""

from tests.soak.clicks import clicks
from tests.soak.cost import costs
from tests.soak.ends import ends
from tests.soak.evidence import Evidence


def flaws(evidence: Evidence) -> list[str]:
    """Everything that does not hold."""
    return [*clicks(evidence), *ends(evidence), *costs(evidence)]
