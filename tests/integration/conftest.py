"""The fixtures that the tests with real databases share."""

from database_fixture import admin, app, operate, own_database, practice_database, read
from either_fixture import boss, either_database
from store_fixture import postgres_url, sqlite_url, store, store_database, store_url

__all__ = [
    "admin",
    "app",
    "boss",
    "either_database",
    "operate",
    "own_database",
    "postgres_url",
    "practice_database",
    "read",
    "sqlite_url",
    "store",
    "store_database",
    "store_url",
]
