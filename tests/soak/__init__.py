"""Two replicas at work for an hour while everything around them fails, and what must hold all the same."""
