import { jsonPathCases } from './json-path.ts'
import type { LanguageCase } from './language-case.ts'
import { policyCases } from './policy.ts'
import { vtlCases } from './vtl.ts'

/** Everything that `npm run bench:languages` compares: each language's file gives its rows. */
export const CASES: readonly LanguageCase[] = [...vtlCases, ...jsonPathCases, ...policyCases]
