/** Reads what the URI of a trust store names. The server gives the control plane its way to S3. */
export interface TrustStoreReader {
  /**
   * @param uri `s3://bucket/key`
   * @param version of the object; the newest when undefined
   * @returns the text, at most `trustStoreBytesMax` of it
   * @throws TrustStoreUnreadable
   */
  read(uri: string, version: string | undefined): Promise<string>
}

/** Nothing can be read there; the message says why, for whoever configures the domain name. */
export class TrustStoreUnreadable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TrustStoreUnreadable'
  }
}

/** Largest trust store (developer guide, "Configuring mutual TLS authentication": 1,000 certificates, 1 MB). */
export const trustStoreBytesMax: number = 1024 * 1024
export const trustStoreCertificatesMax = 1000

export const noTrustStores: TrustStoreReader = {
  read: () => Promise.reject(new TrustStoreUnreadable('there is no way to S3')),
}
