"""The classes of the national market and their part in the region, by year."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.units import T_PER_MT
from tanlu.records.carbon_tables.common import (
    COAL,
    MT_A_YEAR,
    NATIONAL,
    PACK_TABLES,
    PER_T,
    THEME,
    is_open,
    nation_of,
)
from tanlu.records.happened import YearOutcome
from tanlu.records.yearly import Display, Group, YearlyMeasure, YearlyTable
from tanlu.region.national_market import NATIONAL_CLASSES, POWER_CLASSES
from tanlu.region.pack import Region

EFFECTIVE_PRICE, OUTPUT_PRICE = "Price|Carbon|Effective", "Price|Carbon|Output"
COAL_PAYS, COAL_ADDS = f"{EFFECTIVE_PRICE}|Coal", f"{OUTPUT_PRICE}|Coal"

_CLASS_NAMES = {
    "coal_large": ("coal units above 300 MW", "300兆瓦以上燃煤机组"),
    "coal_small": ("coal units up to 300 MW", "300兆瓦及以下燃煤机组"),
    "coal_unconventional": ("unconventional coal units", "非常规燃煤机组"),
    "gas": ("gas units", "气电"),
    "steel": ("steel", "钢铁"),
    "cement": ("cement", "水泥"),
    "aluminium": ("aluminium", "电解铝"),
}


def _name_classes(_: Region) -> dict[str, tuple[str, ...]]:
    names = [_CLASS_NAMES[name] for name in NATIONAL_CLASSES]
    return {
        "national_class": NATIONAL_CLASSES,
        "name": tuple((en for en, _ in names)),
        "name_zh": tuple((zh for _, zh in names)),
        "output_unit": tuple("MWh/yr" if name in POWER_CLASSES else "t/yr" for name in NATIONAL_CLASSES),
    }


def _bought(year: YearOutcome) -> Floats:
    """Compute what a class of the country lacks after free allowances and credits [C]; below zero it sells."""
    nation = nation_of(year)
    lacking = nation.emissions_tco2 - nation.allowances_tco2 - _credits(year)
    return np.asarray(lacking * nation.is_covered)


def _credits(year: YearOutcome) -> Floats:
    """Share out credits by emissions [C]: each may cover the same part."""
    nation = nation_of(year)
    emissions = nation.emissions_tco2 * nation.is_covered
    return np.asarray(nation_of(year).totals_tco2["offsets"] * emissions / max(float(emissions.sum()), 1.0))


def _per_unit(amount: Floats, output: Floats) -> Floats:
    return np.divide(amount, output, out=np.zeros(output.size), where=output > 0.0)


def _effective_price(year: YearOutcome) -> Floats:
    """Compute what the region's emitters pay a tonne [C]; below zero: what they get for a free allowance."""
    carbon = year.carbon
    free_share = carbon.classes.free_tco2 / np.maximum(carbon.region.emissions, 1.0)
    bought_share = (1.0 - free_share) / np.maximum(free_share, 1.0)
    return np.where(carbon.region.emissions > 0.0, carbon.price_cny_per_tco2 * bought_share, 0.0)


def _price_of_output(year: YearOutcome) -> Floats:
    nation = nation_of(year)
    return np.asarray(nation.net_cost_cny * nation.output / np.maximum(nation.emissions_tco2, 1.0))


def _region_cost_per_unit(year: YearOutcome) -> Floats:
    carbon, classes = (year.carbon, year.carbon.classes)
    paid = carbon.price_cny_per_tco2 * (classes.emissions_tco2 - classes.free_tco2)
    return _per_unit(paid, classes.output)


CLASS_TABLE = YearlyTable(
    name="national_market",
    theme=THEME,
    tables=PACK_TABLES,
    row_columns=_name_classes,
    is_there=is_open,
    groups=(
        Group("Coal", (0, 1, 2), {"en": "coal units", "zh": "煤电"}, COAL),
        *(
            Group(
                name.title(),
                (NATIONAL_CLASSES.index(name),),
                dict(zip(("en", "zh"), _CLASS_NAMES[name], strict=True)),
                colour,
            )
            for name, colour in (
                ("gas", "#e69f00"),
                ("steel", "#0072b2"),
                ("cement", "#cc79a7"),
                ("aluminium", "#009e73"),
            )
        ),
    ),
    charts={
        "positions": {"en": "Bought by classes of the country", "zh": "全国各类别净买入"},
        "effective": {"en": "Effective price in the region", "zh": "本地区实际碳价"},
    },
    measures=(
        YearlyMeasure(
            "output",
            "see `output_unit`",
            ("Output", "output over the year"),
            ("产量", "当年产量"),
            lambda year: nation_of(year).output,
        ),
        YearlyMeasure(
            "verified_tco2",
            "t CO2/yr",
            ("Verified emissions", "Verified emissions of the year."),
            ("核定排放", "当年核定排放。"),
            lambda year: nation_of(year).emissions_tco2 * nation_of(year).is_covered,
        ),
        YearlyMeasure(
            "free_tco2",
            "t CO2/yr",
            ("Free allowances", "Allowances given free."),
            ("免费配额", "免费发放的配额。"),
            lambda year: nation_of(year).allowances_tco2,
        ),
        YearlyMeasure(
            "offered_tco2",
            "t CO2/yr",
            (
                "Offered in auctions",
                "Allowances of the class that are offered in auctions, unsold ones included.",
            ),
            ("拍卖供给", "该类别用于拍卖的配额，含流拍部分。"),
            lambda year: nation_of(year).auctioned_tco2,
        ),
        YearlyMeasure(
            "credits_used_tco2",
            "t CO2/yr",
            ("Credits used", "Credits turned in: by each class for the same part of its emissions."),
            ("抵销用量", "用于抵销的减排量，各类别按排放的相同比例。"),
            _credits,
        ),
        YearlyMeasure(
            "bought_tco2",
            "t CO2/yr",
            ("Bought", "Allowances bought in the year."),
            ("买入", "当年买入的配额。"),
            lambda year: np.maximum(_bought(year), 0.0),
        ),
        YearlyMeasure(
            "sold_tco2",
            "t CO2/yr",
            ("Sold", "Allowances sold in the year."),
            ("卖出", "当年卖出的配额。"),
            lambda year: np.maximum(-_bought(year), 0.0),
        ),
        YearlyMeasure(
            "net_bought_tco2",
            "t CO2/yr",
            (
                "Net bought",
                "Emissions less free allowances and credits: bought in the market and in auctions, or "
                "taken from the bank; below zero it has more than it needs.",
            ),
            ("净买入", "排放减去免费配额和抵销：从市场、拍卖或结余取得；为负时有富余。"),
            _bought,
            Display(f"{NATIONAL}|Position", MT_A_YEAR, T_PER_MT, "positions"),
        ),
        YearlyMeasure(
            "free_tco2_per_unit",
            "t CO2 per MWh or t",
            (
                "Free allowances per unit of output",
                "Free allowances per MWh or tonne of the output expected.",
            ),
            ("单位产量免费配额", "每兆瓦时或每吨预期产量的免费配额。"),
            lambda year: nation_of(year).benchmark,
        ),
        YearlyMeasure(
            "more_output_cny_per_unit",
            "CNY2020 per MWh or t",
            (
                "Net CO2 cost of one more unit",
                "CO2 cost of one more MWh or tonne, less the free allowances that come with it.",
            ),
            ("增产一单位的净碳成本", "多生产一兆瓦时或一吨的碳成本，扣除随之获得的免费配额。"),
            lambda year: nation_of(year).net_cost_cny,
        ),
        YearlyMeasure(
            "allowance_cost_cny",
            "CNY2020/yr",
            ("Cost of allowances", "Allowances bought less those sold, at the market price."),
            ("配额成本", "买入减卖出的配额，按市场价格计。"),
            lambda year: year.carbon.price_cny_per_tco2 * _bought(year),
        ),
        YearlyMeasure(
            "allowance_cost_cny_per_unit",
            "CNY2020 per MWh or t",
            (
                "Cost of allowances per unit of output",
                "That cost over the output of the class in the country.",
            ),
            ("单位产量配额成本", "上述成本除以该类别的全国产量。"),
            lambda year: _per_unit(year.carbon.price_cny_per_tco2 * _bought(year), nation_of(year).output),
        ),
        YearlyMeasure(
            "region_emissions_tco2",
            "t CO2/yr",
            ("Verified emissions in the region", "Emissions of the region's emitters of the class."),
            ("本地区核定排放", "本地区该类别的排放。"),
            lambda year: year.carbon.classes.emissions_tco2,
        ),
        YearlyMeasure(
            "region_free_tco2",
            "t CO2/yr",
            ("Free allowances in the region", "Allowances that the region's emitters of the class get free."),
            ("本地区免费配额", "本地区该类别的免费配额。"),
            lambda year: year.carbon.classes.free_tco2,
        ),
        YearlyMeasure(
            "region_auctioned_tco2",
            "t CO2/yr",
            ("Auctioned in the region", "Allowances that provinces of the region auction."),
            ("本地区拍卖配额", "本地区各省市拍卖的配额。"),
            lambda year: year.carbon.classes.sold_tco2,
        ),
        YearlyMeasure(
            "region_output",
            "see `output_unit`",
            ("Output in the region", "Output of the region's emitters that need allowances."),
            ("本地区产量", "本地区须清缴配额的排放单位的产量。"),
            lambda year: year.carbon.classes.output,
        ),
        YearlyMeasure(
            "region_cost_cny_per_unit",
            "CNY2020 per MWh or t",
            (
                "Cost of allowances per unit of output",
                "What the region's emitters pay for allowances over their output, per MWh or tonne; "
                "below zero they earn.",
            ),
            ("单位产量配额成本", "本地区排放单位的配额支出除以产量，按每兆瓦时或每吨计；为负时为收益。"),
            _region_cost_per_unit,
        ),
        YearlyMeasure(
            "effective_price_cny_per_tco2",
            PER_T,
            (
                "Effective carbon price",
                "What a tonne of the region's emitters of this class costs in the carbon market on "
                "average, free allowances counted; below zero where they get more than they emit: "
                "then for each allowance that they get. Never beyond the market price.",
            ),
            (
                "实际碳价",
                "计入免费配额后本地区该类别每吨排放的平均碳市场成本，配额多于排放时为负，按所得配额平均；绝对值不超过市场价格。",
            ),
            _effective_price,
            Display(EFFECTIVE_PRICE, PER_T, 1.0, "effective", is_sum=False),
        ),
        YearlyMeasure(
            "output_price_cny_per_tco2",
            PER_T,
            (
                "Carbon price of more output",
                "What a tonne costs in the country that comes with one more unit of output of the "
                "class, less the free allowances that come with it.",
            ),
            ("增产碳价", "全国该类别多生产一单位所增排放每吨的成本，扣除随之获得的免费配额。"),
            _price_of_output,
            Display(OUTPUT_PRICE, PER_T, 1.0, is_sum=False),
        ),
    ),
)
