"""The practice workspace: an embedded PostgreSQL, a practice Slack in the browser, and faults on demand."""
