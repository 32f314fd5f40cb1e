"""Sales tax: an invoice's tax by the rate of the customer's country, and no purchase where no rate is known.

`cloud.tax_calculation`: the data has `amount`, the net as text or number, and may have `country`; the answer adds
`tax_rate`, `tax` and `total`, as text, rounded half up to cents. `cloud.pre_purchase` is refused where the country has
no rate, for that invoice could never be written.

Properties: `rates`, a table of percent by country such as `{ DE = "19", FR = "20" }`, and `home`, the country where
the data names none.
"""

import json
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import logging, wasi_config_store as config
from wit_world.imports.types import Event, Verdict, Verdict_Accept, Verdict_Amend, Verdict_Veto, Veto

CENT = Decimal("0.01")


class Handler(exports.Handler):
    """An `Err` that is raised is the error of the call: the hook fails, and says why.

    Any other exception would have Python look for its source, in files that no hook has.
    """

    def handle(self, event: Event) -> Verdict:
        try:
            return self.answer(event)
        except Err:
            raise
        except Exception as error:
            raise Err(f"{type(error).__name__}: {error}") from error

    def answer(self, event: Event) -> Verdict:
        # Amounts stay decimal: 0.1 + 0.2 is 0.3 on an invoice.
        data = json.loads(event.data, parse_float=Decimal)
        if not isinstance(data, dict):
            raise Err(f"data of {event.name}: an object was expected")
        country = data.get("country") or text("home")
        rate = rates().get(country)
        if event.name == "cloud.pre_purchase":
            if rate is not None:
                return Verdict_Accept()
            return Verdict_Veto(Veto("tax.country", f"no tax rate is known for {country}"))
        if rate is None:
            raise Err(f"no tax rate is known for {country}")
        net = decimal("amount", data.get("amount"))
        tax = (net * rate / 100).quantize(CENT, ROUND_HALF_UP)
        logging.log(logging.Level.INFO, "tax", f"{event.subject}: {rate} % of {net} in {country}")
        patch = {"tax_rate": str(rate), "tax": str(tax), "total": str((net + tax).quantize(CENT, ROUND_HALF_UP))}
        return Verdict_Amend(json.dumps(patch))


def text(name: str) -> str:
    value = config.get(name)
    if value is None:
        raise Err(f"property {name} is not set")
    return value


def rates() -> dict[str, Decimal]:
    # What is no text in TOML comes as JSON.
    table = json.loads(text("rates"), parse_float=Decimal)
    return {country: decimal(f"rates.{country}", rate) for country, rate in table.items()}


def decimal(what: str, value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    # A comparison below zero would let NaN through.
    if not (number.is_finite() and number >= 0) or number.adjusted() > 15:
        raise Err(f"{what}: {value!r} is no amount")
    return number
