"""New power capacity: what companies could build in a year, and what it would be worth."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.investment.auctions import AuctionBids
from tanlu.kernels.building_sites import (
    AuctionLots,
    PlanRange,
    SiteTerms,
    award_contracts,
    find_fair_plans,
    value_sites,
)


class Room(NamedTuple):
    """New capacity that can be started this year; axes P provinces, K technologies."""

    mw: Floats  # [P, K]
    used_up: Booleans  # [P, K] the potential is less than the yearly pace
    hours_share: Floats  # [P, K] of the hours of the first site
    connection_cny_per_kw: Floats  # [P, K] above the first site
    first_mw: Floats  # [P, K] how many MW of sites are better than the best free one
    forbidden: Booleans  # [P, K]

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> "Room":
        """Return no room."""
        zero, no = np.zeros(shape), np.zeros(shape, dtype=bool)
        return cls(zero, no, zero, zero, zero, no)


class SiteContracts(NamedTuple):
    """Contracts for difference of sites; axis M as of them."""

    strike_cny_per_mwh: Floats
    share: Floats  # of what the site feeds in; 0 without one
    years: Integers  # of operation in which it pays

    @classmethod
    def nothing(cls, sites: int) -> "SiteContracts":
        """Return no contracts."""
        return cls(np.zeros(sites), np.zeros(sites), np.zeros(sites, np.int64))


class BuildSites(NamedTuple):
    """Sites that could be built this year; axis M = company x province x technology that may build."""

    owner: Integers
    province: Integers
    technology: Integers
    capacity_mw: Floats  # what the company would build there
    capex_cny: Floats
    npv_cny: Floats
    rate: Floats
    lead_years: Integers
    part: Floats  # [W, P, K] of its share of the room that a company would take
    room: Room
    contracts: SiteContracts
    bids: AuctionBids | None = None  # of the year's auctions, if there were any


class Auctions(NamedTuple):
    """The auctions of a year."""

    lots: AuctionLots
    years: Integers  # [P, K] of operation in which contracts pay

    def list_bids(self, terms: SiteTerms, value: Floats, strike: Floats) -> AuctionBids:
        """List the lowest bid of each company: its smallest site pays, and earns no less than in the market.

        Args:
            terms: of building, without contracts.
            value: expected yearly market value and support per MW, CNY [P, K].
            strike: of the auctions, CNY/MWh [P, K].
        """
        lots = self.lots
        energy = np.maximum(lots.energy, 1e-9)
        market, alone = value - lots.support, value - terms.running_cost
        npv = alone * terms.worth[:, None] - terms.capex * terms.outlay[:, None]
        room = terms.room * terms.share
        part = np.divide(terms.smallest, room, out=np.full(room.shape, np.inf), where=room > 0.0)
        lacking = np.where(part <= 1.0, np.maximum(part * terms.full_index * terms.capex - npv, 0.0), np.nan)
        fed = energy * np.maximum(lots.fixed_worth, 1e-9)
        worth = market * lots.real_worth / fed
        bid = np.maximum(worth + lacking / (np.maximum(lots.covered, 1e-9) * fed), lots.floor)
        return AuctionBids(
            lots.volume_mwh, lots.cap, lots.energy, market / energy, strike, worth, bid, room > 0.0
        )

    def limit_contracts(self, sites: BuildSites) -> BuildSites:
        """Limit the contracts of sites to the volumes that are auctioned.

        More may start in the end than bid, for fewer plans of others are in the way.
        """
        p, k = sites.province, sites.technology
        energy, shape = self.lots.energy[p, k] * sites.contracts.share * sites.capacity_mw, self.years.shape
        awarded = sum_by_group(p * shape[1] + k, energy, self.years.size).reshape(shape)
        most = np.minimum(self.lots.volume_mwh / np.maximum(awarded, 1e-9), 1.0)
        contracts = sites.contracts._replace(share=sites.contracts.share * most[p, k])
        return sites._replace(contracts=contracts)


class BuildTerms(NamedTuple):
    """Terms of building this year, whatever it earns."""

    sites: SiteTerms
    rate: Floats  # [W, K] real discount rates
    lead_years: Integers  # [K]
    room: Room
    auctions: Auctions | None = None

    def appraise_sites(self, value: Floats) -> BuildSites:
        """Appraise the capacity that each company could build.

        A company takes a part of its share that grows with profit: what hardly pays is built slowly.

        Args:
            value: expected yearly market value and support per MW, CNY [P, K].
        """
        terms, strike = self._award(value)
        owner, p, k, size, npv, contracted, part = value_sites(terms, value)
        contracts, bids = SiteContracts.nothing(owner.size), None
        if self.auctions is not None:
            bids = self.auctions.list_bids(self.sites, value, strike)
            share = contracted * self.auctions.lots.covered[p, k]
            contracts = SiteContracts(strike[p, k], share, self.auctions.years[p, k])
        return BuildSites(
            owner=owner,
            province=p,
            technology=k,
            capacity_mw=size,
            capex_cny=self.sites.capex[p, k] * size,
            npv_cny=npv,
            rate=self.rate[owner, k],
            lead_years=self.lead_years[k],
            part=part,
            room=self.room,
            contracts=contracts,
            bids=bids,
        )

    def find_fair_plans(self, plans: PlanRange, hours: Floats) -> tuple[float, Floats]:
        """Find the energy, MWh a year, at which companies want what is planned, and the MW [P, K] that they want.

        Args:
            plans: between which it lies, and what a MW earns there.
            hours: of a year at full output of wind and sun, 0 of the rest [P, K].
        """
        lots = AuctionLots.nothing(self.sites.share.shape) if self.auctions is None else self.auctions.lots
        energy_mwh, wanted_mw = find_fair_plans(self.sites, lots, plans, hours)
        return energy_mwh, wanted_mw

    def _award(self, value: Floats) -> tuple[SiteTerms, Floats]:
        """Hold the auctions, if there are any; return terms with contracts, and strikes [P, K]."""
        if self.auctions is None:
            return self.sites, np.zeros(value.shape)
        strike, gain, won = award_contracts(self.sites, self.auctions.lots, value)
        return self.sites._replace(gain=gain, won=won), strike
