// Who asks: name, addresses and phone as the form or the mail gives them.

import type { Address, MailMessage } from "../mail-message.ts";
import { kanaKey } from "../name.ts";
import {
  bareAddress,
  emailsIn,
  readAddress,
  readMobile,
  readName,
  readPhone,
} from "./field-values.ts";
import { type Body, firstOf } from "./form-body.ts";
import type { Found, IntakeContext, Part } from "./intake-context.ts";
import type { Entry } from "./labels.ts";
import { isMachineAddress } from "./machine-address.ts";
import { bodyText } from "./mail-text.ts";
import { fullness, isOrganisation, personIn } from "./person-name.ts";
import { findPhone } from "./phone-number.ts";
import { findAddress } from "./postal-address.ts";
import { withoutOthers, withoutRecipient } from "./recipient-block.ts";
import { withoutShopBlocks } from "./shop-block.ts";
import { surnameOf } from "./surnames.ts";
import { fullestName, namesInHeader, namesInText, type WrittenName } from "./written-names.ts";

/** At a free-mail shop's domain live its customers too, so only a shop's usual boxes are its own. */
const SHOP_BOX =
  /^(?:info|shop|mail|contact|inquiry|support|order|orders|sales|admin|webmaster|form|help|customer|cs|store)@/;

function isOwn(address: string, context: IntakeContext): boolean {
  const own = [...context.ownAddresses, ...context.formFrom].map((one) => one.toLowerCase());
  if (own.includes(address) || isMachineAddress(address)) return true;
  return SHOP_BOX.test(address) && address.endsWith(`@${context.shopDomain.toLowerCase()}`);
}

/** A damaged header may give "taro@received:". */
function isWritable(address: string): boolean {
  return /^[^\s\p{Cc}\p{Cf}\uFFFD<>,;:()[\]\\@"]{1,64}@[^\s\p{Cc}\p{Cf}\uFFFD<>,;:()[\]\\@"]{1,255}$/u.test(
    bareAddress(address),
  );
}

function ofOthers(addresses: readonly Address[], context: IntakeContext): Address | undefined {
  return addresses.find(({ address }) => isWritable(address) && !isOwn(address, context));
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
  for (const part of ["reply_to", "from"] as const) {
    const other = ofOthers(part === "from" ? message.from : message.replyTo, context);
    if (other !== undefined) return { value: bareAddress(other.address), part, label: "" };
  }
  if (!body.isForm) return null;
  const told = emailsIn(withoutOthers(words(message, context, body))).filter(
    (address) => !isOwn(address, context),
  );
  if (new Set(told).size === 1) return ofText(told[0] ?? null, "message");
  return receiptsAddress(message, context);
}

/** The customer's own words, without what the shop or its form has put below them. */
function words(message: MailMessage, context: IntakeContext, body: Body): string {
  const known = WORDS.get(body);
  if (known !== undefined) return known;
  const own = wordsOf(message, context, body);
  WORDS.set(body, own);
  return own;
}

/** Asked for each of name, address and phone. */
const WORDS = new WeakMap<Body, string>();

function wordsOf(message: MailMessage, context: IntakeContext, body: Body): string {
  return withoutShopBlocks(body.message, bodyText(message, context), context);
}

const RECEIPT =
  /receipt for your contact form submission|(?:お?問い?合わ?せ|ご連絡)(?:を)?(?:頂|いただ|くださ|下さ)|自動(?:返信|配信|送信)/;

/** A copy of the form's automatic answer: the customer is the one it goes to. */
function receiptsAddress(message: MailMessage, context: IntakeContext): Found<string> | null {
  const isReceipt = RECEIPT.test(bodyText(message, context));
  const domain = `@${context.shopDomain.toLowerCase()}`;
  const [to, second] = message.to.filter(
    ({ address }) => isWritable(address) && !isOwn(address, context) && !address.endsWith(domain),
  );
  if (!isReceipt || to === undefined || second !== undefined) return null;
  return { value: bareAddress(to.address), part: "to", label: "" };
}

function readSender({ lines }: Entry): string | null {
  const withoutAddress = lines
    .join(" ")
    .replace(/[<＜(]?[^\s<＜(　]+[@＠][^\s>＞)　]+[>＞)]?/g, " ");
  return readName(withoutAddress);
}

function readSplitName(body: Body): Found<string> | null {
  const family = firstOf(body, ["familyName"], readLines);
  const given = firstOf(body, ["givenName"], readLines);
  if (family === null || given === null) return family ?? given;
  const isLatin = /^[\p{Script=Latin}\p{M}\s'’-]+$/u.test(family.value + given.value);
  const parts = isLatin ? [given, family] : [family, given];
  return { ...family, value: parts.map(({ value }) => value).join(" ") };
}

function ofText<Value>(value: Value | null, part: Part): Found<Value> | null {
  return value === null ? null : { value, part, label: "" };
}

/** The display names of who is not the shop, the sender's first. */
function headerNames(message: MailMessage, context: IntakeContext): Found<WrittenName>[] {
  const named = ["from", "reply_to"] as const;
  return named.flatMap((part) => {
    const mailbox = ofOthers(part === "from" ? message.from : message.replyTo, context);
    const names = mailbox === undefined ? [] : namesInHeader(mailbox.name, mailbox.address);
    return names.map((value) => ({ value, part, label: "" }));
  });
}

/** A company, where nobody's name is given. */
function companyName(message: MailMessage, context: IntakeContext): Found<string> | null {
  const name = readName(ofOthers(message.from, context)?.name ?? "");
  return ofText(name !== null && isOrganisation(name) ? name : null, "from");
}

/** Jetpack and others set the customer's name before the site's own address. */
function nameBeforeSite(message: MailMessage, body: Body): Found<string> | null {
  const name = personIn(message.from[0]?.name ?? "");
  const isPlain = name !== null && surnameOf(name).length > 1 && fullness(name) === 2;
  return ofText(body.isForm && isPlain ? name : null, "from");
}

function labelledName(body: Body): Found<string> | null {
  return (
    firstOf(body, ["name"], readLines) ??
    readSplitName(body) ??
    firstOf(body, ["sender"], readSender) ??
    firstOf(body, ["kana"], readLines)
  );
}

/** Null where there is none, or it is not in kana. */
export function findKana(body: Body): string | null {
  const kana = firstOf(body, ["kana"], readLines)?.value ?? null;
  return kana === null || kanaKey(kana) === null ? null : kana;
}

function readLines({ lines }: Entry): string | null {
  return readName(lines.join(" "));
}

export function findName(
  message: MailMessage,
  context: IntakeContext,
  body: Body,
): Found<string> | null {
  const labelled = labelledName(body);
  const isPerson = labelled !== null && !isOrganisation(labelled.value);
  if (isPerson && (body.isForm || personIn(labelled.value) === null)) return labelled;
  // In a form, or where the name has a line of its own, a lone word at the end is no signature.
  const isGuess = ({ name, source }: WrittenName) =>
    source === "alone" && (body.isForm || isPerson) && surnameOf(name).length < 2;
  const inText = namesInText(words(message, context, body)).filter((one) => !isGuess(one));
  const found: Found<WrittenName>[] = [
    ...inText.map((value) => ({ value, part: "message" as const, label: "" })),
    ...headerNames(message, context),
  ];
  if (isPerson) found.unshift({ ...labelled, value: { name: labelled.value, source: "stated" } });
  const best = fullestName(found.map(({ value }) => value));
  const at = found.find(({ value }) => value === best);
  if (at === undefined)
    return labelled ?? nameBeforeSite(message, body) ?? companyName(message, context);
  return { ...at, value: at.value.name };
}

function ownFacts(message: MailMessage, context: IntakeContext, body: Body): string {
  return withoutRecipient(words(message, context, body));
}

export function findPostalAddress(
  message: MailMessage,
  context: IntakeContext,
  body: Body,
): Found<string> | null {
  const { entries } = body.labelled;
  const whole = firstOf(body, ["address"], ({ lines }) => readAddress(lines.join(" ")));
  if (!entries.some(({ kind }) => kind === "addressPart")) {
    return whole ?? ofText(findAddress(ownFacts(message, context, body)), "message");
  }
  // 都道府県, 住所 and 建物名 have fields of their own, in the order of the address.
  const parts = entries.filter(({ kind }) => kind === "addressPart" || kind === "address");
  const written = parts.map(({ lines }) => readAddress(lines.join(" ")) ?? "").join(" ");
  const value = readAddress(written);
  return value === null ? null : { value, part: body.part, label: parts[0]?.label ?? "" };
}

export function findPhoneNumber(
  message: MailMessage,
  context: IntakeContext,
  body: Body,
): Found<string> | null {
  const labelled = firstOf(body, ["phone"], ({ lines }) => readPhone(lines.join(" ")));
  const told = labelled ?? ofText(findPhone(ownFacts(message, context, body)), "message");
  // Some write their phone number where the order number belongs.
  return told ?? firstOf(body, ["orderNumber"], ({ lines }) => readMobile(lines.join(" ")));
}
