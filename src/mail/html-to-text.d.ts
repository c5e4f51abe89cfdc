// html-to-text ships no types: only what html-text.ts uses is declared.

declare module "html-to-text" {
  export interface DomNode {
    readonly type: string;
    readonly name?: string;
    readonly data?: string;
    readonly attribs?: Readonly<Record<string, string>>;
    readonly next?: DomNode | null;
    children?: DomNode[];
  }

  export interface BlockTextBuilder {
    addLiteral(text: string): void;
    openBlock(options: { leadingLineBreaks?: number }): void;
    closeBlock(options: { trailingLineBreaks?: number }): void;
  }

  export type Walk = (nodes: DomNode[] | undefined, builder: BlockTextBuilder) => void;

  export type Formatter = (element: DomNode, walk: Walk, builder: BlockTextBuilder) => void;

  export interface Selector {
    readonly selector: string;
    readonly format: string;
    readonly options?: Readonly<Record<string, unknown>>;
  }

  export interface HtmlToTextOptions {
    readonly baseElements?: { readonly selectors: readonly string[] };
    readonly formatters?: Readonly<Record<string, Formatter>>;
    readonly limits?: { readonly maxDepth?: number; readonly ellipsis?: string };
    readonly selectors?: readonly Selector[];
    readonly whitespaceCharacters?: string;
    readonly wordwrap?: number | false;
  }

  export function convert(html: string, options?: HtmlToTextOptions): string;
}
