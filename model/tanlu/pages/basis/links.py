"""Addresses of entries of the evidence, for the pages that show what they are about."""

from dataclasses import replace
from urllib.parse import quote

from tanlu.pages.address import Address, write_address
from tanlu.pages.builder.address import Version

SOURCES = "sources"  # the view that lists the entries
# The entry that says most of what a view shows; a view that is not here leads to the beginning of the list.
ENTRY_OF_VIEW = {
    "emissions": ("indicator", "Emissions|CO2"),
    "electricity": ("series", "power_units"),
    "market": ("indicator", "Price|Carbon|Market"),
    "bonds": ("indicator", "Finance|Green Bonds|New Money"),
    "reliable": ("indicator", "Expected Shortage|Hours"),
    "plants": ("series", "facilities"),
    "flow": ("series", "facilities"),
    "prefectures": ("series", "facilities"),
    "hubs": ("series", "co2_hubs"),
    "use": ("series", "co2_products"),
    "bearers": ("indicator", "Public Budget|Climate Support|Net"),
    "pay": ("indicator", "Public Budget|Climate Support"),
}


def entry_id(group: str, name: str) -> str:
    """Return what an entry is found by after the # of an address."""
    return quote(f"{group}/{name}", safe="/")


def evidence_address(here: Address, version: Version, group: str = "", name: str = "") -> str:
    """Return the address of an entry, of the list where none is named; the visitor's setting stays.

    Args:
        here: where the visitor is.
        version: of the code and data of the page.
        group: `instrument`, `driver`, `indicator`, `series` or `source`.
        name: kind of policy, key of `world`, variable, table of the pack, or key of a source.
    """
    room = write_address(replace(here, view=SOURCES), version)
    return f"{room}#{entry_id(group, name)}" if group else room
