/** What the gateway shows backends of itself. */
export interface ClientCertificate {
  readonly clientCertificateId: string
  readonly description?: string | undefined
  readonly pemEncodedCertificate: string
  /** Epoch milliseconds. */
  readonly createdDate: number
  readonly expirationDate: number
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** Its private key, kept apart: no operation shows it. */
export interface ClientCertificateKey {
  /** PKCS #8, sealed where there is a key to seal with (`clientCertificatePlace`). */
  readonly pem: string
}

/** What a stage shows HTTP backends; PEM. */
export interface CertificateWithKey {
  readonly certificate: string
  /** Never logged. */
  readonly key: string
}

/** What the key of a client certificate is sealed for. */
export function clientCertificatePlace(id: string): string {
  return `client-certificate-key/${id}`
}
