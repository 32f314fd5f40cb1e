"""The whole contract in Python: what a hook may import, and every field of an event, as data."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import atomics, batch, platform, random, wall_clock
from wit_world.imports import wasi_config_store as config
from wit_world.imports import wasi_keyvalue_store as keyvalue
from wit_world.imports.types import Event, Verdict, Verdict_Replace


class Handler(exports.Handler):
    def handle(self, event: Event) -> Verdict:
        with keyvalue.open("default") as bucket:
            bucket.set("text", "grüße".encode())
            text = bucket.get("text").decode()
            count = atomics.increment(bucket, "count", 2)
            batch.delete_many(bucket, ["text"])
            keys = bucket.list_keys(None).keys
        try:
            platform.call("createServer", "{}")
            denied = None
        except Err as error:
            denied = error.value.code
        seen = {
            "name": event.name,
            "mode": event.mode.name.lower(),
            "source": event.source,
            "subject": event.subject,
            "facets": event.facets,
            "attributes": event.attributes,
            "attempt": event.attempt,
            "data": json.loads(event.data),
            "properties": dict(config.get_all()),
            "text": text,
            "count": count,
            "keys": keys,
            "answer": json.loads(platform.call("echo", '{"of":7}')),
            "denied": denied,
            "now": wall_clock.now().seconds > 1_700_000_000,
            "random": len(random.get_random_bytes(4)),
        }
        return Verdict_Replace(json.dumps(seen))
