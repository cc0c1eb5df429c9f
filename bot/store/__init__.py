"""Scout's own memory: an SQLite file, or PostgreSQL when several replicas run; one API and one set of statements for both."""

from bot.store.audit import AuditRow, AuditVerdict, Flaw
from bot.store.homes import Visit
from bot.store.leases import Fence, LostLease
from bot.store.store import Change, Store

__all__ = ["AuditRow", "AuditVerdict", "Change", "Fence", "Flaw", "LostLease", "Store", "Visit"]
