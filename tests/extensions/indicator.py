"""An indicator: CO2 of power plants per MWh that is used."""

import tanlu

per_mwh = tanlu.Indicator(
    "Emissions|CO2|Per Load",
    "t CO2/MWh",
    lambda record: record.emissions.by_sector_tco2[:, :, 0] / record.demand.load_mwh,
    lambda record: record.demand.load_mwh,
)
extension = tanlu.Extension(name="per_load", indicators=(per_mwh,))
