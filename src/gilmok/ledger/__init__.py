"""What happened and what it cost: the journal, its reports, and the money held meanwhile."""

from gilmok.ledger.accounts import Hold, HoldState, Ledger, cost_of
from gilmok.ledger.archive import Archive, FileArchive
from gilmok.ledger.journal import Journal
from gilmok.ledger.memory import MemoryJournal
from gilmok.ledger.records import Decision
from gilmok.ledger.reports import By, Line, Report

__all__ = [
    "Archive",
    "By",
    "Decision",
    "FileArchive",
    "Hold",
    "HoldState",
    "Journal",
    "Ledger",
    "Line",
    "MemoryJournal",
    "Report",
    "cost_of",
]
