// The whole contract in JavaScript: what a hook may import, and every field of an event, as data.

import * as config from "wasi:config/store@0.2.0-rc.1";
import * as keyvalue from "wasi:keyvalue/store@0.2.0-draft";
import * as atomics from "wasi:keyvalue/atomics@0.2.0-draft";
import * as batch from "wasi:keyvalue/batch@0.2.0-draft";
import * as wall from "wasi:clocks/wall-clock@0.2.6";
import { getRandomBytes } from "wasi:random/random@0.2.6";
import { call } from "tenterhook:hook/platform@0.1.0";

export const handler = {
  handle(event) {
    const { id, time, ...fields } = event;
    const bucket = keyvalue.open("default");
    bucket.set("text", bytesOf("grüße"));
    const text = textOf(bucket.get("text"));
    const count = Number(atomics.increment(bucket, "count", 2));
    batch.deleteMany(bucket, ["text"]);
    const keys = bucket.listKeys(undefined).keys;
    let denied;
    try {
      call("createServer", "{}");
    } catch (error) {
      denied = error.payload?.code ?? error.code;
    }
    return {
      tag: "replace",
      val: JSON.stringify({
        ...fields,
        data: JSON.parse(event.data),
        properties: Object.fromEntries(config.getAll()),
        text,
        count,
        keys,
        answer: JSON.parse(call("echo", '{"of":7}')),
        denied,
        now: Number(wall.now().seconds) > 1_700_000_000,
        random: getRandomBytes(4).length,
      }),
    };
  },
};

// QuickJS has neither TextEncoder nor TextDecoder.
function bytesOf(text) {
  return Uint8Array.from(unescape(encodeURIComponent(text)), (byte) => byte.charCodeAt(0));
}

function textOf(bytes) {
  return decodeURIComponent(escape(String.fromCharCode(...bytes)));
}
