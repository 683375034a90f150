import type { Place } from '../apigateway/keys.ts'
import { productArn } from './portal-product-record.ts'

export function pageArn(partition: string, place: Place, productId: string, pageId: string): string {
  return `${productArn(partition, place, productId)}/productpages/${pageId}`
}

/** Service Authorization Reference, resource type ProductRestEndpointPage. */
export function endpointPageArn(partition: string, place: Place, productId: string, pageId: string): string {
  return `${productArn(partition, place, productId)}/productrestendpointpages/${pageId}`
}
