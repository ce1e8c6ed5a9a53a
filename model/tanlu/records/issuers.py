"""Means and green debt of issuers that are no companies, by year."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.records.happened import YearOutcome
from tanlu.records.yearly import YearlyMeasure, YearlyTable
from tanlu.region.pack import Region


def _name_issuers(region: Region) -> dict[str, tuple[str, ...]]:
    issuers = region.finance.issuers
    return {"borrower": issuers.ids, "name": issuers.names_en, "name_zh": issuers.names_zh}


def _read_limit(year: YearOutcome) -> Floats:
    """Read debt limits, NaN for who has none."""
    limit = year.invested.public.accounts.debt_limit_cny
    return np.where(np.isinf(limit), np.nan, limit)


ISSUER_TABLE = YearlyTable(
    name="issuers",
    theme={"en": "Lenders and companies", "zh": "金融与企业"},
    tables=("bond_issuers", "green_needs", "finance"),
    row_columns=_name_issuers,
    measures=(
        YearlyMeasure(
            "revenue_cny",
            "CNY2020/yr",
            ("Revenue", "General budget and grants of the centre; 0 for who has no limit of its own."),
            ("收入", "一般公共预算收入与中央补助；没有自身限额者为0。"),
            lambda year: year.invested.public.accounts.revenue_cny,
        ),
        YearlyMeasure(
            "debt_limit_cny",
            "CNY2020",
            ("Debt limit", "Most green debt that it may have; blank for who has no limit of its own."),
            ("债务限额", "绿色债务上限；没有自身限额者为空。"),
            _read_limit,
        ),
        YearlyMeasure(
            "planned_cny",
            "CNY2020/yr",
            (
                "Planned new green debt",
                "What plans and the cost of debt ask for, bonds that fall due left out.",
            ),
            ("计划新增绿色债务", "按计划和债务成本希望新增的借款，不含到期债券续发。"),
            lambda year: year.invested.public.accounts.planned_cny,
        ),
        YearlyMeasure(
            "refused_cny",
            "CNY2020/yr",
            ("Beyond the limit", "The part of it that the debt limit refuses."),
            ("超出限额", "其中因债务限额不能实施的部分。"),
            lambda year: year.invested.public.accounts.refused_cny,
        ),
        YearlyMeasure(
            "loans_granted_cny",
            "CNY2020/yr",
            ("New green loans", "What of new debt and of bonds that fall due is borrowed from banks."),
            ("新增绿色贷款", "新增债务和到期债券中由银行贷款承接的部分。"),
            lambda year: year.invested.public.accounts.loans_granted_cny,
        ),
        YearlyMeasure(
            "loans_outstanding_cny",
            "CNY2020",
            ("Green loans", "Green loans at the end of the year."),
            ("绿色贷款余额", "年末绿色贷款余额。"),
            lambda year: year.invested.public.accounts.loans_outstanding_cny,
        ),
        YearlyMeasure(
            "bonds_outstanding_cny",
            "CNY2020",
            ("Green bonds", "Green bonds at the end of the year."),
            ("绿色债券余额", "年末绿色债券余额。"),
            lambda year: year.invested.public.accounts.bonds_outstanding_cny,
        ),
        YearlyMeasure(
            "loan_rate",
            "1/yr",
            ("Rate of loans", "What banks ask."),
            ("贷款利率", "银行要求的利率。"),
            lambda year: year.invested.public.accounts.loan_rate,
        ),
        YearlyMeasure(
            "coupon",
            "1/yr",
            ("Coupon of bonds", "What buyers ask, before what the province pays of it."),
            ("债券票面利率", "买方要求的利率，未扣除省级贴息。"),
            lambda year: year.invested.public.accounts.coupon,
        ),
        YearlyMeasure(
            "bond_share",
            "1",
            ("Part issued as bonds", "The part of new debt that is issued as bonds."),
            ("债券占比", "新增债务中以债券发行的比例。"),
            lambda year: year.invested.public.accounts.bond_share,
        ),
    ),
)
