"""Acts of added agents: what they pay and report in a year, and how it is booked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.words.messages import Message, MessagePart, build_message
from tanlu.inputs.diagnostics import ExtensionError, printable
from tanlu.region.pack import Region


class Payment(NamedTuple):
    """Money that passes from one party to another in a year.

    A party is a government (`national` or a province), whose accounts then have it, or any other name. Companies are
    none: their cash moves only where their accounts are settled.
    """

    payer: str
    payee: str
    kind: str  # what is paid for
    amount_cny: Floats  # [P]


class Effect(NamedTuple):
    """What an added agent does in a phase."""

    quantities: Mapping[str, Floats] = MappingProxyType({})  # [P] by name, which ends with the unit
    payments: tuple[Payment, ...] = ()


class AddedYear(NamedTuple):
    """What the agents of extensions did in a year."""

    quantities: Mapping[str, Floats]  # [P] by name; payments of a kind are `<kind>_cny`
    payments_cny: Mapping[tuple[str, str, str], Floats]  # [P] by payer, payee and kind
    money_error: float  # what all parties together gained, relative to the payments
    fuel_gj: Floats | None  # [P, S, ENERGY] burnt, less what was taken out; None: nobody was asked


class PaymentBook:
    """The year's quantities and payments of added agents."""

    def __init__(self, provinces: int) -> None:
        self.quantities: dict[str, Floats] = {}
        self.provinces = provinces
        self.balances: dict[str, float] = {}  # of each party, CNY
        self.payments_cny: dict[tuple[str, str, str], Floats] = {}
        self.paid_cny = 0.0
        self.fuel_gj: Floats | None = None

    def add(self, label: MessagePart, name: str, value: object) -> None:
        """Add a quantity by province."""
        if not (isinstance(name, str) and name.isidentifier()):
            raise refuse(label, build_message("no_name_of_quantity", name=printable(str(name))))
        values = _read_values(label, name, value, self.provinces)
        self.quantities[name] = self.quantities.get(name, 0.0) + values

    def pay(self, label: MessagePart, payment: Payment) -> None:
        """Book a payment with both parties."""
        name = f"{payment.kind}_cny"
        amount = _read_values(label, name, payment.amount_cny, self.provinces)
        if (amount < 0.0).any():
            raise refuse(label, build_message("payment_negative", name=name))
        self.add(label, name, amount)
        total = float(amount.sum())
        key = (payment.payer, payment.payee, payment.kind)
        self.payments_cny[key] = self.payments_cny.get(key, 0.0) + amount
        self.paid_cny += total
        self.balances[payment.payer] = self.balances.get(payment.payer, 0.0) - total
        self.balances[payment.payee] = self.balances.get(payment.payee, 0.0) + total

    def year(self) -> AddedYear:
        """Sum up the year."""
        error = abs(sum(self.balances.values())) / max(self.paid_cny, 1.0)
        payments = MappingProxyType(dict(self.payments_cny))
        quantities = MappingProxyType(dict(self.quantities))
        return AddedYear(quantities, payments, error, self.fuel_gj)


def refuse(label: MessagePart, reason: Message) -> ExtensionError:
    """Build the error for what an added agent may not do."""
    return ExtensionError(build_message("acted", act=label, what=reason))


def _read_values(label: MessagePart, name: str, value: object, provinces: int) -> Floats:
    """Read a value by province [P], refusing what is none."""
    array = np.asarray(value, dtype=float)
    if array.shape != (provinces,):
        shape = str(list(array.shape))
        raise refuse(label, build_message("one_a_province", name=name, provinces=provinces, shape=shape))
    if not np.isfinite(array).all():
        raise refuse(label, build_message("not_finite", name=name, given=str(array.tolist())))
    return array


def check_parties(label: MessagePart, payment: Payment, region: Region) -> None:
    """Refuse a payment that lacks a party or touches accounts of companies."""
    for role, party in (("payer", payment.payer), ("payee", payment.payee)):
        if not (isinstance(party, str) and party):
            lacks = build_message(
                "payment_lacks", name=printable(str(payment.kind)), party=build_message(f"party_{role}")
            )
            raise refuse(label, lacks)
        if party in region.finance.owners.ids:
            text_values = {"name": payment.kind, "party": build_message(f"party_{role}"), "company": party}
            raise refuse(label, build_message("payment_of_company", **text_values))
    if payment.payer == payment.payee:
        raise refuse(label, build_message("payment_to_itself", party=payment.payer, name=payment.kind))


def make_read_only(value: Any) -> Any:
    """Make every array in a value read-only, in tuples and mappings too."""
    if isinstance(value, np.ndarray):
        view = value.view()
        view.flags.writeable = False
        return view
    if isinstance(value, tuple):
        parts = [make_read_only(part) for part in value]
        return type(value)._make(parts) if hasattr(value, "_make") else tuple(parts)
    if isinstance(value, Mapping):
        return MappingProxyType({key: make_read_only(part) for key, part in value.items()})
    return value
