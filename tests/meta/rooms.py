"""Which room may do what. Each rule names its reason, and each exception its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.meta.rule import Finding, Rule, any_of, calls, calls_method, means
from tests.meta.source import Module

_SQL = re.compile(
    r"\bSELECT\b.+\bFROM\b|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bUPDATE\s+\w+\s+SET\b"
    r"|\bDELETE\s+FROM\b|\b(CREATE|DROP|ALTER)\s+(TABLE|INDEX|VIEW)\b|\bPRAGMA\s+\w",
    re.DOTALL,
)


def _sql(module: Module) -> Iterator[Finding]:
    for line, text in module.texts:
        if _SQL.search(text):
            yield line, "SQL text"


_OUTBOUND = "gilmok.core.outbound.Outbound"


def _makes_outbound(module: Module) -> Iterator[Finding]:
    """`Outbound` anywhere but in an annotation, `isinstance` or a pattern: whoever holds the class
    can call it, subclass it, or hand it to a decoder."""
    harmless = set(_in_annotations(module.tree))
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "isinstance":
                harmless |= {id(n) for n in ast.walk(node)}
        elif isinstance(node, ast.MatchClass):
            harmless |= {id(n) for n in ast.walk(node.cls)}
    for node in module.nodes:
        if not isinstance(node, (ast.Name, ast.Attribute)) or id(node) in harmless:
            continue
        if module.meaning(node) == _OUTBOUND:
            yield node.lineno, "the class Outbound as a value"


def _in_annotations(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        places = [getattr(node, name, None) for name in ("annotation", "returns")]
        for place in places:
            if isinstance(place, ast.AST):
                yield from (id(n) for n in ast.walk(place))


_COPIES = ("msgspec.structs.replace", "msgspec.structs.force_setattr", "copy.replace")
_OUTBOUND_ONLY = {"letter", "restoration"}


def _changes_outbound(module: Module) -> Iterator[Finding]:
    """A copy with other bytes, zones or endpoint is a new `Outbound` in all but name."""
    for function in module.functions:
        held = {
            a.arg
            for a in (*function.args.args, *function.args.kwonlyargs)
            if a.annotation is not None
            and any(module.meaning(n) == _OUTBOUND for n in ast.walk(a.annotation))
        }
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr == "__replace__":
                yield node.lineno, "__replace__"
            if module.meaning(node.func) not in _COPIES:
                continue
            first = node.args[0] if node.args else None
            named = ast.unparse(first).rpartition(".")[2] if first else ""
            if named in held or "outbound" in named.lower():
                yield node.lineno, f"a changed copy of {named}"
            elif _OUTBOUND_ONLY & {k.arg for k in node.keywords}:
                yield node.lineno, "a changed copy of something like an Outbound"


def _makes_by_its_type(module: Module) -> Iterator[Finding]:
    """`type(outbound)(…)`, `outbound.__class__(…)`, and attributes set behind a frozen type."""
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        maker = node.func
        if isinstance(maker, ast.Call) and ast.unparse(maker.func) == "type":
            yield node.lineno, "type(…)(…)"
        if isinstance(maker, ast.Attribute) and maker.attr in ("__class__", "__setattr__"):
            yield node.lineno, f".{maker.attr}(…)"
        if module.meaning(maker) == "msgspec.structs.force_setattr":
            yield node.lineno, "force_setattr(…)"


_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
_CODE = re.compile(r"[a-z][a-z0-9_]*")


def _free_log_text(module: Module) -> Iterator[Finding]:
    """A logging call that is not one stable code with `extra=`."""
    for node in module.nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
        if node.func.attr not in _LEVELS or name.strip("_") not in ("log", "logger", "logging"):
            continue
        values = node.args[1:] if node.func.attr == "log" else node.args
        if len(values) != 1 or not isinstance(values[0], ast.Constant):
            yield node.lineno, "a message that is not one constant"
        elif not _CODE.fullmatch(str(values[0].value)):
            yield node.lineno, f"{values[0].value!r} is no code"


def _imports_inside(module: Module) -> Iterator[Finding]:
    for function in module.functions:
        for node in ast.walk(function):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                yield node.lineno, f"an import inside {function.name}"


_LAZY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}


def _lazy_name(module: Module) -> Iterator[Finding]:
    lazy = _LAZY_NAMES & set(module.name.split("."))
    if lazy:
        yield 1, f"a module called {lazy.pop()}"


def _long_file(module: Module) -> Iterator[Finding]:
    lines = module.text.count("\n")
    if lines > 400:
        yield 1, f"{lines} lines"


def _long_function(module: Module) -> Iterator[Finding]:
    for function in module.functions:
        lines = (function.end_lineno or 0) - function.lineno + 1
        if lines > 50:
            yield function.lineno, f"{function.name} has {lines} lines"


RULES = (
    Rule(
        name="environment",
        reason="What an operator can set is one schema; a variable read elsewhere is undocumented",
        find=any_of(
            means("os.environ", "os.environb", "os.getenv", "os.putenv"),
            calls_method("environ", "getenv"),
        ),
        allowed={
            "gilmok.config": "the room that reads the environment",
            "gilmok.cli.language": "the terminal's language, wanted before a schema is loaded",
        },
        wrong=(
            "import os\nkey = os.environ['KEY']",
            "from os import environ",
            "import os as system\nsystem.getenv('KEY')",
            "import os\ngetattr(os, 'environ')",
        ),
        right=("import os\nos.path.join('a')", "environment = {}"),
    ),
    Rule(
        name="SQL",
        reason="Money and decisions are written in one room, so that they can be checked in one",
        find=any_of(means("sqlite3", "psycopg", "asyncpg", "sqlalchemy"), _sql),
        allowed={"gilmok.ledger": "the room that keeps the journal"},
        wrong=(
            "import sqlite3",
            "from sqlite3 import connect",
            "query = f'SELECT {x} FROM receipts'",
            "x = 'INSERT OR IGNORE INTO a VALUES (1)'",
            "x = 'PRAGMA journal_mode=WAL'",
        ),
        right=("x = 'Select a model from the list'", '"""SELECT a FROM b"""'),
    ),
    Rule(
        name="sockets",
        reason="Law 1: bytes leave through transports that prove the zone, and nowhere else",
        find=any_of(
            means(
                *("socket", "ssl", "http.client", "http.server", "socketserver", "urllib.request"),
                *("asyncio.open_connection", "asyncio.open_unix_connection"),
                *("asyncio.start_server", "asyncio.start_unix_server", "smtplib", "ftplib"),
                *("xmlrpc", "httpx", "requests", "aiohttp", "urllib3", "openai", "anthropic"),
            ),
            calls_method(
                *("create_connection", "create_server", "create_unix_connection", "sock_connect"),
                *("create_unix_server", "create_datagram_endpoint", "getaddrinfo", "getnameinfo"),
            ),
        ),
        allowed={
            "gilmok.providers": "the transports to endpoints",
            "gilmok.engines": "asks its own processes, and the services that run models for it",
            "gilmok.surfaces.server": "listens; it connects only to see whether a Unix socket lives",
            "gilmok.surfaces.reply": "resets a connection whose answer broke off; opens none",
            "gilmok.cli.client": "a client of the gateway itself",
        },
        wrong=(
            "import socket",
            "from http.client import HTTPConnection",
            "import asyncio\nasync def f():\n    await asyncio.open_connection('h', 1)",
            "async def f(loop):\n    await loop.create_connection(P, 'h', 1)",
            "getattr(loop, 'create_server')",
            "import urllib.request",
            "import openai",
        ),
        right=("from urllib.parse import quote", "from http import HTTPStatus"),
    ),
    Rule(
        name="time and chance",
        reason="A seeded run of the whole pipeline replays exactly: clock, ids and randomness come "
        "through the ports of core",
        find=means(
            *("time", "random", "secrets", "uuid", "os.urandom", "os.getrandom", "ssl.RAND_bytes"),
            *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
            *("datetime.date.today", "email.utils.localtime", "email.utils.formatdate"),
            "numpy.random",
        ),
        allowed={
            "gilmok.system": "the real clock, ids and randomness",
            "gilmok.cache.index": "its planes are drawn from one fixed seed, the same in every run",
            "gilmok.surfaces.server": "formats the clock's time for `date`; reads none",
            "gilmok.engines.server": "draws the secret that its own process demands",
            "gilmok.cli": "runs outside the pipeline: shows local times, draws a borrowed key",
        },
        wrong=(
            "import time",
            "from time import monotonic as now",
            "import os\nos.urandom(8)",
            "from datetime import datetime\ndatetime.now()",
            "import datetime as d\nd.datetime.utcnow()",
            "import random",
        ),
        right=(
            "from datetime import date\ndate(2000, 1, 1)",
            "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, UTC)",
            "import asyncio\nasync def f():\n    await asyncio.sleep(1)",
        ),
    ),
    Rule(
        name="processes",
        reason="A process started outside the engines would be stopped by nobody",
        find=any_of(
            means(
                *("subprocess", "multiprocessing", "pty", "asyncio.create_subprocess_exec"),
                *("asyncio.create_subprocess_shell", "os.system", "os.popen", "os.fork"),
                *("os.forkpty", "os.posix_spawn", "os.execv", "os.execve", "os.execvp"),
                *("os.spawnv", "os.startfile", "concurrent.futures.ProcessPoolExecutor"),
            ),
            calls_method("subprocess_exec", "subprocess_shell"),
        ),
        allowed={
            "gilmok.engines": "starts, watches and ends the local model",
            "gilmok.providers.inprocess.voice": "one for each text, which ends by itself or in time",
        },
        wrong=(
            "import subprocess",
            "import os\nos.system('ls')",
            "from asyncio import create_subprocess_exec",
        ),
        right=("import os\nos.getpid()",),
    ),
    Rule(
        name="threads",
        reason="Law 5: a request waits for no thread",
        find=any_of(
            means("threading", "_thread", "concurrent.futures", "queue", "asyncio.to_thread"),
            calls_method("run_in_executor"),
        ),
        allowed={
            "gilmok.ledger": "the journal's writer, and reads of its file, off the loop",
            "gilmok.cli": "a gateway borrowed for one command runs beside the terminal",
            "gilmok.inspection.vocabularies": "they load beside the requests, which do not wait",
            "gilmok.inspection.aside": "a long text gets one, so that others do not wait",
            "gilmok.cache.encoders": "a sentence encoder runs beside, where one is configured",
            "gilmok.serve": "a configuration of thousands of tenants is read beside the requests",
            "gilmok.core.beside": "a long recording gets one, so that others do not wait",
            "gilmok.inspection.deep": "the deeper tier runs beside, where one is configured",
            "gilmok.providers.inprocess": "what this process does itself is no request's waiting for "
            "another: it runs beside, and yields between steps",
        },
        wrong=(
            "import threading",
            "import asyncio\nasync def f():\n    await asyncio.to_thread(g)",
            "loop.run_in_executor(None, g)",
        ),
        right=("import asyncio\nasyncio.Queue()",),
    ),
    Rule(
        name="print",
        reason="Output is the command line's; everything else says it with a logging code",
        find=any_of(calls("print", "input", "breakpoint"), means("sys.stdout")),
        allowed={
            "gilmok.cli": "the terminal",
            "gilmok.engines.watchdog": "a program of its own; its line goes to the engine's log",
            "gilmok.providers.inprocess.speaker": "a program of its own; its output is sound",
        },
        wrong=("print('x')", "import sys\nsys.stdout.write('x')", "from sys import stdout"),
        right=("screen.print('x')", "from rich import print\nprint('x')"),
    ),
    Rule(
        name="code from data",
        reason="What comes from outside is never run",
        find=any_of(
            calls("eval", "exec", "compile", "__import__"),
            means("pickle", "marshal", "shelve", "dill", "importlib.import_module", "yaml.load"),
        ),
        allowed={
            "gilmok.composition.cache": "loads the extra for the semantic cache, by names in it",
            "gilmok.composition.deep": "loads the extra for the deeper tier, by a name in it",
            "gilmok.providers.inprocess.upstream": "loads what needs an extra, by a name in kinds",
        },
        wrong=("eval('1')", "import pickle", "from importlib import import_module"),
        right=("import re\nre.compile('a')", "from importlib.resources import files"),
    ),
    Rule(
        name="the one door",
        reason="Law 1: only guard.clearance makes what providers may send",
        find=any_of(_makes_outbound, _changes_outbound, _makes_by_its_type),
        allowed={"gilmok.guard.clearance": "the door"},
        wrong=(
            "from gilmok.core.outbound import Outbound\nOutbound(endpoint=e)",
            "from gilmok.core.outbound import Outbound as O\nmake = O",
            "from gilmok.core import outbound\noutbound.Outbound(endpoint=e)",
            "import msgspec\nfrom gilmok.core.outbound import Outbound\nmsgspec.convert(x, Outbound)",
            "from gilmok.core.outbound import Outbound\nclass Wider(Outbound): ...",
            "from msgspec.structs import replace\ndef f(outbound):\n    return replace(outbound, zones=z)",
            "from msgspec.structs import replace\nfrom gilmok.core.outbound import Outbound\n"
            "def f(o: Outbound):\n    return replace(o, endpoint=e)",
            "from msgspec.structs import replace\ndef f(self):\n    return replace(self.x, letter=l)",
            "import copy\ndef f(outbound):\n    return copy.replace(outbound, stream=True)",
            "def f(outbound):\n    return outbound.__replace__(stream=True)",
            "def f(outbound):\n    return type(outbound)(endpoint=e)",
            "def f(outbound):\n    return outbound.__class__(endpoint=e)",
            "def f(outbound):\n    object.__setattr__(outbound, 'zones', z)",
            "from msgspec.structs import force_setattr\nforce_setattr(outbound, 'zones', z)",
        ),
        right=(
            "from gilmok.core.outbound import Outbound\ndef f(o: Outbound) -> Outbound:\n    return o",
            "from gilmok.core.outbound import Outbound\nisinstance(x, Outbound)",
            "from msgspec.structs import replace\ndef f(s):\n    return replace(s, zone=1)",
        ),
    ),
    Rule(
        name="reading private text",
        reason="Law 1: whoever reads what a user wrote is on this list, and says why",
        find=calls_method("reveal", "_value"),
        allowed={
            "gilmok.core.text": "defines it",
            "gilmok.core.pseudonym": "hashes what a caller calls its end user",
            "gilmok.core.request": "unknown fields' names, while every text is walked",
            "gilmok.inspection": "labels the text",
            "gilmok.guard": "masks it, and restores it in the answer",
            "gilmok.providers": "writes it into the bytes that clearance allows",
            "gilmok.engines.drivers": "shows a key to the service or process that it belongs to",
            "gilmok.surfaces.chat_request": "checks the shape of JSON parameters",
            "gilmok.cache.place": "hashes it: the key of an answer that may be given again",
            "gilmok.cache.semantic": "compares it, in memory, with what its own tenant asked before",
            "gilmok.routing.vetoes": "looks for the kind of response_format: a capability",
            "gilmok.admission.keys": "hashes the key that is shown",
            "gilmok.core.api_key": "hashes a key and looks at its check digits",
            "gilmok.surfaces.admin_wire": "writes a new key into the one answer that shows it",
            "gilmok.cli": "shows a key to the gateway it belongs to",
        },
        wrong=(
            "log(text.reveal())",
            "read = text.reveal",
            "text._value",
            "getattr(text, 'reveal')()",
            "from operator import methodcaller\nmethodcaller('reveal')(text)",
        ),
        right=("len(text)", "def reveal(x): ..."),
    ),
    Rule(
        name="logging",
        reason="Law 1: a log line is a stable code and fields, so no user text can slip into it",
        find=_free_log_text,
        wrong=(
            "log.info(f'answered {text}')",
            "log.info('answered %s', text)",
            "log.warning('it failed: ' + text)",
            "log.error('The answer failed')",
            "self._log.error('failed: %s', e)",
            "import logging\nlogging.getLogger().info(text)\nlogging.error(text)",
            "log.log(10, text)",
        ),
        right=("log.info('answered', extra={'endpoint': e})", "math.log(x)", "log.log(10, 'code')"),
    ),
    Rule(
        name="imports on top",
        reason="An import inside a function hides a cycle or a cost",
        find=_imports_inside,
        wrong=("def f():\n    import json", "class A:\n    def f(self):\n        from a import b"),
        right=("import json",),
    ),
    Rule(
        name="module names",
        reason="A module that cannot be named has no purpose of its own",
        find=_lazy_name,
        wrong=(),
    ),
    Rule(
        name="file length",
        reason="A file has one purpose",
        find=_long_file,
        wrong=("x = 1\n" * 401,),
        right=("x = 1\n" * 400,),
    ),
    Rule(
        name="function length",
        reason="A function fits on a screen",
        find=_long_function,
        wrong=("def f():\n" + "    x = 1\n" * 50, "async def f():\n" + "    x = 1\n" * 50),
        right=("def f():\n" + "    x = 1\n" * 49,),
    ),
)
