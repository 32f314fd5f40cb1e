// What is wrong with the hooks directory, with what to do about it.

import { button, empty, heading, problemList, say } from "./dom.js";
import { call, get } from "./service.js";

export async function showProblems({ place, signal, again }) {
  const { problems } = await get("/v1/problems", { signal });
  const reload = button("Read the directory again", async () => {
    try {
      await call("POST", "/v1/reload");
      await again();
      say("The hooks directory was read again");
    } catch (error) {
      say(`Not read again: ${error.message}`);
    }
  });
  const worst = [...problems].sort((a, b) => (b.severity === "error") - (a.severity === "error"));
  place.append(heading("Problems", reload),
    worst.length ? problemList(worst) : empty("Nothing is wrong with the hooks directory."));
}
