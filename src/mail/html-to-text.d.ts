// html-to-text ships no types: only what html-text.ts uses is declared.

declare module "html-to-text" {
  export interface DomNode {
    readonly type: string;
    name?: string;
    readonly data?: string;
    readonly attribs?: Readonly<Record<string, string>>;
    readonly next?: DomNode | null;
    children?: DomNode[];
  }

  export interface BlockTextBuilder<Metadata = unknown> {
    /** What the caller of the conversion passed along. */
    readonly metadata?: Metadata;
    addLiteral(text: string): void;
    openBlock(options: { leadingLineBreaks?: number }): void;
    closeBlock(options: { trailingLineBreaks?: number }): void;
  }

  export type Walk = (nodes: DomNode[] | undefined, builder: BlockTextBuilder) => void;

  export type Formatter<Metadata = unknown> = (
    element: DomNode,
    walk: Walk,
    builder: BlockTextBuilder<Metadata>,
  ) => void;

  export interface Selector {
    readonly selector: string;
    readonly format: string;
    readonly options?: Readonly<Record<string, unknown>>;
  }

  export interface HtmlToTextOptions<Metadata = unknown> {
    readonly baseElements?: { readonly selectors: readonly string[] };
    readonly formatters?: Readonly<Record<string, Formatter<Metadata>>>;
    readonly limits?: { readonly maxDepth?: number; readonly ellipsis?: string };
    readonly selectors?: readonly Selector[];
    readonly whitespaceCharacters?: string;
    readonly wordwrap?: number | false;
  }

  export function compile<Metadata>(
    options: HtmlToTextOptions<Metadata>,
  ): (html: string, metadata: Metadata) => string;
}
