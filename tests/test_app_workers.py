"""Workers of the page: whose order is next, what is dropped, how draws add up, and who is let in."""

import os
import re
import signal
import time
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from tanlu.compilation.warming import Progress
from tanlu.experiments.results import simulate
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.routes import ROOMS
from tanlu.pages.service import Service
from tanlu.pages.workers import door as door_module
from tanlu.pages.workers import startup
from tanlu.pages.workers.board import Board
from tanlu.pages.workers.compilation import COMPILATION
from tanlu.pages.workers.door import Door
from tanlu.pages.workers.ensembles import Ensembles
from tanlu.pages.workers.memory import Quiet
from tanlu.pages.workers.orders import Draw, Order, Rank
from tanlu.pages.workers.pool import WorkerPool
from tanlu.pages.workers.startup import Startup
from tests.fake_result import fake_draw, moved, policies_of, write_fake_pack, write_fake_scenarios
from tests.model_runs import ONE_DRAW

SHORT = {"name": "short", "region": "two_provinces", "years": "2022-2024", **ONE_DRAW, "replications": 2}


def order(scenario: str, draw: int = 0) -> Order:
    return Order(scenario, {}, draw)


def taken(board: Board) -> list[str]:
    """Return the scenarios of all orders in the order in which they are taken."""
    found = []
    while task := board.take(0.0):
        found.append(task.order.scenario)
        board.done(task)
    return found


# --- whose turn it is --------------------------------------------------------------------------------------------


def test_a_first_draw_comes_before_all_others_and_visitors_take_turns() -> None:
    board = Board()
    for draw in (1, 2, 3):
        board.add(order("a", draw), Rank.draws, "anna")
    for draw in (1, 2):
        board.add(order("b", draw), Rank.draws, "bao")
    board.add(order("c"), Rank.move, "anna")
    assert board.ahead_of("anna") == 1 and board.ahead_of("bao") > 1 and board.ahead_of("nobody") == 0
    assert taken(board) == ["c", "b", "a", "b", "a", "a"]


def test_the_same_order_is_carried_out_once_and_stays_for_whoever_wants_it() -> None:
    board = Board()
    one, other = (
        board.add(order("a"), rank, who) for rank, who in ((Rank.draws, "anna"), (Rank.move, "bao"))
    )
    assert one is other
    board.withdraw("anna")
    assert not one.cancelled() and taken(board) == ["a"]


def test_s22_the_newest_move_replaces_the_one_that_waits_and_lets_the_running_one_end() -> None:
    board = Board()
    board.add(order("a"), Rank.move, "anna")
    first = board.take(0.0)
    waiting = board.add(order("b"), Rank.move, "anna")
    board.withdraw("anna", but="c")
    newest = board.add(order("c"), Rank.move, "anna")
    assert waiting.cancelled() and not first.dropped and not newest.cancelled()
    for n in range(20):
        board.withdraw("anna", but=f"drag {n}")
        board.add(order(f"drag {n}"), Rank.move, "anna")
    board.done(first)
    assert taken(board) == ["drag 19"], "of twenty moves the one that ran, and the last"


def test_s30_draws_that_run_for_nobody_are_stopped_and_can_be_asked_for_again() -> None:
    board = Board()
    board.add(order("a", 3), Rank.draws, "anna")
    running = board.take(0.0)
    board.withdraw("anna", but="b")
    assert running.dropped
    again = board.add(order("a", 3), Rank.draws, "anna")
    assert again is not running.future
    board.done(running)
    assert taken(board) == ["a"]


# --- draws as they come ------------------------------------------------------------------------------------------


class ByHand:
    """Workers whose answers come when the test says so."""

    def __init__(self, answer) -> None:
        self.answer, self.asked = answer, {}

    def ask(self, order, rank, visitor):
        return self.asked.setdefault(order.key, (order, Future()))[1]

    def leave(self, visitor, *, but=""):
        for key in [key for key, (order, _) in self.asked.items() if order.scenario != but]:
            if self.asked[key][1].cancel():
                del self.asked[key]

    def ahead_of(self, visitor):
        return 0

    def come(self, draw: int) -> None:
        for order, future in list(self.asked.values()):
            if order.draw == draw and not future.done():
                future.set_result(self.answer(order))


OWN_MONEY = f"{BY_POLICY}|carbon_price"


def with_own_money(order: Order, draw: Draw) -> Draw:
    """Return a draw with money under the name of its policy, an indicator that the baseline does not have."""
    if not policies_of(order.question):
        return draw
    one, *others = draw.variables
    unit, *units = draw.units
    values = np.insert(draw.values, 1, 7.0 + order.draw, axis=0)
    return draw._replace(variables=(one, OWN_MONEY, *others), units=(unit, "bn", *units), values=values)


@pytest.fixture
def by_hand(tmp_path):
    """Yield the service on workers whose answers come when the test says so, with the baseline of five draws."""
    pack, files = write_fake_pack(tmp_path), write_fake_scenarios(tmp_path)
    text = files["baseline"].read_text(encoding="utf-8").replace("replications: 1", "replications: 5")
    files["baseline"].write_text(text, encoding="utf-8")
    workers = ByHand(lambda order: with_own_money(order, fake_draw(order, pack)))
    service = Service(workers, files, pack)
    service.begin()
    for draw in range(5):
        assert not service.is_ready
        workers.come(draw)
    assert service.is_ready
    return service, workers


def test_until_all_draws_are_there_chance_is_that_of_the_baseline(by_hand) -> None:
    service, workers = by_hand
    told, levers, variable = [], moved({"carbon_price": 200}), "Emissions|CO2"
    base = service.baseline()
    ensemble = service.watch("anna", levers, "", lambda: told.append(1))
    assert ensemble.view is None
    workers.come(0)
    assert told and ensemble.view.drawn == 1 and ensemble.view.draws == 5
    first = ensemble.view.first_path(variable) - base.first_path(variable)
    np.testing.assert_allclose(ensemble.view.path(variable), base.path(variable) + first)
    np.testing.assert_allclose(ensemble.view.path(OWN_MONEY), 7.0)
    means = ensemble.view.means()
    position = means.variables.index(variable)
    np.testing.assert_allclose(means.values[0, position, -1], ensemble.view.path(variable))
    seen = [ensemble.view.id]
    for draw in (2, 1, 3, 4):  # out of order
        workers.come(draw)
        seen += [ensemble.view.id] if ensemble.view.id != seen[-1] else []
    assert [one.partition("-")[2] for one in seen] == ["1-of-5", ""], "the page is drawn twice"
    assert ensemble.is_whole and ensemble.view.measures.values.shape[0] == 5
    position = ensemble.view.measures.variables.index(variable)
    np.testing.assert_array_equal(
        ensemble.view.path(variable), ensemble.view.measures.values[:, position, -1].mean(axis=0)
    )
    assert ensemble.view.payments.draws == 5


def test_a_new_setting_drops_the_one_before_and_who_leaves_wants_nothing(by_hand) -> None:
    service, workers = by_hand
    one, other = (moved({"carbon_price": price}) for price in (200, 300))
    service.watch("anna", one, "", lambda: None)
    service.watch("anna", other, "", lambda: None)
    assert {o.scenario for o, future in workers.asked.values() if not future.done()} == {
        service._ensemble(other).key
    }
    service.leave("anna")
    assert all(future.done() for _, future in workers.asked.values())
    assert service._ensemble(other).view is None


def test_a_failure_is_told_by_number_and_tried_again_when_asked_anew(by_hand) -> None:
    service, workers = by_hand
    levers = moved({"carbon_price": 400})
    ensemble = service.watch("anna", levers, "", lambda: None)
    (future,) = [f for _, f in workers.asked.values() if not f.done()]
    future.set_exception(RuntimeError("secret"))
    assert len(ensemble.failure) == 8
    workers.asked.clear()
    service.watch("anna", Levers(), "", lambda: None)
    service.watch("anna", levers, "", lambda: None)
    workers.come(0)
    assert ensemble.failure == "" and ensemble.view is not None


def test_s34_memory_is_bounded_and_what_somebody_looks_at_is_kept(by_hand) -> None:
    service, _ = by_hand
    base = service._ensemble(Levers())
    kept = Ensembles(bytes_kept=int(2.5 * base.bytes()))
    for key in "abcd":
        kept.get(key, Levers(), base.question).take(Order(key, {}, 0), base.draws[0], None)
        for draw in range(1, 5):
            kept.get(key, Levers(), base.question).take(Order(key, {}, draw), base.draws[draw], None)
    kept.trim({"a"})
    assert [kept.get(key, Levers(), base.question).is_whole for key in "abcd"] == [True, False, False, True]


def test_s34_what_nobody_has_looked_at_for_a_while_is_given_up(by_hand) -> None:
    service, workers = by_hand
    service._quiet = Quiet(0.5, service._at_rest)  # longer than another process holds this one up
    levers = moved({"carbon_price": 300})
    for who in ("anna", "bao"):
        service.watch(who, levers, "", lambda: None)
    workers.come(0)
    service.leave("anna")
    time.sleep(0.8)
    assert service._ensemble(levers).draws, "somebody is there"
    service.leave("bao")
    service.watch("chen", levers, "", lambda: None)
    time.sleep(0.8)
    assert service._ensemble(levers).draws, "who loads his page anew finds it again"
    service.leave("chen")
    until = time.monotonic() + 10.0
    while service._ensemble(levers).draws and time.monotonic() < until:
        time.sleep(0.02)
    assert not service._ensemble(levers).draws
    assert service.is_ready


# --- processes ---------------------------------------------------------------------------------------------------


def test_s35_a_worker_gives_the_bits_of_the_model_and_dies_without_loss() -> None:
    expected = simulate(SHORT)
    pool = WorkerPool(1, lambda: None)
    try:
        first = pool.ask(Order("s", SHORT, 0), Rank.move, "anna").result(120)
        np.testing.assert_array_equal(first.values, expected.measures.values[0])
        later = pool.ask(Order("s", {**SHORT, "years": "2022-2060"}, 1), Rank.move, "anna")
        killer = Thread(target=_kill, args=(pool.workers[0].pid, 0.3))
        killer.start()
        values = later.result(120).values[:, :, :3]
        killer.join()
        np.testing.assert_array_equal(values, expected.measures.values[1])
        long = pool.ask(Order("t", {**SHORT, "years": "2022-2060"}, 0), Rank.draws, "anna")
        time.sleep(0.2)
        pool.leave("anna")
        after = pool.ask(Order("s", SHORT, 1), Rank.move, "bao").result(60)
        assert long.cancelled()
        np.testing.assert_array_equal(after.values, expected.measures.values[1])
        with pytest.raises(Exception, match="no_such_kind"):
            wrong = {**SHORT, "policies": {"p": {"kind": "no_such_kind"}}}
            pool.ask(Order("u", wrong, 0), Rank.move, "bao").result(60)
        pool.ask(Order("v", {**SHORT, "years": "2022-2060", "replications": 60}, 0), Rank.move, "bao")
    finally:
        pids, began = [worker.pid for worker in pool.workers], time.monotonic()
        pool.close()
    waited = time.monotonic() - began
    assert waited < 20.0, "the last order takes minutes"
    assert not any(thread.is_alive() for thread in pool._threads)
    assert not any(_runs(pid) for pid in pids)


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] not in "ZX"


def _kill(pid: int, seconds: float) -> None:
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)


# --- the door ----------------------------------------------------------------------------------------------------


def asked(path: str = "/", query: bytes = b"") -> dict[str, object]:
    return {"path": path, "query_string": query, "method": "GET"}


def test_s02_nobody_is_let_in_before_the_first_answer_is_there() -> None:
    ready = []
    door = Door(lambda: bool(ready))
    headers = {"host": "localhost:8765", "accept-language": "zh-CN,zh;q=0.9"}
    told = door.refusal(asked(), headers)
    assert (
        told.status == 503 and (b"retry-after", b"2") in told.headers and "模型正在启动" in told.body.decode()
    )
    assert "starting" in door.refusal(asked(query=b"lang=en"), headers).body.decode()
    assert door.refusal(asked("/readyz"), headers).status == 503
    assert door.refusal(asked("/static/x.js"), headers) is None and not door.has_room(headers)
    ready.append(True)
    assert door.refusal(asked(), headers) is None and door.refusal(asked("/readyz"), headers) is None
    assert door.has_room(headers)


def test_what_is_compiled_is_counted_while_nobody_is_let_in(monkeypatch) -> None:
    door, headers = Door(lambda: False), {"host": "localhost", "accept-language": "zh-CN,zh;q=0.9"}
    monkeypatch.setattr(COMPILATION, "progress", Progress(7, 60, 90.0))
    told = door.refusal(asked(), headers)
    assert told.status == 503 and (b"retry-after", b"2") in told.headers
    assert "已完成 60 个部分中的 7 个" in told.body.decode() and "refresh" in told.body.decode()
    assert "约还需 90 秒" in told.body.decode()
    assert "7 of 60 parts" in door.refusal(asked(query=b"lang=en"), headers).body.decode()
    COMPILATION._tell(Progress(60, 60, 0.0))
    assert "模型正在启动" in door.refusal(asked(), headers).body.decode()


def test_a_start_says_what_it_waits_for_how_long_and_who_else_wants_processors(monkeypatch) -> None:
    clock, load = [0.0], [1.0]
    monkeypatch.setattr(startup, "monotonic", lambda: clock[0])
    monkeypatch.setattr("os.getloadavg", lambda: (load[0], 0.0, 0.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(door_module, "STARTUP", start := Startup())
    door, headers = Door(lambda: False), {"host": "localhost"}

    def told(language: str) -> str:
        return door.refusal(asked(query=f"lang={language}".encode()), headers).body.decode()

    clock[0] = 7.0
    assert "7 s" in told("en") and "code of the pages" in told("en") and "已用7秒" in told("zh")
    start.finish("processes")
    assert "code of the pages" in told("en"), "steps end in any order; the first that is not over is told"
    start.finish("code")
    clock[0], load[0] = 300.0, 9.2
    assert "300 s" in told("en") and "computing the first answer" in told("en")
    assert "9 programs want its 2 processors" in told("en") and "9个程序正在争用2个处理器" in told("zh")
    load[0] = 3.0
    assert "programs want" not in told("en"), "two workers and their server are no crowd"


def test_s33_the_visitor_too_many_is_told_so_until_somebody_leaves() -> None:
    door = Door(lambda: True, most_visitors=2)
    headers = {"host": "127.0.0.1"}
    door.enter()
    assert door.has_room(headers)
    door.enter()
    told = door.refusal(asked("/plants"), headers)
    assert told.status == 503 and b"All places are taken" in told.body and not door.has_room(headers)
    door.leave()
    assert door.refusal(asked("/plants"), headers) is None


def test_s04_an_address_without_a_page_is_told_in_the_visitors_language() -> None:
    door = Door(lambda: True)
    headers = {"host": "127.0.0.1", "accept-language": "zh-CN,zh;q=0.9"}
    told = door.refusal(asked("/moon"), headers)
    shown = told.body.decode()
    assert told.status == 404 and "此地址没有页面" in shown and 'lang="zh-CN"' in shown
    assert not re.search("[A-Za-z]", re.sub("<style>.*</style>|<[^>]*>", "", shown, flags=re.DOTALL))
    assert 'href="/?lang=zh"' in shown and "refresh" not in shown
    assert "no page at this address" in door.refusal(asked("/moon", b"lang=en"), headers).body.decode()
    for room in ROOMS:
        assert door.refusal(asked(room.path), headers) is None


@pytest.mark.parametrize(
    ("hosts", "host", "known"),
    [
        ((), "localhost:8765", True),
        ((), "[::1]:8765", True),
        ((), "evil.example", False),
        ((), "10.0.0.5", False),
        (("0.0.0.0",), "10.0.0.5:80", True),
        (("0.0.0.0",), "evil.example", False),
        (("tanlu.example",), "Tanlu.example", True),
        (("tanlu.example",), "tanlu.example.evil.example", False),
        ((), "", False),
        ((), "[", False),
    ],
)
def test_only_names_of_this_machine_are_asked_for(hosts, host, known) -> None:
    assert Door(lambda: True, hosts).knows(host) is known
