"""The steps of a year, one file each, in the order of `RegionModel.step`."""
