"""Number the rows of a month's network, once for all kernels that read it: constants alone.

Their files take in these numbers, so their compiled code is kept under this file's digest too (`compilation/cache.py`).

A month has zones Z and lines. Node Z t + z is hour t of zone z; a zone's last is no hour, but spill. Hub z is a zone's
water, hub Z (2 d + 1) + z is what it discharges in day d, hub Z (2 d + 2) + z what it takes in. Line l is two arcs, 2 l
from its first to its second end and 2 l + 1 back.
"""

# Rows of numbers by node; the first three are also slots, by which nodes use hubs. Then by hub, and by chain: the MWh
# at its n-th node for one at its end, the CNY spent for that on the way, the MWh at its end that fit through.
RELEASE, DISCHARGE, INTAKE, SUPPLY, WEIGHT, LABEL, NEXT, LAST = range(8)
WORTH, THROUGHPUT, FACTOR, OUTLAY, ROOM = range(LAST + 1, LAST + 6)
# Rows of numbers by zone; the first three have a row for each slot: MW, MW, MWh in the hub for one at the node. Then
# of the month: MW below which quantities are alike. Then by arc: MW at most, CNY/MWh sent, MWh that arrive of one sent.
LOWER, UPPER, YIELD = range(ROOM + 1, ROOM + 10, INTAKE + 1)
ENERGY, TOLERANCE, EXPORT, WHEELING, ARRIVAL = range(YIELD + 3, YIELD + 8)
# Rows by entry of a stack, a pair for each zone: the last of all.
ENTRY_START, PRICE = range(ARRIVAL + 1, ARRIVAL + 3)
STACK_ROWS = 2
# Rows of marks by node; then the hub's node and slot that give, the chain's nodes and the slots from which they take.
WAY, NEXT_ENTRY, LAST_ENTRY, POSITION, ZONE, HOUR, DAY, TAKER, GIVER, SLOT, PLACE, SIDE = range(12)
# Then by day: its first hour; of the month: its lengths, whether labels are guarded, the ways that would close a cycle;
# by arc: the zones that it leaves and reaches; by chain: ways of its nodes; by a way that would close a cycle: its
# node, itself, and if it leads through a hub, what node and slot give.
BEGIN, SIZE, ORIGIN, TARGET, VIA, CLOSER = range(SIDE + 1, SIDE + 7)
MARK_ROWS = CLOSER + 4
DAYS, HOURS, ENTRIES, GUARDED, CLOSINGS, SIZES = range(6)  # columns of the lengths, and their number
# Ways that are no slots: the own stack; from LINE on two for each arc that leaves a zone, more imports on the arc back
# and less exports, the odd ones.
STACK, LINE = INTAKE + 1, INTAKE + 2
NOWHERE = 0xFFFFFFFF
