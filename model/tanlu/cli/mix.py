"""How the command `why` prints the choice of many buyers."""

from typing import TYPE_CHECKING

from tanlu.cli.console import Language, number, plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from tanlu.why.mix import MixWhy

TITLES = {
    Language.en: {
        "Vehicles": "{name}: how buyers divided in {year} ({scenario}), CNY a year and vehicle, costs negative",
        "Builders": "{name}: how they divided in {year} ({scenario}), CNY/m², costs negative",
    },
    Language.zh: {
        "Vehicles": "{name}：{year}年购车选择（{scenario}），元/辆·年，成本为负",
        "Builders": "{name}：{year}年建造方式（{scenario}），元/平方米，成本为负",
    },
}
WORDS = {
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


def mix_table(answer: "MixWhy", language: Language) -> "Table":
    """Return what each option was worth term by term, and its share."""
    words = WORDS[language]
    name = answer.name_zh if language is Language.zh else answer.name_en
    title = TITLES[language][answer.kind].format(name=name, year=answer.year, scenario=answer.scenario)
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
