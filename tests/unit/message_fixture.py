"""Whether Slack takes a report, as the practice workspace judges it."""

from bot.blocks import draw_report
from bot.report import Report
from practice.slack.limits import message_problems, message_size_error


def slack_refuses(report: Report) -> list[str]:
    """What Slack would refuse about a report; empty when it takes it."""
    drawn = draw_report(report)
    message = {"channel": "C1", "text": drawn.text, "blocks": drawn.blocks}
    too_large = message_size_error(message)
    return [*message_problems(message), *([too_large] if too_large else [])]
