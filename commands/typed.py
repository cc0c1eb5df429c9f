"""What has to be typed for a command about objects of any name: pure."""

import shlex

LONGEST = 400
"""A button or a person types no more; such names are rare enough to be looked up."""
CHANGED = str.maketrans("", "", "\u201c\u201d\u2018\u2019\xa0")


def typed(*words: str) -> str:
    """The words with quotation marks where they are needed; empty when they could not be typed."""
    text = shlex.join(words)
    whole = text.isprintable() and text == text.translate(CHANGED) and len(text) <= LONGEST
    return text if whole else ""


def named(command: str, name: str) -> str:
    """A command about one object; empty when its name could not be typed."""
    return typed(*command.split(), name) if name and "=" not in name else ""


def columns(command: str, relation: str, names: str) -> str:
    """A command about columns of a table, given as "a, b"; empty when they could not be typed."""
    parts = names.split(", ")
    plain = relation and all(part and "," not in part and part.strip(' "()-') == part for part in parts)
    return typed(*command.split(), f"table={relation}", f"columns={','.join(parts)}") if plain else ""
