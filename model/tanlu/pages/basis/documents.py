"""The documents of the method, as they come with Tanlu, for the page."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import markdown

from tanlu.core.places import DOCUMENTS, MODEL_CHECKLIST

METHOD, BACKTESTS = "method", "backtests"
OF_BACKTESTS = ("validation", "papers")
FIRST = {METHOD: "overview", BACKTESTS: "validation"}
LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
INTRODUCTION = re.compile(r"^## (\w+) · (.+)\n\n((?:.|\n)*?)\s*(?=^## |\Z)", re.MULTILINE)


class Document(NamedTuple):
    """A document as HTML; links to others name them, and lead to what is not shown no longer."""

    name: str
    title: str
    introduction: str  # HTML in the visitor's language, empty in English
    html: str


@cache
def files_of(part: str) -> dict[str, Path]:
    """Return the documents of the method or of the backtests by name, in the order of the checklist."""
    if part == BACKTESTS:
        return {name: DOCUMENTS / f"{name}.md" for name in OF_BACKTESTS}
    listed = re.findall(r"docs/model/(\w+)\.md", MODEL_CHECKLIST.read_text(encoding="utf-8"))
    files = {name: DOCUMENTS / "model" / f"{name}.md" for name in dict.fromkeys(listed)}
    return {**files, "MODEL": MODEL_CHECKLIST}


@cache
def titles(part: str, language: str) -> dict[str, str]:
    """Return the heading of each document by name."""
    return {name: read(name, language).title for name in files_of(part)}


@cache
def introductions() -> dict[str, tuple[str, str]]:
    """Read the Chinese heading and introduction of each document, the latter as HTML."""
    said = (DOCUMENTS / "method_zh.md").read_text(encoding="utf-8")
    return {name: (title, markdown.markdown(words)) for name, title, words in INTRODUCTION.findall(said)}


@cache
def read(name: str, language: str) -> Document:
    """Read a document that comes with Tanlu, in Chinese behind its introduction; an unknown name raises KeyError."""
    file = {**files_of(METHOD), **files_of(BACKTESTS)}[name]
    said = file.read_text(encoding="utf-8")
    title, introduction = said.partition("\n")[0].lstrip("# "), ""
    if language == "zh":
        title, introduction = introductions()[name]
    html = markdown.markdown(
        said,
        extensions=["tables", "fenced_code", "sane_lists", "toc"],
        extension_configs={"toc": {"slugify": lambda heading, _: anchor(heading)}},
    )
    return Document(name, title, introduction, LINK.sub(_link, html))


def anchor(heading: str) -> str:
    """Return the name that a heading is found by in links between documents."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _link(found: re.Match[str]) -> str:
    """Return a link to another document of the page or out of it; any other becomes its text."""
    address, words = found[1], found[2]
    if address.startswith("https://"):
        return f'<a href="{address}" target="_blank" rel="noopener noreferrer">{words}</a>'
    path, _, section = address.partition("#")
    name = Path(path).stem
    if path and name not in {**files_of(METHOD), **files_of(BACKTESTS)}:
        return words
    return f'<a href="#{section}" data-document="{name}" data-section="{section}">{words}</a>'
