"""Number the rows of a month's network, once for all kernels that read it: constants alone.

Their files take in these numbers, so their compiled code is kept under this file's digest too (`compilation/cache.py`).
"""

# Rows of numbers by node; the first three are also slots, by which nodes use hubs. Then by hub, and by chain: the MWh
# at its n-th node for one at its end, the CNY spent for that on the way, the MWh at its end that fit through.
RELEASE, DISCHARGE, INTAKE, OUTFLOW, SUPPLY, WEIGHT, LABEL, NEXT, LAST = range(9)
WORTH, THROUGHPUT, FACTOR, OUTLAY, ROOM = range(LAST + 1, LAST + 6)
# Rows of numbers by zone; the first three have a row for each slot: MW, MW, MWh in the hub for one at the node; the
# last three are the same for both. Then rows by entry of a stack, one for each zone.
LOWER, UPPER, YIELD = range(ROOM + 1, ROOM + 10, INTAKE + 1)
ENERGY, EXPORT, TOLERANCE, WHEELING, ARRIVAL = range(YIELD + 3, YIELD + 8)
ENTRY_START, PRICE, NODE_ROWS = range(ARRIVAL + 1, ARRIVAL + 6, 2)
# Rows of marks by node; then the hub's node and slot that give, the chain's nodes and the slots from which they take.
WAY, NEXT_ENTRY, LAST_ENTRY, POSITION, DAY, TAKER, GIVER, SLOT, PLACE, SIDE = range(10)
# Then by day: its first hour; of the month: its lengths, whether labels are guarded, the ways that would close a cycle;
# by chain: ways of its nodes; by such a way: its node, itself, and if it leads through a hub, what node and slot give.
BEGIN, SIZE, VIA, CLOSER = range(SIDE + 1, SIDE + 5)
MARK_ROWS = CLOSER + 4
DAYS, HOURS, ENTRIES, GUARDED, CLOSINGS = range(5)  # columns of the lengths
LINE, UNEXPORT, STACK = range(
    INTAKE + 1, INTAKE + 4
)  # ways that are no slots: more imports, less exports, own stack
NOWHERE = 0xFFFFFFFF
