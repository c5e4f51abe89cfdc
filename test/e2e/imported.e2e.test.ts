// Payments of another processor, imported from its file.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { describeByHand, type Kind } from "./by-hand.ts";
import { customerOf, nameOf } from "./shop.ts";

const KIND: Kind = {
  orders: ["911", "912", "913", "914"],
  shown: /支払い方法: 銀行振込[\s\S]*決済ID: manual T-911/,
  async prepare(shop) {
    const lines = KIND.orders.map((order) => {
      const paid = [2467, "入金済み", "銀行振込", "2026/11/1"];
      return [`T-${order}`, order, ...paid, nameOf(order), customerOf(order)].join();
    });
    const head = "取引ID,注文番号,支払金額,状態,支払方法,入金日,購入者名,メールアドレス";
    const file = join(shop.directory, "payments.csv");
    await writeFile(file, [head, ...lines, ""].join("\n"));
    expect(await shop.henkin("import", file, "--apply")).toMatchObject({ code: 0 });
  },
};

describeByHand("an imported payment", KIND);
