"""New sites: what each company would build of a technology in a province, where a MW earns so much."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel


class SiteTerms(NamedTuple):
    """What building takes in a year, whatever a site earns; axes W companies, P provinces, K technologies."""

    worth: NDArray[np.float64]  # [W, K] now, of a CNY a year of operation
    outlay: NDArray[np.float64]  # [W, K] now, of a CNY invested
    running_cost: NDArray[np.float64]  # [K] CNY per MW and year
    capex: NDArray[np.float64]  # [P, K] CNY per MW
    room: NDArray[np.float64]  # [P, K] MW that can be started
    share: NDArray[np.float64]  # [W, P, K] of the room; who has none of it builds nothing
    full_index: float  # NPV per CNY invested at which a company takes all of its share
    smallest: float  # MW that is worth a site


@helper
def _size_site(terms, value, w, p, k):  # type: ignore[no-untyped-def]
    """Return the share taken, the NPV per MW and the MW of a site.

    A company takes a part of its share of the room.
    """
    margin = value[p, k] - terms.running_cost[k]
    per_mw = margin * terms.worth[w, k] - terms.capex[p, k] * terms.outlay[w, k]
    part = min(max(per_mw / terms.capex[p, k] / terms.full_index, 0.0), 1.0)
    return part, per_mw, terms.room[p, k] * terms.share[w, p, k] * part


@kernel
def value_sites(terms, value):  # type: ignore[no-untyped-def]
    """List the sites that companies would build, with size and NPV.

    There is one for each company, province and technology, if it is large enough. A site earns `value` less its running
    cost a year for life. A company takes of its share of the room a part that grows with profit per CNY invested.

    Args:
        terms: `SiteTerms`.
        value: f8[P, K] CNY per MW and year before fixed operation.

    Returns:
        owner, province and technology i8[M]; capacity in MW and NPV in CNY f8[M]; the part of its share of the room
        that each company would take f8[W, P, K].
    """
    companies, provinces, kinds = terms.share.shape
    site_limit = companies * provinces * kinds
    index, size, npv, n = np.empty((3, site_limit), np.int64), np.empty(site_limit), np.empty(site_limit), 0
    parts = np.empty((companies, provinces, kinds))
    for w in range(companies):
        for p in range(provinces):
            for k in range(kinds):
                parts[w, p, k], per_mw, capacity = _size_site(terms, value, w, p, k)
                if capacity >= terms.smallest:
                    index[0, n], index[1, n], index[2, n] = w, p, k
                    size[n], npv[n] = capacity, per_mw * capacity
                    n += 1
    sites = index[0, :n].copy(), index[1, :n].copy(), index[2, :n].copy(), size[:n].copy(), npv[:n].copy()
    return *sites, parts


@kernel
def sum_site_capacity(terms, value):  # type: ignore[no-untyped-def]
    """Sum the capacity of the sites of `value_sites` over companies, f8[P, K]."""
    (companies, provinces, kinds), total_mw = terms.share.shape, np.zeros(terms.room.shape)
    for w in range(companies):
        for p in range(provinces):
            for k in range(kinds):
                _, _, capacity = _size_site(terms, value, w, p, k)
                if capacity >= terms.smallest:
                    total_mw[p, k] += capacity
    return total_mw
