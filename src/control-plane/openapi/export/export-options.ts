/** Which of API Gateway's extensions an export has beyond plain OpenAPI. */
export interface ExportOptions {
  readonly integrations: boolean
  readonly authorizers: boolean
  /** The documentation parts themselves; what they say is in every export. */
  readonly documentation: boolean
  /** All that an import needs to make the same API again. */
  readonly everything: boolean
}

/**
 * `extensions=integrations,authorizers,documentation`, or `apigateway` for all of them; `postman` asks for none that we know of (API
 * reference, GetExport).
 */
export function exportOptions(parameters: Readonly<Record<string, string>> | undefined): ExportOptions {
  const asked = new Set((parameters?.['extensions'] ?? '').split(',').map((name) => name.trim()))
  const everything = asked.has('apigateway')
  return {
    everything,
    integrations: everything || asked.has('integrations'),
    authorizers: everything || asked.has('authorizers'),
    documentation: everything || asked.has('documentation'),
  }
}
