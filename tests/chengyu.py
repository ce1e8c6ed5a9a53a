"""Names of the pack that most tests run on."""

from tanlu.region.catalogue import region_axes

AXES = region_axes("chengyu")
PROVINCES, EXPORT_LINES = AXES.provinces, AXES.export_lines
SICHUAN, CHONGQING = range(2)
