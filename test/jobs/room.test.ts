import { expect, it } from "vitest";
import { createRoom } from "../../src/jobs/room.ts";

function works(room: ReturnType<typeof createRoom>) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, bytes: number) =>
    room.use(bytes, () => {
      begun.push(name);
      return new Promise<void>((end) => ends.set(name, end));
    });
  return { begun, begin, end: (name: string) => ends.get(name)?.() };
}

it("lets in what fits, in the order of asking", async () => {
  const { begun, begin, end } = works(createRoom(10));
  const all = [begin("a", 6), begin("b", 6), begin("c", 1)];
  await Promise.resolve();
  expect(begun).toEqual(["a"]);
  end("a");
  await all[0];
  await Promise.resolve();
  expect(begun).toEqual(["a", "b", "c"]);
  for (const name of ["b", "c"]) end(name);
  await Promise.all(all);
});

it("lets in by itself what is larger than the room", async () => {
  const { begun, begin, end } = works(createRoom(10));
  const all = [begin("large", 25), begin("small", 1)];
  await Promise.resolve();
  expect(begun).toEqual(["large"]);
  end("large");
  await all[0];
  await Promise.resolve();
  end("small");
  await Promise.all(all);
  expect(begun).toEqual(["large", "small"]);
});

it("is free again after work that failed", async () => {
  const room = createRoom(1);
  await expect(room.use(1, () => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  expect(await room.use(1, async () => "next")).toBe("next");
});
