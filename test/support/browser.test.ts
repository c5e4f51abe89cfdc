// The look at a mail must be able to find something: pages that are wrong on purpose, each in one way.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallPng } from "../pictures/small-png.ts";
import { chromiumInstalled, type MailBrowser, openBrowser } from "./browser.ts";

const HEAD = `<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">`;
const GREEN = "background-color:#1a6b3c;color:#ffffff";
const PHONE = ["360 px light", "360 px dark"];
const DESKTOP = ["800 px light", "800 px dark"];
const LIGHT = ["360 px light", "800 px light"];
const DARK = ["360 px dark", "800 px dark"];
const EVERYWHERE = [...PHONE, ...DESKTOP];
const SENTENCE = "返金のお手続きを承りました。しばらくお待ちください。";
const MAILTO = "mailto:shop@example.jp?subject=R-12";

function page(body: string, lang = 'lang="ja"', head = HEAD): string {
  return `<!doctype html><html ${lang}><head><meta charset="utf-8">${head}</head>
<body style="margin:0;padding:16px">${body}</body></html>`;
}

describe.skipIf(!chromiumInstalled())("a look at a mail", { timeout: 60_000 }, () => {
  let browser: MailBrowser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it("finds nothing wrong with a mail that is right", async () => {
    const body = `<div style="max-height:0;overflow:hidden;color:#777777">R-7</div>
<p>R-12 <b>¥2,467</b></p>
<p style="background-color:#ffffff;color:#111111">${SENTENCE}</p>
<p style="background-color:rgba(0,128,0,0.1)">${SENTENCE}</p>
<p>注文: <a href="https://shop.example.jp/679" style="color:inherit">679</a></p>
<p><a href="${MAILTO}" style="display:block;padding:14px;${GREEN}">承認する</a></p>
<table width="100%"><tr><td>Stripe</td><td align="right">¥5,246</td></tr></table>`;
    expect(await browser.faults(page(body), "ja", ["R-12", "¥2,467"])).toEqual([]);
  });

  it.each([
    ["a table of fixed width", '<table width="700"><tr><td>1</td></tr></table>', PHONE],
    ["a word without end", `<p>${"a".repeat(60)}</p>`, PHONE],
    ["a line that must not wrap", `<p style="white-space:nowrap">${SENTENCE}</p>`, PHONE],
    ["a wide picture", '<img alt="" src="data:," style="width:900px;height:9px">', EVERYWHERE],
    [
      "words cut off by their box",
      '<div style="width:99px;overflow:hidden;white-space:nowrap">ご返金の金額 ¥2,467</div>',
      EVERYWHERE,
    ],
    ["words left of the screen", '<p style="margin-left:-40px">R-12</p>', EVERYWHERE],
  ])("finds what is too wide: %s", async (_name, body, where) => {
    await finds(page(`<p>1</p>${body}`), /too wide|the page is \d+ px wide/, where);
  });

  it("names the element that is too wide", async () => {
    const found = await browser.faults(
      page('<table width="700"><tr><td>1</td></tr></table>'),
      "ja",
    );
    expect(found).toContain('360 px light: too wide: <table> "1"');
  });

  it("finds a page that a phone shows like a desktop's", async () => {
    expect(await browser.faults(page(SENTENCE), "ja")).toEqual([]);
    const withoutViewport = page(SENTENCE, 'lang="ja"', "");
    await finds(withoutViewport, /the page is 980 px wide|too wide/, PHONE);
  });

  it("paints a page dark only where it can be", async () => {
    const body = '<p style="color:#000000">1</p>';
    await finds(page(body), /contrast/, DARK);
    const unsaid = page(body, 'lang="ja"', HEAD.replace(/\n.*/, ""));
    expect(await browser.faults(unsaid, "ja")).toEqual([]);
    const onlyLight = page(body, 'lang="ja"', HEAD.replace("light dark", "light"));
    expect(await browser.faults(onlyLight, "ja")).toEqual([]);
  });

  it.each([
    ["grey on white", '<p style="color:#999999;background-color:#ffffff">1</p>', EVERYWHERE],
    ["just too little", '<p style="color:#777777;background-color:#ffffff">1</p>', EVERYWHERE],
    ["a fixed black", '<p style="color:#000000">1</p>', DARK],
    ["a fixed white", '<p style="color:#ffffff">1</p>', LIGHT],
    ["a white card under the theme's text", '<div style="background:#ffffff">1</div>', DARK],
    ["a cell's old attribute", '<table><tr><td bgcolor="#ffffff">1</td></tr></table>', DARK],
    [
      "half transparent ink",
      '<p style="color:rgba(0,0,0,0.4);background-color:#ffffff">1</p>',
      EVERYWHERE,
    ],
    ["a faded box", '<div style="opacity:0.4"><p>1</p></div>', EVERYWHERE],
    [
      "a half transparent card",
      '<div style="background-color:#000000"><p style="background-color:rgba(255,255,255,0.5);color:#777777">1</p></div>',
      EVERYWHERE,
    ],
    [
      "a deep blue link of the browser's own in a dark card",
      '<p style="background-color:#111111;color:#ffffff"><a href="https://shop.example.jp/">1</a></p>',
      LIGHT,
    ],
  ])("finds text that is hard to read: %s", async (_name, body, where) => {
    await finds(page(body), /: contrast [1-4]\.\d\d: "1"$/, where);
  });

  it("does not judge text on a picture", async () => {
    const body = '<p style="background-image:linear-gradient(#ffffff,#000000)">1</p>';
    await finds(page(body), /stands on a picture/, EVERYWHERE);
  });

  it.each([
    ["painted", `<a href="https://shop.example.jp/" style="${GREEN};padding:6px">OK</a>`],
    [
      "in a block",
      '<a href="https://shop.example.jp/" style="display:block;height:43px;color:inherit">OK</a>',
    ],
    ["in a line of text", `<a href="${MAILTO}" style="color:inherit">承認する</a>`],
    [
      "narrow",
      `<a href="${MAILTO}" style="display:block;width:30px;height:50px;color:inherit">1</a>`,
    ],
  ])("finds a button too small for a finger: %s", async (_name, body) => {
    await finds(page(`<p>${body}</p>`), /: \d+ × \d+ px: <a>/, EVERYWHERE);
  });

  it.each([
    ["a picture", '<img alt="" src="http://192.0.2.1/x.png" width="1" height="1">'],
    ["a picture of a style", '<div style="background:url(https://192.0.2.1/x.png)"></div>'],
    ["a picture of a table", '<table background="https://192.0.2.1/x.png"></table>'],
    ["a style sheet", '<link rel="stylesheet" href="https://192.0.2.1/x.css">'],
    ["a page in the page", '<iframe src="https://192.0.2.1/" width="1" height="1"></iframe>'],
    [
      "a picture for other screens",
      '<picture><source media="(min-width:3000px)" srcset="https://192.0.2.1/x.png"><img alt="" src="data:,"></picture>',
    ],
  ])("finds what a mail would fetch: %s", async (_name, body) => {
    const found = await browser.faults(page(`<p>1</p>${body}`), "ja");
    expect(found).not.toEqual([]);
    for (const fault of found) expect(fault).toMatch(/(?:asks for|wants) https?:\/\/192\.0\.2\.1/);
  });

  it("runs no script of a mail", async () => {
    const body = '<p>1</p><script>document.body.textContent = "";</script>';
    expect(await browser.faults(page(body), "ja")).toEqual([]);
  });

  it.each([
    ["nowhere", "nowhere", "<p>¥2,468</p>"],
    ["in a longer figure", "nowhere", "<p>¥2,4670 と <b>1</b>¥2,467</p>"],
    ["below the first screen", "N px down", '<p style="height:640px">1</p><p>¥2,467</p>'],
    [
      "half below it",
      "N px down",
      '<p style="height:610px;margin:0">1</p><p style="margin:0">¥2,467</p>',
    ],
    ["where nobody sees it", "nowhere", '<p>1</p><p style="display:none">¥2,467</p>'],
    [
      "in a box without height",
      "nowhere",
      '<p>1</p><p style="max-height:0;overflow:hidden">¥2,467</p>',
    ],
    [
      "in two lines",
      "N px down, broken",
      '<p style="width:3em;word-break:break-all;font-size:20px">¥2,467</p>',
    ],
  ])("misses an amount that stands %s", async (_name, where, body) => {
    const found = await browser.faults(page(body), "ja", ["¥2,467"]);
    const fault = `not on the first screen: "¥2,467" (${where})`;
    expect(found.map((each) => each.replace(/\d+ px down/, "N px down"))).toEqual(
      PHONE.map((screen) => `${screen}: ${fault}`),
    );
  });

  it.each([
    ["made up of several elements", "<p><small>¥</small><b>2,467</b></p>"],
    ["between blocks of figures", "<p>1</p><p>¥2,467</p><p>1</p>"],
    ["between lines of figures", "<p>1<br>¥2,467<br><b>1</b></p>"],
  ])("finds an amount %s", async (_name, body) => {
    expect(await browser.faults(page(body), "ja", ["¥2,467"])).toEqual([]);
  });

  it.each(['lang="en"', ""])("finds a wrong language: %s", async (lang) => {
    await finds(page(SENTENCE, lang), /the language is "(?:en|)", not "ja"/, EVERYWHERE);
  });

  it("finds an empty page", async () => {
    await finds(page('<p style="opacity:0">1</p>'), /there is nothing to read/, EVERYWHERE);
  });

  it("takes a picture that stays the same picture when it is made small", async () => {
    const picture = await browser.picture(page("<p>R-12</p>".repeat(9)), "dark");
    const small = smallPng(picture, 16);
    expect(small.readUInt32BE(16)).toBe(720);
    expect(small.length).toBeLessThan(picture.length);
    const address = `data:image/png;base64,${small.toString("base64")}`;
    const shown = `<!doctype html><html><head>${HEAD}</head><body style="margin:0">
<img alt="" style="display:block;width:360px" src="${address}"></body></html>`;
    expect(smallPng(await browser.picture(shown, "light"), 16).equals(small)).toBe(true);
  });

  /** Faults of this one kind, and at just these places. */
  async function finds(html: string, kind: RegExp, where: readonly string[]): Promise<void> {
    const found = await browser.faults(html, "ja");
    expect(found.filter((fault) => !kind.test(fault))).toEqual([]);
    const places = new Set(found.map((fault) => fault.slice(0, fault.indexOf(":"))));
    expect([...places].sort()).toEqual([...where].sort());
  }
});
