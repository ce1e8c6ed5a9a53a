"""The command that says why a plant or facility decided as it did."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import Language, language_of_environment, number, open_console, plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from tanlu.why.explain import CaptureWhy, Why
    from tanlu.why.mix import MixWhy

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
        "closed": "What was closed to {name} in {year} ({scenario})",
        "closed_headings": ("Option", "Why"),
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
        "closed": "{name}在{year}年不可选的选项（{scenario}）",
        "closed_headings": ("选项", "原因"),
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

MIX_TITLES = {
    Language.en: {
        "Vehicles": "{name}: how buyers divided in {year} ({scenario}), CNY a year and vehicle, costs negative",
        "Builders": "{name}: how they divided in {year} ({scenario}), CNY/m², costs negative",
    },
    Language.zh: {
        "Vehicles": "{name}：{year}年购车选择（{scenario}），元/辆·年，成本为负",
        "Builders": "{name}：{year}年建造方式（{scenario}），元/平方米，成本为负",
    },
}
MIX_WORDS = {
    Language.en: {
        "term": "Term",
        "price": "price",
        "purchase_tax": "purchase tax",
        "national_subsidy": "subsidy of the nation",
        "subsidy": "subsidy of policies",
        "licence": "licence fee",
        "fuel": "fuel",
        "carbon": "carbon price at the pump",
        "electricity": "charging",
        "maintenance": "maintenance",
        "range": "shorter range",
        "chargers": "want of chargers",
        "reluctance": "reluctance",
        "peers": "what others buy",
        "sales": "sales",
        "construction": "construction",
        "bonus_area": "bonus floor area",
        "worth": "sum",
        "switching": "subsidy that would bring it level, CNY a vehicle or m²",
        "wanted": "wanted, %",
        "share": "share, %",
    },
    Language.zh: {
        "term": "项目",
        "price": "价格",
        "purchase_tax": "购置税",
        "national_subsidy": "国家补贴",
        "subsidy": "政策补贴",
        "licence": "牌照费",
        "fuel": "燃料",
        "carbon": "燃料碳价",
        "electricity": "充电",
        "maintenance": "维护",
        "range": "续航不足",
        "chargers": "充电不便",
        "reluctance": "抵触",
        "peers": "他人选择",
        "sales": "销售",
        "construction": "建造",
        "bonus_area": "奖励面积",
        "worth": "合计",
        "switching": "追平所需补贴（元/辆或元/平方米）",
        "wanted": "意愿份额（%）",
        "share": "份额（%）",
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
    for part in [_mix_table(answer, lang)] if isinstance(answer, MixWhy) else _parts(answer, lang):
        console.print(part)


def _parts(answer: "Why", language: Language) -> Iterable["Table | str"]:
    words, capture = WORDS[language], answer.capture
    name = answer.name_zh if language is Language.zh else answer.name_en
    about = {"name": name, "year": answer.year, "scenario": answer.scenario}
    rows = [_option_row(row, language) for row in answer.options.to_dict("records")]
    if rows:
        yield plain_table(str(words["options"]).format(**about), words["headings"], rows)
    if capture is not None:
        yield _terms_table(capture, language)
        price = capture.switching_carbon_price_cny_per_tco2
        rejected = (
            "never" if price != price else "no_line" if price <= 0.0 and capture.npv_cny < 0.0 else "flips"
        )
        verdict = "started" if capture.started else rejected
        yield str(words[verdict]).format(price=number(price, ""))
    shut = [(row[f"label_{language}"], row[f"why_{language}"]) for row in answer.closed.to_dict("records")]
    if shut:
        yield plain_table(str(words["closed"]).format(**about), words["closed_headings"], shut)
    if answer.other_years:
        yield str(words["others"]).format(years=", ".join(str(y) for y in answer.other_years))


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


def _mix_table(answer: "MixWhy", language: Language) -> "Table":
    """Return what each option was worth term by term, and its share."""
    words = MIX_WORDS[language]
    name = answer.name_zh if language is Language.zh else answer.name_en
    title = MIX_TITLES[language][answer.kind].format(name=name, year=answer.year, scenario=answer.scenario)
    labels = [option.label_zh if language is Language.zh else option.label_en for option in answer.options]
    figures: dict[str, list[float]] = {
        **{term: [option.terms_cny[term] for option in answer.options] for term in answer.terms},
        "worth": [option.worth_cny for option in answer.options],
        "switching": [option.switching_subsidy_cny for option in answer.options],
        "wanted": [100.0 * option.wanted_share for option in answer.options],
        "share": [100.0 * option.share for option in answer.options],
    }
    rows = [(words[key], *(number(value, "") for value in values)) for key, values in figures.items()]
    return plain_table(title, [words["term"], *labels], rows)
