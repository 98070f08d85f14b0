import { build } from "vite";

import { expect, test } from "./page";

test("the fake program is not in what is shipped", async () => {
  const modules = async (mode: string) => {
    const built = await build({ mode, logLevel: "silent", build: { write: false } });
    if (!Array.isArray(built) && !("output" in built)) throw new Error("nothing was built");
    const outputs = Array.isArray(built) ? built : [built];
    return outputs.flatMap(({ output }) => output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : [])));
  };
  const fake = (ids: string[]) => ids.filter((id) => id.includes("/host/fake/"));
  expect(fake(await modules("production"))).toEqual([]);
  expect(fake(await modules("gallery")).length).toBeGreaterThan(3);
});
