// Sample values that several sample mails share.

export const REFERENCE = "R-12";
export const CODE = "7C02A9F41D";

export function answerLink(word: string): string {
  const subject = encodeURIComponent(`Re: [${REFERENCE}]`);
  const body = encodeURIComponent(`${word}\r\nコード: ${CODE}`);
  return `mailto:shop@example.jp?subject=${subject}&body=${body}`;
}
