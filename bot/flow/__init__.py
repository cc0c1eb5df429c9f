"""From a question to an answer or a proposal: parse, authorise, plan, and write down what is to be said."""

from bot.flow.answers import Answers
from bot.flow.flow import Flow, answered_by
from bot.flow.places import Places, Room
from bot.flow.proposals import Proposals
from bot.flow.ward import Past, Ward

__all__ = ["Answers", "Flow", "Past", "Places", "Proposals", "Room", "Ward", "answered_by"]
