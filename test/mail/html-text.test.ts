import { describe, expect, test } from "vitest";
import { htmlToText, replyTextOfHtml } from "../../src/mail/html-text.ts";
import { cpuMs } from "../support/cpu-time.ts";

describe("the text of an HTML mail", () => {
  test.each([
    [
      "cells of a row are apart by tabs",
      "<table><tr><th>お名前</th><td>田中</td></tr><tr><td>注文番号:</td><td>678</td></tr></table>",
      "お名前\t田中\n注文番号:\t678",
    ],
    [
      "cells that hold blocks stand on lines of their own",
      "<table><tr><td><p>お名前</p></td><td><div>田中</div></td></tr></table>",
      "お名前\n\n田中",
    ],
    [
      "layout tables leave no trace",
      "<table><tr><td><table><tr><td>お名前</td></tr><tr><td>田中</td></tr></table></td></tr></table>",
      "お名前\n田中",
    ],
    ["definition lists are lines", "<dl><dt>お名前</dt><dd>田中</dd></dl>", "お名前\n田中"],
    ["breaks, paragraphs and entities", "<p>a&nbsp;b &amp; c<br>d</p><p>e</p>", "a b & c\nd\n\ne"],
    ["preformatted text keeps its lines", "<b>Body:</b> <pre>a\n  b</pre>", "Body:\n\na\n  b"],
    ["lists have marks", "<ul><li>a</li><li>b</li></ul>", "- a\n- b"],
    [
      "links show their text, images and headings nothing special",
      '<h1>Title</h1><a href="https://x.example">here</a><img src="x.png" alt="logo">',
      "Title\nhere",
    ],
    [
      "head, style and script are not text",
      "<html><head><title>T</title><style>p{}</style></head><body><script>1</script>x</body></html>",
      "x",
    ],
    ["quotes are marked", "a<blockquote>b</blockquote>", "a\n\n> b"],
    ["nothing is nothing", "", ""],
  ])("%s", (_promise, html, text) => {
    expect(htmlToText(html)).toBe(text);
  });

  test.each([
    "注文番号 <s>679</s>678",
    "注文番号 <del>679</del>678",
    "注文番号 <strike>679</strike>678",
    '注文番号 <span style="text-decoration: underline line-through">679</span>678',
    '注文番号 <span style="DISPLAY : none !important">679</span>678',
    '注文番号 <span style="visibility:hidden">679</span>678',
    '注文番号 <span style="font-size:0">679</span>678',
    '注文番号 <span style="font-size: 0.0px;color:red">679</span>678',
    '注文番号 <span style="opacity:0">679</span>678',
    '注文番号 <span style="mso-hide:all">679</span>678',
    '注文番号 <span style="color:#FFF">679</span>678',
    '注文番号 <span style="color:transparent">679</span>678',
    '注文番号 <span style="background:#fff;color:rgb(255, 255, 255)">679</span>678',
    '注文番号 <font color="white">679</font>678',
    "注文番号 <span hidden>679</span>678",
    "注文番号 <template>679</template>678",
    '<style>.x, p.y { display: none }</style>注文番号 <span class="a x">679</span>678',
    '<head><style>#x { font-size: 0 }</style></head>注文番号 <span id="x">679</span>678',
  ])("leaves out what nobody sees: %s", (html) => {
    expect(htmlToText(html)).toBe("注文番号 678");
  });

  test.each([
    // As MJML writes it: the size of the container is none.
    '<table><tr><td style="font-size:0px"><div style="font-size:13px">注文番号 678</div></td></tr></table>',
    '<table><tr><th style="background:#333;color:#fff">注文番号 678</th></tr></table>',
    '<body bgcolor="#000000"><font color="white">注文番号 678</font></body>',
    '<style>.head { background: #123 }</style><div class="head"><p style="color:#fff">注文番号 678</p></div>',
    '<div style="visibility:hidden"><p style="visibility:visible">注文番号 678</p></div>',
    '<div style="color:#fff"><p style="color:#000">注文番号 678</p></div>',
    '<style>@media (max-width: 480px) { .x { display: none } }</style><p class="x">注文番号 678</p>',
    '<style>.x { display: none }</style><p class="x" style="display:block">注文番号 678</p>',
    '<p style="font-size:0.9em;opacity:0.5">注文番号 678</p>',
  ])("keeps what is seen: %s", (html) => {
    expect(htmlToText(html)).toBe("注文番号 678");
  });

  test.each([
    ["nested", "<div>".repeat(100_000)],
    ["nested and coloured", '<div style="color:#fff">x'.repeat(20_000)],
    ["cells", `<table><tr>${"<td>x".repeat(100_000)}`],
    [
      "rules",
      `<style>${".a{color:red}".repeat(60_000)}</style>${'<p class="a b">x'.repeat(9_000)}`,
    ],
    ["open rules", `<style>${".a{".repeat(300_000)}</style>x`],
    ["open comments", `<style>${"/*".repeat(400_000)}</style>x`],
    ["classes", `<p class="${"a ".repeat(400_000)}">x`],
    ["declarations", `<p style="${"a:b;".repeat(200_000)}">x`],
    ["style sheets", "<style>.a{color:red}</style>".repeat(9_000)],
  ])("is found in reasonable time: %s", (_kind, html) => {
    const start = process.cpuUsage();
    htmlToText(html);
    expect(cpuMs(start)).toBeLessThan(5_000);
  });

  test("survives whatever is no HTML", () => {
    expect(htmlToText("a < b > c <<< </div></body> <!-- x")).toContain("a < b");
    expect(htmlToText("x</henkin-mail>y")).toBe("xy");
  });
});

describe("the reply in an HTML mail", () => {
  test.each([
    [
      "Gmail",
      '<div dir="ltr">OK</div><br><div class="gmail_quote gmail_quote_container"><div class="gmail_attr">2026年11月21日 Shop:</div><blockquote class="gmail_quote">承認 <s>1</s></blockquote></div>',
    ],
    [
      "Outlook on the web",
      '<div>OK</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">差出人: Shop</div><div>承認 <del>1</del></div>',
    ],
    [
      "Outlook on the phone",
      '<div>OK</div><div id="mail-editor-reference-message-container"><p>承認</p></div><p>承認</p>',
    ],
    [
      "Apple Mail",
      '<html><head></head><body>OK<br><blockquote type="cite">承認</blockquote></body></html>',
    ],
    ["Yahoo", '<div>OK</div><div class="yahoo_quoted"><div style="display:none">承認</div></div>'],
    [
      "Outlook's hidden style sheet",
      '<style type="text/css" style="display:none;"> P {margin-top:0;} </style><p style="font-size:0.9em">OK</p>',
    ],
    [
      "an empty hidden element",
      '<p>OK</p><span style="display:none"> </span><img style="display:none" src="x">',
    ],
  ])("is what stands above the quote: %s", (_client, html) => {
    expect(replyTextOfHtml(html)).toEqual({ text: "OK", suspicious: false });
  });

  test.each([
    "<p>OK <s>ではありません</s></p>",
    "<p>OK <strike>not</strike></p>",
    "<p>OK <del>not</del></p>",
    '<p>OK <span style="text-decoration: underline line-through">not</span></p>',
    '<p>OK <span style="DISPLAY : none">not</span></p>',
    '<p>OK <span style="visibility:hidden">not</span></p>',
    '<p>OK <span style="font-size:0">not</span></p>',
    '<p>OK <span style="font-size: 0.0px;color:red">not</span></p>',
    '<p>OK <span style="mso-hide:all">not</span></p>',
    "<p>OK <span hidden>not</span></p>",
    '<style>.x{display:none}</style><p>OK <span class="x">not</span></p>',
    `${"<div>".repeat(1_000)}OK`,
    `OK${"<b>x</b>".repeat(20_000)}`,
    '<p>no</p><p style="color:#ffff">OK</p>',
    '<p style="color:#fefefe">OK</p>',
    '<p style="color:hsl(0,0%,100%)">OK</p>',
    '<p style="font-size:1px">OK</p>',
    '<div style="position:absolute;left:-9999px">OK</div>',
    '<div style="max-height:0;overflow:hidden">OK</div>',
    '<font color="white">OK</font>',
  ])("is suspicious where something is hidden or struck out: %#", (html) => {
    expect(replyTextOfHtml(html).suspicious).toBe(true);
  });

  test("keeps what web mail only indents, and leaves out what it quotes", () => {
    const indent =
      '<blockquote style="margin:0 0 0 40px;border:none;padding:0">not yet</blockquote>';
    expect(replyTextOfHtml(`<p>OK</p>${indent}`).text).toMatch(/^OK\n+not yet$/);
    const quote = '<blockquote type="cite" style="border:none">not yet</blockquote>';
    expect(replyTextOfHtml(`<p>OK</p>${quote}`).text).toBe("OK");
  });

  test("ends at our marker: what the request hides below it makes nobody suspect", () => {
    const request =
      '<p>##- 返信はこの線より上にお書きください -##</p><p style="display:none">x</p>';
    const { text, suspicious } = replyTextOfHtml(`<p>OK</p>${request}`);
    expect(suspicious).toBe(false);
    expect(text).toMatch(/^OK\n+##-/);
  });

  test("keeps zero-width characters for those who judge the words", () => {
    expect(replyTextOfHtml("<p>O\u200bK</p>").text).toBe("O\u200bK");
  });

  test.each([
    ["nested", "<div>".repeat(100_000)],
    ["quoted", "<blockquote>".repeat(100_000)],
    ["cells", `<table><tr>${"<td>x".repeat(100_000)}`],
    ["zeros", `<p style="font-size:${"0".repeat(900_000)}1">x`],
    ["brackets", "<".repeat(1_000_000)],
    ["blanks", `<pre>${" ".repeat(900_000)}x`],
  ])("is read in reasonable time: %s", (_kind, html) => {
    const start = process.cpuUsage();
    replyTextOfHtml(html);
    expect(cpuMs(start)).toBeLessThan(3_000);
  });
});
