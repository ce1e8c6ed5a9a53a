"""The catalogue of words: complete in both languages, each text once, and with the same places."""

import re

import pytest
import yaml

from tanlu.core.axes import BUILDING_METHODS, END_USE_TECHNOLOGIES, SEGMENTS, VEHICLE_TECHNOLOGIES
from tanlu.core.units import split_unit
from tanlu.core.words import FOLDER, LANGUAGES, choose_language, group, text, words
from tanlu.finance.hub_credit import CO2_LINE
from tanlu.finance.register import FROM_PACK
from tanlu.inputs.field_words import choice_words, field_words
from tanlu.inputs.types import json_schema
from tanlu.investment.capture_terms import TERMS as CAPTURE_TERMS
from tanlu.ledger.adoption_shares import MEASURES
from tanlu.ledger.decisions import BINDING, OUTLETS
from tanlu.ledger.margins import MARGIN_TERMS
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.power.options import OPTIONS as PLANT_OPTIONS
from tanlu.region.pack import load_region
from tanlu.region.power import BUILDABLE
from tanlu.scenario.regulators import BLOCKS as REGULATOR_BLOCKS
from tanlu.scenario.world import World
from tanlu.settlement.public_bonds import RAIL_LINE

FILES = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))
}


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    for texts in FILES.values():
        for key, languages in texts.items():
            assert tuple(languages) == LANGUAGES, key
            places = [set(re.findall(r"\{(\w+)[^}]*\}", said)) for said in languages.values()]
            assert places[0] == places[1], key


def test_a_key_stands_in_one_file_once() -> None:
    keys = [
        key
        for path in FOLDER.glob("*.yaml")
        for key in re.findall(r"^(\S+):$", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(keys) == len(set(keys)) == len(words("en"))


# Places of texts that hold counts, and the texts that are told of more than one only.
COUNTS = "count|closed|days|places|plants|number|missing|left|bad|parts|inside"
OF_SEVERAL = {
    *("builder.some", "map.finding", "said.earn_shape", "said.not_one_point", "take.sources_rest"),
    *("found.several-rows", "found.too-deep", "found.too-many-levels", "said.times_too_much"),
    "found.too-many-values",
}


def test_a_count_that_can_be_one_has_no_plural() -> None:
    plural = re.compile(rf"(?<!of )\{{(?:{COUNTS})[^}}/]*\}} (?:\w+ )?\w+[^aius]s\b")
    found = {key for texts in FILES.values() for key, said in texts.items() if plural.search(said["en"])}
    assert found == OF_SEVERAL


def test_electricity_has_one_unit_name_in_chinese() -> None:
    assert [
        key for texts in FILES.values() for key, said in texts.items() if re.search("[太吉]瓦时", said["zh"])
    ] == []


def test_a_count_is_told_with_the_word_for_one_or_several() -> None:
    said = {number: text("en", "sure.drawn", {"number": number}) for number in (0, 1, 2, "1")}
    assert said == {0: "0 draws.", 1: "1 draw.", 2: "2 draws.", "1": "1 draw."}
    assert text("zh", "sure.drawn", {"number": 1}) == "1次抽样。"


def test_texts_are_found_by_key_and_by_group() -> None:
    assert text("en", "headline.emissions", {"year": 2030}) == "Emissions in 2030"
    assert text("zh", "headline.emissions", {"year": 2030}) == "2030年排放量"
    assert group("en", "command")["met"] == "met"
    with pytest.raises(KeyError):
        text("en", "headline.nothing")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (["zh-CN,zh;q=0.9,en;q=0.8"], "zh"),
        (["en-US", "zh"], "en"),
        (["fr,ZH-tw;q=0.5"], "zh"),
        (["fr"], "en"),
        ([], "en"),
    ],
)
def test_the_language_of_a_browser(header: list[str], language: str) -> None:
    assert choose_language(header) == language


def test_whatever_a_decision_holds_has_its_word() -> None:
    keys = set(words("en"))
    options = [*PLANT_OPTIONS, "close", *VEHICLE_TECHNOLOGIES, *BUILDING_METHODS, *END_USE_TECHNOLOGIES]
    options += [*(f"build_{name}" for name in BUILDABLE), FROM_PACK, CO2_LINE, RAIL_LINE]
    assert {f"option.{name}" for name in options} <= keys
    assert {f"binding.{name}" for name in BINDING} <= keys
    assert {f"capture_term.{name}" for name in CAPTURE_TERMS} <= keys
    assert {f"margin_term.{name}" for name in (*MARGIN_TERMS, "margin", "reserve")} <= keys
    for kind, measure in MEASURES.items():
        assert {f"shares.{name}" for name in (kind, *measure.terms)} <= keys
    assert {f"why.outlet_{name}" for name in (*OUTLETS, "none")} <= keys
    assert {f"segment.{name}" for name in SEGMENTS} <= keys


# Keys of a scenario file beside its policies, events and world.
OF_A_SCENARIO = (
    *(
        "region",
        "years",
        "seed",
        "replications",
        "needs",
        "regulators",
        "joint",
        "outputs.dispatch",
        "outputs.plants",
    ),
)
BLOCKS = {**KINDS, "world": World, "event": Event, **REGULATOR_BLOCKS}


@pytest.mark.parametrize("owner", BLOCKS)
def test_every_key_of_a_policy_and_of_the_world_has_words_in_both_languages(owner: str) -> None:
    english, chinese = (field_words(BLOCKS[owner], owner, language) for language in LANGUAGES)
    for name, field in json_schema(BLOCKS[owner])["properties"].items():
        one, other = english[name], chinese[name]
        assert one.title.isascii() and one.help and f"{one.help} Unit: ".startswith(field["description"][:20])
        for said in (other.title, other.help, *([other.range_source] if "plausible" in field else [])):
            assert re.search("[\u4e00-\u9fff]", said), (owner, name)
        assert bool(one.range_source) == ("plausible" in field)
        unit = split_unit(name)[1]
        assert not unit or name == "decided_in" or f"unit.{unit}" in words("zh"), unit


def test_carbon_dioxide_is_written_in_one_way() -> None:
    assert not [key for language in LANGUAGES for key, said in words(language).items() if "CO₂" in said]


def test_whatever_a_key_can_be_has_its_word() -> None:
    for owner, block in BLOCKS.items():
        for value in re.findall(r"'enum': \[(.*?)\]", str(json_schema(block)["properties"])):
            for name in re.findall(r"'(\w+)'", value):
                assert choice_words(owner, name, "zh") != name, (owner, name)
    assert choice_words("vehicle_incentive", "battery", "zh") != choice_words(
        "capacity_payment", "battery", "zh"
    )
    assert choice_words("export_contract", "a_line", "zh") == "a_line"


def test_no_words_stand_for_a_key_that_is_not_there() -> None:
    found = {key for path in (FOLDER / "fields").glob("*.yaml") for key in yaml.safe_load(path.read_text())}
    there = {f"{owner}.{name}" for owner, block in BLOCKS.items() for name in block.model_fields}
    there |= {f"policy.{name}" for name in Policy.model_fields}
    parameters = {f"parameters.{name}" for name in load_region("chengyu").tables["parameters"]["parameter"]}
    others = parameters | {f"scenario.{key}" for key in OF_A_SCENARIO}
    assert others <= found, "each is called something"
    there |= others
    shared = {"policy.sectors", "policy.technologies", "policy.budget_bn_cny_per_year", "policy.any_share"}
    assert found - there == shared
    assert {text("en", f"theme.{instrument.theme}") for instrument in KINDS.values()}
    assert not [kind for kind, instrument in KINDS.items() if instrument.theme == "other"]


def test_a_key_of_an_extension_is_called_by_its_name() -> None:
    class Levy(Policy):
        levy_cny_per_tco2: float = 0.0
        """Paid for each tonne."""

    said = field_words(Levy, "levy", "zh")
    assert (said["levy_cny_per_tco2"].title, said["levy_cny_per_tco2"].help) == (
        "Levy",
        "Paid for each tonne.",
    )
    assert said["from_year"].title == "起始年份"
