"""A table: which power plants stand at the end of the run, and whose they are."""

import tanlu


def standing_plants(run):
    plants = run.power_plants
    held = plants.holdings  # wind, sun and storage built in the run are cohorts with several owners
    standing = plants.active(int(run.years[-1]))[held.row].nonzero()[0]
    ids, owners = held.ids, plants.region.finance.owners.ids
    return {
        "decider": [ids[q] for q in standing],
        "owner": [owners[held.owner[q]] for q in standing],
        "capacity_mw": held.parts(plants.capacity_mw)[standing],
    }


extension = tanlu.Extension(name="standing", tables=(standing_plants,))
