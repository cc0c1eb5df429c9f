"""The fixtures that the tests through the practice Slack share."""

from laboratory import shared_laboratory
from stage_fixture import scene, shared_stage

__all__ = ["scene", "shared_laboratory", "shared_stage"]
