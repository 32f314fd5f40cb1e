"""Parses the data and refuses more than 16 processors, as examples/quota.rs does."""

import json

from wit_world import exports
from wit_world.imports.types import Event, Verdict, Verdict_Accept, Verdict_Veto, Veto


class Handler(exports.Handler):
    def handle(self, event: Event) -> Verdict:
        cpu = json.loads(event.data).get("cpu", 0)
        return Verdict_Veto(Veto("quota.cpu", f"{cpu} CPUs")) if cpu > 16 else Verdict_Accept()
