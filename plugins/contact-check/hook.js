// Contact check: a client's e-mail addresses and VAT number are brought into one form, or refused.
//
// | field                    | form                                       | refused as                     |
// |--------------------------|--------------------------------------------|--------------------------------|
// | `email`, `billing_email` | no blanks around it, domain in lower case  | `client.email`, `client.domain` |
// | `vat_number`             | upper case, no blanks, dots or dashes      | `client.vat`                   |
//
// A field that is not there, or null, is left alone. The property `refused_domains`, a list, names mail domains that
// no client may use.

import { get } from "wasi:config/store@0.2.0-rc.1";
import { log } from "wasi:logging/logging@0.1.0-draft";

const EMAILS = ["email", "billing_email"];
const EMAIL = /^[^\s@,;<>"]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

// After the country's two letters.
const VAT = {
  AT: /^U\d{8}$/,
  BE: /^[01]\d{9}$/,
  CH: /^E\d{9}(MWST|TVA|IVA)?$/,
  DE: /^\d{9}$/,
  ES: /^[A-Z0-9]\d{7}[A-Z0-9]$/,
  FR: /^[A-Z0-9]{2}\d{9}$/,
  GB: /^(\d{9}|\d{12})$/,
  IT: /^\d{11}$/,
  NL: /^\d{9}B\d{2}$/,
  PL: /^\d{10}$/,
};

// What a function of the contract throws becomes the error of the call: the hook fails, and says why.
export const handler = {
  handle(event) {
    const client = JSON.parse(event.data);
    if (client === null || typeof client !== "object" || Array.isArray(client)) {
      throw `data of ${event.name}: an object was expected`;
    }
    const refusedDomains = refused();
    const patch = {};
    for (const field of EMAILS) {
      const text = textOf(client, field);
      if (text === undefined) continue;
      const email = tidyEmail(text);
      if (!EMAIL.test(email)) return veto("client.email", `${field}: ${JSON.stringify(text)} is no e-mail address`);
      const domain = email.slice(email.lastIndexOf("@") + 1);
      if (refusedDomains.includes(domain)) return veto("client.domain", `${field}: addresses at ${domain} are not taken`);
      if (email !== text) patch[field] = email;
    }
    const text = textOf(client, "vat_number");
    if (text !== undefined) {
      const vat = text.toUpperCase().replace(/[\s.-]/g, "");
      if (!isVat(vat)) return veto("client.vat", `vat_number: ${JSON.stringify(text)} is no VAT number`);
      if (vat !== text) patch.vat_number = vat;
    }
    const changed = Object.keys(patch);
    if (changed.length === 0) return { tag: "accept" };
    log("info", "contact", `${event.subject ?? "a client"}: tidied ${changed.join(", ")}`);
    return { tag: "amend", val: JSON.stringify(patch) };
  },
};

function veto(code, reason) {
  return { tag: "veto", val: { code, reason } };
}

// Properties are texts; what is no text in TOML comes as JSON.
function refused() {
  const list = JSON.parse(get("refused_domains") ?? "[]");
  if (!Array.isArray(list)) throw "property refused_domains: a list was expected";
  return list.map((domain) => String(domain).toLowerCase());
}

function textOf(client, field) {
  const value = client[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw `${field}: a text was expected`;
  return value;
}

function tidyEmail(text) {
  const email = text.trim();
  const at = email.lastIndexOf("@");
  return email.slice(0, at + 1) + email.slice(at + 1).toLowerCase();
}

// Countries without a known form are taken as they are, if they look like a number at all.
function isVat(vat) {
  const known = VAT[vat.slice(0, 2)];
  return known ? known.test(vat.slice(2)) : /^[A-Z]{2}[A-Z0-9]{2,13}$/.test(vat);
}
