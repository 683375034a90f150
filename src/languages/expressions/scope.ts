import type { JsonValue } from '#languages/json/value.ts'

/** A message's body, as text and as JSON. */
export interface BodyView {
  text(): string
  /** Undefined when it is no JSON. */
  json(): JsonValue | undefined
}

/** What expressions may read of a request. Nothing is computed before it is read. */
export interface RequestView {
  readonly method: string
  /** Without the stage. */
  readonly path: string
  /** Of a custom domain name; empty when there is none. */
  readonly basePath: string
  readonly body: BodyView
  pathParameter(name: string): string | undefined
  /** Several values are joined by commas. In HTTP and WebSocket APIs a name's case does not matter. */
  header(name: string): string | undefined
  /** Several values are joined by commas. Case matters. */
  queryParameter(name: string): string | undefined
}

/** What expressions may read of a backend's answer. */
export interface ResponseView {
  readonly status: number
  readonly body: BodyView
  /** The last value. */
  header(name: string): string | undefined
  /** All values, joined by commas. */
  multiValueHeader(name: string): string | undefined
}

/** What is missing here is read as missing. */
export interface ExpressionScope {
  readonly request?: RequestView | undefined
  readonly response?: ResponseView | undefined
  /** `$context.{name}`. */
  context(name: string): string | undefined
  stageVariable(name: string): string | undefined
}
