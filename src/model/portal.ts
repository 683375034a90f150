/** A developer portal as its owner defines it (API reference of version 2, Portals), in AWS's own words. */
export interface Portal {
  readonly portalId: string
  readonly authorization: PortalAuthorization
  /** Undefined: its default domain name alone leads to it. */
  readonly customDomain?: PortalDomain | undefined
  readonly includedPortalProductArns: readonly string[]
  readonly logoUri?: string | undefined
  readonly portalContent: PortalContent
  readonly rumAppMonitorName?: string | undefined
  readonly publishStatus: 'DISABLED' | 'PUBLISHED' | 'PUBLISH_FAILED'
  /** Why it could not be published. */
  readonly statusException?: StatusException | undefined
  /** Epoch milliseconds. */
  readonly lastModified: number
  readonly lastPublished?: number | undefined
  readonly lastPublishedDescription?: string | undefined
  readonly preview?: PortalPreview | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** Who may read it; undefined: everybody. */
export interface PortalAuthorization {
  readonly cognito?: CognitoConfig | undefined
}

export interface CognitoConfig {
  readonly appClientId: string
  readonly userPoolArn: string
  readonly userPoolDomain: string
}

export interface PortalDomain {
  readonly certificateArn: string
  readonly domainName: string
}

export interface PortalContent {
  readonly displayName: string
  readonly description?: string | undefined
  readonly customColors: CustomColors
  /** Epoch milliseconds. */
  readonly logoLastUploaded?: number | undefined
}

/** CSS colours: `#1f6feb`, `rebeccapurple`. */
export interface CustomColors {
  readonly accentColor: string
  readonly backgroundColor: string
  readonly errorValidationColor: string
  readonly headerColor: string
  readonly navigationColor: string
  readonly textColor: string
}

export interface StatusException {
  readonly exception: string
  readonly message: string
}

/** What only its owner may read, for a while. */
export type PortalPreview =
  | {
      /** Whoever knows it reads the preview. Sealed, where there is a key to seal with. */
      readonly token: string
      /** Epoch milliseconds. */
      readonly until: number
    }
  | { readonly failure: StatusException }

/** Endpoints and pages that are offered together, in as many portals as want them. */
export interface PortalProduct {
  readonly portalProductId: string
  readonly displayName: string
  readonly description?: string | undefined
  readonly displayOrder?: DisplayOrder | undefined
  /** Which accounts may have it in portals of theirs, JSON text. */
  readonly sharingPolicy?: string | undefined
  /** Epoch milliseconds. */
  readonly lastModified: number
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** ARNs of pages. What it does not name is shown after what it does. */
export interface DisplayOrder {
  readonly overviewPageArn?: string | undefined
  readonly productPageArns: readonly string[]
  readonly contents: readonly {
    readonly sectionName: string
    readonly productRestEndpointPageArns: readonly string[]
  }[]
}

/** Prose about a product. */
export interface ProductPage {
  readonly productPageId: string
  readonly title: string
  /** Markdown. */
  readonly body: string
  /** Epoch milliseconds. */
  readonly lastModified: number
}

/** A method of a stage, as part of a product. */
export interface ProductRestEndpointPage {
  readonly productRestEndpointPageId: string
  readonly endpoint: RestEndpoint
  readonly overrides?: EndpointOverrides | undefined
  readonly tryItState: 'ENABLED' | 'DISABLED'
  /** Epoch milliseconds. */
  readonly lastModified: number
}

export interface RestEndpoint {
  readonly restApiId: string
  readonly stage: string
  /** `ANY`, too. */
  readonly method: string
  /** Of the resource: `/pets/{petId}`. */
  readonly path: string
}

/** What its owner says in the place of what the API says. */
export interface EndpointOverrides {
  /** Markdown. */
  readonly body?: string | undefined
  /** An address of the API: `https://api.example.com/pets`. */
  readonly endpoint?: string | undefined
  readonly operationName?: string | undefined
}

/** What a portal shows: as it was when it was published, whatever became of it since. */
export interface PortalSite {
  /** Epoch milliseconds: which one it is. */
  readonly made: number
  readonly content: PortalContent
  readonly logoUri?: string | undefined
  readonly products: readonly SiteProduct[]
}

export interface SiteProduct {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  readonly overview?: SitePage | undefined
  readonly pages: readonly SitePage[]
  /** Those of no section come first, under ''. */
  readonly sections: readonly { readonly name: string; readonly endpoints: readonly SiteEndpoint[] }[]
}

export interface SitePage {
  readonly id: string
  readonly title: string
  /** Markdown. */
  readonly body: string
}

export interface SiteEndpoint {
  readonly id: string
  readonly name: string
  readonly endpoint: RestEndpoint
  /** Another address of the API than its own. */
  readonly address?: string | undefined
  /** Markdown. */
  readonly body?: string | undefined
  readonly canTry: boolean
  /** Of the stage's OpenAPI 3.0 export: the method's operation, and the schemas that it names, by name. */
  readonly operation: Readonly<Record<string, unknown>>
  readonly schemas: Readonly<Record<string, unknown>>
}

/** Ids of a portal's sites. */
export const siteIds = { published: 'published', preview: 'preview' } as const
