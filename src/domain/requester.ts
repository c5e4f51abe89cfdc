// Who asks: name, addresses and phone as the form or the mail gives them.

import { emailsIn, readAddress, readName, readPhone } from "./field-values.ts";
import { type Body, firstOf } from "./form-body.ts";
import {
  findAddress,
  findPhone,
  findSignedName,
  findStatedName,
  findSurname,
} from "./free-text.ts";
import type { Found, IntakeContext, Part } from "./intake-context.ts";
import type { Entry } from "./labels.ts";
import type { Address, MailMessage } from "./mail-message.ts";

const MACHINE =
  /^(?:wordpress|no-?reply|do-?not-?reply|noreply[-+.].*|mailer|mailer-daemon|postmaster|onboarding|bounces?|notifications?)@/;
/** At a free-mail shop's domain live its customers too, so only a shop's usual boxes are its own. */
const SHOP_BOX =
  /^(?:info|shop|mail|contact|inquiry|support|order|orders|sales|admin|webmaster|form|help|customer|cs|store)@/;

function isOwn(address: string, context: IntakeContext): boolean {
  const own = [...context.ownAddresses, ...context.formFrom].map((one) => one.toLowerCase());
  if (own.includes(address) || MACHINE.test(address)) return true;
  return SHOP_BOX.test(address) && address.endsWith(`@${context.shopDomain.toLowerCase()}`);
}

function ofOthers(addresses: readonly Address[], context: IntakeContext): Address | undefined {
  return addresses.find(({ address }) => address.includes("@") && !isOwn(address, context));
}

export function findEmail(
  message: MailMessage,
  context: IntakeContext,
  body: Body,
): Found<string> | null {
  const inBody = firstOf(
    body,
    ["email", "sender", "phone"],
    ({ lines }) => emailsIn(lines.join(" ")).find((address) => !isOwn(address, context)) ?? null,
  );
  if (inBody !== null) return inBody;
  const replyTo = ofOthers(message.replyTo, context);
  if (replyTo !== undefined) return { value: replyTo.address, part: "reply_to", label: "" };
  const from = ofOthers(message.from, context);
  return from === undefined ? null : { value: from.address, part: "from", label: "" };
}

function readSender({ lines }: Entry): string | null {
  const withoutAddress = lines
    .join(" ")
    .replace(/[<＜(]?[^\s<＜(　]+[@＠][^\s>＞)　]+[>＞)]?/g, " ");
  return readName(withoutAddress);
}

function readSplitName(body: Body): Found<string> | null {
  const family = firstOf(body, ["familyName"], ({ lines }) => readName(lines.join(" ")));
  const given = firstOf(body, ["givenName"], ({ lines }) => readName(lines.join(" ")));
  if (family === null || given === null) return family ?? given;
  const isLatin = /^[\p{Script=Latin}\s'-]+$/u.test(family.value + given.value);
  const parts = isLatin ? [given, family] : [family, given];
  return { ...family, value: parts.map(({ value }) => value).join(" ") };
}

function ofText<Value>(value: Value | null, part: Part): Found<Value> | null {
  return value === null ? null : { value, part, label: "" };
}

/** A display name that says who somebody is: not 「taro123」 and not the shop's own. */
function displayName(message: MailMessage, context: IntakeContext): Found<string> | null {
  const reply = ofOthers(message.replyTo, context);
  const from = ofOthers(message.from, context);
  const name = readName(from?.name ?? "") ?? readName(reply?.name ?? "");
  const part = readName(from?.name ?? "") === null ? "reply_to" : "from";
  return ofText(name !== null && /^[a-z0-9._-]+$/i.test(name) ? null : name, part);
}

export function findName(
  message: MailMessage,
  context: IntakeContext,
  body: Body,
): Found<string> | null {
  const labelled =
    firstOf(body, ["name"], ({ lines }) => readName(lines.join(" "))) ??
    readSplitName(body) ??
    firstOf(body, ["sender"], readSender) ??
    firstOf(body, ["kana"], ({ lines }) => readName(lines.join(" ")));
  if (labelled !== null) return labelled;
  return (
    ofText(findStatedName(body.message), "message") ??
    displayName(message, context) ??
    ofText(findSignedName(body.message), "message") ??
    ofText(findSurname(body.message), "message")
  );
}

export function findPostalAddress(body: Body): Found<string> | null {
  if (!body.isForm && !body.labelled.entries.some(({ kind }) => kind === "address")) {
    return ofText(findAddress(body.message), "message");
  }
  const whole = firstOf(body, ["address"], ({ lines }) => readAddress(lines.join(" ")));
  const { entries } = body.labelled;
  if (!entries.some(({ kind }) => kind === "addressPart")) return whole;
  // 都道府県, 住所 and 建物名 have fields of their own, in the order of the address.
  const parts = entries.filter(({ kind }) => kind === "addressPart" || kind === "address");
  const written = parts.map(({ lines }) => readAddress(lines.join(" ")) ?? "").join(" ");
  const value = readAddress(written);
  return value === null ? null : { value, part: body.part, label: parts[0]?.label ?? "" };
}

export function findPhoneNumber(body: Body): Found<string> | null {
  const labelled = firstOf(body, ["phone"], ({ lines }) => readPhone(lines.join(" ")));
  if (labelled !== null || body.isForm) return labelled;
  return ofText(findPhone(body.message), "message");
}
