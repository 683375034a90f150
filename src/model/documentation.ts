/** What is said of one entity of an API (developer guide, "Representation of API documentation in API Gateway"). */
export interface DocumentationPart {
  readonly id: string
  readonly location: DocumentationLocation
  /** JSON text as given. */
  readonly properties: string
}

export interface DocumentationLocation {
  readonly type: DocumentationType
  readonly path?: string | undefined
  readonly method?: string | undefined
  readonly statusCode?: string | undefined
  readonly name?: string | undefined
}

export type DocumentationType =
  | 'API'
  | 'AUTHORIZER'
  | 'METHOD'
  | 'MODEL'
  | 'PATH_PARAMETER'
  | 'QUERY_PARAMETER'
  | 'REQUEST_BODY'
  | 'REQUEST_HEADER'
  | 'RESOURCE'
  | 'RESPONSE'
  | 'RESPONSE_BODY'
  | 'RESPONSE_HEADER'

/** The documentation as it was when the version was made. */
export interface DocumentationVersion {
  readonly version: string
  readonly description?: string | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
  readonly parts: readonly DocumentationPart[]
}
