"""The command that says why a plant or facility decided as it did."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import Language, language_of_environment, number, open_console, plain_table
from tanlu.cli.mix import mix_table

if TYPE_CHECKING:
    from rich.table import Table

    from tanlu.why.explain import CaptureWhy, Why

EXAMPLES = {
    "why": (
        "tanlu why results/baseline-* coal_luohuang_phase_ii_unit_3",
        "tanlu why results/baseline-* coal_luohuang_phase_ii_unit_3 --json",
        "tanlu why results/baseline-* car_sichuan --year 2030",
    )
}
WORDS = {
    Language.en: {
        "options": "What {name} considered in {year} ({scenario})",
        "headings": ("Option", "NPV, m CNY", "Investment, m CNY", "Hurdle rate", "Answer"),
        "terms": "What capture would cost and bring: {captured} kt captured, {avoided} kt avoided a year, {outlet}",
        "term_headings": ("Term", "m CNY a year", "CNY/t captured", "CNY/t avoided"),
        "started": "Capture started.",
        "flips": "Capture did not start. It pays from a carbon price of {price} CNY/t on.",
        "never": "Capture did not start, and no carbon price would make it pay.",
        "no_line": "Capture did not start. It would pay even without a carbon price if a hub had a place for it.",
        "not_captures": "Capture was not weighed: it captures already, or builds it.",
        "not_biomass": "Capture was not open to it: it was fitted to burn biomass beside coal.",
        "not_kind": "Capture was not open to it: the data have no capture for such a unit or process.",
        "not_early": "Capture was not open to it: it is to be had from {limit} on.",
        "not_small": "Capture was not open to it: {value} MW is less than the {limit} MW that capture takes.",
        "not_old": "Capture was not open to it: {value} years are left, and capture takes {limit}.",
        "not_reline": "Capture was not open to it: only a reline opens that window.",
        "others": "Other windows: {years}.",
        "storage": "stored",
        "products": "sold to products",
        "no_outlet": "with neither a line nor a buyer",
        "answer_started": "chosen, started",
        "answer_waits": "chosen, not started: {why}",
        "answer_lower": "pays, but less than the choice",
        "none": "",
        "npv": "does not pay",
        "lender_capital": "lenders have no more to lend",
        "leverage": "owner too indebted",
        "interest_coverage": "owner earns too little for the interest",
        "budget": "the budget of the grant was used up",
        "capital": "investment, at the hurdle rate",
        "grant": "grant",
        "fixed_operation": "fixed operation",
        "operation": "operation",
        "heat": "heat and fuel",
        "electricity": "electricity bought",
        "lost_output": "electricity not sold",
        "allowances": "free allowances of that output",
        "downtime": "standstill while it is tied in",
        "transport": "transport",
        "storage_term": "storage",
        "product_sales": "sales to products",
        "carbon_cost_saved": "carbon cost saved",
        "subsidy": "subsidy by the tonne",
        "total": "sum",
    },
    Language.zh: {
        "options": "{name}在{year}年的选择（{scenario}）",
        "headings": ("选项", "净现值（百万元）", "投资（百万元）", "折现率", "结果"),
        "terms": "捕集的成本与收益：每年捕集{captured}千吨，减排{avoided}千吨，{outlet}",
        "term_headings": ("项目", "百万元/年", "元/吨（捕集）", "元/吨（减排）"),
        "started": "捕集项目已启动。",
        "flips": "捕集项目未启动；碳价达到{price}元/吨起方可盈利。",
        "never": "捕集项目未启动，任何碳价都不能使其盈利。",
        "no_line": "捕集项目未启动：若有枢纽接纳，即使没有碳价也可盈利。",
        "not_captures": "不再考虑捕集：已有或正在建设捕集装置。",
        "not_biomass": "不可加装捕集：已改造为掺烧生物质。",
        "not_kind": "不可加装捕集：数据中此类机组或工艺没有捕集方案。",
        "not_early": "不可加装捕集：{limit}年起方可选择。",
        "not_small": "不可加装捕集：装机{value}兆瓦，低于{limit}兆瓦的下限。",
        "not_old": "不可加装捕集：剩余寿命{value}年，少于所需的{limit}年。",
        "not_reline": "不可加装捕集：仅在大修更换炉衬时可以选择。",
        "others": "其他决策年份：{years}。",
        "storage": "封存",
        "products": "售予产品市场",
        "no_outlet": "既无管线也无买家",
        "answer_started": "选中并启动",
        "answer_waits": "选中但未启动：{why}",
        "answer_lower": "可盈利，但不如所选",
        "none": "",
        "npv": "不盈利",
        "lender_capital": "贷款机构资金不足",
        "leverage": "企业负债过高",
        "interest_coverage": "企业利润不足以付息",
        "budget": "补助预算已用完",
        "capital": "投资（按折现率年化）",
        "grant": "投资补助",
        "fixed_operation": "固定运维",
        "operation": "运行",
        "heat": "热力与燃料",
        "electricity": "外购电力",
        "lost_output": "少售电量",
        "allowances": "相应的免费配额",
        "downtime": "接入停机",
        "transport": "运输",
        "storage_term": "封存",
        "product_sales": "产品销售",
        "carbon_cost_saved": "节省的碳成本",
        "subsidy": "按吨补贴",
        "total": "合计",
    },
}


def why(
    folder: Annotated[Path, typer.Argument(help="Result folder.")],
    decider: Annotated[
        str,
        typer.Argument(
            help="Plant, facility, or row of vehicles or builders: identifier, English or Chinese name."
        ),
    ],
    lang: Annotated[
        Language, typer.Option("--lang", help="Language of labels.", default_factory=language_of_environment)
    ],
    year: Annotated[
        int | None,
        typer.Option(help="Year of the decision; if not given the last change, of many buyers the last."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why a plant or facility decided as it did, or many buyers divided as they did, term by term."""
    from tanlu.output.result import load_result
    from tanlu.why.explain import as_data
    from tanlu.why.explain import why as explain
    from tanlu.why.mix import MixWhy, mix_as_data

    answer = explain(load_result(folder), decider, year)
    if as_json:
        data = mix_as_data(answer) if isinstance(answer, MixWhy) else as_data(answer)
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
        return
    console = open_console()
    for part in [mix_table(answer, lang)] if isinstance(answer, MixWhy) else _parts(answer, lang):
        console.print(part)


def _parts(answer: "Why", language: Language) -> Iterable["Table | str"]:
    words, capture = WORDS[language], answer.capture
    name = answer.name_zh if language is Language.zh else answer.name_en
    title = str(words["options"]).format(name=name, year=answer.year, scenario=answer.scenario)
    rows = [_option_row(row, language) for row in answer.options.to_dict("records")]
    yield plain_table(title, words["headings"], rows)
    if capture is not None:
        yield _terms_table(capture, language)
        price = capture.switching_carbon_price_cny_per_tco2
        rejected = (
            "never" if price != price else "no_line" if price <= 0.0 and capture.npv_cny < 0.0 else "flips"
        )
        verdict = "started" if capture.started else rejected
        yield str(words[verdict]).format(price=number(price, ""))
    elif answer.no_capture is not None:
        barred = answer.no_capture
        yield str(words[f"not_{barred.reason}"]).format(
            value=_plain(barred.value), limit=_plain(barred.limit)
        )
    if answer.other_years:
        yield str(words["others"]).format(years=", ".join(str(y) for y in answer.other_years))


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _option_row(row: dict[Any, Any], language: Language) -> tuple[str, ...]:
    words, option = WORDS[language], str(row["option"])
    reason = str(words[str(row["binding_constraint"])])
    if row["chosen"]:
        started = row["started"] or not reason
        answer = str(words["answer_started" if started else "answer_waits"]).format(why=reason)
    else:
        answer = reason or ("" if option == "keep" else str(words["answer_lower"]))
    figures = [number(row[name], "") for name in ("npv_mcny", "capex_mcny")]
    rate = f"{100.0 * row['hurdle']:.1f} %"
    return str(row[f"label_{language}"]), *figures, rate, answer


def _terms_table(capture: "CaptureWhy", language: Language) -> "Table":
    from tanlu.why.explain import per_tonne

    words = WORDS[language]
    title = str(words["terms"]).format(
        captured=number(capture.captured_tco2_per_year / 1e3, ""),
        avoided=number(capture.avoided_tco2_per_year / 1e3, ""),
        outlet=words["no_outlet" if capture.outlet == "none" else capture.outlet],
    )
    rows = []
    for term in per_tonne(capture):
        label = words["storage_term" if term["term"] == "storage" else str(term["term"])]
        per_t = [term["cny_per_tco2_captured"], term["cny_per_tco2_avoided"]]
        figures = ["–" if value is None else number(value, "") for value in per_t]
        rows.append((str(label), number(term["cny_per_year"] / 1e6, ""), *figures))
    return plain_table(title, words["term_headings"], rows)
