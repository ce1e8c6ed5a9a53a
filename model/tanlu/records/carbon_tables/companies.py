"""What companies of the region do with allowances, by year."""

from tanlu.records.carbon_tables.common import PACK_TABLES, THEME
from tanlu.records.yearly import YearlyMeasure, YearlyTable
from tanlu.region.pack import Region


def _name_companies(region: Region) -> dict[str, tuple[str, ...]]:
    owners = region.finance.owners
    return {"decider": owners.ids, "name": owners.names_en, "name_zh": owners.names_zh}


CARBON_POSITIONS = YearlyTable(
    name="carbon_positions",
    theme=THEME,
    tables=PACK_TABLES,
    row_columns=_name_companies,
    measures=(
        YearlyMeasure(
            "verified_tco2",
            "t CO2/yr",
            ("Verified emissions", "Verified emissions of the year."),
            ("核定排放", "当年核定排放。"),
            lambda year: year.carbon.emissions_tco2,
        ),
        YearlyMeasure(
            "free_tco2",
            "t CO2/yr",
            ("Free allowances", "Allowances given free."),
            ("免费配额", "免费发放的配额。"),
            lambda year: year.carbon.allocation_tco2,
        ),
        YearlyMeasure(
            "opening_bank_tco2",
            "t CO2",
            ("Bank before the year", "Allowances carried over into the year."),
            ("年初结余", "结转至当年的配额。"),
            lambda year: year.carbon.opening_bank_tco2,
        ),
        YearlyMeasure(
            "bought_tco2",
            "t CO2/yr",
            ("Bought", "Allowances bought in the year."),
            ("买入", "当年买入的配额。"),
            lambda year: year.carbon.trades.purchases_tco2,
        ),
        YearlyMeasure(
            "sold_tco2",
            "t CO2/yr",
            ("Sold", "Allowances sold in the year."),
            ("卖出", "当年卖出的配额。"),
            lambda year: year.carbon.trades.sales_tco2,
        ),
        YearlyMeasure(
            "bank_tco2",
            "t CO2",
            ("Bank", "Allowances that it keeps at the end of the year."),
            ("年末结余", "年末持有的结余配额。"),
            lambda year: year.carbon.trades.end_bank_tco2,
        ),
        YearlyMeasure(
            "expired_tco2",
            "t CO2/yr",
            ("Expired", "Allowances neither used nor sold that may not be carried over."),
            ("失效配额", "既未使用也未出售、且不得结转的配额。"),
            lambda year: year.carbon.trades.expired_tco2,
        ),
        YearlyMeasure(
            "short_tco2",
            "t CO2/yr",
            ("Emissions without allowances", "Emissions that it had no allowances for."),
            ("未清缴排放", "没有配额清缴的排放。"),
            lambda year: year.carbon.trades.unmet_tco2,
        ),
        YearlyMeasure(
            "allowance_cost_cny",
            "CNY2020/yr",
            ("Cost of allowances", "Allowances bought less those sold, at the market price."),
            ("配额成本", "买入减卖出的配额，按市场价格计。"),
            lambda year: year.carbon.trades.payment_cny,
        ),
    ),
)
