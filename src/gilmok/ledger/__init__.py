"""What happened and what it cost: the journal, its reports, and the money held meanwhile."""

from gilmok.core.calendar import Cycle
from gilmok.ledger.accounts import Hold, HoldState, Ledger
from gilmok.ledger.archive import Archive, FileArchive
from gilmok.ledger.budgets import AccountId, Accounts, Budget, BudgetEvent, Purse, Scope, TopUp
from gilmok.ledger.endpoint_caps import EndpointCaps, Share
from gilmok.ledger.goodput import GoodputLine, GoodputPeriod, GoodputReport
from gilmok.ledger.journal import Journal
from gilmok.ledger.keyring import Keyring, NewKey, Rights, StoredKey, StoredSecret
from gilmok.ledger.keyring_watch import KeyringWatch
from gilmok.ledger.memory import MemoryJournal
from gilmok.ledger.memory_accounts import MemoryAccounts
from gilmok.ledger.records import Decision
from gilmok.ledger.reports import By, Line, Report
from gilmok.ledger.statistics import (
    EndpointStatistics,
    Grain,
    Period,
    Reason,
    ServiceStatistics,
    Statistics,
)
from gilmok.ledger.traffic import EndpointTraffic, Traffic

__all__ = [
    "AccountId",
    "Accounts",
    "Archive",
    "Budget",
    "BudgetEvent",
    "By",
    "Cycle",
    "Decision",
    "EndpointCaps",
    "EndpointStatistics",
    "EndpointTraffic",
    "FileArchive",
    "GoodputLine",
    "GoodputPeriod",
    "GoodputReport",
    "Grain",
    "Hold",
    "HoldState",
    "Journal",
    "Keyring",
    "KeyringWatch",
    "Ledger",
    "Line",
    "MemoryAccounts",
    "MemoryJournal",
    "NewKey",
    "Period",
    "Purse",
    "Reason",
    "Report",
    "Rights",
    "Scope",
    "ServiceStatistics",
    "Share",
    "Statistics",
    "StoredKey",
    "StoredSecret",
    "TopUp",
    "Traffic",
]
