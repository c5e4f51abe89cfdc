// What the question for a deposit shows, for trying and previewing its template.

import { answerLink } from "./sample-link.ts";

export const SAMPLE_DEPOSIT = {
  orderNumber: "P171323551145213731",
  payer: "田中 花子 tanaka@example.com",
  amount: "¥2,467",
  exampleFigure: "2467",
  exampleAmount: "¥2,467",
  isUnasked: false,
  systems: [
    { system: "makeshop", state: "決済失敗・未処理" },
    { system: "イプシロン", state: "未課金 (0)" },
  ],
  fullLink: answerLink("入金 2467"),
  nothingLink: answerLink("入金 0"),
};
