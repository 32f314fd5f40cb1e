// Parses the data and refuses more than 16 processors, as examples/quota.rs does.

export const handler = {
  handle(event) {
    const { cpu } = JSON.parse(event.data);
    return cpu > 16 ? { tag: "veto", val: { code: "quota.cpu", reason: `${cpu} CPUs` } } : { tag: "accept" };
  },
};
