"""Several questions at a time: how many, and how they end."""

from __future__ import annotations

import socket
from threading import Barrier, Event, Lock

import pytest

from gilmok.cli.answers import Asked
from gilmok.cli.client import Client, OnOpen
from gilmok.cli.conversing import UNREACHABLE, Spoken, persevere, question
from gilmok.cli.failures import Broken, Refused
from gilmok.cli.many import Many
from gilmok.cli.screen import Screen
from tests.gateway import free_port

QUESTIONS = [str(number) for number in range(6)]


def answered(text: str) -> Asked:
    return Asked(text, None, Spoken(text=text))


def test_two_at_a_time_and_no_more() -> None:
    together, lock = Barrier(2, timeout=20), Lock()
    under_way: list[str] = []
    most = 0

    def ask(text: str, on_open: OnOpen) -> Asked:
        nonlocal most
        with lock:
            under_way.append(text)
            most = max(most, len(under_way))
        together.wait()  # Breaks, and fails the test, unless there are two.
        with lock:
            under_way.remove(text)
        return answered(text)

    with Many(QUESTIONS, ask, 2) as many:
        assert sorted(asked.question for asked in many) == QUESTIONS
    assert most == 2


def test_one_at_a_time_keeps_the_order() -> None:
    with Many(QUESTIONS, lambda text, on_open: answered(text), 1) as many:
        assert [asked.question for asked in many] == QUESTIONS


def test_nothing_to_ask() -> None:
    with Many([], lambda text, on_open: answered(text), 4) as many:
        assert list(many) == []


def test_a_mistake_in_asking_is_raised_where_answers_are_read() -> None:
    def ask(text: str, on_open: OnOpen) -> Asked:
        raise ZeroDivisionError

    with Many(QUESTIONS, ask, 2) as many, pytest.raises(ZeroDivisionError):
        list(many)


def test_stopping_hangs_up_and_asks_nothing_more() -> None:
    started, hung_up = Event(), Event()

    def ask(text: str, on_open: OnOpen) -> Asked:
        if text == "0":
            return answered(text)
        on_open(hung_up.set)
        started.set()
        assert hung_up.wait(20)
        return Asked(text, None, Spoken(text="so far", broken=Broken("stream_broken")))

    ended = []
    with Many(QUESTIONS, ask, 1) as many:
        for asked in many:
            ended.append(asked)
            assert started.wait(20)
            many.stop()
    first, cut_off = ended
    assert first.spoken.answered
    assert cut_off.spoken == Spoken(text="so far", stopped=True)


def test_what_is_opened_after_the_stop_is_hung_up_too() -> None:
    opening, stopped, hung_up = Event(), Event(), Event()

    def ask(text: str, on_open: OnOpen) -> Asked:
        opening.set()
        assert stopped.wait(20)
        on_open(hung_up.set)
        return Asked(text, None, Spoken(refused=Refused(503, UNREACHABLE, "gone")))

    with Many(QUESTIONS, ask, 1) as many:
        assert opening.wait(20)
        many.stop()
        stopped.set()
        (asked,) = many
    assert hung_up.is_set()
    assert asked.spoken.stopped
    assert asked.spoken.refused is None


def test_a_refusal_that_came_while_stopping_stays_one() -> None:
    refused = Spoken(refused=Refused(403, "label_refused", "no", "dec_1"))
    asking, stopped = Event(), Event()

    def ask(text: str, on_open: OnOpen) -> Asked:
        asking.set()
        assert stopped.wait(20)
        return Asked(text, None, refused)

    with Many(QUESTIONS, ask, 1) as many:
        assert asking.wait(20)
        many.stop()
        stopped.set()
        assert [asked.spoken for asked in many] == [refused]


def test_a_gateway_that_is_gone_fails_one_question_only() -> None:
    client = Client(f"127.0.0.1:{free_port()}")
    spoken = persevere(client, Screen("ko"), question("hi", "auto"))
    assert spoken.refused is not None
    assert spoken.refused.code == UNREACHABLE
    assert "gilmok serve" in spoken.refused.message
    assert spoken.exit_code == 1


def test_a_gateway_that_leaves_before_it_answers_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = Client(f"127.0.0.1:{server.getsockname()[1]}")

        def leave() -> None:
            connection, _ = server.accept()
            connection.recv(65_536)
            connection.close()

        def ask(text: str, on_open: OnOpen) -> Asked:
            return Asked(text, None, persevere(client, Screen("en"), question(text, "auto")))

        with Many(["hi"], ask, 1) as many:
            leave()
            (asked,) = many
    assert asked.spoken.refused is not None
    assert asked.spoken.refused.code == UNREACHABLE
