"""A practice Slack: the Web API and Socket Mode wire formats with their limits, and an API for the page."""
