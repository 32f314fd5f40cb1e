// Building blocks of the page. Whatever comes from the service becomes text, never markup.

/** Makes an element. Attributes that are null or false are left out, `onclick` and the like are listeners. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** Makes an element of a drawing. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  const shown = (child) => child !== null && child !== undefined && child !== false;
  node.append(...children.flat(Infinity).filter(shown));
  return node;
}

export function button(label, onclick, attributes = {}) {
  return el("button", { type: "button", onclick, ...attributes }, label);
}

/** A labelled control. */
export function field(label, control, hint) {
  const id = control.id || `field-${(field.count = (field.count ?? 0) + 1)}`;
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return el("div", { class: "field" },
    el("label", { for: id }, label), control, hint && el("p", { class: "hint", id: `${id}-hint` }, hint));
}

/** A choice: options are texts, or pairs of a value and what it is called. */
export function choice(options, chosen, attributes = {}) {
  return el("select", attributes, options.map((option) => {
    const [value, label] = Array.isArray(option) ? option : [option, option];
    return el("option", { value, selected: value === chosen }, label);
  }));
}

/**
 * A table whose rows become cards where there is little room; the roles keep it a table for screen readers then.
 * Rows are lists of cells: anything that `el` takes, or `td` elements.
 */
export function table(caption, heads, rows, attributes = {}) {
  const cell = (content, n) => {
    const td = content instanceof HTMLTableCellElement ? content : el("td", {}, content);
    td.setAttribute("role", "cell");
    td.dataset.label = heads[n];
    return td;
  };
  return el("table", { role: "table", ...attributes },
    el("caption", { class: "unseen" }, caption),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" },
      heads.map((head) => el("th", { scope: "col", role: "columnheader" }, head)))),
    el("tbody", { role: "rowgroup" }, rows.map((row) => el("tr", { role: "row" }, row.map(cell)))));
}

/** Names and what they are. Pairs without anything to say are left out. */
export function facts(pairs) {
  const said = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", { class: "facts" }, said.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** The head of a view, which is where the keyboard goes when the view opens. */
export function heading(title, ...beside) {
  return el("div", { class: "heading" }, el("h1", { tabindex: "-1" }, title), el("div", { class: "beside" }, beside));
}

/** A long name, which may break after its dots and underscores. */
export function dotted(name) {
  return name.split(/(?<=[._])/).flatMap((part, n) => (n ? [el("wbr"), part] : [part]));
}

export function badge(kind, text = kind) {
  return el("span", { class: `badge ${kind}` }, text);
}

export function empty(text, ...more) {
  return el("div", { class: "empty" }, el("p", {}, text), more);
}

/** Says something to everybody: at the foot of the page, and aloud by a screen reader. */
export function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { said.textContent = ""; }, 8000);
}

/** Opens a dialog with a form. `act` does what is asked, and what it throws is shown inside. */
export function ask(title, content, label, act) {
  const wrong = el("div", { role: "alert" });
  const submit = el("button", { type: "submit", class: "main" }, label);
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" });
  const form = el("form", {},
    el("h2", { id: "dialog-title" }, title), content, wrong,
    el("div", { class: "buttons" }, button("Cancel", () => dialog.close()), submit));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await act();
      dialog.close();
    } catch (error) {
      wrong.replaceChildren(refusal(error));
    } finally {
      submit.disabled = false;
    }
  });
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** What went wrong, with every problem. */
export function refusal(error) {
  const problems = error.problems ?? [];
  const detail = problems.length === 1 && problems[0].message === error.detail ? null : error.detail;
  const signIn = error.status === 401 || error.status === 403;
  return el("section", { class: "refusal" },
    el("h2", {}, error.title ?? "Something went wrong"),
    detail !== null && el("p", {}, detail ?? error.message),
    problems.length > 0 && problemList(problems),
    signIn && button("Sign in with another token", () => document.dispatchEvent(new Event("sign-in"))));
}

export function problemList(problems) {
  return el("ul", { class: "problems" }, problems.map((problem) => {
    const place = [problem.file, problem.line].filter((part) => part !== undefined && part !== null).join(":");
    return el("li", { class: problem.severity },
      badge(problem.severity ?? "error"),
      el("div", {},
        place && el("code", { class: "place" }, place),
        el("p", {}, problem.message),
        problem.hint && el("p", { class: "hint" }, problem.hint)),
      problem.kind && el("code", { class: "kind" }, problem.kind));
  }));
}
