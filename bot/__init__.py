"""The machinery: knows Slack, the databases, the store, approvals and alerts; knows no command by name."""
