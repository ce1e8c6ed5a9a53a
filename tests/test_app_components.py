"""The page and its session without a browser: every part rendered, moved and made to fail."""

import inspect
import re
import time
import warnings
from concurrent.futures import Future

import pytest
import solara
from solara.autorouting import RenderPage, RoutingProvider
from solara.server import starlette

from tanlu.core.places import shipped_scenarios
from tanlu.core.words import LANGUAGES, group, text
from tanlu.output import charts
from tanlu.pages import application, front
from tanlu.pages.address import read_address
from tanlu.pages.builder.groups import scenario_groups
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.first_screen import QUESTIONS
from tanlu.pages.rooms.routes import FIRST, ROOMS
from tanlu.pages.service import Service, read_presets
from tanlu.pages.state import Session
from tanlu.pages.workers.door import Door
from tanlu.pages.workers.pool import Here
from tests.fake_result import fake_draw, fake_service, write_fake_pack, write_fake_scenarios


@pytest.fixture
def service(tmp_path):
    return fake_service(tmp_path)


def test_a_session_takes_only_well_formed_moves(service):
    session = Session(
        service, read_address("", service.scenarios, service.version, service.places, service.years), "en"
    )
    for hostile in (
        None,
        3,
        "x",
        {},
        {"edits": 3},
        {"edits": [3]},
        {"edits": [{"path": ["policies", "a"], "value": {}}]},
        {"edits": [{"path": ["region"], "value": "/etc"}]},
        {"edits": [{"path": ["policies", "__class__", 1], "value": 1}]},
        {"move": "x", "edits": [{"path": ["world", "__class__"], "value": 1}]},
        {"move": 3, "edits": [{"path": ["policies", "no_such", "price_cny_per_tco2"], "value": 1}]},
    ):
        session.builder.edit(hostile)
    session.builder.add("__import__")
    session.builder.remove(["x"])
    session.builder.load("../../etc/passwd")
    session.builder.load({"package": 3})
    session.builder.read_text("region: /etc")
    assert session.asked.value.levers == Levers() and session.asked.value.faults
    session.builder.add("carbon_price")
    session.builder.edit({"move": 4, "edits": [{"path": [*TAX, "price_cny_per_tco2"], "value": 310}]})
    assert session.asked.value.levers.block["policies"]["carbon_tax"]["price_cny_per_tco2"] == 310
    session.switch_language("<b>")
    session.group_by(["sector"])
    assert (session.asked.value.levers.scenario, session.language.value, session.grouping.value) == (
        "baseline",
        "en",
        "effect",
    )
    session.reset()
    assert session.asked.value.levers == Levers()


TAX = ("policies", "carbon_tax")


def move(parts, price, number=1):
    """Set a carbon price as the page does, with the policy added first where there is none."""
    (builder,) = parts("builder")
    if not any(policy["name"] == "carbon_tax" for policy in builder.setting.policies):
        builder.vue_act({"do": "add", "with": "carbon_price"})
    edit = {"path": [*TAX, "price_cny_per_tco2"], "value": price}
    builder.moved = {"move": number, "gesture": str(number), "edits": [edit]}


def values(parts, name):
    """Return the values of one policy on the page."""
    return next(p["values"] for p in parts("builder")[0].setting.policies if p["name"] == name)


@pytest.fixture
def render(tmp_path):
    """Render an address of the app; all widgets of the page are then found by their template's class."""
    pack = write_fake_pack(tmp_path)
    workers = Here(lambda order: fake_draw(order, pack))
    routes = application.pages(workers, write_fake_scenarios(tmp_path), pack)
    contexts = []

    def show(address):
        page = RoutingProvider(children=[RenderPage()], routes=routes, pathname=address)
        _, context = solara.render(page, handle_error=False)
        contexts.append(context)
        return lambda name: widgets_of(context.container, name)

    yield show
    for context in contexts:
        context.close()


def soon(found, seconds=60.0):
    """Return what is found once there is something: another thread draws the page when tables have come."""
    until = time.monotonic() + seconds
    while not (there := found()) and time.monotonic() < until:
        time.sleep(0.02)
    return there


def widgets_of(root, name):
    found, todo = [], [root]
    while todo:
        widget = todo.pop()
        todo += [child for child in getattr(widget, "children", []) if not isinstance(child, str)]
        template = getattr(getattr(widget, "template", None), "template", "")
        found += [widget] if f'class="{name}"' in template else []
    return found


def test_the_page_is_made_of_its_parts(render):
    parts = render("/?lang=zh&s=carbon_price-300")
    assert [card["label"] for card in parts("strip")[0].cards][:2] == [
        "2030年前到期的官方目标",
        "财政净收入增加 2026—2030年均",
    ]
    said = "".join(part["text"] for part in parts("brief")[0].told[0])
    assert said.startswith("2030年前到期的官方目标，") and "居民电价" in said
    assert parts("brief")[0].opening == {} and len(parts("strip")[0].cards) == 4
    assert parts("address")[0].address.startswith("/?lang=zh&v=2&b=baseline&d=(policies:(carbon_tax:(")
    assert parts("builder")[0].setting.state == "1 项变动"
    assert parts("path")[0].figures.values["layers"] == []
    assert [row["view"] for row in parts("questions")[0].questions] == [*QUESTIONS.values()]
    assert parts("failure") == []
    behind = render("/worked?lang=zh&s=carbon_price-300")
    assert [card["label"] for card in behind("strip")[0].cards][:2] == ["减排 2025—2060", "未到期官方目标"]
    assert {chart.subject["key"] for chart in behind("small")} == {"capture", "money", "tariff"}
    assert "减排" in "".join(part["text"] for part in behind("brief")[0].told[0])


def test_an_empty_visit_asks_three_questions_each_one_click_from_its_package(render):
    parts = render("/?lang=zh")
    starts = [row["key"] for row in parts("brief")[0].opening["starts"]]
    assert {"capture", "drought"} <= set(starts) and parts("brief")[0].hint == {}
    parts("brief")[0].vue_act({"do": "start", "with": "nonsense"})
    assert parts("builder")[0].setting.state == "与基准相同"
    parts("brief")[0].vue_act({"do": "start", "with": "drought"})
    assert parts("builder")[0].setting.world["values"]["drought"] == {2030: 2022}
    assert parts("brief")[0].opening == {}


def test_the_page_follows_moves_and_reset(render):
    parts = render("/?lang=en")
    assert parts("builder")[0].setting.state == "As the baseline"
    before = parts("path")[0].figures.sig
    move(parts, 300, 1)
    assert parts("path")[0].figures.sig != before
    assert parts("status")[0].answered == 1
    assert "price_cny_per_tco2:300))" in parts("address")[0].address
    parts("builder")[0].vue_act({"do": "reset", "with": "baseline"})
    assert (parts("path")[0].figures.sig, parts("address")[0].address) == (before, "/?lang=en")


def test_the_view_of_why_names_the_missing_credit_and_adds_it_at_a_click(render):
    """A carbon market that credits no captured CO2 is named with its field; a click adds the field, and it is gone."""
    market = "carbon_market:(kind:carbon_market,from_year:2026)"
    subsidy = "capture:(kind:ccus_subsidy,from_year:2026,rate_cny_per_tco2:300)"
    parts = render(f"/worked?part=why&lang=zh&v=2&b=baseline&d=(policies:({subsidy},{market}))")
    why = soon(lambda: parts("path reading why"))[0]
    path = "policies.carbon_market.capture_counts_from_year"
    assert [field["path"] for field in why.missing][:1] == [path]
    assert "碳市场不认可捕集的二氧化碳" in why.missing[0]["text"] and why.told["state"] == "settled"
    assert why.trials["state"] == "offered" and len(why.parts) == 2
    total = why.parts[0]["rows"][-1]
    assert int(total[1]) == sum(int(row[1]) for row in why.parts[0]["rows"][:-1]) > 0
    why.vue_add_missing(7)  # a browser may send anything
    why.vue_choose("nonsense")
    other = why.options["all"][1]
    why.vue_choose(other["key"])
    (chosen,) = soon(lambda: [w for w in parts("path reading why") if w.options["chosen"] == other["key"]])
    assert (
        other["label"] in chosen.parts[0]["title"]
        and not chosen.missing
        and "减少排放" in chosen.told["lines"][0]
    )
    chosen.vue_choose("capture")
    (why,) = soon(lambda: [w for w in parts("path reading why") if w.options["chosen"] == "capture"])
    why.vue_try_levers({})
    (tried,) = soon(lambda: [w for w in parts("path reading why") if w.trials["state"] == "found"])
    assert (
        "没有一项的95%区间大于0" in tried.trials["parts"][-1]["said"]
    )  # the stand-in stores as much with any
    tried.vue_add_lever("x")
    why.vue_add_missing(0)
    assert "capture_counts_from_year:2026" in parts("address")[0].address
    assert path not in [field["path"] for field in parts("path reading why")[0].missing]


def test_a_visitor_who_moves_drops_the_runs_of_other_conditions(render, monkeypatch):
    """The fourth question leads to six conditions; a move gives up what was asked for the setting before."""
    left = []
    leave = Service.leave
    monkeypatch.setattr(
        Service, "leave", lambda service, visitor: (left.append(visitor), leave(service, visitor))
    )
    empty = render("/otherwise?lang=zh")
    (shown,) = soon(lambda: empty("path reading otherwise"))
    assert shown.subject["empty"].startswith("请先选择政策")
    parts = render("/?lang=en&s=carbon_price-300")
    address = next(one["address"] for one in parts("questions")[0].questions if one["key"] == "otherwise")
    assert address.startswith("/otherwise?")
    parts = render(address)
    (shown,) = soon(lambda: parts("path reading otherwise"))
    assert len(shown.subject["rows"]) == 6 and shown.subject["worst"] and not shown.subject["status"]
    shown.vue_ask_csv({})
    assert shown.file["name"].endswith("-otherwise.csv") and shown.file["text"].count("\r\n") == 1 + 6 * 9
    left.clear()
    move(parts, 200)
    assert sum("-otherwise-" in visitor for visitor in left) >= 6


def test_a_move_to_what_is_shown_is_answered(render):
    parts = render("/?lang=en")
    move(parts, 300, 1)
    sig = parts("path")[0].figures.sig
    move(parts, 300, 2)
    assert (parts("status")[0].answered, parts("path")[0].figures.sig) == (2, sig)


def test_the_page_tells_what_was_found_of_the_answer(render):
    parts = render("/?lang=zh&s=carbon_price-990")
    assert parts("notices")[0].notices == [
        "policies.carbon_tax: `carbon_tax` 没有效果：所给数值全为零，或与不设该政策时相同; "
        "请给出数值和预算（`tanlu explain carbon_price`），或删除该政策"
    ]
    parts("notices")[0].vue_dismiss({})
    assert parts("notices")[0].notices == []
    move(parts, 300, 1)
    assert parts("notices")[0].notices == []


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (
            "/compare?lang=en&of=Emissions|CO2|Energy|Transport",
            "The link asks for an indicator “Emissions|CO2|Energy|Transport”, which is not here under this name; "
            "the nearest is “CO2 of transport”. Shown instead: CO2 emissions.",
        ),
        ("/compare?lang=zh&of=xyz", "链接中的指标“xyz”不存在，或已改名。现显示：二氧化碳排放。"),
        ("/?lang=zh&small=~xyz", "链接中的指标“xyz”不存在，或已改名。现显示：默认图表。"),
        ("/compare?lang=en&of=Carbon%20Capture", None),
        ("/compare?lang=en&of=Public%20Budget|By%20Policy|green_bonds", None),
        ("/?lang=en&small=Carbon%20Capture", None),
    ],
)
def test_an_old_link_to_an_indicator_that_is_gone_says_what_is_shown(render, search, said):
    parts = render(search)
    assert parts("notices")[0].notices == ([said] if said else [])


def test_two_visitors_do_not_share_policies(render):
    first, second = render("/?lang=en"), render("/?lang=en")
    move(first, 300, 1)
    assert second("builder")[0].setting.policies == []
    assert second("path")[0].figures.sig != first("path")[0].figures.sig


def test_the_bands_can_be_provinces(render):
    parts = render("/?lang=en&by=province")
    assert [layer["name"] for layer in parts("path")[0].subject["layers"]] == ["Sichuan", "Chongqing"]
    parts("path")[0].vue_group("sector")
    assert len(parts("path")[0].subject["layers"]) == 9


def test_the_electricity_view_follows_month_place_and_levers(render):
    parts = render("/?lang=zh")
    parts("bar")[0].vue_room_chosen("moon")
    assert parts("path power") == []
    parts("bar")[0].vue_room_chosen("power")
    (chart,) = soon(lambda: parts("path power"))
    assert (parts("path"), chart.moment) == ([], {"month": 8, "year": 2030, "place": "both"})
    assert chart.wording.axis["unit"] == "万千瓦"
    chart.vue_choose({"month": 1, "year": 2041})
    parts("bar")[0].vue_region_chosen("Sichuan")
    assert parts("address")[0].address == "/power?lang=zh&region=Sichuan&year=2041&month=1"
    sent = []
    chart.observe(sent.append, ["figures", "subject", "wording"])
    chart.vue_choose({"year": 2042})
    assert sent == []
    chart.vue_ask_csv({})
    assert chart.file["name"].endswith("-Sichuan-2042-01.csv")
    sig = chart.figures.sig
    move(parts, 300, 1)
    assert chart.figures.sig != sig


def test_the_map_shows_a_chosen_site_and_no_other(render):
    parts = render("/plants?lang=zh&year=2035")
    (shown,) = parts("path power map")
    assert (shown.subject["first_year"], shown.card) == (2035, {})
    shown.vue_choose_site({"site": 0})
    assert [unit["name"] for unit in shown.card["units"]] == ["东湖电厂1号机组", "东湖电厂2号机组"]
    for hostile in (99, -7, "0", None, [0], 1.0):
        shown.vue_choose_site({"site": hostile})
        assert shown.card == {}
    sent = []
    shown.observe(sent.append, ["figures", "subject", "wording"])
    shown.vue_choose({"year": 2044})
    assert sent == []
    assert parts("address")[0].address == "/plants?lang=zh&year=2044"
    shown.vue_ask_csv({})
    assert shown.file["name"].endswith("-plants-2044.csv")


def test_every_room_opens_by_its_address_with_the_same_levers(render):
    for room in ROOMS:
        for view in room.views:
            part = "" if view == room.views[0] else f"&part={view.key}"
            parts = render(f"{room.path}?lang=en{part}&s=carbon_price-300")
            assert parts("failure") == [] and parts("notices")[0].notices == []
            assert parts("bar")[0].room == room.key
            assert values(parts, "carbon_tax")["price_cny_per_tco2"] == 300
            assert len(parts("segments room-parts")) == (len(room.views) > 1 and view.key != FIRST)
            assert bool(parts("brief")) == view.shows_package, (
                "what is to come stays hidden where plans are played"
            )


def test_the_browser_leads_back_to_a_room_and_the_levers_stay(render):
    parts = render("/plants?lang=en&part=hubs")
    parts("bar")[0].vue_room_chosen("affected")
    move(parts, 300, 1)
    for hostile in (None, 3, ["x"], "/moon?part=hubs", "/plants?part=moon"):
        parts("address")[0].vue_revisited(hostile)
    parts("address")[0].vue_revisited("/plants?lang=en&part=hubs&year=2030")
    address = parts("address")[0].address
    assert address.startswith("/plants?lang=en&part=hubs&v=2&b=baseline&d=") and address.endswith(
        "&year=2030"
    )
    assert "price_cny_per_tco2:300" in address
    assert parts("failure") == []


def test_s29_shortage_and_reserve_margin_stand_beside_the_hours(render):
    parts = render("/power?lang=zh&s=carbon_price-500")
    charts = {chart.subject["key"]: chart for chart in parts("small")}
    short, margin = charts["shortage"], charts["reserve"]
    shown = dict(zip(short.figures.years, short.figures.values["lines"][0], strict=True))
    assert shown[2034] == pytest.approx(0.4) and shown[2030] == 0.0
    assert short.figures.values["before"][0][shown_at(short, 2034)] == 0.0
    assert margin.figures.values["lines"][0][-1] == pytest.approx(6.0)


def shown_at(chart, year):
    return chart.figures.years.index(year)


def test_an_answer_without_hours_says_so(render, monkeypatch):
    monkeypatch.setattr(Service, "hours", lambda self, levers: None)
    (chart,) = render("/power?lang=en")("path power")
    assert (chart.figures.years, chart.subject["bands"], chart.figures.values) == ([], [], {})
    chart.vue_ask_csv({})
    assert chart.file["text"] == ""


def test_a_failing_part_shows_a_card_and_recovers(render, monkeypatch):
    parts = render("/?lang=en")
    working = charts.emission_path

    def fail(wide, grouping):
        raise RuntimeError("secret place /work/main")

    monkeypatch.setattr(charts, "emission_path", fail)
    move(parts, 300, 1)
    cards = {card.area: card for card in parts("failure")}
    assert set(cards) == {"path", "footer"}
    assert re.fullmatch(
        r"Error number [0-9a-f]{8}\. The rest of the page still works\.", cards["path"].detail
    )
    assert parts("strip")[0].cards[0]["key"] == "aims"
    monkeypatch.setattr(charts, "emission_path", working)
    cards["path"].vue_retry({})
    assert [card.area for card in parts("failure")] == ["footer"]
    move(parts, 310, 2)
    assert parts("failure") == []


def test_a_model_that_cannot_answer_leads_back_to_the_last_setting(render, monkeypatch):
    parts = render("/?lang=en&s=ccus_subsidy-100")
    assert not parts("builder")[0].setting.can_go_back
    before = parts("path")[0].figures.sig, parts("address")[0].address
    ask = Here.ask

    def refuse(self, order, rank, visitor):
        if "carbon_tax" in order.question["policies"]:
            future = Future()
            future.set_exception(RuntimeError("secret place /work/main"))
            return future
        return ask(self, order, rank, visitor)

    monkeypatch.setattr(Here, "ask", refuse)
    move(parts, 300, 1)
    assert [card.area for card in parts("failure")] == ["model"]
    assert parts("path") == []
    parts("failure")[0].vue_retry({})
    assert parts("failure") == []
    assert values(parts, "capture_subsidy")["rate_cny_per_tco2"] == 100
    move(parts, 310, 2)
    assert parts("failure") and parts("builder")[0].setting.can_go_back
    parts("builder")[0].vue_act({"do": "reset", "with": "run"})
    assert (parts("path")[0].figures.sig, parts("address")[0].address) == before
    assert parts("failure") == [] and not parts("builder")[0].setting.can_go_back


def test_a_visit_over_plain_http_fills_no_log():
    start = "Cookies with samesite=none require https"
    assert start in inspect.getsource(starlette)  # or the filter has to follow what Solara says now
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        front.configure_server(Door(lambda: True, ("localhost",)))
        warnings.warn(f"{start}, but according to ...\nWe will fallback", stacklevel=1)
        warnings.warn("another", stacklevel=1)
    assert [str(one.message) for one in told] == ["another"]


def test_every_shipped_scenario_is_offered_and_families_stand_under_their_names() -> None:
    presets = read_presets(shipped_scenarios())
    assert set(presets) == set(shipped_scenarios()) and next(iter(presets)) == "baseline"
    families = {preset.family for preset in presets.values()}
    assert families == {"", "support", "stress", "border", "pilot"}
    for language in LANGUAGES:
        assert {*group(language, "builder.family")} == families - {""}
    assert presets["stress_contagion"].content["world"]["lender_capital_factor"] == 0.2


def test_the_choice_of_scenarios_has_groups(service: Service) -> None:
    alone, support = scenario_groups(service, "zh")
    assert alone["label"] == "" and len(alone["scenarios"]) == 4
    assert support["label"] == text("zh", "builder.family.support")
    assert support["scenarios"] == [{"name": "support_grant", "label": "补助"}]
