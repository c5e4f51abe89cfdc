// The page on which all mails stand side by side: one file beside the mails, without scripts, to be
// opened from the disk.

/** How a page of ours is known again. */
export const MARK = '<meta name="generator" content="henkin preview">';

export interface PreviewedMail {
  /** "approval-request" */
  readonly file: string;
  readonly title: string;
  readonly group: "staff" | "customer" | "manager";
  readonly versions: readonly {
    /** "ja" */
    readonly folder: string;
    readonly subject: string;
  }[];
}

const TITLES = { staff: "To staff", customer: "To the customer", manager: "To the manager" };
const GROUPS = Object.keys(TITLES) as (keyof typeof TITLES)[];

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
nav { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); }
nav ul { padding-left: 1.2rem; }
.versions { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
figure { margin: 0; min-width: 0; }
figcaption { overflow-wrap: anywhere; }
iframe { width: 100%; height: 36rem; border: 1px solid #8888; background: #fff; }
`;

export function previewPage(mails: readonly PreviewedMail[], locale: string): string {
  const groups = GROUPS.map((group) => ({
    title: TITLES[group],
    members: mails.filter((mail) => mail.group === group),
  }));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${MARK}
<title>henkin: every mail</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Every mail</h1>
<p>With invented facts, in both languages; the shop's own is ${escaped(locale)}. Nothing was sent.</p>
<nav>
${groups.map(({ title, members }) => list(title, members)).join("\n")}
</nav>
<main>
${mails.map(section).join("\n")}
</main>
</body>
</html>
`;
}

function list(title: string, members: readonly PreviewedMail[]): string {
  return `<div>\n<h2>${title}</h2>\n<ul>\n${members.map(entry).join("\n")}\n</ul>\n</div>`;
}

function entry({ file, title }: PreviewedMail): string {
  return `<li><a href="#${escaped(file)}">${escaped(title)}</a></li>`;
}

function section({ file, title, versions }: PreviewedMail): string {
  return `<section id="${escaped(file)}">
<h2>${escaped(title)}</h2>
<div class="versions">
${versions.map(({ folder, subject }) => figure(`${folder}/${file}`, folder, subject)).join("\n")}
</div>
</section>`;
}

/** Sandboxed, so that a script in a shop's own template stays as dead as it is in a mail program. */
function figure(path: string, language: string, subject: string): string {
  const at = escaped(path);
  return `<figure lang="${escaped(language)}">
<figcaption><strong>${escaped(subject)}</strong><br>
<a href="${at}.html">HTML</a> · <a href="${at}.txt">text</a> · <a href="${at}.eml">mail</a></figcaption>
<iframe src="${at}.html" title="${escaped(subject)}" loading="lazy" sandbox></iframe>
</figure>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
