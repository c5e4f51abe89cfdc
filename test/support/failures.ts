// Errors of any code and words, as a provider or a server might bring them.

import type { DetailsOf } from "../../src/domain/error-table.ts";
import type { AppError, AppErrorOptions } from "../../src/domain/errors.ts";

type Kind<Failure extends AppError> = new (
  entry: "provider_refused",
  details: DetailsOf<"provider_refused">,
  options: AppErrorOptions,
) => Failure;

export function aFailure<Failure extends AppError>(
  kind: Kind<Failure>,
  code: string,
  said: string,
  raw?: string,
): Failure {
  return new kind(
    "provider_refused",
    { provider: "The other side", said },
    { foreignCode: code, raw },
  );
}
