// Finds the error codes that the source throws, by its syntax: the first argument of an error's
// constructor (or of what builds one), and what is declared to be a code.

import ts from "typescript";

const BUILDERS =
  /^(?:(?:Access|OutcomeUnknown|Permanent|Storage|Transient|Usage)Error|unsettled|giveUp|super)$/;

export function thrownCodes(text: string): string[] {
  const file = ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true);
  const codes = new Set<string>();
  each(file, (node) => {
    const expression = codeIn(node);
    if (expression === undefined) return;
    for (const text of literalsOf(expression, file)) {
      if (/^[a-z]+(?:_[a-z]+)*$/.test(text)) codes.add(text);
    }
  });
  return [...codes];
}

function codeIn(node: ts.Node): ts.Expression | undefined {
  if (ts.isSatisfiesExpression(node)) {
    return node.type.getText() === "ErrorCode" ? node.expression : undefined;
  }
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return undefined;
  return BUILDERS.test(node.expression.getText()) ? node.arguments?.[0] : undefined;
}

/** The texts it may be: of both branches of a choice, and of a constant of the same file. */
function literalsOf(expression: ts.Expression, file: ts.SourceFile): string[] {
  if (ts.isStringLiteral(expression)) return [expression.text];
  if (ts.isConditionalExpression(expression)) {
    return [expression.whenTrue, expression.whenFalse].flatMap((side) => literalsOf(side, file));
  }
  if (ts.isElementAccessExpression(expression)) return literalsOf(expression.expression, file);
  if (ts.isAsExpression(expression)) return literalsOf(expression.expression, file);
  if (ts.isObjectLiteralExpression(expression)) {
    return expression.properties.flatMap((property) =>
      ts.isPropertyAssignment(property) ? literalsOf(property.initializer, file) : [],
    );
  }
  if (!ts.isIdentifier(expression)) return [];
  const found: string[] = [];
  each(file, (node) => {
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== expression.text) return;
    if (node.initializer !== undefined) found.push(...literalsOf(node.initializer, file));
  });
  return found;
}

function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => each(child, visit));
}
