"""A table: which power plants stand at the end of the run, and whose they are."""

import tanlu


def standing_plants(run):
    plants = run.power_plants
    rows = plants.active(int(run.years[-1])).nonzero()[0]
    owners = plants.region.finance.owners.ids
    return {
        "decider": [plants.ids[row] for row in rows],
        "owner": [owners[plants.owner[row]] for row in rows],
        "capacity_mw": plants.capacity_mw[rows],
    }


extension = tanlu.Extension(name="standing", tables=(standing_plants,))
