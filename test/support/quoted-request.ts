// Our request as it stands below an answer, for tests of what clients make of it.

import { MARKER_JA } from "../../src/domain/approval/reply-text.ts";

export const REQUEST = [
  `##- ${MARKER_JA} -##`,
  "",
  "【返金の承認をお願いします】 R-12 ¥2,467",
  "承認する場合は「OK」、一部なら「OK 2000」、しない場合は「NG」とお書きください。",
  "お客様の文面:",
  "    OK",
  "    やっぱりキャンセルします。返金してください。",
  "コード: K7Q3-9XWM",
];
export const marked = REQUEST.map((line) => (line === "" ? ">" : `> ${line}`));
export const englishFields = [
  "From: Refunds <refund@shop.example>",
  "Sent: Friday, November 20, 2026 10:04 AM",
  "To: Tanaka Hanako <tanaka@shop.example>",
  "Subject: [R-12] Refund approval",
];
