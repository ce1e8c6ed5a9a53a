"""The account of the nation's allowances, by year."""

from collections.abc import Callable

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.units import T_PER_MT
from tanlu.records.border import measure_freed_allowances
from tanlu.records.carbon_tables.common import (
    COAL,
    MT,
    MT_A_YEAR,
    NATIONAL,
    PACK_TABLES,
    THEME,
    is_open,
    nation_of,
)
from tanlu.records.happened import YearOutcome
from tanlu.records.yearly import SINGLE_ROW, Display, YearlyMeasure, YearlyTable

BANK = f"{NATIONAL}|Bank"
LEFT_TO_OTHERS, USED_BY_OTHERS = "Allowances|Other Regions|Left", "Allowances|Other Regions|Used"


def _total(name: str) -> Callable[[YearOutcome], Floats]:
    return lambda year: np.array(nation_of(year).totals_tco2[name])


def _issued(year: YearOutcome) -> Floats:
    totals = nation_of(year).totals_tco2
    return np.array(totals["free"] + totals["auctioned"] + totals["released"] - totals["taken"])


def _capped(year: YearOutcome) -> Floats:
    nation = nation_of(year)
    return np.array(((nation.allowances_tco2 + nation.auctioned_tco2) * nation.is_capped).sum())


def _flow(name: str, chart: str = "", colour: str = "", line: tuple[str, str] = ("", "")) -> Display:
    return Display(f"{NATIONAL}|{name}", MT_A_YEAR, T_PER_MT, chart, colour, line=line)


def _stock(name: str, colour: str, line: tuple[str, str]) -> Display:
    return Display(f"{NATIONAL}|{name}", MT, T_PER_MT, "bank", colour, line=line)


NATIONAL_ACCOUNT = YearlyTable(
    name="national_account",
    theme=THEME,
    tables=PACK_TABLES,
    row_columns=lambda _: {},
    groups=SINGLE_ROW,
    is_there=is_open,
    charts={
        "amounts": {"en": "Emissions and allowances of the country", "zh": "全国排放与配额"},
        "bank": {"en": "Bank and reserve of the country", "zh": "全国结余与储备"},
        "freed": {"en": "Left to other regions", "zh": "留给其他地区"},
    },
    measures=(
        YearlyMeasure(
            "national_emissions_tco2",
            "t CO2/yr",
            (
                "Emissions in the national carbon market",
                "Emissions of all classes of the country that need allowances, those of the region as they came.",
            ),
            ("全国碳市场排放量", "全国各类须清缴配额的排放，本地区按实际发生计入。"),
            _total("emitted"),
            _flow("Emissions", "amounts", COAL, ("Emissions", "排放")),
        ),
        YearlyMeasure(
            "issued_tco2",
            "t CO2/yr",
            (
                "Allowances issued in the country",
                "Free and auctioned allowances of a year, and what the reserve releases less what it takes.",
            ),
            ("全国配额供给", "当年免费与拍卖配额，加储备投放、减储备回收。"),
            _issued,
            _flow("Supply", "amounts", "#0072b2", ("Issued", "发放")),
        ),
        YearlyMeasure(
            "capped_tco2",
            "t CO2/yr",
            (
                "Allowances under the national cap",
                "Free and auctioned allowances of the classes that are capped; 0 before the first is.",
            ),
            ("总量控制下的全国配额", "已实行总量控制的各类别的免费与拍卖配额；实行之前为0。"),
            _capped,
            _flow("Capped", "amounts", "#d55e00", ("Of it under the cap", "其中总量控制")),
        ),
        YearlyMeasure(
            "credits_tco2",
            "t CO2/yr",
            ("Credits used in the country", "Voluntary credits turned in for a part of the emissions."),
            ("全国抵销用量", "用于抵销部分排放的自愿减排量。"),
            _total("offsets"),
            _flow("Credits"),
        ),
        YearlyMeasure(
            "national_short_tco2",
            "t CO2/yr",
            (
                "Emissions without allowances",
                "Emissions that nobody had allowances for at the highest price; next year has as much less, "
                "unless a fine was paid for them.",
            ),
            ("未清缴排放", "最高价格下仍无配额的排放，次年相应扣减；已缴罚款的不再扣减。"),
            _total("short"),
            _flow("Shortage"),
        ),
        YearlyMeasure(
            "fines_cny",
            "CNY2020/yr",
            (
                "Fines for missing allowances",
                "Fines of the country, paid to the state, for emissions without allowances, where a law has some.",
            ),
            ("未清缴罚款", "法规对未清缴排放处以罚款时，全国排放单位向国家缴纳的金额。"),
            lambda year: np.array(nation_of(year).fines_cny),
        ),
        YearlyMeasure(
            "national_bank_tco2",
            "t CO2",
            ("Banked allowances of the country", "Allowances that all holders keep at the end of the year."),
            ("全国配额结余", "年末全国持有的结余配额。"),
            _total("banked"),
            _stock("Bank", "#0072b2", ("Bank", "结余")),
        ),
        YearlyMeasure(
            "reserve_tco2",
            "t CO2",
            ("Reserve of the national market", "Allowances that the reserve holds at the end of the year."),
            ("全国配额储备", "年末储备中的配额。"),
            _total("reserved"),
            _stock("Reserve", "#009e73", ("Reserve", "储备")),
        ),
        YearlyMeasure(
            "auctioned_tco2",
            "t CO2/yr",
            ("Auctioned", "Allowances sold in auctions."),
            ("拍卖配额", "拍卖出售的配额。"),
            _total("auctioned"),
        ),
        YearlyMeasure(
            "free_tco2",
            "t CO2/yr",
            ("Free allowances", "Allowances given free."),
            ("免费配额", "免费发放的配额。"),
            _total("free"),
        ),
        YearlyMeasure(
            "withheld_tco2",
            "t CO2/yr",
            (
                "Withheld at the floor",
                "Free allowances withheld and auctioned ones unsold, because nobody wanted them at the floor.",
            ),
            ("价格下限处扣留", "在价格下限处无人需要而扣留或流拍的配额。"),
            _total("withheld"),
        ),
        YearlyMeasure(
            "released_tco2",
            "t CO2/yr",
            ("Released by the reserve", "Allowances that the reserve releases."),
            ("储备投放", "储备投放的配额。"),
            _total("released"),
        ),
        YearlyMeasure(
            "taken_tco2",
            "t CO2/yr",
            ("Taken by the reserve", "Allowances that the reserve takes."),
            ("储备回收", "储备回收的配额。"),
            _total("taken"),
        ),
        YearlyMeasure(
            "cancelled_tco2",
            "t CO2/yr",
            ("Cancelled", "Allowances of the reserve that nobody may ever use."),
            ("注销配额", "从储备中永久注销的配额。"),
            _total("cancelled"),
        ),
        YearlyMeasure(
            "made_up_tco2",
            "t CO2/yr",
            ("Made up", "Allowances that the year lacks because the year before was short."),
            ("补缴扣减", "因上年未清缴而在当年扣减的配额。"),
            _total("made_up"),
        ),
        YearlyMeasure(
            "expired_tco2",
            "t CO2/yr",
            ("Expired", "Allowances neither used nor sold that may not be carried over."),
            ("失效配额", "既未使用也未出售、且不得结转的配额。"),
            _total("expired"),
        ),
        YearlyMeasure(
            "beyond_classes_tco2",
            "t CO2/yr",
            (
                "Of sectors beyond the classes",
                "Allowances less emissions of the region's covered sectors that are no national class.",
            ),
            ("类别之外行业的净配额", "本地区已纳入但不属全国类别的行业的配额减排放。"),
            _total("beyond"),
        ),
        YearlyMeasure(
            "region_auctioned_in_all_tco2",
            "t CO2/yr",
            (
                "Auctioned in the region",
                "Allowances that provinces of the region auction, of sectors beyond the classes too.",
            ),
            ("本地区拍卖配额", "本地区各省市拍卖的配额，含类别之外的行业。"),
            lambda year: np.array(year.carbon.trades.auction_sales_tco2),
        ),
        YearlyMeasure(
            "left_to_others_tco2",
            "t CO2/yr",
            (
                "Allowances left to other regions",
                "The region's part of the nation's allowances less what its emitters need; others use "
                "or bank it. Below zero it takes from others. CO2 of imports from regions under the "
                "cap is within what others use, never added to it.",
            ),
            (
                "留给其他地区的配额",
                "本地区应得的全国配额减去本地区所需，由其他地区使用或结余；为负时取自其他地区。从同受总量控制的地区购入的电力和产品所含排放已包括在其他地区的用量之内，不得另加。",
            ),
            lambda year: measure_freed_allowances(year.carbon).left_in_all_tco2,
            Display(
                LEFT_TO_OTHERS,
                MT_A_YEAR,
                T_PER_MT,
                "freed",
                "#009e73",
                line=("Left to others", "留给其他地区"),
            ),
        ),
        YearlyMeasure(
            "used_by_others_tco2",
            "t CO2/yr",
            (
                "Allowances that other regions use",
                "Emissions of the rest of the country that need allowances.",
            ),
            ("其他地区使用的配额", "全国其余地区须清缴配额的排放。"),
            lambda year: np.asarray(measure_freed_allowances(year.carbon).used_elsewhere_tco2.sum()),
            Display(USED_BY_OTHERS, MT_A_YEAR, T_PER_MT),
        ),
    ),
)
