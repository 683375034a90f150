import type { ParameterConstraints } from '#aws/tables/apigatewayv2.ts'
import { givenMap } from './merge.ts'

type Constraints = Readonly<Record<string, { readonly required?: boolean | undefined }>>
type WireConstraints = Readonly<Record<string, ParameterConstraints>>

/** What a route says of parameters, as the model has it; undefined: of none. */
export function constraintsOf(given: WireConstraints | undefined): Constraints | undefined {
  const entries = Object.entries(given ?? {})
  return givenMap(
    Object.fromEntries(entries.map(([name, { Required = false }]) => [name, { required: Required }])),
  )
}

export function constraintsOutput(constraints: Constraints | undefined): WireConstraints | undefined {
  if (constraints === undefined) return undefined
  return Object.fromEntries(
    Object.entries(constraints).map(([name, { required }]) => [name, { Required: required }]),
  )
}
