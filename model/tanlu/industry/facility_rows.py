"""The rows of lines and blocks: what is known of each, whoever reads it."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import COHORT_SECTORS, SECTOR, S
from tanlu.core.signals import Signals
from tanlu.investment.population import Investors
from tanlu.kernels.co2.market import EmitterSites
from tanlu.kernels.industry.facilities import FacilityUse, Needs, ProductionOutcome, needs_per_unit
from tanlu.kernels.industry.options import Recipes
from tanlu.region.industry import ENERGY, IndustryData
from tanlu.region.pack import Region
from tanlu.region.tables import year_index


class FacilityRows(Investors):
    """Lines of facilities, and blocks, one row each [N]; `Industry` fills the columns and lives through the years."""

    region: Region
    data: IndustryData
    recipes: Recipes
    options: tuple[str, ...]
    applies: Booleans  # [N, O] which options are open to it
    facility: Integers  # of a line, position in the pack; -1 for a block
    is_block: Booleans
    province: Integers
    sector: Integers
    business: Integers  # number of the party that pays and is paid
    process: Integers
    product: Integers
    owner: Integers
    number: Integers  # stable, for random draws
    capacity: Floats
    start_year: Integers
    end_year: Integers
    last_reline_year: Integers
    reline_years: Integers
    energy_gj: Floats  # [N, ENERGY] a unit of output
    electricity_mwh: Floats
    process_tco2: Floats
    scrap_t: Floats
    other_cost_cny: Floats
    fixed_cost_cny: Floats
    capturable_share: Floats
    capture_rate: Floats
    capture_heat_gj: Floats
    capture_mwh: Floats
    capture_om_cny: Floats
    capture_year: Integers
    capture_site_factor: Floats  # of its site on what capture costs
    capture_size_tco2: Floats  # a year, what its capture plant is built for
    capture_law: Integers  # its capture started under, in `Signals.laws`
    book_value_cny: Floats
    facility_value_cny: Floats
    contract_tco2: Floats  # a year, with its CO2 hub
    reserved_tco2: Floats  # of it, what it pays for whatever it ships
    orphaned: Booleans  # its owner has failed, and nobody has bought it
    site: EmitterSites
    has_taken: Booleans  # [N, O]
    due: list[tuple[int, int, int]]  # (year, row, option) of projects under way
    profit_cny: Floats  # [N, year] of the last years
    years_of_profit: int
    own_premium: Floats
    group: Integers  # that shares a product's demand

    def active(self, year: int) -> Booleans:
        """Return whether facilities exist in `year` [N]."""
        return (self.start_year <= year) & (year < self.end_year)

    def lines(self, facility_id: str) -> Integers:
        """Return the rows of a facility's lines, none if it is unknown."""
        ids = self.data.facilities.ids
        position = ids.index(facility_id) if facility_id in ids else len(ids)
        return np.flatnonzero(self.facility == position)

    def sites(self, rows: Integers) -> EmitterSites:
        """Collect the sites of facilities [n]."""
        return EmitterSites._make(column[rows] for column in self.site)

    def scrap_committed(self, production: ProductionOutcome) -> Floats:
        """Sum the scrap in this year's output and started projects, t [S]."""
        per_unit, o, r = self.scrap_t.copy(), self.data.options, self.data.processes
        for _, row, option in self.due:
            k = int(o.effect.to_process[option])
            per_unit[row] = r.scrap_t_per_t[k] if k >= 0 else per_unit[row] + o.added_scrap_t_per_t[option]
        return sum_by_group(self.sector, production.output * per_unit, S)

    def price(self, signals: Signals) -> Floats:
        """Return the price of a unit, CNY [N]; 0 for blocks."""
        price = signals.prices.product_price_cny_per_t[self.province, np.maximum(self.product, 0)]
        return np.where(self.is_block, 0.0, price)

    def announced_growth(self, row: int, years: int) -> Floats:
        """Read the pack's growth of output from a year's data row on [years, N].

        It is that of demand for the product, and of blocks that of their activity.
        """
        rows, places = slice(row, row + years + 1), np.maximum(self.product, 0)
        demand_kt = self.data.demand_kt[rows][:, self.province, places]
        activity = self.data.activity[rows][:, self.province, self.sector]
        path = np.where(self.is_block, activity, demand_kt)
        return np.asarray(np.where(path[0] > 0.0, path[1:] / np.maximum(path[0], 1e-300), 1.0))

    def expected_output(self, row: int, output: Floats) -> Floats:
        """Compute the mean output over a contract with a hub [N].

        It follows what the pack announces from the year at data row `row`, in which `output` [N] is made, and what a
        facility can make; after the pack's last year nothing changes.
        """
        transport = self.region.co2.transport
        first, years = int(transport["hub_lead_time_years"]), int(transport["hub_cost_recovery_years"])
        growth = np.concatenate([np.ones((1, len(self))), self.announced_growth(row, first + years - 1)])
        ahead = np.minimum(np.arange(first, first + years), len(growth) - 1)
        most = self.capacity * self.region.parameters["maximum_utilisation"]
        return np.asarray(np.minimum(output * growth[ahead].mean(axis=0), np.maximum(most, output)))

    def intensity(self, year: int) -> Floats:
        """Return the fossil intensity index of blocks, 1 for facilities [N]."""
        t = year_index(year)
        return np.where(self.is_block, self.data.fossil_intensity[t, self.province, self.sector], 1.0)

    def needs(self, year: int) -> Needs:
        """Compute energy, CO2 and electricity per unit of output in `year`."""
        return needs_per_unit(
            year=year,
            level=self.intensity(year),
            use=FacilityUse._make(getattr(self, column) for column in FacilityUse._fields),
            co2_t_per_gj=self.region.power.carrier_co2_t_per_gj[: len(ENERGY)],
        )

    def burn_as_cohorts(self, needs: Needs, output: Floats, cohort_fuel_gj: Floats) -> Needs:
        """Replace what blocks of cohorts burn by what the cohorts do [P, S, ENERGY]."""
        row = np.flatnonzero(self.is_block & np.isin(self.sector, [SECTOR[name] for name in COHORT_SECTORS]))
        factors = self.region.power.carrier_co2_t_per_gj[: len(ENERGY)]
        energy, gross = needs.energy_gj.copy(), needs.gross_tco2.copy()
        energy[row] = cohort_fuel_gj[self.province[row], self.sector[row]] / output[row][:, None]
        gross[row, : len(ENERGY)] = energy[row] * factors
        return needs._replace(energy_gj=energy, gross_tco2=gross)

    def years_to_window(self, rows: Integers, year: int) -> Integers:
        """Count the years until each decides, 0: now [n].

        They decide every few years, at relines, and every year if orphaned.
        """
        overhaul = -(self.number[rows] + year) % int(self.region.parameters["overhaul_interval_years"])
        wait = np.minimum(overhaul, self.years_to_reline(rows, year))
        return np.asarray(np.where(self.orphaned[rows], 0, wait))

    def years_to_reline(self, rows: Integers, year: int) -> Integers:
        """Count the years until a campaign ends, 0: now [n].

        It ends every 20 years, give or take 3 by facility.
        """
        return -(year - self.last_reline_year[rows]) % self.reline_years[rows]

    def ready_year(self) -> Integers:
        """Return the year in which projects will be ready, 0 without one [N]."""
        ready = np.zeros(len(self), dtype=np.int64)
        for year, row, _ in self.due:
            ready[row] = year
        return ready
