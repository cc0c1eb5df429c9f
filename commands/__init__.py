"""The runbook: one action is one module with its statements beside it."""
